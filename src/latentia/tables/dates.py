"""Dates, times and durations as numbers: days since 1970-01-01, and seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.tables.arrow_numbers import to_floats

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

DAYS, SECONDS = "days", "s"
SECONDS_PER_DAY = 86_400
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
# Years and months have no fixed length; as dates they do begin on a day.
_CALENDAR_UNITS = ("Y", "M")
_ISO_DATE = r"^\s*\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?\s*$"


def days_of_numpy(column: NDArray[Any]) -> Array:
    """Return dates and times as days since 1970-01-01, nan where there is none.

    Examples
    --------
    >>> days_of_numpy(np.array(["1970-01-02T12", "NaT"], "M8[h]"))
    array([1.5, nan])
    """
    if np.datetime_data(column.dtype)[0] in _CALENDAR_UNITS:
        column = column.astype("M8[D]")
    start = np.zeros((), dtype=column.dtype)
    return np.asarray((column - start) / np.timedelta64(1, "D"), np.float64)


def seconds_of_numpy(column: NDArray[Any]) -> Array | None:
    """Return durations as seconds; None where they are months or years, which have no fixed length.

    Examples
    --------
    >>> seconds_of_numpy(np.array([2, 3], "m8[m]"))
    array([120., 180.])
    """
    if np.datetime_data(column.dtype)[0] in (*_CALENDAR_UNITS, "generic"):
        return None
    return np.asarray(column / np.timedelta64(1, "s"), np.float64)


def days_of_arrow(column: pa.ChunkedArray) -> Array:
    """Return dates, or times of a date, as days since 1970-01-01; of time zones, all become UTC.

    Examples
    --------
    >>> import datetime as dt
    >>> import pyarrow as pa
    >>> days_of_arrow(pa.chunked_array([[dt.date(1970, 1, 3), None]]))
    array([ 2., nan])
    """
    import pyarrow as pa

    if pa.types.is_date32(column.type):
        return to_floats(column.cast(pa.int32()))
    unit = "ms" if pa.types.is_date64(column.type) else column.type.unit
    return to_floats(column.cast(pa.int64())) / (_PER_SECOND[unit] * SECONDS_PER_DAY)


def seconds_of_arrow(column: pa.ChunkedArray) -> Array:
    """Return durations, or times of the day, as seconds.

    Examples
    --------
    >>> import datetime as dt
    >>> import pyarrow as pa
    >>> seconds_of_arrow(pa.chunked_array([[dt.timedelta(minutes=1), None]]))
    array([60., nan])
    """
    import pyarrow as pa

    whole = pa.int32() if pa.types.is_time32(column.type) else pa.int64()
    return to_floats(column.cast(whole)) / _PER_SECOND[column.type.unit]


def days_in_text(column: pa.ChunkedArray) -> Array | None:
    """Return text such as 2026-01-31 or 2026-01-31T12:30 as days; None if a cell is no such date.

    Examples
    --------
    >>> import pyarrow as pa
    >>> days_in_text(pa.chunked_array([["1970-01-02", "1970-01-03 12:00"]]))
    array([1. , 2.5])
    """
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    if not pc.all(pc.match_substring_regex(column, _ISO_DATE)).as_py():
        return None
    text = pc.utf8_trim_whitespace(column)
    zoned = pc.match_substring_regex(text, r"(Z|[+-]\d{2}:?\d{2})$")
    zoned = pc.and_(zoned, pc.greater(pc.utf8_length(text), 10))
    try:
        if pc.any(zoned).as_py():
            return days_of_arrow(text.cast(pa.timestamp("us", "UTC")))
        return days_of_arrow(text.cast(pa.timestamp("us")))
    except pa.ArrowInvalid:
        return None
