"""A table on disk for an estimator to learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import RecipeError
from latentia.settings import OTHER_COLUMNS
from latentia.tables import refusals
from latentia.tables.naming import numbered
from latentia.tables.survey import survey
from latentia.tables.table_on_disk import TableOnDisk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from latentia.recipe import Recipe
    from latentia.tables.scan import TableScan


def scanned_rows(
    estimator: Any,
    scan: TableScan,
    options: Mapping[str, Any],
    recipe: Recipe,
    *,
    seed: int,
    told: Callable[[int], None] = lambda _: None,
) -> TableOnDisk:
    """Look at all rows of a table on disk, and give an estimator the number and names of its columns.

    Parameters
    ----------
    estimator : BaseEstimator
    scan : TableScan
        What the user passed.
    options : mapping
        What the user said about the rows, of which none is possible here.
    recipe : Recipe
        Which share of the rows judges, and how columns are scaled.
    seed : int
        Decides which rows judge.
    told : callable
        Told after every block how many rows have been seen.

    Raises
    ------
    RecipeError
        For options that need rows in memory.
    InputError
        With one sentence about what is wrong with the table.
    """
    for name, value in options.items():
        if value is not None:
            raise RecipeError(
                f"{name} needs rows in memory, but {scan.store.name} is read from disk; leave it out, or "
                "pass read_table's rows."
            )
    found = survey(
        scan, fraction=recipe.validation_fraction, seed=seed, logarithmic=_logarithmic(recipe), told=told
    )
    if recipe.of_counts:
        refusals.refuse_other_than_numbers(found.schema.columns)
    _learn_columns(estimator, found.schema.names, scan)
    return TableOnDisk(scan, found, recipe.validation_fraction, seed)


def _learn_columns(estimator: Any, names: Sequence[str], scan: TableScan) -> None:
    """Set what scikit-learn calls the columns; those of a whole array have no names."""
    estimator.n_features_in_ = len(names)
    if list(names) != numbered(len(scan.store.names)):
        estimator.feature_names_in_ = np.array(names, object)
    elif hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_


def _logarithmic(recipe: Recipe) -> Callable[[str], bool]:
    """Return what says of a column whether its scaling is one of logarithms."""
    kind = recipe.scaling_kind
    if kind is None or isinstance(kind, str):
        return lambda _: kind == "log1p-standard"
    return lambda name: kind.get(name, kind.get(OTHER_COLUMNS)) == "log1p-standard"
