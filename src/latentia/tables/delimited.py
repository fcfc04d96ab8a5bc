"""Text tables: CSV, TSV and their relatives, read by Arrow once it is known how they are written.

Arrow is given a path or bytes, never a Python file object: with those it can abort when the
interpreter ends.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from latentia.errors import InputError
from latentia.tables.assembly import Draft
from latentia.tables.dialect import SPACES, Dialect, is_number, parse, sniff
from latentia.tables.encoding import checked_encoding, detect_encoding, refuse_other_texts
from latentia.tables.naming import shown
from latentia.tables.numerals import (
    FIRST_CELLS,
    NAMES_OF_MARKS,
    are_numbers,
    other,
    taken,
    thousands_in,
    to_numbers,
)
from latentia.tables.reading import AS_FOUND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from latentia.tables.reading import Reading

SAMPLE_CHARACTERS = 1 << 18
SAMPLE_LINES = 20
LONGEST_SAMPLE = 1 << 25
_BLOCK = 1 << 20
_LONG_INTEGER = re.compile(r"\s*[+-]?\d{17,}\s*")
_ARROW_INTEGERS_END = 2.0**63
_ENCODING_NOTES = {
    "utf-16": "The text is UTF-16.",
    "cp1252": "The text is not UTF-8; it was read as cp1252 (Windows, western Europe).",
    "latin-1": "The text is not UTF-8; it was read as latin-1.",
}


def read_delimited(path: Path, sha256: str, reading: Reading = AS_FOUND) -> Draft:
    """Read a text table.

    Delimiter, decimal mark, header and encoding are found from the file where nothing was said
    about them; what is not plain is noted. Spaces around cells and names are ignored, blank lines too.

    Raises
    ------
    InputError
        If the file is no table, or its rows differ in length (the sentence names the first).
    """
    written = look_at(path, reading)
    table = _read(written) if has_rows(written) else None
    if table:
        refuse_rounded_integers(written, table)
    marks = marks_between_thousands(table, written.dialect) if table else {}
    return Draft(
        names=written.dialect.names,
        fetch=lambda at: numbers_in_text(table.column(at), written.dialect) if table else None,
        n_rows=table.num_rows if table else 0,
        name=path.name,
        path=str(path),
        sha256=sha256,
        notes=(*written.notes, *notes_on_thousands(marks, written.dialect)),
        decimal=written.dialect.decimal_to_tell,
    )


@dataclass(frozen=True)
class Written:
    """A text table that has been looked at, but not read.

    Parameters
    ----------
    path : path
        The file.
    encoding : str
        Which bytes stand for which characters.
    dialect : Dialect
        What separates cells, and so on.
    line_end : str
        How a line ends, or what does last.
    longest_line : int
        Of the first lines, the number of characters of the longest.
    has_quotes : bool
        Whether there are quotation marks in the first lines, so that a row may go over several.
    is_told : bool
        Whether the encoding was told and not found out.
    """

    path: Path
    encoding: str
    dialect: Dialect
    line_end: str
    longest_line: int
    has_quotes: bool
    is_told: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What was decided and is not plain from the file."""
        encoding = None if self.is_told else _ENCODING_NOTES.get(self.encoding)
        return (*self.dialect.notes, encoding) if encoding else self.dialect.notes


def look_at(path: Path, reading: Reading = AS_FOUND) -> Written:
    """Find out how a text table is written, where nothing was said about it.

    Raises
    ------
    InputError
        If the file is no table.
    """
    encoding = checked_encoding(path, reading.encoding) if reading.encoding else detect_encoding(path)
    sample = _sample(path, encoding)
    if not sample.strip():
        raise InputError(f"{path.name} has only blank lines; save the table again or pass another file.")
    refuse_other_texts(sample, path.name)
    try:
        tabs_first = path.suffix.lower() in (".tsv", ".tab")
        dialect = sniff(sample, tabs_first=tabs_first, reading=reading)
        if reading.delimiter is None:
            _refuse_title_line(path, sample, dialect)
    except csv.Error as error:
        raise _no_table(path, str(error)) from None
    longest = max(map(len, sample.splitlines()))
    end = "\n" if "\n" in sample else "\r"
    return Written(path, encoding, dialect, end, longest, '"' in sample, is_told=reading.encoding is not None)


def _sample(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, newline="") as stream:
        try:
            sample = stream.read(SAMPLE_CHARACTERS)
            complete = len(sample) < SAMPLE_CHARACTERS
            # The lines of a table with thousands of columns are long, and a few of them are needed.
            while not complete and sample.count("\n") < SAMPLE_LINES and len(sample) < LONGEST_SAMPLE:
                more = stream.read(len(sample))
                complete, sample = not more, sample + more
        except UnicodeError as error:
            raise _no_table(path, f"its text is damaged: {error}") from None
    if complete:
        return sample
    end = max(sample.rfind("\n"), sample.rfind("\r"))
    return sample[: end + 1] if end >= 0 else sample


