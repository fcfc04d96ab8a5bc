"""The rows that an estimator learns from, as its networks see them, with what is known about them.

Which categories a model knows is learned from training rows only, so the rows that judge are drawn
here already, by the very rule that a fit would draw them by.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import LatentiaWarning
from latentia.tables.estimator_rows import checked_rows, first_rows
from latentia.tables.naming import numbered, shown
from latentia.tables.row_options import known_rows
from latentia.tables.splits import hold_out
from latentia.tables.table import Column, Schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latentia.recipe import Recipe
    from latentia.tables.row_options import KnownRows


def learning_rows(
    estimator: Any,
    X: Any,
    options: Mapping[str, Any],
    recipe: Recipe,
    *,
    seed: int,
    first: bool = True,
    schema: Schema | None = None,
) -> KnownRows:
    """Read the rows of a fit.

    Parameters
    ----------
    estimator : BaseEstimator
        Learns the number and the names of the columns, unless it goes on from a fit.
    X : data frame, array-like of shape (n, p) or Table
        What the user passed.
    options : mapping
        What the user said about the rows, see `RowOptions`.
    recipe : Recipe
        Which share of the rows judges, and whether they have to be counts.
    seed : int
        Decides which rows judge.
    first : bool, default True
        Whether the columns are still to be learned.
    schema : Schema or None
        Those of a fit to go on from.

    Returns
    -------
    KnownRows
        float64 values as the networks see them.

    Raises
    ------
    InputError
        With one sentence about what is wrong with the rows.
    """
    counts, split = recipe.of_counts, None
    if not first:
        values = checked_rows(estimator, X, schema=schema, counts=counts)
    else:
        values, schema = _first(estimator, X, recipe)
        if schema is not None and not schema.is_plain:
            learned = values
            if options.get("validation") is None:
                split = hold_out(len(values), recipe.validation_fraction, seed, options.get("groups"))
                learned = values[split.training]
            schema = schema.learned(learned)
            values = schema.expand(values)
    known = known_rows(
        np.asarray(values, np.float64), options, lambda other: checked_rows(estimator, other, schema=schema)
    )
    return replace(known, schema=schema, drawn=split)


def rows_of_a_pass(
    estimator: Any, X: Any, recipe: Recipe, *, first: bool, schema: Schema | None
) -> tuple[np.ndarray, Schema | None]:
    """Read rows of which all are learned from, those of the first pass to learn the columns from.

    Raises
    ------
    InputError
        With one sentence about what is wrong with the rows.
    """
    if not first:
        values = checked_rows(estimator, X, schema=schema, counts=recipe.of_counts)
    else:
        values, schema = _first(estimator, X, recipe)
        if schema is not None:
            schema = schema.learned(values)
            values = schema.expand(values)
    return np.asarray(values, np.float64), schema


def _first(estimator: Any, X: Any, recipe: Recipe) -> tuple[np.ndarray, Schema | None]:
    """Read rows to learn the columns from; where settings are by column, with their names."""
    values, schema = first_rows(estimator, X, counts=recipe.of_counts)
    names = getattr(estimator, "feature_names_in_", numbered(values.shape[1]))
    _warn_of_empty(values, names)
    if schema is None and (isinstance(recipe.scaling, tuple) or recipe.column_weights is not None):
        dtype = str(values.dtype)
        schema = Schema(tuple(Column(str(name), "numeric", dtype, None, "numbers") for name in names))
    return values, schema


def _warn_of_empty(values: np.ndarray, names: Sequence[object]) -> None:
    """Warn of columns without a single cell, which `impute` would fill in with nothing to go by."""
    # Looking at the first row leaves few columns to look through, or none.
    suspects = np.flatnonzero(np.isnan(values[0]))
    empty = suspects[np.isnan(values[:, suspects]).all(axis=0)].tolist()
    if empty:
        told = shown([str(names[at]) for at in empty])
        which = f"Column {told} has" if len(empty) == 1 else f"Columns {told} have"
        warnings.warn(
            f"{which} no cell with a value: nothing is learned there, and what is filled in means nothing; "
            f"drop {'it' if len(empty) == 1 else 'them'} first.",
            LatentiaWarning,
            stacklevel=5,
        )
