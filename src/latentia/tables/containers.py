"""What a table came in, and columns put into the same again: library, names and types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from latentia.tables.labels import cell_as_text

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

ARRAY = "array"
ARROW = "pyarrow"


class Container(NamedTuple):
    """What a table came in, without any of its rows.

    Parameters
    ----------
    library : str
        As narwhals calls it, or ``"array"``.
    types : tuple
        The types of the columns as the library has them; empty for arrays and where it is not known how.
    labels : object
        The names of the columns where the library allows other than text.
    """

    library: str
    types: tuple[Any, ...] = ()
    labels: Any = None


def library_of(data: Any) -> str:
    """Return the library that holds a table, as narwhals calls it, or ``"array"``.

    Examples
    --------
    >>> import pyarrow
    >>> library_of(pyarrow.table({"a": [1]})), library_of([[1, 2]])
    ('pyarrow', 'array')
    """
    return container_of(data).library


def container_of(data: Any) -> Container:
    """Return what a table came in.

    Examples
    --------
    >>> import pyarrow
    >>> container_of(pyarrow.table({"a": pyarrow.array([1], "int8")}))
    Container(library='pyarrow', types=(DataType(int8),), labels=None)
    """
    import narwhals as nw

    frame = nw.from_native(data, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        if hasattr(data, "schema"):
            return Container(ARROW, tuple(getattr(data.schema, "types", ())))
        return Container(ARROW if hasattr(data, "__arrow_c_stream__") else ARRAY)
    native, library = frame.to_native(), str(frame.implementation.value)
    match library:
        case "pandas":
            return Container(library, tuple(native.dtypes), native.columns)
        case "polars":
            return Container(library, tuple(native.dtypes))
        case "pyarrow":
            return Container(library, tuple(native.schema.types))
    return Container(library)


def contained(table: pa.Table, container: Container, *, rows_of: Any = None) -> Any:
    """Return columns as a frame of a library, or as an array of objects.

    Columns get the types that the container had for them, but for those that cannot hold what is in them, as
    a list of allowed words that lacks one. Rows of pandas have the index of the table that they come from,
    `rows_of`, if that is one of pandas, too.

    Examples
    --------
    >>> import pyarrow
    >>> contained(pyarrow.table({"a": [1.5]}), Container("pyarrow", (pyarrow.float32(),))).schema.types
    [DataType(float)]
    """
    if container.library == ARRAY:
        cells = np.empty(table.shape, object)
        for at, column in enumerate(table.columns):
            cells[:, at] = column.to_pylist()
        return cells
    import narwhals as nw

    backend: Any = container.library  # one of those that narwhals has named itself
    frame: Any = nw.from_arrow(table, backend=backend).to_native()
    if len(container.types) == table.num_columns:
        frame = _TYPED[container.library](frame, container)
    if container.library == "pandas" and container_of(rows_of).library == "pandas":
        frame.index = rows_of.index
    return frame


def _typed_pandas(frame: Any, container: Container) -> Any:
    import pandas as pd

    def typed(column: Any, dtype: Any) -> Any:
        words = dtype.kind == column.dtype.kind == "O"
        if column.dtype == dtype or not (words or _alike(dtype.kind, column.dtype.kind)):
            return column
        if isinstance(dtype, pd.CategoricalDtype):
            named = categories_by_text(dtype)
            if not set(column.dropna()) <= set(named):
                return column
            column = column.astype(object).map(named)
        try:
            return column.astype(dtype)
        except (TypeError, ValueError):  # such as dates too far away for nanoseconds
            return column

    columns = {
        at: typed(frame.iloc[:, at].reset_index(drop=True), dtype) for at, dtype in enumerate(container.types)
    }
    made = pd.DataFrame(columns)
    made.columns = container.labels
    return made


def categories_by_text(dtype: Any) -> dict[str | None, Any]:
    """Return the categories of a categorical type of pandas by the text that stands for each.

    Examples
    --------
    >>> import pandas
    >>> categories_by_text(pandas.CategoricalDtype([1, 2]))
    {'1': 1, '2': 2}
    """
    import pandas as pd
    import pyarrow as pa

    every = pa.array(pd.Categorical.from_codes(range(len(dtype.categories)), dtype=dtype))
    return dict(zip(map(cell_as_text, every.dictionary.to_pylist()), dtype.categories, strict=True))


def _alike(one: str, other: str) -> bool:
    """Tell whether NumPy's letters are those of types of which one can hold the other's cells."""
    return one == other != "O" or {one, other} <= set("iufb")


def _typed_polars(frame: Any, container: Container) -> Any:
    import polars as pl

    def typed(column: Any, dtype: Any) -> Any:
        if column.dtype == dtype or _polars_family(column.dtype) != _polars_family(dtype):
            return column
        try:
            return column.cast(dtype)
        except pl.exceptions.PolarsError:
            return column

    return frame.with_columns(
        [typed(column, dtype) for column, dtype in zip(frame, container.types, strict=True)]
    )


def _polars_family(dtype: Any) -> str:
    if dtype.is_numeric() or dtype.base_type().__name__ == "Boolean":
        return "number"
    name = dtype.base_type().__name__
    return "text" if name in ("String", "Categorical", "Enum") else name


def _typed_arrow(table: Any, container: Container) -> Any:
    import pyarrow as pa

    def typed(column: Any, dtype: Any) -> Any:
        if column.type == dtype or _arrow_family(column.type) != _arrow_family(dtype):
            return column
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        try:
            return column.cast(dtype)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return column

    columns = [typed(column, dtype) for column, dtype in zip(table.columns, container.types, strict=True)]
    return pa.table(columns, names=table.column_names)


def _arrow_family(dtype: Any) -> str:
    import pyarrow as pa

    types = pa.types
    if types.is_integer(dtype) or types.is_floating(dtype) or types.is_decimal(dtype) or dtype == pa.bool_():
        return "number"
    if types.is_dictionary(dtype):
        return _arrow_family(dtype.value_type)
    if types.is_string(dtype) or types.is_large_string(dtype) or types.is_string_view(dtype):
        return "text"
    return str(dtype).partition("[")[0].rstrip("0123456789")


_TYPED: dict[str, Callable[[Any, Container], Any]] = {
    "pandas": _typed_pandas,
    "polars": _typed_polars,
    "pyarrow": _typed_arrow,
}
