"""A matrix in an HDF5 or Zarr file, with all cells or only those that are not zero, some rows at a time."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.tables.arrays import from_array
from latentia.tables.stores.store import BYTES_OF_A_NUMBER, MOST_ROWS, OneFile, chosen, rows_at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from latentia.tables.assembly import Draft
    from latentia.tables.matrices import StoredMatrix
    from latentia.tables.reading import Reading

ROWS_OF_A_PART = 1024


class MatrixFile(OneFile):
    """A file with a matrix; its parts are small runs of rows, whole pieces of what is stored together.

    Parameters
    ----------
    path : path
        The file, which stays open.
    reading : Reading
        What was said about how it is to be read.
    opened : callable
        Opens the file.
    """

    def __init__(self, path: Path, reading: Reading, opened: Callable[[Path, Reading], StoredMatrix]) -> None:
        super().__init__(path)
        self._file = opened(path, reading)
        self._matrix, self.names, self.notes = self._file.matrix, self._file.names, self._file.notes
        n_rows, n_columns = self._matrix.shape
        self._bytes_of_row = max(self._matrix.dtype.itemsize, BYTES_OF_A_NUMBER) * n_columns
        together = self._matrix.rows_together
        self._size = max(1, rows_at_once(ROWS_OF_A_PART, self._bytes_of_row) // together) * together
        self.parts = tuple(min(self._size, n_rows - start) for start in range(0, n_rows, self._size))

    @property
    def stored(self) -> tuple[np.dtype[Any], ...]:
        """The NumPy types of the columns; text is kept as objects."""
        whole = self._matrix.dtype
        types = [whole[name] for name in whole.names] if whole.names else [whole] * len(self.names)
        return tuple(np.dtype(object) if one.kind in "SO" else one for one in types)

    @property
    def labels(self) -> Mapping[str, Any]:
        """Known classes of the rows, by name."""
        return self._labels

    @cached_property
    def _labels(self) -> Mapping[str, Any]:
        return self._file.labels()

    def read(self, part: int, columns: Sequence[int] | None = None) -> Draft:
        """Return one part."""
        return self._rows(part * self._size, self._size, columns)

    def blocks(self, columns: Sequence[int] | None = None, n_rows: int = MOST_ROWS) -> Iterator[Draft]:
        """Yield all rows in order."""
        size = rows_at_once(n_rows, self._bytes_of_row)
        for start in range(0, self._matrix.shape[0], size):
            yield self._rows(start, size, columns)

    def _rows(self, start: int, size: int, columns: Sequence[int] | None) -> Draft:
        self.refuse_changed()
        with self._telling_change():
            cells = self._file.rows(start, min(start + size, self._matrix.shape[0]))
        rows = from_array(cells, name=self.name)
        names, places = chosen(self.names, columns)
        if columns is None:
            return self.draft(names, rows.fetch, rows.n_rows, block=rows.block)
        return self.draft(names, lambda at: rows.fetch(places[at]), rows.n_rows)

    @contextmanager
    def _telling_change(self) -> Iterator[None]:
        """Say that a file has changed where that is why it looks damaged."""
        try:
            yield
        except ValueError:
            self.refuse_changed()
            raise
