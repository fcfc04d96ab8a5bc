"""A text table, one block of whole lines at a time.

Arrow finds out what is in each column of a block by itself, and would call a column numbers in one
block and words in another. So the whole file is read once before, to find types that all blocks share.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from latentia.tables.delimited import (
    LONGEST_SAMPLE,
    SPACES,
    Written,
    field,
    has_rows,
    look_at,
    marks_between_thousands,
    no_table,
    notes_on_thousands,
    numbers_in_text,
    parsed,
    plain_text,
    refuse_rounded_integers,
    without_codes,
    without_spaces,
)
from latentia.tables.reading import AS_FOUND
from latentia.tables.stores.promotion import shared_by_text
from latentia.tables.stores.store import BYTES_OF_A_NUMBER, MOST_ROWS, OneFile, chosen, rows_at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from latentia.tables.assembly import Draft
    from latentia.tables.reading import Reading

CHARACTERS_AT_ONCE = 1 << 21


class TextFile(OneFile):
    """A text table; it has no parts, because where a row begins is known only from all rows before it."""

    parts = ()
    is_light = True

    def __init__(self, path: Path, reading: Reading = AS_FOUND) -> None:
        super().__init__(path)
        self._written = look_at(path, reading)
        self.names = self._written.dialect.names
        self.decimal = self._written.dialect.decimal if self._written.dialect.has_marks else None
        self._marks: dict[int, tuple[str, ...]] = {}

    @property
    def notes(self) -> tuple[str, ...]:  # pyright: ignore[reportIncompatibleVariableOverride] - none sets them
        """What was decided about how the text is written; all of it is read to know of marks in numbers."""
        numbers = {at for at, (_, padded) in enumerate(self._types) if padded}
        marks = {at: found for at, found in sorted(self._marks.items()) if at in numbers}
        return (*self._written.notes, *notes_on_thousands(marks, self._written.dialect))

    @property
    def stored(self) -> tuple[pa.DataType, ...]:
        """The Arrow types that hold all cells of each column; the whole file is read to find them."""
        import pyarrow as pa

        numbers = pa.float64()
        return tuple(numbers if padded else read_as for read_as, padded in self._types)

    @cached_property
    def _types(self) -> list[tuple[pa.DataType, bool]]:
        """How each column is read, and whether as text only because of spaces and marks in its numbers."""
        import pyarrow as pa

        read_as, only_numbers = [pa.null()] * len(self.names), [True] * len(self.names)
        for text in self._texts():
            table = parsed(self._written, pa.BufferReader(text))
            refuse_rounded_integers(self._written, table)
            for at, column in enumerate(table.columns):
                read_as[at] = shared_by_text(read_as[at], column.type)
                only_numbers[at] = only_numbers[at] and _holds_numbers(self._written, column)
            for at, marks in marks_between_thousands(table, self._written.dialect).items():
                self._marks[at] = tuple(dict.fromkeys((*self._marks.get(at, ()), *marks)))
        return [
            (one, pa.types.is_string(one) and numbers)
            for one, numbers in zip(read_as, only_numbers, strict=True)
        ]

    def read(self, part: int, columns: Sequence[int] | None = None) -> Draft:  # noqa: ARG002 - as all files
        """Refuse: there are no parts."""
        raise IndexError(f"{self.name} is text and has no part {part}; read its blocks.")

    def blocks(self, columns: Sequence[int] | None = None, n_rows: int = MOST_ROWS) -> Iterator[Draft]:
        """Yield all rows in order."""
        import pyarrow as pa

        _, places = chosen(self.names, columns)
        types = {field(place): self._types[place][0] for place in set(places)}
        size = rows_at_once(n_rows, BYTES_OF_A_NUMBER * len(places))
        for text in self._texts():
            table = parsed(self._written, pa.BufferReader(text), columns=list(types), types=types)
            for start in range(0, table.num_rows, size):
                yield self._as_draft(table.slice(start, size), places)

    def _as_draft(self, table: pa.Table, places: list[int]) -> Draft:
        import pyarrow as pa

        def fetch(at: int) -> pa.ChunkedArray:
            column, (read_as, padded) = table.column(field(places[at])), self._types[places[at]]
            if padded:
                return numbers_in_text(column, self._written.dialect)
            without = without_spaces if pa.types.is_string(read_as) else without_codes
            return without(column, self._written.dialect)

        draft = self.draft([self.names[place] for place in places], fetch, table.num_rows)
        return replace(draft, decimal=self._written.dialect.decimal_to_tell)

    def _texts(self) -> Iterator[bytes]:
        """Yield the rows in order, as bytes that Arrow reads; each piece ends where a row does."""
        if not has_rows(self._written):
            return
        last_row = _finder(self._written)
        rest = ""
        with self.file.open(encoding=self._written.encoding, newline="") as stream:
            for _ in range(self._written.dialect.header_lines):
                stream.readline()
            while piece := stream.read(CHARACTERS_AT_ONCE):
                self.refuse_changed()
                rest += piece
                end = last_row(rest)
                if rest[:end].strip():
                    yield plain_text(self._written, rest[:end])
                rest = rest[end:]
                if len(rest) > LONGEST_SAMPLE:
                    raise no_table(self._written, f"a row of it has more than {LONGEST_SAMPLE} characters")
        if rest.strip():
            yield plain_text(self._written, rest)


def _holds_numbers(written: Written, column: pa.ChunkedArray) -> bool:
    import pyarrow as pa

    types = pa.types
    if types.is_string(column.type):
        column = numbers_in_text(column, written.dialect)
    return types.is_null(column.type) or types.is_integer(column.type) or types.is_floating(column.type)


def _finder(written: Written) -> Callable[[str], int]:
    """Return what finds the end of the last whole row in a piece of text that begins with a row."""
    end = written.line_end
    if not written.has_quotes or written.dialect.delimiter == SPACES:
        return lambda text: text.rfind(end) + 1
    # Possessive, so that a row without its end is given up at once.
    plain = f"[^{re.escape(written.dialect.delimiter)}{end}]*+"
    cell = f'(?:"(?:[^"]++|"")*+"{plain}|(?!"){plain})'
    rows = re.compile(f"(?:{cell}(?:{re.escape(written.dialect.delimiter)}{cell})*+{end})*+")
    return lambda text: found.end() if (found := rows.match(text)) else 0
