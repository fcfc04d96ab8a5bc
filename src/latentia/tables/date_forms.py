"""Dates as people write them, such as 31.01.2026 or 1/31/2026 12:30, as days since 1970-01-01.

A column has one form. Whether day or month comes first is said by a cell with a number above 12; where
none has, both readings are possible, and nothing is decided here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from latentia.tables.arrow_numbers import to_floats

if TYPE_CHECKING:
    import datetime as dt

    import pyarrow as pa
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_TIME = r"(?P<between>[T ])(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
_DATES = (
    r"(?P<one>\d{1,2})(?P<mark>[./-])(?P<two>\d{1,2})(?P<again>[./-])(?P<year>\d{4})",
    r"(?P<year>\d{4})(?P<mark>/)(?P<one>\d{1,2})(?P<again>/)(?P<two>\d{1,2})",
)
_CODES = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH": "%H", "mm": "%M", "SS": "%S"}
_FORM = re.compile(r" as ((?:DD|MM|YYYY)[./-](?:DD|MM)[./-](?:YYYY|DD)(?:[T ]HH:mm(?::SS)?)?)$")
_FIRST_CELLS = 64
_SECONDS_PER_DAY, _MONTHS, _HOURS, _SIXTY = 86_400, 12, 24, 60
_LENGTH = len("DD.MM.YYYY")


class Dated(NamedTuple):
    """Text that is dates.

    Parameters
    ----------
    form : str
        How they are written, such as ``"DD.MM.YYYY"`` or ``"MM/DD/YYYY HH:mm"``.
    days : ndarray of shape (n,)
        Days since 1970-01-01.
    is_sure : bool
        Whether no other form fits; otherwise the day is taken first.
    """

    form: str
    days: Array
    is_sure: bool


def dates_in(column: pa.ChunkedArray, form: str | None = None) -> Dated | None:
    """Return text as dates of one form; None if a cell is none.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Text, no cell of it missing.
    form : str or None
        The only form to look for, times apart.

    Examples
    --------
    >>> import pyarrow as pa
    >>> dates_in(pa.chunked_array([["13.01.1970", "02.01.1970 12:00"]]))
    Dated(form='DD.MM.YYYY HH:mm', days=array([12. ,  1.5]), is_sure=True)
    >>> dates_in(pa.chunked_array([["02/01/1970", "03/01/1970"]])).is_sure
    False
    """
    import pyarrow.compute

    pc: Any = pyarrow.compute
    for date in _DATES:
        pattern = rf"^\s*{date}(?:{_TIME})?\s*$"
        if all(pc.all(pc.match_substring_regex(some, pattern)).as_py() for some in (_few(column), column)):
            return _dated(pc.extract_regex(column, pattern), form)
    return None


def with_form(dtype: str, form: str | None) -> str:
    """Return the type of a column of text that is written in a form.

    Examples
    --------
    >>> with_form("string", "DD.MM.YYYY")
    'string as DD.MM.YYYY'
    """
    return dtype if form is None else f"{dtype} as {form}"


def form_of(dtype: str) -> str | None:
    """Return the form in the type of a column of text, None if there is none.

    Examples
    --------
    >>> form_of("string as DD.MM.YYYY"), form_of("string")
    ('DD.MM.YYYY', None)
    """
    found = _FORM.search(dtype)
    return found[1] if found else None


def has_time(form: str) -> bool:
    """Say whether dates of a form have a time of the day."""
    return len(form) > _LENGTH


def written(date: dt.date, form: str) -> str:
    """Return a date, or a time of a date, in a form.

    Examples
    --------
    >>> import datetime
    >>> written(datetime.date(2026, 1, 31), "MM/DD/YYYY")
    '01/31/2026'
    """
    return date.strftime(re.sub("|".join(_CODES), lambda found: _CODES[found[0]], form))


def _few(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the first cells, by which most columns of words are known for what they are."""
    return column.slice(0, _FIRST_CELLS)


def _dated(parts: Any, form: str | None) -> Dated | None:
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    texts = {name: pc.struct_field(parts, name) for name in (field.name for field in parts.type)}
    marks = {mark for name in ("mark", "again") for mark in pc.unique(texts.pop(name)).to_pylist()}
    empty = pa.scalar("0", texts["year"].type)
    numbers = {
        name: to_floats(pc.if_else(pc.equal(text, ""), empty, text).cast(pa.float64()))
        for name, text in texts.items()
        if name != "between"
    }
    seconds = _seconds(numbers)
    if len(marks) > 1 or seconds is None:
        return None
    year_first = parts.type.field(0).name == "year"
    found = {
        order.replace(".", next(iter(marks))): days
        for order, day, month in _orders(year_first=year_first)
        if (days := _days(numbers["year"], numbers[month], numbers[day])) is not None
    }
    if form is not None:
        found = {order: days for order, days in found.items() if order == form[:_LENGTH]}
    if not found:
        return None
    order, days = next(iter(found.items()))
    alike = all(np.array_equal(days, others) for others in found.values())
    return Dated(order + _time_form(texts), days + seconds / _SECONDS_PER_DAY, alike)


def _orders(*, year_first: bool) -> list[tuple[str, str, str]]:
    """Return forms, and which numbers are day and month in each."""
    if year_first:
        return [("YYYY.MM.DD", "two", "one")]
    return [("DD.MM.YYYY", "one", "two"), ("MM.DD.YYYY", "two", "one")]


def _days(years: Array, months: Array, days: Array) -> Array | None:
    """Return the days since 1970-01-01, None if a date does not exist."""
    if not ((months >= 1) & (months <= _MONTHS) & (days >= 1)).all():
        return None
    since = (years - 1970) * _MONTHS + months - 1
    first, following = (
        start.astype("M8[M]").astype("M8[D]").astype(np.float64) for start in (since, since + 1)
    )
    return first + days - 1 if (days <= following - first).all() else None


def _seconds(numbers: dict[str, Array]) -> Array | None:
    """Return the seconds since midnight, None if a time does not exist."""
    hours, minutes, seconds = (numbers[name] for name in ("hour", "minute", "second"))
    if not ((hours < _HOURS) & (minutes < _SIXTY) & (seconds < _SIXTY)).all():
        return None
    return (hours * _SIXTY + minutes) * _SIXTY + seconds


def _time_form(texts: dict[str, Any]) -> str:
    import pyarrow.compute

    pc: Any = pyarrow.compute
    between = next((mark for mark in pc.unique(texts["between"]).to_pylist() if mark), None)
    if between is None:
        return ""
    return f"{between}HH:mm:SS" if pc.any(pc.not_equal(texts["second"], "")).as_py() else f"{between}HH:mm"
