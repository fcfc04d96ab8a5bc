"""Which rows can be scaled: the refusals of a scaling, and the kinds that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import InputError, RecipeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]
    Kinds = str | tuple[str, ...]

# Model files hold positions in this list: new kinds stand at its end.
KINDS = ("standard", "robust", "minmax", "quantile", "log1p", "none", "log1p-standard")

# Squares of larger numbers overflow float64, and squared errors are what a fit is judged by.
LARGEST_VALUE = 1e150

_NOT_NEGATIVE = {
    "log1p": "and counts are at least 0; correct or leave out the column, or choose loss='mse' and "
    "scaling='standard'.",
    "log1p-standard": "and the scaling 'log1p-standard' takes logarithms of numbers of at least 0; correct "
    "the cell, or choose 'standard' for this column.",
}


def checked_kinds(kind: str | Sequence[str | None] | None, n_columns: int) -> Kinds:
    """Return the name of a kind, or a tuple of them, one per column; None stands for ``"none"``.

    Raises
    ------
    RecipeError
        If there is no such kind, or not one for every column.
    """
    if kind is None or isinstance(kind, str):
        return _checked_kind(kind)
    if hasattr(kind, "items"):
        raise RecipeError(
            f"scaling={kind!r} names columns, which are not known by name here; give one scaling for all "
            "columns."
        )
    if len(kind) != n_columns:
        raise RecipeError(f"There are {len(kind)} scalings for {n_columns} columns; pass one per column.")
    return tuple(_checked_kind(one) for one in kind)


def columns_by_kind(kinds: Kinds) -> list[tuple[str, slice | NDArray[np.int64]]]:
    """Return every kind that there is, with its columns.

    Examples
    --------
    >>> columns_by_kind(("none", "robust", "none"))
    [('robust', array([1])), ('none', array([0, 2]))]
    >>> columns_by_kind("robust")
    [('robust', slice(None, None, None))]
    """
    if isinstance(kinds, str):
        return [(kinds, slice(None))]
    each = np.array(kinds)
    return [(kind, np.flatnonzero(each == kind)) for kind in KINDS if kind in kinds]


def columns_of(kind: str, kinds: Kinds) -> slice | NDArray[np.int64]:
    """Return the columns of one kind that there is."""
    return dict(columns_by_kind(kinds))[kind]


def checked_rows(values: ArrayLike) -> Array:
    """Return rows and columns as float64.

    Raises
    ------
    InputError
        If the values are something else.
    """
    rows = np.asarray(values, dtype=np.float64)
    if rows.ndim != 2:  # noqa: PLR2004 - rows and columns
        raise InputError(f"Values of shape {rows.shape} are not rows and columns; pass a 2-D array.")
    return rows


def checked_weights(row_weights: ArrayLike, n_rows: int) -> Array:
    """Return weights of rows as float64.

    Raises
    ------
    InputError
        If they are not one per row, finite, at least 0 and at least one of them above.
    """
    weights = np.asarray(row_weights, dtype=np.float64)
    if weights.shape != (n_rows,):
        raise InputError(
            f"The row weights have shape {weights.shape} for {n_rows} rows; pass one weight per row."
        )
    if not (np.isfinite(weights).all() and (weights >= 0).all() and (weights > 0).any()):
        raise InputError(
            "The row weights are not all finite and at least 0 with one above 0; pass such weights."
        )
    return weights


def weighted_rows(values: ArrayLike, row_weights: ArrayLike | None) -> tuple[Array, Array | None]:
    """Return the rows that have any weight, and their weights.

    Raises
    ------
    InputError
        If rows or weights have another form.
    """
    rows = checked_rows(values)
    if row_weights is None:
        return rows, None
    weights = checked_weights(row_weights, len(rows))
    return rows[weights > 0], weights[weights > 0]


def columns_with_gaps(rows: Array) -> NDArray[np.bool_]:
    """Return which columns miss a cell (nan), (p,), of rows that can be scaled.

    Raises
    ------
    InputError
        If there are no rows, or a column has infinite or far too large values.
    """
    if len(rows) == 0:
        raise InputError("There are 0 rows to learn a scaling from; pass at least one.")
    largest = np.maximum(rows.max(axis=0), -rows.min(axis=0))
    gaps = np.isnan(largest)
    if gaps.any():
        highest, lowest = (reduce(rows, axis=0, initial=0.0) for reduce in (np.fmax.reduce, np.fmin.reduce))
        largest[gaps] = np.maximum(highest, -lowest)[gaps]
    if np.isinf(largest).any():
        column = int(np.isinf(largest).argmax())
        raise InputError(
            f"Column {column + 1} (position {column}) has infinite values, which cannot be scaled; correct "
            "them, or leave these cells empty (NaN)."
        )
    if (largest > LARGEST_VALUE).any():
        column = int(np.argmax(largest > LARGEST_VALUE))
        raise InputError(
            f"Column {column + 1} (position {column}) has values up to {largest[column]:.3g}, whose squares "
            f"overflow (the limit is {LARGEST_VALUE:.0e}); divide the column by a constant first."
        )
    return gaps


def refuse_negative(rows: Array, names: Sequence[str] | None = None, kinds: Kinds = "log1p") -> None:
    """Refuse negative numbers in columns of which logarithms are taken.

    Parameters
    ----------
    rows : ndarray of shape (n, p)
        Numbers, nan where a cell is missing.
    names : sequence of str, optional
        Names of the columns, for the message.
    kinds : str or tuple of str
        How the columns are scaled.

    Raises
    ------
    InputError
        If a column of counts, or of ``"log1p-standard"``, has a negative number.
    """
    for kind, columns in columns_by_kind(kinds):
        if kind not in _NOT_NEGATIVE:
            continue
        negative = rows[:, columns] < 0
        if negative.any():
            at = int(np.arange(rows.shape[1])[columns][negative.any(axis=0).argmax()])
            column = f"Column {at + 1} (position {at})" if names is None else f"Column {names[at]!r}"
            first = rows[rows[:, at] < 0, at][0]
            raise InputError(f"{column} has {first:.4g}, {_NOT_NEGATIVE[kind]}")


def _checked_kind(kind: str | None) -> str:
    name = "none" if kind is None else kind
    if name not in KINDS:
        raise RecipeError(f"{kind!r} is not a scaling; choose one of {', '.join(KINDS)}.")
    return name
