"""One type for a column that several blocks or files store differently, where that loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa


def shared_by_text(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """Return the type that Arrow would find for cells of a text table which it finds two types for apart.

    Examples
    --------
    >>> import pyarrow as pa
    >>> shared_by_text(pa.int64(), pa.float64()), shared_by_text(pa.int64(), pa.date32())
    (DataType(double), DataType(string))
    """
    import pyarrow as pa

    return _shared_by_arrow(one, other) or pa.string()


def shared(one: Any, other: Any) -> Any:
    """Return a type that holds what two types hold, or None if they are of different kinds.

    Parameters
    ----------
    one, other : pyarrow.DataType or numpy.dtype
        How a column is stored in two files of the same format.

    Examples
    --------
    >>> import pyarrow as pa
    >>> shared(pa.int64(), pa.float32()), shared(pa.string(), pa.float32())
    (DataType(double), None)
    >>> shared(np.dtype("i2"), np.dtype("f4"))
    dtype('float32')
    """
    if not isinstance(one, np.dtype):
        return _shared_by_arrow(one, other)
    if one == other:
        return one
    alike = one.kind == other.kind or {one.kind, other.kind} <= set("iuf")
    return np.promote_types(one, other) if alike and one.kind in "iufUSM" else None


def converted(column: Any, stored: Any) -> Any:
    """Return a column as a type that `shared` has found for it."""
    if isinstance(column, np.ndarray):
        return column.astype(stored, copy=False)
    return column if column.type == stored else column.cast(stored)


def _shared_by_arrow(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:  # noqa: PLR0911 - rules
    import pyarrow as pa

    types = pa.types
    if one == other:
        return one
    if types.is_null(one) or types.is_null(other):
        return other if types.is_null(one) else one
    if types.is_date(one) and types.is_timestamp(other):
        return other
    if types.is_timestamp(one) and types.is_date(other):
        return one
    if types.is_dictionary(one) and types.is_dictionary(other):
        values = _shared_by_arrow(one.value_type, other.value_type)
        return None if values is None else pa.dictionary(pa.int64(), values, one.ordered and other.ordered)
    if types.is_dictionary(one) or types.is_dictionary(other):
        return _shared_by_arrow(_plain(one), _plain(other))
    return _permissively(one, other)


def _permissively(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    """Return Arrow's own choice, without making bytes of text."""
    import pyarrow as pa

    schemas = [pa.schema([("a", each)]) for each in (one, other)]
    try:
        found = pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except pa.ArrowException:
        return None
    return None if pa.types.is_binary(found) or pa.types.is_large_binary(found) else found


def _plain(stored: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    return stored.value_type if pa.types.is_dictionary(stored) else stored
