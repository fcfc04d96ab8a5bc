"""How a text table is written: what separates its cells, its decimal mark, its header.

People save tables in many ways and rarely say which, so the beginning of the file is read in
every way and the way that makes the most even table of the most numbers is taken.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from latentia.tables.naming import numbered, shown
from latentia.tables.numerals import NAMES_OF_MARKS, is_written_with, other, tells
from latentia.tables.reading import AS_FOUND, Reading

DELIMITERS = (",", ";", "\t", "|")
SPACES = " "
NAMES_OF_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", SPACES: "spaces"}
MISSING = (
    *("", "NA", "N/A", "n/a", "NaN", "nan", "-NaN", "-nan", "NULL", "null", "<NA>", "?", "-", "--", "."),
    *("#N/A", "#NA", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "#NULL!"),
)

_POINT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf(?:inity)?", re.IGNORECASE)
_COMMA = re.compile(r"[+-]?(?:\d+,\d*|,\d+)(?:[eE][+-]?\d+)?")
_COMMENT_MARK = re.compile(r"#+[ \t]*(?=[^\s#])")  # NumPy writes one before a header
# Spreadsheets write this line so that they find the delimiter again.
_STATED_DELIMITER = re.compile(r'\s*"?sep=([,;\t|])"?[^\S\n\r]*(?=[\r\n])', re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How a text table is written.

    Parameters
    ----------
    delimiter : str
        What separates cells; a space stands for any run of spaces and tabs.
    decimal : str
        ``"."`` or ``","``.
    names : tuple of str
        The column names; made up where there is no header.
    header_lines : int
        How many lines of the file come before the first row of data.
    notes : tuple of str
        What was decided here and is not plain from the file.
    missing : tuple of str
        What stands where a cell is missing.
    has_marks : bool
        Whether a number has a decimal mark, or a mark between thousands.
    """

    delimiter: str
    decimal: str
    names: tuple[str, ...]
    header_lines: int
    notes: tuple[str, ...]
    missing: tuple[str, ...] = MISSING
    has_marks: bool = True

    @property
    def decimal_to_tell(self) -> str | None:
        """The decimal mark; None where it is the point and commas separate cells, as nearly all have it."""
        return None if (self.delimiter, self.decimal) == (",", ".") else self.decimal

    @property
    def missing_numbers(self) -> tuple[float, ...]:
        """Those of them that are numbers, such as -999."""
        return tuple(float(token) for token in self.missing if _POINT.fullmatch(token))


def sniff(sample: str, *, tabs_first: bool = False, reading: Reading = AS_FOUND) -> Dialect:
    r"""Find out how a table is written from its first lines.

    Parameters
    ----------
    sample : str
        The beginning of the file, whole lines.
    tabs_first : bool, default=False
        Believe in tabs if there are any, as in a ``.tsv`` file.
    reading : Reading
        What is known, and not to be guessed.

    Returns
    -------
    Dialect
        The best guess.

    Examples
    --------
    >>> dialect = sniff("mass;height\n1,5;2\n3;4,25\n")
    >>> dialect.delimiter, dialect.decimal, dialect.names
    (';', ',', ('mass', 'height'))
    """
    commented = _COMMENT_MARK.match(sample)
    sample = sample[commented.end() :] if commented else sample
    stated = _STATED_DELIMITER.match(sample)
    missing = MISSING if reading.missing is None else tuple(dict.fromkeys(("", *reading.missing)))
    delimiter = reading.delimiter or (
        stated[1]
        if stated
        else _delimiter(sample, reading.decimal, frozenset(missing), tabs_first=tabs_first)
    )
    rows = parse(sample, delimiter)
    above = rows[0][1] if stated and len(rows) > 1 else 0
    first, *others = [row for row, line in rows if line > above]
    found, is_told, has_marks = _decimal(delimiter, [first, *others])
    decimal = reading.decimal or found
    notes = []
    if decimal == "," and reading.decimal is None:
        notes.append("Numbers are written with a decimal comma.")
    if delimiter != "," and len(first) > 1 and reading.delimiter is None:
        notes.append(f"Cells are separated by {NAMES_OF_DELIMITERS[delimiter]}.")
    has_header = reading.header
    if has_header is None:
        has_header = _is_header(first, others, frozenset(missing))
    if has_header:
        if commented:
            notes.append("The header begins with '#', which is no part of a name.")
        names = tuple(name.strip() for name in first)
        header_lines = next(line for _, line in rows if line > above)
    else:
        if reading.header is None:
            notes.append("The first line is a row of data and not a header; the columns are numbered.")
        # Blank lines before the first row are skipped with the header that is not there.
        names, header_lines = tuple(numbered(len(first))), above
        others = [first, *others]
    if reading.decimal is None and not is_told:
        notes += _notes_on_either_reading(names, others, decimal, frozenset(missing))
    return Dialect(delimiter, decimal, names, header_lines, tuple(notes), missing, has_marks)


def parse(text: str, delimiter: str) -> list[tuple[list[str], int]]:
    """Cut text into rows of cells, each with the number of its last line (from 1); no blank rows.

    Examples
    --------
    >>> parse("a,b", ",")
    [(['a', 'b'], 1)]
    """
    if delimiter == SPACES:
        lines = enumerate(text.splitlines(), start=1)
        return [(line.split(), number) for number, line in lines if line.strip()]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [(row, reader.line_num) for row in reader if row]


