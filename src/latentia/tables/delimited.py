"""Text tables: CSV, TSV and their relatives, read by Arrow once it is known how they are written.

Arrow is given a path or bytes, never a Python file object: with those it can abort when the
interpreter ends.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any

from latentia.errors import InputError
from latentia.tables.assembly import Draft
from latentia.tables.dialect import MISSING, SPACES, Dialect, is_number, parse, sniff
from latentia.tables.encoding import detect_encoding, refuse_other_texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

SAMPLE_CHARACTERS = 1 << 18
SAMPLE_LINES = 20
LONGEST_SAMPLE = 1 << 25
_BLOCK = 1 << 20
_MISSING = f"^({'|'.join(map(re.escape, MISSING))})$"
_LONG_INTEGER = re.compile(r"\s*[+-]?\d{17,}\s*")
_ARROW_INTEGERS_END = 2.0**63
_ENCODING_NOTES = {
    "utf-16": "The text is UTF-16.",
    "cp1252": "The text is not UTF-8; it was read as cp1252 (Windows, western Europe).",
    "latin-1": "The text is not UTF-8; it was read as latin-1.",
}


def read_delimited(path: Path, sha256: str) -> Draft:
    """Read a text table.

    Delimiter, decimal mark, header and encoding are found from the file; what is not plain is
    noted. Spaces around cells and names are ignored, blank lines too.

    Raises
    ------
    InputError
        If the file is no table, or its rows differ in length (the sentence names the first).
    """
    encoding = detect_encoding(path)
    sample = _sample(path, encoding)
    if not sample.strip():
        raise InputError(f"{path.name} has only blank lines; save the table again or pass another file.")
    refuse_other_texts(sample, path.name)
    try:
        dialect = sniff(sample, tabs_first=path.suffix.lower() in (".tsv", ".tab"))
        _refuse_title_line(path, sample, dialect)
    except csv.Error as error:
        raise _no_table(path, str(error)) from None
    if dialect.header_lines and not _has_rows(path, encoding, dialect):
        table = None
    else:
        table = _read(path, encoding, dialect, sample)
        _refuse_rounded_integers(path, encoding, dialect, table)
    notes = [*dialect.notes, _ENCODING_NOTES.get(encoding, "")]
    return Draft(
        names=dialect.names,
        fetch=lambda position: _numbers_in_text(table.column(position), dialect.decimal) if table else None,
        n_rows=table.num_rows if table else 0,
        name=path.name,
        path=str(path),
        sha256=sha256,
        notes=tuple(note for note in notes if note),
    )


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


def _has_rows(path: Path, encoding: str, dialect: Dialect) -> bool:
    try:
        return next(_rows(path, encoding, dialect), None) is not None
    except csv.Error as error:
        raise _no_table(path, str(error)) from None


def _read(path: Path, encoding: str, dialect: Dialect, sample: str) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    source: Any = str(path)
    delimiter = dialect.delimiter
    if not encoding.startswith("utf-8") or delimiter == SPACES:
        text = _text(path, encoding)
        if delimiter == SPACES:
            text, delimiter = "\n".join("\t".join(line.split()) for line in text.splitlines()), "\t"
        source = pa.BufferReader(text.encode())
    try:
        return arrow_csv.read_csv(
            source,
            read_options=arrow_csv.ReadOptions(
                column_names=[f"f{position}" for position in range(len(dialect.names))],
                skip_rows=dialect.header_lines,
                block_size=max(_BLOCK, 8 * max(map(len, sample.splitlines()))),
            ),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values='"' in sample),
            convert_options=arrow_csv.ConvertOptions(
                decimal_point=dialect.decimal, null_values=list(MISSING), strings_can_be_null=True
            ),
        )
    except pa.ArrowException as error:
        raise _ragged(path, encoding, dialect) or _no_table(path, str(error)) from None


def _text(path: Path, encoding: str) -> str:
    try:
        return path.read_text(encoding=encoding)
    except UnicodeError as error:
        raise _no_table(path, f"its text is damaged: {error}") from None


def _refuse_rounded_integers(path: Path, encoding: str, dialect: Dialect, table: pa.Table) -> None:
    """Refuse integers that Arrow has rounded because they do not fit into 64 bits."""
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    for position, column in enumerate(table.columns):
        if not pa.types.is_floating(column.type):
            continue
        largest = pc.max(pc.abs(column)).as_py()
        if largest is None or not largest >= _ARROW_INTEGERS_END:
            continue
        for row, line in _rows(path, encoding, dialect):
            if _LONG_INTEGER.fullmatch(row[position]) and abs(int(row[position])) >= _ARROW_INTEGERS_END:
                raise InputError(
                    f"Column {dialect.names[position]!r} has integers beyond ±2^53 ({row[position].strip()} "
                    f"in line {line}), which lose digits as float64; if they are identifiers, save the table "
                    "without them, otherwise divide them first."
                )


def _ragged(path: Path, encoding: str, dialect: Dialect) -> InputError | None:
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
        decimals = all(is_number(delimiter.join(row), ",") for row, _ in wide)
        if len(wide) * 2 >= len(rows) and not decimals:
            row, line = wide[0]
            raise InputError(
                f"The first line of {path.name} has 1 cell but line {line} has {len(row)}, and all rows must "
                "be of one length; remove what stands above the header."
            )


def _numbers_in_text(column: pa.ChunkedArray, decimal: str) -> pa.ChunkedArray:
    """Read numbers that Arrow left as text because there are spaces around them."""
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    if not pa.types.is_string(column.type):
        return column
    trimmed = pc.utf8_trim_whitespace(column)
    # A pattern and an array of nulls: Arrow imports pandas to make anything from Python values.
    missing = pc.match_substring_regex(trimmed, _MISSING)
    trimmed = pc.if_else(missing, pa.nulls(len(trimmed), pa.string()), trimmed)
    plain = pc.replace_substring(trimmed, ",", ".") if decimal == "," else trimmed
    try:
        return plain.cast(pa.float64())
    except pa.ArrowInvalid:
        return trimmed


def _cells(count: int) -> str:
    return f"{count} cell" if count == 1 else f"{count} cells"


def _no_table(path: Path, reason: str) -> InputError:
    first = (reason.splitlines() or ["unknown reason"])[0].rstrip(".")[:160]
    return InputError(f"{path.name} cannot be read as a table ({first}); save it again as CSV in UTF-8.")