def _rows(path: Path, encoding: str, dialect: Dialect) -> Iterator[tuple[list[str], int]]:
    """Yield the rows of data as text, each with its last line; slow, for what Arrow cannot say."""
    with path.open(encoding=encoding, newline="") as stream:
        if dialect.delimiter == SPACES:
            rows = ((line.split(), number) for number, line in enumerate(stream, start=1))
        else:
            reader = csv.reader(stream, delimiter=dialect.delimiter)
            rows = ((row, reader.line_num) for row in reader)
        yield from ((row, line) for row, line in rows if row and line > dialect.header_lines)


def has_rows(written: Written) -> bool:
    """Say whether there is anything below the header."""
    if not written.dialect.header_lines:
        return True
    try:
        return next(_rows(written.path, written.encoding, written.dialect), None) is not None
    except csv.Error as error:
        raise _no_table(written.path, str(error)) from None


def _read(written: Written) -> pa.Table:
    import pyarrow as pa

    source: Any = str(written.path)
    if not written.encoding.startswith("utf-8") or written.dialect.delimiter == SPACES:
        source = pa.BufferReader(plain_text(written, _text(written.path, written.encoding)))
    return parsed(written, source, skip_rows=written.dialect.header_lines)


def plain_text(written: Written, text: str) -> bytes:
    """Return whole lines as UTF-8 with one character between cells, as Arrow reads them."""
    if written.dialect.delimiter == SPACES:
        text = "".join("\t".join(line.split()) + "\n" for line in text.splitlines())
    return text.encode()