def is_number(cell: str, decimal: str = ".") -> bool:
    """Say whether a cell is written as a number.

    Examples
    --------
    >>> is_number("1.5e3"), is_number("1,5", ","), is_number("1,5"), is_number("one")
    (True, True, False, False)
    """
    text = cell.strip()
    if decimal == "." and _POINT.fullmatch(text):
        return True
    return is_written_with(text, decimal) or (_POINT.fullmatch(text) is not None and "." not in text)


def _delimiter(sample: str, decimal: str | None, missing: frozenset[str], *, tabs_first: bool) -> str:
    possible = [delimiter for delimiter in DELIMITERS if delimiter != decimal]
    scores = {delimiter: _evenness(sample, delimiter, missing) for delimiter in possible}
    if tabs_first and scores["\t"] > (0.0, 0):
        return "\t"
    best = max(possible, key=lambda delimiter: scores[delimiter])
    if scores[best] > (0.0, 0):
        return best
    if decimal == "," and _holds(sample, ",") and _evenness(sample, ",", missing) > (0.0, 0):
        return ","
    if _evenness(sample, SPACES, missing)[0] == 1.0:
        return SPACES
    # One column: anything that is in none of its cells separates them from nothing.
    return next((delimiter for delimiter in (";", "\t", "|") if delimiter not in sample), ",")


def _holds(sample: str, delimiter: str) -> bool:
    """Say whether a cell holds what separates cells, which it can in quotation marks."""
    try:
        return any(delimiter in cell for row, _ in parse(sample, delimiter) for cell in row)
    except csv.Error:
        return False


def _evenness(sample: str, delimiter: str, missing: frozenset[str]) -> tuple[float, int]:
    """Score a way of cutting by how even and numeric the rows are, then by their width."""
    try:
        rows = parse(sample, delimiter)
    except csv.Error:  # a long line that is not cut makes a cell too long for the csv module
        return 0.0, 0
    widths = Counter(len(row) for row, _ in rows)
    width = len(rows[0][0])
    if width == 1:
        return 0.0, 0
    cells = [cell for row, _ in rows[1:] for cell in row]
    numbers = sum(_is_value(cell, missing) for cell in cells)
    share = numbers / len(cells) if cells else 1.0
    return widths[width] / len(rows) * (0.5 + 0.5 * share), width


def _decimal(delimiter: str, rows: list[list[str]]) -> tuple[str, bool, bool]:
    """Return the decimal mark, whether a cell says so that can be read with no other, and whether any has it.

    Where none does, a mark that stands alone is taken for the decimal mark; of both, the point. Commas in
    quotation marks among cells that commas separate are more often those between thousands.
    """
    cells = [cell.strip() for row in rows for cell in row if "," in cell or "." in cell]
    for_comma, for_point = (any(tells(cell, mark) for cell in cells) for mark in ",.")
    if for_comma or for_point:
        return "." if for_point else ",", True, True
    if delimiter == ",":
        return ".", True, True
    with_comma, with_point = (any(mark in cell and is_number(cell, mark) for cell in cells) for mark in ",.")
    return "," if with_comma and not with_point else ".", False, with_comma or with_point


def _notes_on_either_reading(
    names: tuple[str, ...], rows: list[list[str]], decimal: str, missing: frozenset[str]
) -> list[str]:
    """Name the columns whose decimal marks might as well stand between thousands."""
    found = []
    for position, name in enumerate(names):
        cells = [row[position].strip() for row in rows if position < len(row)]
        there = [cell for cell in cells if cell not in missing]
        marked = [cell for cell in there if decimal in cell]
        if marked and all(is_number(cell, decimal) for cell in there):
            found += [name] if all(is_written_with(cell, other(decimal)) for cell in marked) else []
    if not found:
        return []
    columns = f"{'Column' if len(found) == 1 else 'Columns'} {shown(found)}"
    marks, mark = NAMES_OF_MARKS[decimal], other(decimal)
    otherwise = f"if they stand between thousands, say --decimal {mark}, or decimal={mark!r} in Python"
    return [f"{columns}: {marks} taken for decimal marks ({otherwise})."]


def _is_header(first: list[str], others: list[list[str]], missing: frozenset[str]) -> bool:
    """Say whether the first row names the columns.

    A column of numbers below a word speaks for a header, below a number against it; a column
    of words says nothing. 0, 1, 2, ... is what pandas writes above columns without names.
    """
    if not others:
        return not all(_is_value(cell, missing) for cell in first)
    counted = [str(position) for position in range(len(first))]
    if len(first) > 1 and (first == counted or (first[0] == "" and first[1:] == counted[:-1])):
        return True
    votes = Counter()
    for position, cell in enumerate(first):
        below = [row[position] for row in others if position < len(row)]
        numeric = any(one.strip() not in missing for one in below) and all(
            _is_value(one, missing) for one in below
        )
        if numeric and cell.strip() not in missing:
            votes["data" if _is_value(cell, missing) else "header"] += 1
    return votes["header"] > 0 or votes["data"] == 0


def _is_value(cell: str, missing: frozenset[str]) -> bool:
    return cell.strip() in missing or is_number(cell) or is_number(cell, ",")
