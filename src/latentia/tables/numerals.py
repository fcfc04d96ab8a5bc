"""Numbers as people write them: with a decimal mark, and perhaps with marks between their thousands.

A number with marks is one only if they stand before every three digits, as in 12.345.678,9; which
of two readings of 1.234 is meant, no cell says, but its table does.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

POINT, COMMA = ".", ","
NAMES_OF_MARKS = {COMMA: "commas", POINT: "points", "'": "apostrophes", "’": "apostrophes"}
THOUSANDS = "thousands marks"
_CURRENCY = r"[$€£¥₹]"
_SIGNS = {"percent signs": r"[%‰]", "currency signs": _CURRENCY, "brackets": r"\("}
_SPACES = " \u00a0\u2009\u202f"
# More groups than four behind the first digits would be beyond 2^53, where digits get lost.
_MOST_GROUPS = 4
# Of so many cells, most columns of words have one that is no number.
FIRST_CELLS = 64


def other(decimal: str) -> str:
    """Return the decimal mark that this one is not.

    Examples
    --------
    >>> other(",")
    '.'
    """
    return POINT if decimal == COMMA else COMMA


def plain_pattern(decimal: str = POINT) -> str:
    """Return what a number without marks between its thousands matches."""
    mark = re.escape(decimal)
    return rf"^\s*[+-]?(\d+{mark}?\d*|{mark}\d+)([eE][+-]?\d+)?\s*$"


def grouped_pattern(decimal: str = POINT) -> str:
    """Return what a number matches that has one mark between all of its thousands.

    Examples
    --------
    >>> [bool(re.match(grouped_pattern(","), text)) for text in ("1.234", "1.234.567,8", "1.5", "0.123")]
    [True, True, False, False]
    """
    groups = "|".join(rf"({re.escape(mark)}\d{{3}}){{1,{_MOST_GROUPS}}}" for mark in _thousands(decimal))
    return rf"^\s*[+-]?[1-9]\d{{0,2}}({groups})({re.escape(decimal)}\d*)?\s*$"


def either_pattern(decimal: str = POINT) -> str:
    """Return what a number matches, with or without marks between its thousands."""
    return f"{plain_pattern(decimal)}|{grouped_pattern(decimal)}"


def signs_in(column: pa.ChunkedArray) -> tuple[str, ...] | None:
    """Name the signs around numbers, such as those of percent; None unless all cells are numbers with signs.

    Examples
    --------
    >>> import pyarrow as pa
    >>> signs_in(pa.chunked_array([["50.4%", "7 %"]])), signs_in(pa.chunked_array([["€1,307.64", "(€2)"]]))
    (('percent signs',), ('currency signs', 'brackets'))
    """
    import pyarrow.compute

    pc: Any = pyarrow.compute
    for decimal in (POINT, COMMA):
        number = either_pattern(decimal).replace("^", "").replace("$", "")
        before, behind = rf"[+-]?{_CURRENCY}(?:{number})", rf"(?:{number})(?:{_CURRENCY}|[%‰])"
        pattern = rf"^\s*(?:\({_CURRENCY}?(?:{number})\)|{before}|{behind})\s*$"
        if all(pc.all(pc.match_substring_regex(some, pattern)).as_py() for some in (_few(column), column)):
            break
    else:
        return None
    return tuple(
        name for name, sign in _SIGNS.items() if pc.any(pc.match_substring_regex(column, sign)).as_py()
    )


def is_written_with(cell: str, decimal: str) -> bool:
    """Say whether a cell is a number with this decimal mark, with or without marks between thousands.

    Examples
    --------
    >>> is_written_with("1.234", ","), is_written_with("1.234", "."), is_written_with("127,99", ".")
    (True, True, False)
    """
    return _compiled(decimal).match(cell) is not None


def tells(cell: str, decimal: str) -> bool:
    """Say whether a cell is a number with this decimal mark and with no other.

    Examples
    --------
    >>> tells("127,99", ","), tells("1.234.567", ","), tells("1.234", ","), tells("264", ",")
    (True, True, False, False)
    """
    return is_written_with(cell, decimal) and not is_written_with(cell, other(decimal))


def thousands_in(column: pa.ChunkedArray, decimal: str = POINT) -> tuple[str, ...] | None:
    """Name the marks that stand between thousands; None unless all cells are numbers and some have one.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Text; blank cells count as missing.
    decimal : str
        The decimal mark.

    Examples
    --------
    >>> import pyarrow as pa
    >>> thousands_in(pa.chunked_array([["1,234", "5.5", None]]))
    ('commas',)
    >>> thousands_in(pa.chunked_array([["1,234", "5,5"]])) is None
    True
    """
    import pyarrow.compute

    pc: Any = pyarrow.compute
    if not are_numbers(_few(column), decimal) or not are_numbers(column, decimal):
        return None
    grouped = column.filter(pc.match_substring_regex(column, grouped_pattern(decimal)))
    found = [
        mark for mark in _thousands(decimal) if pc.any(pc.match_substring(_trimmed(grouped), mark)).as_py()
    ]
    return tuple(dict.fromkeys(NAMES_OF_MARKS.get(mark, "spaces") for mark in found)) or None


def are_numbers(column: pa.ChunkedArray, decimal: str) -> bool:
    """Say whether all cells but blank ones are numbers, with or without marks between thousands."""
    import pyarrow.compute

    pc: Any = pyarrow.compute
    blank = pc.invert(pc.match_substring_regex(column, r"\S"))
    numbers = pc.match_substring_regex(column, either_pattern(decimal))
    return pc.all(pc.or_(blank, numbers)).as_py() is not False


def to_numbers(column: pa.ChunkedArray, decimal: str = POINT) -> pa.ChunkedArray:
    """Return cells that are numbers, with or without marks between thousands, as floats.

    Examples
    --------
    >>> import pyarrow as pa
    >>> to_numbers(pa.chunked_array([["1.234,5", " 264", None]]), ",").to_pylist()
    [1234.5, 264.0, None]
    """
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    marks = "".join(map(re.escape, _thousands(decimal)))
    text = pc.replace_substring_regex(_trimmed(column), f"[{marks}]", "")
    text = pc.replace_substring(text, COMMA, POINT) if decimal == COMMA else text
    return text.cast(pa.float64())


def taken(marks: tuple[str, ...]) -> str:
    """Say what marks were taken for.

    Examples
    --------
    >>> taken(("commas", "spaces"))
    'commas and spaces taken for thousands marks'
    """
    return f"{' and '.join(marks)} taken for {THOUSANDS}"


@cache
def _compiled(decimal: str) -> re.Pattern[str]:
    return re.compile(either_pattern(decimal))


def _thousands(decimal: str) -> str:
    return f"{other(decimal)}{_SPACES}'’"


def _few(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.slice(0, FIRST_CELLS)


def _trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow.compute

    pc: Any = pyarrow.compute
    return pc.utf8_trim_whitespace(column)
