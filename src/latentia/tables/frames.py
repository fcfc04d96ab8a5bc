"""Data frames of pandas, Polars, Arrow and others, through narwhals, importing none but Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError
from latentia.tables.assembly import Draft

if TYPE_CHECKING:
    from numpy.typing import NDArray


def from_arrow(table: Any, *, name: str = "data frame") -> Draft:
    """Take a ``pyarrow.Table`` as a table.

    Examples
    --------
    >>> import pyarrow
    >>> from_arrow(pyarrow.table({"a": [1, 2]})).n_rows
    2
    """
    return Draft(names=table.column_names, fetch=table.column, n_rows=table.num_rows, name=name)


def from_frame(data: Any) -> Draft | None:
    """Take a data frame as a table, or return None if it is not a data frame.

    A pandas index is not a column and is not read.

    Raises
    ------
    InputError
        If the frame is lazy, or a single column.
    """
    import narwhals as nw
    import pyarrow as pa

    if isinstance(data, pa.Table | pa.RecordBatch):
        return from_arrow(pa.table(data))
    if hasattr(data, "collect") or hasattr(data, "compute"):
        raise InputError(
            f"The {_kind(data)} is lazy, and its rows are not there yet; call .collect() or .compute() first."
        )
    try:
        # Columns are fetched by place, so that names of any type, and repeated ones, get this far.
        names = list(data.columns)
        frame = nw.from_native(_with_plain_names(data), allow_series=True)
    except (TypeError, AttributeError):
        return _from_capsule(data)
    if isinstance(frame, nw.LazyFrame):
        raise InputError(f"The {_kind(data)} is lazy, and its rows are not there yet; fetch them first.")
    return Draft(
        names=[" ".join(map(str, name)) if isinstance(name, tuple) else name for name in names],
        fetch=lambda position: _column(frame[:, position]),
        n_rows=len(frame),
        name="data frame",
    )


def positions_of_others(data: Any) -> list[int]:
    """Return which columns of a data frame are stored as something else than numbers or booleans.

    Examples
    --------
    >>> import pyarrow
    >>> positions_of_others(pyarrow.table({"a": [1.5], "b": ["x"], "c": [True]}))
    [1]
    """
    import narwhals as nw
    import pyarrow as pa

    frame = nw.from_native(pa.table(data) if isinstance(data, pa.RecordBatch) else data)
    types = frame.schema.dtypes()
    return [
        at
        for at, dtype in enumerate(types)
        if not (dtype.is_float() or dtype.is_integer() or dtype == nw.Boolean)
    ]


def _with_plain_names(data: Any) -> Any:
    # narwhals refuses repeated pandas names with a message of its own; ours suggests what to do.
    if not data.columns.is_unique if hasattr(data.columns, "is_unique") else False:
        data = data.copy(deep=False)
        data.columns = range(len(data.columns))
    return data


def _from_capsule(data: Any) -> Draft | None:
    import pyarrow as pa

    if not hasattr(data, "__arrow_c_stream__"):
        return None
    try:
        return from_arrow(pa.table(data))
    except (pa.ArrowException, TypeError, ValueError):
        raise InputError(
            f"The {_kind(data)} is a single column and not a table; pass a frame, for example "
            "with .to_frame()."
        ) from None


def _column(series: Any) -> Any:
    """Return the cells as Arrow, or as NumPy where Arrow has no such type."""
    import narwhals as nw
    import pyarrow as pa

    if type(getattr(series.to_native(), "dtype", None)).__name__ == "SparseDtype":
        return np.asarray(series.to_native())  # narwhals would make an object of every cell
    if series.dtype == nw.Object:
        return _as_objects(series)
    try:
        column = series.to_arrow()
    except (pa.ArrowException, TypeError, ValueError, NotImplementedError):
        return _as_objects(series)
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


def _as_objects(series: Any) -> NDArray[Any]:
    cells = np.asarray(series.to_numpy())
    return cells if cells.dtype.kind == "c" else cells.astype(object)


def _kind(data: Any) -> str:
    return f"{type(data).__module__.split('.')[0]} {type(data).__name__}"
