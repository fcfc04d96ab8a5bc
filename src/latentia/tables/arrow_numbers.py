"""Columns of Arrow as float64 and back, without pandas.

Arrow's own ways to and from NumPy import pandas where it is installed; the buffers say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


def to_floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Copy chunk by chunk into float64; a null becomes nan.

    Examples
    --------
    >>> import pyarrow as pa
    >>> to_floats(pa.chunked_array([[1, None], [3]]))
    array([ 1., nan,  3.])
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


def to_arrow(values: Any) -> Any:
    """Return an array of floats, 64-bit integers or flags as Arrow, and anything else as it is.

    Examples
    --------
    >>> to_arrow(np.array([True, False])).to_pylist(), to_arrow(["a"])
    ([True, False], ['a'])
    """
    import pyarrow as pa

    types = {"float64": pa.float64(), "float32": pa.float32(), "int64": pa.int64(), "bool": pa.bool_()}
    if not isinstance(values, np.ndarray) or values.dtype.name not in types or values.ndim != 1:
        return values
    flags = values.dtype.kind == "b"
    plain = np.packbits(values, bitorder="little") if flags else np.ascontiguousarray(values)
    return pa.Array.from_buffers(types[values.dtype.name], len(values), [None, pa.py_buffer(plain)])
