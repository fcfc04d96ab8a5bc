"""What one stored column is, and its cells as numbers.

Numbers stay what they are, categories become codes, dates become days; what can be neither is named
here and refused later, for all columns together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.tables.arrow_numbers import to_floats
from latentia.tables.categories import codes_of_dictionary, codes_of_text
from latentia.tables.date_forms import Dated, dates_in, form_of, with_form
from latentia.tables.dates import (
    DAYS,
    SECONDS,
    days_in_text,
    days_of_arrow,
    days_of_numpy,
    seconds_of_arrow,
    seconds_of_numpy,
)
from latentia.tables.numerals import (
    POINT,
    are_numbers,
    either_pattern,
    other,
    plain_pattern,
    signs_in,
    taken,
    thousands_in,
    to_numbers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pyarrow as pa
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

KINDS = ("numeric", "boolean", "date", "category")
LARGEST_EXACT_INTEGER = 2**53
LONGEST_EXAMPLE = 30
MOST_TYPES_SHOWN = 3
KINDS_OF_NUMPY = {"c": "complex numbers", "m": "durations in months", "V": "records", "S": "bytes"}
# Such as 1.234,5 and 01.02.2020: made of digits, yet no number for sure.
NEARLY_NUMBER = r"^\s*[+-]?[\d.,'’ \x{a0}\x{2009}\x{202f}]*\d[.,]?\s*$"
NUMBERS_AS_TEXT = "numbers stored as text"
AS_DATES = "dates as days since 1970-01-01"
EITHER_ORDER = "dates of which no cell says whether day or month comes first"
EITHER_DATE = (
    f"{EITHER_ORDER}; the type date, as --types NAME=date or types={{NAME: 'date'}}, takes the day first"
)


class Trouble(StrEnum):
    """Why a column cannot be trained on, apart from infinite cells."""

    TYPE = "type"  # complex numbers, bytes
    OBJECTS = "objects"  # lists, mappings, cells of several types
    STRAY = "stray"  # numbers, but for a few words
    MARKS = "marks"  # digits with marks that are not those of numbers
    DIGITS = "digits"  # integers that float64 cannot hold
    ASKED = "asked"  # not of the kind that was asked for
    LEARNED = "learned"  # not of the kind that a model has learned


@dataclass(frozen=True, eq=False)
class Cells:
    """One column, judged and converted.

    Parameters
    ----------
    kind : str
        ``"numeric"``, ``"boolean"``, ``"date"`` or ``"category"``; empty when there is trouble.
    dtype : str
        The stored type.
    why : str
        Why it has this kind; with trouble, what it holds instead.
    values : ndarray of shape (n,), float64, or None
        Numbers, days or codes, nan where missing; None when there is trouble.
    trouble : Trouble or None
        Why the column cannot be trained on.
    categories : tuple of str
        What the codes stand for.
    unit : str or None
        The unit that comes from the stored type, such as days.
    notable : bool
        Whether the reader has decided something on its own, so that a person should be told `why`.
    doubt : str or None
        What the cells may be instead, and how to say so.
    """

    kind: str
    dtype: str
    why: str
    values: Array | None
    trouble: Trouble | None = None
    categories: tuple[str, ...] = ()
    unit: str | None = None
    notable: bool = False
    doubt: str | None = None


def judge(column: Any, decimal: str | None = None, form: str | None = None) -> Cells:
    """Judge one column and convert it to float64.

    Parameters
    ----------
    column : ndarray of shape (n,) or pyarrow.ChunkedArray
        The cells as they are stored.
    decimal : str or None
        The decimal mark of numbers in text, where whoever passed the table could have told another one;
        None for the point.
    form : str or None
        In which form of `date_forms` dates in text are written, where that is known.

    Returns
    -------
    Cells
        The numbers, or the trouble.

    Examples
    --------
    >>> judge(np.array([True, False])).kind
    'boolean'
    >>> cells = judge(np.array(["red", "white", "red"]))
    >>> cells.kind, cells.categories, cells.values
    ('category', ('red', 'white'), array([0., 1., 0.]))
    """
    if isinstance(column, np.ndarray):
        return _judge_numpy(column, form)
    return _judge_arrow(column, decimal, form)


def as_arrow(column: Any) -> pa.ChunkedArray:
    """Return a stored column as Arrow has it.

    Raises
    ------
    pyarrow.ArrowException, TypeError, ValueError, OverflowError
        If Arrow has no such values.
    """
    import pyarrow as pa

    if not isinstance(column, np.ndarray):
        return column
    return pa.chunked_array([pa.array(column.tolist(), from_pandas=True)])


def _judge_numpy(column: NDArray[Any], form: str | None) -> Cells:  # noqa: PLR0911 - one for each kind of array
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
            return _stored_as(_judge_arrow(as_arrow(column), form=form), dtype)
        case "M":
            return Cells("date", dtype, AS_DATES, days_of_numpy(column), unit=DAYS)
        case "m" if (seconds := seconds_of_numpy(column)) is not None:
            return Cells("numeric", dtype, "durations in seconds", seconds, unit=SECONDS)
        case "O":
            return _judge_objects(column, form)
        case code:
            return Cells("", dtype, KINDS_OF_NUMPY.get(code, dtype), None, Trouble.TYPE)


def _judge_objects(column: NDArray[np.object_], form: str | None) -> Cells:
    """Judge Python objects by what Arrow takes them for: numbers, words, dates."""
    import pyarrow as pa

    try:
        judged = _judge_arrow(as_arrow(column), form=form)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        types = sorted({type(cell).__name__ for cell in column.tolist()})
        why = f"Python objects of type {' and '.join(types[:MOST_TYPES_SHOWN])}"
        return Cells("", "object", why, None, Trouble.OBJECTS)
    # Seconds alone do not say whether they are to become times, durations or numbers again.
    return judged if judged.unit == SECONDS else _stored_as(judged, "object")


def _stored_as(cells: Cells, dtype: str) -> Cells:
    """Return cells with the type that their container has."""
    return replace(cells, dtype=with_form(dtype, form_of(cells.dtype)))


def _judge_arrow(column: pa.ChunkedArray, decimal: str | None = None, form: str | None = None) -> Cells:
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute  # makes its functions at run time, where no type checker sees them
    stored, dtype, types = column.type, str(column.type), pa.types
    if types.is_dictionary(stored):
        return _categories(*codes_of_dictionary(column), "category")
    if column.null_count == len(column):
        return _empty(dtype, len(column))
    if types.is_integer(stored):
        return _integers(dtype, pc.min_max(column).as_py().values(), lambda: to_floats(column))
    if types.is_string(stored) or types.is_large_string(stored) or types.is_string_view(stored):
        return _text(column.cast(pa.large_string()), dtype, decimal, form)
    for is_of, kind, why, convert, unit in (
        (types.is_boolean, "boolean", "stored as booleans", to_floats, None),
        (types.is_floating, "numeric", "stored as numbers", to_floats, None),
        (types.is_decimal, "numeric", "numbers stored as decimals, rounded to 16 digits", to_floats, None),
        (types.is_date, "date", AS_DATES, days_of_arrow, DAYS),
        (types.is_timestamp, "date", AS_DATES, days_of_arrow, DAYS),
        (types.is_duration, "numeric", "durations in seconds", seconds_of_arrow, SECONDS),
        (types.is_time, "numeric", "times of the day in seconds", seconds_of_arrow, SECONDS),
    ):
        if is_of(stored):
            return Cells(kind, dtype, why, convert(column), unit=unit, notable=types.is_decimal(stored))
    return Cells("", dtype, _unusable(stored), None, _trouble_with(stored))


def _empty(dtype: str, n_rows: int) -> Cells:
    return Cells("numeric", dtype, "no cell has a value", np.full(n_rows, np.nan))


def _integers(dtype: str, extremes: Iterable[int], convert: Callable[[], Array]) -> Cells:
    largest = max(extremes, key=abs)
    if abs(largest) > LARGEST_EXACT_INTEGER:
        return Cells("", dtype, f"{largest}", None, Trouble.DIGITS)
    return Cells("numeric", dtype, "stored as integers", convert())


def _categories(values: Array, categories: tuple[str, ...], dtype: str) -> Cells:
    if np.isnan(values).all():
        return _empty(dtype, len(values))
    return Cells("category", dtype, variety(categories), values, categories=categories)


def _text(column: pa.ChunkedArray, dtype: str, decimal: str | None, form: str | None) -> Cells:
    """Say what kind of text it is: numbers, dates, numbers with a few words, or words."""
    import pyarrow.compute

    pc: Any = pyarrow.compute
    filled = pc.and_(pc.is_valid(column), pc.match_substring_regex(column, r"\S"))
    mark = decimal or POINT
    numbers = pc.match_substring_regex(column, plain_pattern(mark))
    n_filled, n_numbers = pc.sum(filled).as_py(), pc.sum(numbers).as_py()
    if n_filled == 0:
        return _empty(dtype, len(column))
    marks = thousands_in(column.filter(filled), mark)
    if n_numbers == n_filled or marks:
        values = numbers_in(column, filled, mark)
        why = f"{NUMBERS_AS_TEXT}, {taken(marks)}" if marks else NUMBERS_AS_TEXT
        return Cells("numeric", dtype, why, values, notable=True)
    dated = dated_text(column, filled, form) if n_numbers == 0 else None
    if dated is not None and dated.is_sure:
        return as_dates(dated, dtype)
    if dated is not None:
        return replace(_categories(*codes_of_text(column), dtype), doubt=EITHER_DATE)
    nearly = pc.match_substring_regex(column, NEARLY_NUMBER)
    if 2 * max(n_numbers, pc.sum(nearly).as_py()) <= n_filled:
        signs = signs_in(column.filter(filled)) if n_numbers == 0 else None
        doubt = f"numbers with {' and '.join(signs)}; write them as plain numbers" if signs else None
        return replace(_categories(*codes_of_text(column), dtype), doubt=doubt)
    return _neither(column.filter(filled), filled, dtype, decimal)


def dated_text(column: pa.ChunkedArray, filled: pa.ChunkedArray, form: str | None) -> Dated | None:
    """Return text as dates, nan where a cell is not filled; None if one of the others is no date."""
    text = column.filter(filled)
    days = days_in_text(text)
    dated = dates_in(text, form) if days is None else Dated("", days, is_sure=True)
    if dated is None:
        return None
    values = np.full(len(column), np.nan)
    values[to_floats(filled) == 1.0] = dated.days
    return dated._replace(days=values)


def as_dates(dated: Dated, dtype: str, note: str = "") -> Cells:
    """Return dates in text as cells whose type says how they are written; those of ISO need no form."""
    why = f"dates stored as text, {dated.form}" if dated.form else "dates stored as text"
    dtype = with_form(dtype, dated.form or None)
    return Cells("date", dtype, f"{why}{note}", dated.days, unit=DAYS, notable=True)


def told_of(cells: Cells) -> str | None:
    """Return what a person should be told of a column that is trained on, None if all is plain."""
    if cells.doubt is not None:
        return f"taken for categories, though the cells may be {cells.doubt}"
    return cells.why if cells.notable else None


def _neither(text: pa.ChunkedArray, filled: pa.ChunkedArray, dtype: str, decimal: str | None) -> Cells:
    """Say what keeps text, the cells that are filled, from being numbers."""
    import pyarrow.compute

    pc: Any = pyarrow.compute
    mark = decimal or POINT
    plain, numbers, nearly = (
        pc.match_substring_regex(text, pattern)
        for pattern in (plain_pattern(mark), either_pattern(mark), NEARLY_NUMBER)
    )
    stray = pc.invert(numbers)
    place, count = pc.index(stray, value=True).as_py(), pc.sum(stray).as_py()
    row = int(np.flatnonzero(to_floats(filled) == 1.0)[place]) + 1
    cells = "1 cell is no number" if count == 1 else f"{count} cells are no numbers"
    why = f"{cells}, the first {shown_cell(text[place].as_py())} in row {row}"
    if decimal is not None and are_numbers(text, other(decimal)):
        why = f"{why}; all are numbers with --decimal {other(decimal)}"
        return Cells("", dtype, why, None, Trouble.MARKS)
    n_plain, n_numbers = pc.sum(plain).as_py(), pc.sum(numbers).as_py()
    # Beside 1,5 nobody knows what 1,234 is, so that none of them could be asked to be a number.
    irregular = pc.any(pc.and_(stray, nearly)).as_py() and (n_plain == 0 or n_numbers > n_plain)
    return Cells("", dtype, why, None, Trouble.MARKS if irregular else Trouble.STRAY)


def numbers_in(column: pa.ChunkedArray, numbers: pa.ChunkedArray, decimal: str | None = None) -> Array:
    """Return text as numbers where flags say that it is one, and nan elsewhere."""
    values = np.full(len(column), np.nan)
    values[to_floats(numbers) == 1.0] = to_floats(to_numbers(column.filter(numbers), decimal or POINT))
    return values


def variety(different: tuple[str, ...]) -> str:
    """Return how many different values there are, with an example."""
    values = "value" if len(different) == 1 else "values"
    return f"{len(different)} different {values} such as {shown_cell(different[0])}"


def shown_cell(cell: object) -> str:
    """Return a cell as it stands in a sentence, cut short."""
    text = str(cell)
    return repr(text if len(text) <= LONGEST_EXAMPLE else f"{text[: LONGEST_EXAMPLE - 1]}…")


def _unusable(stored: pa.DataType) -> str:
    import pyarrow as pa

    if pa.types.is_interval(stored):
        return "durations in months"
    if pa.types.is_nested(stored):
        return "nested values"
    return f"values of type {stored}"


def _trouble_with(stored: pa.DataType) -> Trouble:
    import pyarrow as pa

    return Trouble.OBJECTS if pa.types.is_nested(stored) else Trouble.TYPE
