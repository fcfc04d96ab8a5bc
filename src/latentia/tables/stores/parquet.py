"""A Parquet file, one row group or one block of rows at a time."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from latentia.errors import LatentiaError
from latentia.tables.files import damaged
from latentia.tables.stores.remote import RemoteFile
from latentia.tables.stores.store import (
    BYTES_OF_A_NUMBER,
    MOST_ROWS,
    OneFile,
    chosen,
    nth_of_its_name,
    rows_at_once,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from latentia.tables.assembly import Draft

# Of a column of a row group, so much is read at a time where a whole group may be too large.
_BUFFER = 1 << 16


class ParquetFile(OneFile):
    """A Parquet file; its parts are its row groups."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._metadata: Any = None
        with self._open() as file:
            self._metadata = file.metadata
            schema = file.schema_arrow
        groups = [self._metadata.row_group(at) for at in range(self._metadata.num_row_groups)]
        self.names = tuple(schema.names)
        self.parts = tuple(group.num_rows for group in groups)
        self._types = tuple(schema.types)
        self._bytes_of_row = sum(group.total_byte_size for group in groups) / max(1, sum(self.parts))

    @property
    def stored(self) -> tuple[pa.DataType, ...]:
        """The Arrow types of the columns."""
        return self._types

    def read(self, part: int, columns: Sequence[int] | None = None) -> Draft:
        """Return one row group."""
        self.refuse_changed()
        with self._open() as file:
            table = file.read_row_group(part, columns=self._names_of(columns), use_threads=True)
        return self._as_draft(table, columns)

    def blocks(self, columns: Sequence[int] | None = None, n_rows: int = MOST_ROWS) -> Iterator[Draft]:
        """Yield all rows in order."""
        import pyarrow as pa

        share = 1.0 if columns is None else len(columns) / max(1, len(self.names))
        as_numbers = BYTES_OF_A_NUMBER * len(self.names)
        size = rows_at_once(n_rows, share * max(self._bytes_of_row, as_numbers))
        self.refuse_changed()
        with self._open(buffer_size=_BUFFER) as file:
            for batch in file.iter_batches(size, columns=self._names_of(columns)):
                self.refuse_changed()
                yield self._as_draft(pa.Table.from_batches([batch]), columns)

    @contextmanager
    def _open(self, buffer_size: int = 0) -> Iterator[Any]:
        """Yield the file, open; it is closed in between, because a table may have very many."""
        import pyarrow as pa
        from pyarrow import parquet

        try:
            # Without the checksums, flipped bytes in a page become wrong numbers without a word.
            with (
                self.file.open()
                if isinstance(self.file, RemoteFile)
                else nullcontext(str(self.file)) as source,
                parquet.ParquetFile(
                    source,
                    metadata=self._metadata,
                    buffer_size=buffer_size,
                    pre_buffer=False,
                    page_checksum_verification=True,
                ) as file,
            ):
                yield file
        except LatentiaError:
            raise
        except (pa.ArrowException, OSError, ValueError) as error:
            self.refuse_changed()
            raise damaged(self.file, "Parquet", error) from None

    def _names_of(self, columns: Sequence[int] | None) -> list[str] | None:
        return None if columns is None else list({self.names[place]: None for place in columns})

    def _as_draft(self, table: pa.Table, columns: Sequence[int] | None) -> Draft:
        names, places = chosen(self.names, columns)
        there = {key: at for at, key in enumerate(nth_of_its_name(table.column_names))}
        keys = nth_of_its_name(self.names)
        return self.draft(names, lambda at: table.column(there[keys[places[at]]]), table.num_rows)
