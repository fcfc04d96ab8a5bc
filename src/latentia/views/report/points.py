"""The rows behind the interactive plots of the report, small enough to travel in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.views.figures.album import code_names, loss_of
from latentia.views.figures.chosen_columns import strongest
from latentia.views.figures.clusters import where
from latentia.views.figures.curves import loss_axis
from latentia.views.figures.groups import by_cluster, class_groups, thinned
from latentia.views.style import COLOURS, MARKERS, NOISE, ON_DARK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from latentia.insight.results import Study

MOST_ROWS = 4_000
MOST_NUMBERS = 60_000
MOST_CODES = 36_000
MOST_AXES = 12


def points(study: Study) -> dict[str, Any]:
    """Return codes, classes, clusters and columns of the rows to show, as plain values.

    Of a large table up to 4,000 rows are kept, every class in its share; of a wide one the columns
    that the factors move most. The report says so.

    Parameters
    ----------
    study : Study

    Returns
    -------
    points : dict
        ``rows`` (positions), ``spaces`` (codes by name), ``groupings`` (class, clusters, split),
        ``columns``, ``history``, ``loss_axis`` and ``look`` (colours and shapes).
    """
    axes = min(study.latents.shape[1], MOST_AXES) * (1 + len(study.baselines))
    most = min(MOST_ROWS, MOST_CODES // axes)
    rows = np.sort(np.concatenate([group.rows for group in thinned(class_groups(study), most)]))
    return {
        "rows": study.row_numbers[rows].tolist(),
        "total_rows": len(study.latents),
        "total_columns": len(study.column_names),
        "spaces": _spaces(study, rows),
        "groupings": _groupings(study, rows),
        "columns": _columns(study, rows),
        "history": {name: _numbers(values) for name, values in study.history.items()},
        "best_epoch": study.best_epoch,
        "loss_axis": loss_axis(loss_of(study)),
        "look": {
            "colours": list(COLOURS),
            "on_dark": list(ON_DARK),
            "markers": list(MARKERS),
            "noise": NOISE,
        },
    }


def _spaces(study: Study, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    spaces = [("Network", list(study.latent_names), study.latents)]
    spaces += [(base.name, code_names(base), base.codes) for base in study.baselines]
    return [
        {
            "name": name,
            "axes": axes[:MOST_AXES],
            "codes": [_numbers(column) for column in codes[rows, :MOST_AXES].T],
        }
        for name, axes, codes in spaces
    ]


def _groupings(study: Study, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Return every way of colouring the rows by groups: classes, clusters, and the split."""
    found = []
    if study.labels is not None:
        found.append(_grouping(study.label_name or "class", class_groups(study), rows, len(study.latents)))
    for one in study.clusterings:
        name = where(one)
        found.append(_grouping(name, by_cluster(np.asarray(one.labels)), rows, len(study.latents)))
    held_out = np.isin(rows, study.held_out_rows).astype(int)
    found.append(
        {
            "name": "held-out rows",
            "groups": ["training row", "held-out row"],
            "noise": -1,
            "codes": held_out.tolist(),
        }
    )
    return found


def _grouping(name: str, groups: Any, rows: NDArray[np.int64], n_rows: int) -> dict[str, Any]:
    codes = np.zeros(n_rows, dtype=int)
    for position, group in enumerate(groups):
        codes[group.rows] = position
    noise = [position for position, group in enumerate(groups) if group.marker == "x"]
    return {
        "name": name,
        "groups": [group.name for group in groups],
        "noise": noise[0] if noise else -1,
        "codes": codes[rows].tolist(),
    }


def _columns(study: Study, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    most = max(1, min(MOST_NUMBERS // max(len(rows), 1), 200))
    moved = np.nan_to_num(np.abs(study.effects.change_scaled)).max(axis=0)
    told = set(strongest(moved, 10).tolist())
    return [
        {
            "name": study.column_names[column],
            "unit": study.units[column],
            "told": column in told,  # whether pointing at a row tells this value
            "values": _numbers(study.values[rows, column]),
        }
        for column in strongest(moved, most).tolist()
    ]


def _numbers(values: Any) -> list[float | None]:
    """Return numbers with five significant digits: enough to see, half the size."""
    return [
        float(f"{value:.5g}") if np.isfinite(value) else None for value in np.asarray(values, dtype=float)
    ]
