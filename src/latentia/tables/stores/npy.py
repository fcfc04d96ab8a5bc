"""An array in NumPy's own format, mapped into memory; what has been read is let go of again."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any

from latentia.tables.arrays import from_array, map_npy
from latentia.tables.stores.store import BYTES_OF_A_NUMBER, MOST_ROWS, OneFile, chosen, rows_at_once

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np

    from latentia.tables.assembly import Draft

ROWS_OF_A_PART = 1024


class NpyFile(OneFile):
    """An ``.npy`` file; its parts are small runs of rows."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._array = map_npy(path)
        whole = from_array(self._array, name=self.name)
        fields = self._array.dtype.fields
        self.names = tuple(map(str, whole.names))
        self._types = tuple(
            [kind for kind, *_ in fields.values()] if fields else [self._array.dtype] * len(self.names)
        )
        self._bytes_of_row = max(self._array.dtype.itemsize, BYTES_OF_A_NUMBER) * len(self.names)
        self._size = rows_at_once(ROWS_OF_A_PART, self._bytes_of_row)
        n_rows = whole.n_rows
        self.parts = tuple(min(self._size, n_rows - start) for start in range(0, n_rows, self._size))

    @property
    def stored(self) -> tuple[np.dtype[Any], ...]:
        """The NumPy types of the columns."""
        return self._types

    def read(self, part: int, columns: Sequence[int] | None = None) -> Draft:
        """Return one part."""
        return self._rows(part * self._size, self._size, columns)

    def blocks(self, columns: Sequence[int] | None = None, n_rows: int = MOST_ROWS) -> Iterator[Draft]:
        """Yield all rows in order."""
        size = rows_at_once(n_rows, self._bytes_of_row)
        for start in range(0, len(self._array), size):
            yield self._rows(start, size, columns)

    def _rows(self, start: int, size: int, columns: Sequence[int] | None) -> Draft:
        self.refuse_changed()
        mapped = self._array.base
        if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            mapped.madvise(mmap.MADV_DONTNEED)
        rows = from_array(self._array[start : start + size], name=self.name)
        names, places = chosen(self.names, columns)
        if columns is None:
            return self.draft(names, rows.fetch, rows.n_rows, block=rows.block)
        return self.draft(names, lambda at: rows.fetch(places[at]), rows.n_rows)
