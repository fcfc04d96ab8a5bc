"""Wide tables in a report: the most telling columns are listed, and a file has all of them.

A page with a line for each of 20,000 columns is read by nobody, and a list of them by factor fills
megabytes. Beyond a thousand columns, report and ``metrics.json`` list those that are explained best
and those that each factor moves most; ``columns.csv`` has every figure of every column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from latentia.insight.results import Study, TableColumn

MOST_IN_FULL = 1000
MOST_LISTED = 200


class Shown(NamedTuple):
    """Which columns are listed, and how many at most of each factor's."""

    columns: Sequence[TableColumn]
    most: int | None  # None for all


def is_wide(study: Study) -> bool:
    """Whether a table has so many columns for a network that lists of them are cut."""
    return len(study.column_names) > MOST_IN_FULL


def columns_shown(study: Study, *, brief: bool) -> Shown:
    """Return all columns, or if it is to be brief and the table is wide, those explained best first."""
    if not (brief and is_wide(study)):
        return Shown(study.columns, None)
    best = np.argsort(-np.array([_explained(study, column) for column in study.columns]), kind="stable")
    return Shown([study.columns[at] for at in best[:MOST_LISTED]], MOST_LISTED)


def figures_of_columns(study: Study) -> dict[str, NDArray]:
    """Return all about every column that the network sees, as columns of a table."""
    factors = range(len(study.latent_names))
    inputs = [column for column in study.columns for _ in range(_width(column))]
    return {
        "column": np.array(study.column_names, object),
        "kind": np.array([column.kind for column in inputs], object),
        "missing": np.array([column.n_missing for column in inputs]),
        "unit": np.array([unit or "" for unit in study.units], object),
        "r2": study.held_out.r2_per_column,
        **{f"r2_{base.name}": base.held_out.r2_per_column for base in study.baselines},
        **{f"change_factor_{at + 1}": study.effects.change[at] for at in factors},
        **{f"change_scaled_factor_{at + 1}": study.effects.change_scaled[at] for at in factors},
        **{f"r2_lost_factor_{at + 1}": study.ablation.r2_lost_per_column[at] for at in factors},
        **_slopes(study),
    }


def _slopes(study: Study) -> dict[str, NDArray]:
    """Return R² of each factor alone, and how steeply every column rises with it."""
    told: dict[str, NDArray] = {}
    for at in range(len(study.latent_names)):
        if study.alone is not None:
            told[f"r2_alone_factor_{at + 1}"] = study.alone.r2_per_column[at]
        if study.sensitivities is not None:
            told[f"slope_scaled_factor_{at + 1}"] = study.sensitivities.mean_scaled[at]
            told[f"unevenness_factor_{at + 1}"] = study.sensitivities.unevenness[at]
    return told


def _explained(study: Study, column: TableColumn) -> float:
    """Return the held-out R² of a column, of a category that of its best level; lowest where unknown."""
    r2 = study.held_out.r2_per_column[column.first : column.first + _width(column)]
    return float(np.max(np.nan_to_num(r2, nan=-np.inf), initial=-np.inf))


def _width(column: TableColumn) -> int:
    """Return how many columns it is for a network."""
    return len(column.levels) if column.kind == "category" else 1
