"""What one stored column is, and its cells as numbers.

Only numbers and booleans can be trained on. Everything else is named here and refused later,
for all columns together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pyarrow as pa
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LARGEST_EXACT_INTEGER = 2**53
LONGEST_EXAMPLE = 30
MOST_TYPES_SHOWN = 3
KINDS_OF_NUMPY = {
    "c": "complex numbers",
    "M": "dates or times",
    "m": "durations",
    "V": "records",
    "S": "bytes",
}
_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"


class Trouble(StrEnum):
    """Why a column cannot be trained on, apart from missing and infinite cells."""

    TYPE = "type"  # dates, durations, complex numbers, numbers written as text
    OBJECTS = "objects"  # lists, mappings, cells of several types
    TEXT = "text"  # words or categories
    STRAY = "stray"  # numbers, but for a few words
    DIGITS = "digits"  # integers that float64 cannot hold


@dataclass(frozen=True, eq=False)
class Cells:
    """One column, judged and converted.

    Parameters
    ----------
    kind : str
        ``"numeric"`` or ``"boolean"``; empty when there is trouble.
    dtype : str
        The stored type.
    why : str
        Why it has this kind; with trouble, what it holds instead.
    values : ndarray of shape (n,), float64, or None
        The numbers, nan where missing; None when there is trouble.
    trouble : Trouble or None
        Why the column cannot be trained on.
    """

    kind: str
    dtype: str
    why: str
    values: Array | None
    trouble: Trouble | None = None


def judge(column: Any) -> Cells:
    """Judge one column and convert it to float64.

    Parameters
    ----------
    column : ndarray of shape (n,) or pyarrow.ChunkedArray
        The cells as they are stored.

    Returns
    -------
    Cells
        The numbers, or the trouble.

    Examples
    --------
    >>> judge(np.array([True, False])).kind
    'boolean'
    >>> judge(np.array(["red", "white", "red"])).why
    "2 different values such as 'red'"
    """
    return _judge_numpy(column) if isinstance(column, np.ndarray) else _judge_arrow(column)


def _judge_numpy(column: NDArray[Any]) -> Cells:
    dtype = str(column.dtype)
    match column.dtype.kind:
        case "b":
            return Cells("boolean", dtype, "stored as booleans", column.astype(np.float64))
        case "f":
            return Cells("numeric", dtype, "stored as numbers", column.astype(np.float64, copy=False))
        case "i" | "u":
            extremes = (int(column.min()), int(column.max())) if len(column) else (0, 0)
            return _integers(dtype, extremes, lambda: column.astype(np.float64))
        case "U" | "T":
            import pyarrow as pa

            return _text(pa.chunked_array([pa.array(column.tolist(), pa.string())]), dtype)
        case "O":
            return _judge_objects(column)
        case code:
            return Cells("", dtype, KINDS_OF_NUMPY.get(code, dtype), None, Trouble.TYPE)


def _judge_objects(column: NDArray[np.object_]) -> Cells:
    """Judge Python objects by what Arrow takes them for: numbers, words, dates."""
    import pyarrow as pa

    cells = column.tolist()
    try:
        judged = _judge_arrow(pa.chunked_array([pa.array(cells, from_pandas=True)]))
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        types = sorted({type(cell).__name__ for cell in cells})
        why = f"Python objects of type {' and '.join(types[:MOST_TYPES_SHOWN])}"
        return Cells("", "object", why, None, Trouble.OBJECTS)
    return replace(judged, dtype="object")


def _judge_arrow(column: pa.ChunkedArray) -> Cells:
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute  # makes its functions at run time, where no type checker sees them
    stored, dtype, types = column.type, str(column.type), pa.types
    if column.null_count == len(column):
        return Cells("numeric", dtype, "no cell has a value", np.full(len(column), np.nan))
    if types.is_integer(stored):
        return _integers(dtype, pc.min_max(column).as_py().values(), lambda: _to_floats(column))
    for is_of, kind, why in (
        (types.is_boolean, "boolean", "stored as booleans"),
        (types.is_floating, "numeric", "stored as numbers"),
        (types.is_decimal, "numeric", "stored as decimals, rounded to 16 digits"),
    ):
        if is_of(stored):
            return Cells(kind, dtype, why, _to_floats(column))
    if types.is_dictionary(stored):
        return Cells("", "category", _variety(_categories(column)), None, Trouble.TEXT)
    if types.is_string(stored) or types.is_large_string(stored) or types.is_string_view(stored):
        return _text(column.cast(pa.large_string()), dtype)
    return Cells("", dtype, _unusable(stored), None, _trouble_with(stored))


def _integers(dtype: str, extremes: Iterable[int], convert: Callable[[], Array]) -> Cells:
    largest = max(extremes, key=abs)
    if abs(largest) > LARGEST_EXACT_INTEGER:
        return Cells("", dtype, f"{largest}", None, Trouble.DIGITS)
    return Cells("numeric", dtype, "stored as integers", convert())


def _text(column: pa.ChunkedArray, dtype: str) -> Cells:
    """Say what kind of text it is: numbers, numbers with a few words, or words."""
    import pyarrow.compute

    pc: Any = pyarrow.compute
    numbers = pc.match_substring_regex(column, _NUMBER)
    n_filled, n_numbers = len(column) - column.null_count, pc.sum(numbers).as_py() or 0
    if n_numbers == n_filled:
        example = next(cell for cell in column.to_pylist() if cell is not None)
        return Cells("", dtype, f"numbers stored as text such as {_shown(example)}", None, Trouble.TYPE)
    if 2 * n_numbers <= n_filled:
        return Cells("", dtype, _variety(column.unique().drop_null().to_pylist()), None, Trouble.TEXT)
    first = pc.index(numbers, value=False).as_py()
    count = n_filled - n_numbers
    cells = "1 cell is no number" if count == 1 else f"{count} cells are no numbers"
    where = f"{_shown(column[first].as_py())} in row {first + 1}"
    return Cells("", dtype, f"{cells}, the first {where}", None, Trouble.STRAY)


def _categories(column: pa.ChunkedArray) -> list[Any]:
    """Return the categories that occur; Arrow cannot decode dictionaries of every type of text."""
    used = {
        chunk.dictionary[code.as_py()].as_py(): None
        for chunk in column.chunks
        for code in chunk.indices.unique().drop_null()
    }
    return list(used)


def _variety(different: list[Any]) -> str:
    values = "value" if len(different) == 1 else "values"
    return f"{len(different)} different {values} such as {_shown(different[0])}"


def _shown(cell: object) -> str:
    text = str(cell)
    return repr(text if len(text) <= LONGEST_EXAMPLE else f"{text[: LONGEST_EXAMPLE - 1]}…")


def _unusable(stored: pa.DataType) -> str:
    import pyarrow as pa

    if pa.types.is_duration(stored) or pa.types.is_interval(stored):
        return "durations"
    if pa.types.is_temporal(stored):
        return "dates or times"
    if pa.types.is_nested(stored):
        return "nested values"
    return f"values of type {stored}"


def _trouble_with(stored: pa.DataType) -> Trouble:
    import pyarrow as pa

    return Trouble.OBJECTS if pa.types.is_nested(stored) else Trouble.TYPE


def _to_floats(column: pa.ChunkedArray) -> Array:
    """Copy chunk by chunk into float64; a null becomes nan.

    Through the buffers, because Arrow's own ``to_numpy`` imports pandas where it is installed.
    """
    import pyarrow as pa

    floats = np.empty(len(column))
    start = 0
    for chunk in column.chunks:
        if not len(chunk):
            continue
        end = start + len(chunk)
        numbers = chunk.cast(pa.float64(), safe=False)
        buffer = numbers.buffers()[1]
        floats[start:end] = np.frombuffer(buffer, np.float64, len(numbers), offset=8 * numbers.offset)
        if numbers.null_count:
            floats[start:end][_bits(numbers.is_null())] = np.nan
        start = end
    return floats


def _bits(flags: pa.BooleanArray) -> NDArray[np.bool_]:
    bits = np.unpackbits(np.frombuffer(flags.buffers()[1], np.uint8), bitorder="little")
    return bits[flags.offset : flags.offset + len(flags)].astype(bool)