def parsed(
    written: Written,
    source: Any,
    skip_rows: int = 0,
    columns: Sequence[str] | None = None,
    types: Mapping[str, pa.DataType] | None = None,
) -> pa.Table:
    """Return rows as Arrow reads them; columns are called by `field`.

    Parameters
    ----------
    written : Written
        How the text is written.
    source : str or pyarrow.NativeFile
        A path, or bytes as `plain_text` returns them.
    skip_rows : int, default=0
        How many lines come before the first row.
    columns : sequence of str or None
        Which columns, None for all.
    types : mapping of str to pyarrow.DataType or None
        Their types; None to find them out.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    dialect = written.dialect
    try:
        return arrow_csv.read_csv(
            source,
            read_options=arrow_csv.ReadOptions(
                column_names=list(map(field, range(len(dialect.names)))),
                skip_rows=skip_rows,
                block_size=max(_BLOCK, 8 * written.longest_line),
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter="\t" if dialect.delimiter == SPACES else dialect.delimiter,
                newlines_in_values=written.has_quotes,
            ),
            convert_options=arrow_csv.ConvertOptions(
                decimal_point=dialect.decimal,
                null_values=list(dialect.missing),
                strings_can_be_null=True,
                include_columns=columns,
                column_types=types,
            ),
        )
    except pa.ArrowException as error:
        raise no_table(written, str(error)) from None


def field(position: int) -> str:
    """Return what a column is called while Arrow reads it, because its own name may not be unique."""
    return f"f{position}"


def _text(path: Path, encoding: str) -> str:
    try:
        return path.read_text(encoding=encoding)
    except UnicodeError as error:
        raise _no_table(path, f"its text is damaged: {error}") from None


def refuse_rounded_integers(written: Written, table: pa.Table) -> None:
    """Raise InputError about integers that Arrow has rounded because they do not fit into 64 bits."""
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    dialect = written.dialect
    positions = {field(position): position for position in range(len(dialect.names))}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if not pa.types.is_floating(column.type):
            continue
        largest = pc.max(pc.abs(column)).as_py()
        if largest is None or not largest >= _ARROW_INTEGERS_END:
            continue
        position = positions[name]
        for row, line in _rows(written.path, written.encoding, dialect):
            if _LONG_INTEGER.fullmatch(row[position]) and abs(int(row[position])) >= _ARROW_INTEGERS_END:
                raise InputError(
                    f"Column {dialect.names[position]!r} has integers beyond ±2^53 ({row[position].strip()} "
                    f"in line {line}), which lose digits as float64; if they are identifiers, save the table "
                    "without them, otherwise divide them first."
                )


def no_table(written: Written, reason: str) -> InputError:
    """Return the sentence about text that is no table after all: its first uneven row, or else the reason."""
    return _ragged(written) or _no_table(written.path, reason)


def _ragged(written: Written) -> InputError | None:
    path, encoding, dialect = written.path, written.encoding, written.dialect
    width = len(dialect.names)
    origin = "the header" if dialect.header_lines else "the first row"
    before = dialect.header_lines
    try:
        for row, line in _rows(path, encoding, dialect):
            if len(row) != width:
                several = any("\n" in cell for cell in row)
                where = f"The row in lines {before + 1} to {line}" if several else f"Line {line}"
                remedy = "close the quotation mark in it" if several else "correct or remove the line"
                return InputError(
                    f"{where} of {path.name} has {_cells(len(row))} but {origin} has {width}, and all "
                    f"rows must be of one length; {remedy}."
                )
            before = line
    except (csv.Error, UnicodeError):
        return None
    return None


def _refuse_title_line(path: Path, sample: str, dialect: Dialect) -> None:
    """Refuse a table whose first line is narrower than its rows, such as a title above it."""
    if len(dialect.names) > 1:
        return
    for delimiter in (",", ";", "\t", "|"):
        rows = parse(sample, delimiter)
        wide = [(row, line) for row, line in rows if len(row) > 1]
        joined = [delimiter.join(row) for row, _ in wide]
        decimals = any(all(is_number(cell, mark) for cell in joined) for mark in ",.")
        if len(wide) * 2 >= len(rows) and not decimals:
            row, line = wide[0]
            raise InputError(
                f"The first line of {path.name} has 1 cell but line {line} has {len(row)}, and all rows must "
                "be of one length; remove what stands above the header."
            )


def numbers_in_text(column: pa.ChunkedArray, dialect: Dialect) -> pa.ChunkedArray:
    """Read numbers that Arrow left as text because there are spaces around them, or marks in them."""
    import pyarrow as pa

    if not pa.types.is_string(column.type):
        return without_codes(column, dialect)
    trimmed = without_spaces(column, dialect)
    if thousands_in(trimmed, dialect.decimal):
        return without_codes(to_numbers(trimmed, dialect.decimal), dialect)
    try:
        return without_codes(_plain_numbers(trimmed, dialect.decimal), dialect)
    except pa.ArrowInvalid:
        return trimmed


def _plain_numbers(text: pa.ChunkedArray, decimal: str) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    if decimal == ".":
        return text.cast(pa.float64())
    if pc.any(pc.match_substring(text, ".")).as_py():
        raise pa.ArrowInvalid("a point is no decimal mark here")
    return pc.replace_substring(text, decimal, ".").cast(pa.float64())


def marks_between_thousands(table: pa.Table, dialect: Dialect) -> dict[int, tuple[str, ...]]:
    """Return the marks that numbers have between their thousands, by position of the column."""
    import pyarrow as pa

    found = {}
    for at, column in enumerate(table.columns):
        # Long columns of words are known for what they are by a few cells.
        few = column.slice(0, FIRST_CELLS)
        if pa.types.is_string(column.type) and are_numbers(without_spaces(few, dialect), dialect.decimal):
            found[at] = thousands_in(without_spaces(column, dialect), dialect.decimal)
    return {at: marks for at, marks in found.items() if marks}


def notes_on_thousands(marks: Mapping[int, tuple[str, ...]], dialect: Dialect) -> tuple[str, ...]:
    """Say what marks between thousands were taken for; names the option where that may be wrong."""
    by_mark: dict[tuple[str, ...], list[str]] = {}
    for at, found in marks.items():
        by_mark.setdefault(found, []).append(dialect.names[at])
    notes = []
    for found, names in by_mark.items():
        mark = other(dialect.decimal)
        unsure = dialect.decimal_to_tell is not None and NAMES_OF_MARKS[mark] in found
        otherwise = f" (if they are decimal marks, say --decimal {mark}, or decimal={mark!r} in Python)"
        columns = f"{'Column' if len(names) == 1 else 'Columns'} {shown(names)}"
        notes.append(f"{columns}: {taken(found)}{otherwise if unsure else ''}.")
    return tuple(notes)


def without_codes(column: pa.ChunkedArray, dialect: Dialect) -> pa.ChunkedArray:
    """Return numbers, null where one is that stands for a missing cell, however it is written."""
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return column
    for number in dialect.missing_numbers:
        column = pc.if_else(pc.equal(column, number), pa.nulls(len(column), column.type), column)
    return column


def without_spaces(column: pa.ChunkedArray, dialect: Dialect) -> pa.ChunkedArray:
    """Return text without the spaces around it, and null where nothing but a sign of absence is left."""
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    trimmed = pc.utf8_trim_whitespace(column)
    # A pattern and an array of nulls: Arrow imports pandas to make anything from Python values.
    missing = pc.match_substring_regex(trimmed, f"^({'|'.join(map(re.escape, dialect.missing))})$")
    return pc.if_else(missing, pa.nulls(len(trimmed), pa.string()), trimmed)


def _cells(count: int) -> str:
    return f"{count} cell" if count == 1 else f"{count} cells"


def _no_table(path: Path, reason: str) -> InputError:
    first = (reason.splitlines() or ["unknown reason"])[0].rstrip(".")[:160]
    return InputError(f"{path.name} cannot be read as a table ({first}); save it again as CSV in UTF-8.")
