"""What a factor of a table may merely follow, gathered from the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.nuisance import GAPS, GROUPS, NUMBERS, ORDER, SIZE, Suspect
from latentia.tables.pieces import row_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from latentia.insight.results import TableColumn
    from latentia.tables.table import Table

    Array = NDArray[np.float64]

# With fewer columns, a factor of the rows' size cannot but be a factor of a column.
FEWEST_COLUMNS = 3
# In the mean, to look within classes.
FEWEST_IN_A_CLASS = 5


def suspects_of(table: Table, columns: Sequence[TableColumn], sizes: Array) -> list[Suspect]:
    """Return everything that the factors of a table are compared with.

    Parameters
    ----------
    table : Table
        All rows, as a network sees them.
    columns : sequence of TableColumn
    sizes : ndarray of shape (n,)
        The mean of each row's scaled cells.

    Returns
    -------
    list of Suspect
        The columns that the user named, the order of the rows, within their classes because tables are
        often sorted by class, their sizes, and, where cells are missing, how many each row lacks.
    """
    named = [
        Suspect(one.name, GROUPS if one.kind == "category" else NUMBERS, one.values)
        for one in table.nuisances
    ]
    strata = _strata(table)
    within = "" if strata is None else " within their classes"
    place = np.arange(table.n_rows, dtype=np.float64)
    order = Suspect(f"the order of the rows{within}", ORDER, place, strata)
    size = Suspect("the size of a row", SIZE, sizes)
    missing = _missing(table.values, np.array([column.first for column in columns]))
    gaps = Suspect("the number of missing cells", GAPS, missing.astype(np.float64))
    made = [size] if len(columns) >= FEWEST_COLUMNS else []
    return [*named, order, *made, *([gaps] if missing.any() else [])]


def row_sizes(scaled: Array) -> Array:
    """Return the mean of each row's cells that are there, nan where none is.

    Examples
    --------
    >>> row_sizes(np.array([[1.0, 3.0], [np.nan, 5.0], [np.nan, np.nan]]))
    array([ 2.,  5., nan])
    """
    sizes = np.full(len(scaled), np.nan)
    for part in row_pieces(scaled.shape):
        there = ~np.isnan(scaled[part])
        count = there.sum(axis=1)
        total = np.where(there, scaled[part], 0.0).sum(axis=1)
        sizes[part] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return sizes


def _missing(values: Array, columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many of these columns each row lacks."""
    missing = np.zeros(len(values), np.int64)
    for part in row_pieces(values.shape):
        missing[part] = np.isnan(values[part])[:, columns].sum(axis=1)
    return missing


def _strata(table: Table) -> NDArray[np.int64] | None:
    """Return the number of each row's class; None where none is known, or too many are to look within."""
    if table.labels is None:
        return None
    names, numbers = np.unique(table.labels.astype(str), return_inverse=True)
    return None if FEWEST_IN_A_CLASS * len(names) > table.n_rows else numbers.astype(np.int64)
