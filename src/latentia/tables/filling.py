"""Missing cells of a table filled in, in the container that it came in; no other cell is touched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.tables.arrays import from_array
from latentia.tables.asked import judge_as
from latentia.tables.containers import ARRAY, library_of
from latentia.tables.date_forms import form_of, written
from latentia.tables.dates import SECONDS
from latentia.tables.frames import from_frame
from latentia.tables.restoring import python_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from latentia.tables.table import Column

    Array = NDArray[np.float64]


def filled(data: Any, values: Array, columns: Sequence[Column]) -> Any:
    """Return a table with its missing cells filled in.

    Parameters
    ----------
    data : data frame or array-like of shape (n, p)
        The table.
    values : ndarray of shape (n, p)
        What missing cells are filled with, as `Schema.collapse` returns it; nan leaves one missing.
    columns : sequence of Column
        What the columns are.

    Returns
    -------
    data frame or ndarray
        A table of the same library and, as far as it can hold what is filled in, of the same types.

    Examples
    --------
    >>> import pyarrow
    >>> from latentia.tables.table import Column
    >>> legs = Column("legs", "numeric", "int64", None, "")
    >>> filled(pyarrow.table({"legs": [4, None]}), np.array([[7.0], [2.2]]), [legs]).to_pylist()
    [{'legs': 4}, {'legs': 2}]
    """
    if library_of(data) == ARRAY:
        return _filled_array(data, values, columns)
    import narwhals as nw
    import pyarrow as pa

    frame = nw.from_native(pa.table(data) if isinstance(data, pa.RecordBatch) else data, eager_only=True)
    draft = from_frame(data)
    assert draft is not None  # noqa: S101 - it is a frame, and narwhals has read it
    changed = []
    for at, column in enumerate(columns):
        gaps, there = _gaps(draft.fetch(at), column, values[:, at])
        if len(gaps):
            series = frame[:, at]
            changed.append(series.scatter(gaps.tolist(), _cells_for(series.dtype, values[gaps, at], there)))
    made = frame.with_columns(*changed).to_native() if changed else frame.to_native()
    return made.combine_chunks().to_batches()[0] if isinstance(data, pa.RecordBatch) else made


def _filled_array(data: Any, values: Array, columns: Sequence[Column]) -> NDArray[Any]:
    draft = from_array(data)
    assert draft.block is not None  # noqa: S101 - arrays with named fields are no rows of an estimator
    array = draft.block.copy()
    if array.dtype.kind == "f":
        return np.where(np.isnan(array), values, array).astype(array.dtype)
    if array.dtype.kind not in "OU":
        return array  # has no way to be missing
    for at, column in enumerate(columns):
        gaps, there = _gaps(draft.fetch(at), column, values[:, at])
        array[gaps, at] = _cells(values[gaps, at], there)
    return array


def _gaps(stored: Any, column: Column, values: Array) -> tuple[NDArray[np.int64], Column]:
    """Return where cells are missing and there is something to fill in, and what the column is.

    A model that knows no more than numbers of a column leaves it to the cells that are there to say
    whether these are times; and they say how dates are written.
    """
    asked = column.kind if column.kind in ("category", "date") else None
    cells = judge_as(stored, asked, form=form_of(column.dtype))
    missing = np.ones(len(values), bool) if cells.values is None else np.isnan(cells.values)
    is_told = cells.unit == SECONDS or form_of(cells.dtype) != form_of(column.dtype)
    there = replace(column, dtype=cells.dtype) if is_told else column
    return np.flatnonzero(missing & ~np.isnan(values)), there


def _cells_for(dtype: Any, values: Array, column: Column) -> list[Any]:
    """Return what is filled in as values that a series of this type takes."""
    import narwhals as nw

    if dtype.is_float():
        return values.tolist()
    if dtype.is_integer():
        return [round(value) for value in values.tolist()]
    cells = _cells(values, column)
    return [str(cell) for cell in cells] if dtype == nw.String else cells


def _cells(values: Array, column: Column) -> list[Any]:
    cells = python_cells(values.tolist(), column)
    form = form_of(column.dtype)
    return cells if form is None else [written(cell, form) for cell in cells]
