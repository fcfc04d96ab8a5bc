"""An Arrow file, also called Feather, mapped into memory; what has been read is let go of again."""

from __future__ import annotations

import mmap
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from latentia.errors import LatentiaError
from latentia.tables.files import damaged
from latentia.tables.stores.store import BYTES_OF_A_NUMBER, MOST_ROWS, OneFile, chosen, rows_at_once

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from latentia.tables.assembly import Draft

ROWS_OF_A_PART = 1024


class ArrowFile(OneFile):
    """An Arrow file; its parts are record batches, cut small where that costs nothing.

    A compressed batch can only be read whole, and a stream, which has no list of its batches at
    its end, only from its beginning.
    """

    def __init__(self, path: Path) -> None:
        import pyarrow as pa

        super().__init__(path)
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._bytes = pa.py_buffer(self._map)
        with self._refusing_damage():
            self._pieces: list[tuple[int, int, int]] = []
            self._is_stream = not self._has_footer()
            self._is_mapped = not self._is_stream and self._lies_as_in_memory()
            schema = (self._stream() if self._is_stream else self._reader(None)).schema
            if not self._is_stream and schema.names:
                self._pieces = self._cut()
        self.names = tuple(schema.names)
        self.parts = tuple(length for _, _, length in self._pieces)
        self._types = tuple(schema.types)

    @property
    def stored(self) -> tuple[pa.DataType, ...]:
        """The Arrow types of the columns."""
        return self._types

    def read(self, part: int, columns: Sequence[int] | None = None) -> Draft:
        """Return one part."""
        self.refuse_changed()
        self._let_go()
        at, start, length = self._pieces[part]
        with self._refusing_damage():
            return self._as_draft(
                self._batch(self._reader(columns), at, columns).slice(start, length), columns
            )

    def blocks(self, columns: Sequence[int] | None = None, n_rows: int = MOST_ROWS) -> Iterator[Draft]:
        """Yield all rows in order."""
        width = len(self.names if columns is None else columns)
        with self._refusing_damage():
            for batch in self._batches(columns):
                size = rows_at_once(n_rows, max(width * BYTES_OF_A_NUMBER, batch.nbytes / max(1, len(batch))))
                for start in range(0, len(batch), size):
                    self.refuse_changed()
                    self._let_go()
                    yield self._as_draft(batch.slice(start, size), columns)

    def _batches(self, columns: Sequence[int] | None) -> Iterator[pa.RecordBatch]:
        self.refuse_changed()
        if self._is_stream:
            yield from (_only(batch, columns) for batch in self._stream())
        else:
            reader = self._reader(columns)
            yield from (self._batch(reader, at, columns) for at in range(reader.num_record_batches))

    def _batch(self, reader: Any, at: int, columns: Sequence[int] | None) -> pa.RecordBatch:
        batch = reader.get_batch(at)
        return _only(batch, columns) if self._is_mapped else batch

    def _has_footer(self) -> bool:
        import pyarrow as pa

        try:
            pa.ipc.open_file(self._bytes)
        except pa.ArrowInvalid:
            return False
        return True

    def _reader(self, columns: Sequence[int] | None) -> Any:
        import pyarrow as pa

        # To leave fields out, Arrow copies the others; no fields mean all of them.
        fields = sorted(set(columns)) if columns and not self._is_mapped else None
        return pa.ipc.open_file(self._bytes, options=pa.ipc.IpcReadOptions(included_fields=fields))

    def _stream(self) -> Any:
        import pyarrow as pa

        return pa.ipc.open_stream(self._bytes)

    def _cut(self) -> list[tuple[int, int, int]]:
        """Return each part as the place of its batch, its first row in it, and its number of rows."""
        reader = self._reader([0])
        small = rows_at_once(ROWS_OF_A_PART, BYTES_OF_A_NUMBER * len(self._reader(None).schema))
        pieces = []
        for at in range(reader.num_record_batches):
            n_rows = len(reader.get_batch(at))
            size = small if self._is_mapped else max(1, n_rows)
            pieces += [(at, start, min(size, n_rows - start)) for start in range(0, n_rows, size)]
        return pieces

    def _lies_as_in_memory(self) -> bool:
        """Say whether the cells lie in the file as they do in memory, so not compressed."""
        import pyarrow as pa

        reader = pa.ipc.open_file(self._bytes)
        if not reader.num_record_batches:
            return True
        begin, end = self._bytes.address, self._bytes.address + self._bytes.size
        buffers = [buffer for column in reader.get_batch(0).columns for buffer in column.buffers()]
        return all(begin <= buffer.address < end for buffer in buffers if buffer is not None and buffer.size)

    def _let_go(self) -> None:
        """Give back the memory of what has been read so far; it is read again if it is asked for again."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)

    @contextmanager
    def _refusing_damage(self) -> Iterator[None]:
        import pyarrow as pa

        try:
            yield
        except LatentiaError:
            raise
        except (pa.ArrowException, OSError, ValueError) as error:
            self.refuse_changed()
            raise damaged(self.file, "Feather or Arrow", error) from None

    def _as_draft(self, batch: pa.RecordBatch, columns: Sequence[int] | None) -> Draft:
        import pyarrow as pa

        batch.validate(full=True)
        names, places = chosen(self.names, columns)
        there = {place: at for at, place in enumerate(sorted(set(places)))}
        return self.draft(names, lambda at: pa.chunked_array([batch.column(there[places[at]])]), len(batch))


def _only(batch: pa.RecordBatch, columns: Sequence[int] | None) -> pa.RecordBatch:
    """Return some columns, in the order of the file."""
    return batch if columns is None else batch.select(sorted(set(columns)))
