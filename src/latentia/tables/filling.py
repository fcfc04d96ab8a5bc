"""Missing cells of a table filled in, in the container that it came in; no other cell is touched."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.tables.arrays import from_array
from latentia.tables.asked import judge_as
from latentia.tables.containers import ARRAY, categories_by_text, library_of
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
        stored = draft.fetch(at)
        gaps, there = _gaps(stored, column, values[:, at])
        if len(gaps):
            series = frame[:, at]
            cells = _cells_for(series.dtype, values[gaps, at], there, stored)
            changed.append(_scattered(series, gaps, cells))
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
        stored = draft.fetch(at)
        gaps, there = _gaps(stored, column, values[:, at])
        array[gaps, at] = _cells(values[gaps, at], there, stored)
    return array


def _scattered(series: Any, gaps: NDArray[np.int64], cells: list[Any]) -> Any:
    """Return a series with these cells in its gaps, of the type that it has wherever that can hold them."""
    import narwhals as nw

    if series.implementation.is_pandas():
        return nw.from_native(_scattered_pandas(series.to_native(), gaps, cells), series_only=True)
    if series.dtype == nw.Unknown and series.null_count() == len(series):  # a type that holds nothing
        whole: list[Any] = [None] * len(series)
        for at, cell in zip(gaps.tolist(), cells, strict=True):
            whole[at] = cell
        return nw.new_series(series.name, whole, backend=series.implementation)
    return series.scatter(gaps.tolist(), cells)


def _scattered_pandas(series: Any, gaps: NDArray[np.int64], cells: list[Any]) -> Any:
    dtype, made = series.dtype, series.copy()
    if isinstance(dtype, np.dtype) and dtype.kind == "f":  # which pandas widens for Python's numbers
        made.iloc[gaps] = np.asarray(cells, dtype)
        return made
    if hasattr(dtype, "categories"):
        named = categories_by_text(dtype)
        cells = [named.get(cell, cell) for cell in cells]
    try:
        made.iloc[gaps] = cells
    except (TypeError, ValueError, NotImplementedError):
        made = series.astype(object)  # such as a sparse column, which cannot be changed
        made.iloc[gaps] = cells
    try:
        return made.astype(dtype)
    except (TypeError, ValueError):
        return made


def _gaps(stored: Any, column: Column, values: Array) -> tuple[NDArray[np.int64], Column]:
    """Return where cells are missing and there is something to fill in, and what the column is.

    A model that knows no more than numbers of a column leaves it to the cells that are there to say
    whether these are times, booleans or whole numbers; and they say how dates are written.
    """
    asked = column.kind if column.kind in ("category", "date") else None
    cells = judge_as(stored, asked, form=form_of(column.dtype))
    missing = np.ones(len(values), bool) if cells.values is None else np.isnan(cells.values)
    is_told = cells.unit == SECONDS or form_of(cells.dtype) != form_of(column.dtype)
    there = replace(column, dtype=cells.dtype) if is_told else column
    if column.kind == "numeric" and cells.kind == "boolean":
        there = replace(column, kind="boolean")
    elif there.kind == "numeric" and _are_whole_numbers(stored, ~missing):
        there = replace(there, dtype="int64")
    return np.flatnonzero(missing & ~np.isnan(values)), there


def _are_whole_numbers(stored: Any, there: NDArray[np.bool_]) -> bool:
    """Whether the cells that are there are Python's whole numbers; its booleans are none."""
    if not _holds_objects(stored) or not there.any():
        return False
    return all(isinstance(cell, int) and not isinstance(cell, bool) for cell in stored[there].tolist())


def _holds_objects(stored: Any) -> bool:
    return isinstance(stored, np.ndarray) and stored.dtype.kind == "O"


def _cells_for(dtype: Any, values: Array, column: Column, stored: Any) -> list[Any]:
    """Return what is filled in as values that a series of this type takes."""
    import narwhals as nw

    if dtype.is_float():
        return values.tolist()
    if dtype.is_integer():
        return [round(value) for value in values.tolist()]
    cells = _cells(values, column if dtype != nw.Boolean else replace(column, kind="boolean"), stored)
    return [str(cell) for cell in cells] if dtype == nw.String else cells


def _cells(values: Array, column: Column, stored: Any) -> list[Any]:
    if column.kind == "numeric" and _holds_objects(stored):
        like = [cell for cell in stored.tolist() if isinstance(cell, Decimal) and cell.is_finite()]
        if like:
            return _decimals(values, like)
    cells = python_cells(values.tolist(), column)
    form = form_of(column.dtype)
    return cells if form is None else [written(cell, form) for cell in cells]


def _decimals(values: Array, like: list[Decimal]) -> list[Decimal]:
    """Return numbers with as many digits behind the point as the longest of others has."""
    places = max(max(0, -int(one.as_tuple().exponent)) for one in like)
    return [Decimal(f"{value:.{places}f}") for value in values.tolist()]
