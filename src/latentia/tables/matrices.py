"""Rows and columns of numbers in an HDF5 or Zarr file, all cells stored or only those that are not zero."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from latentia.errors import InputError, LatentiaError
from latentia.tables.cells import LARGEST_EXACT_INTEGER
from latentia.tables.memory import refuse_beyond_memory
from latentia.tables.sparse import BYTES_AT_ONCE, checked_sparse, filled_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from numpy.typing import NDArray

TWO_DIMENSIONS = 2
EXACT_BYTES = 4  # of integers that float64 holds whatever they are
_SPARSE = ("csr_matrix", "csc_matrix")
# h5py and zarr have no errors of their own, and raise these where bytes make no sense.
_UNREADABLE = (OSError, RuntimeError, ValueError, KeyError, IndexError, TypeError, AttributeError)


@contextmanager
def telling_damage(path: Path, kind: str) -> Iterator[None]:
    """Say in a sentence of ours that a file, or what is looked for in it, is damaged."""
    from latentia.tables.files import damaged

    try:
        yield
    except LatentiaError:
        raise
    except _UNREADABLE as error:
        raise damaged(path, kind, error) from None


class Matrix(Protocol):
    """Rows and columns on disk."""

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and of columns."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the cells as they are stored."""
        ...

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the columns where cells of a row are stored as one record; else none."""
        ...

    @property
    def rows_together(self) -> int:
        """How many rows are stored in one piece."""
        ...

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Return some rows with all their cells, of the type as they are stored."""
        ...

    def whole(self) -> NDArray[Any]:
        """Return all rows, as float64 where that holds the cells."""
        ...


@dataclass(frozen=True, eq=False)
class StoredMatrix:
    """A matrix in an open file, with the names of its columns.

    Parameters
    ----------
    matrix : Matrix
    names : tuple of str
    notes : tuple of str
        What was decided.
    telling : callable
        Makes a context in which errors of the file's library become our sentence.
    classes : callable
        Reads what is known about the rows, by name.
    """

    matrix: Matrix
    names: tuple[str, ...]
    notes: tuple[str, ...]
    telling: Callable[[], AbstractContextManager[None]]
    classes: Callable[[], dict[str, Any]]

    def labels(self) -> dict[str, Any]:
        """Return what is known about the rows, or a sentence about what is damaged."""
        with self.telling():
            return self.classes()

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Return some rows, or a sentence about what is damaged."""
        with self.telling():
            return self.matrix.rows(start, stop)


def matrix_in(node: Any, called: str) -> Matrix:
    """Return what stands in a file as a matrix.

    Parameters
    ----------
    node : array or group of h5py or zarr
    called : str
        What to call it.

    Raises
    ------
    InputError
        If it is none.
    """
    if (stored := _sparse_kind(node)) is not None:
        shape = node.attrs["shape"] if "shape" in node.attrs else node.attrs["h5sparse_shape"]
        return Sparse(node, called, (int(shape[0]), int(shape[1])), is_by_rows=stored == "csr_matrix")
    if not hasattr(node, "shape"):
        raise InputError(
            f"The {called} is a group of arrays and not one table; pass another, or save it as CSV."
        )
    if not is_matrix(node):
        raise InputError(
            f"The {called} has shape {node.shape}, but a table has two dimensions, rows and columns; save it "
            "with these."
        )
    return Dense(node, called)


def is_matrix(node: Any) -> bool:
    """Say whether something in a file has rows and columns."""
    if hasattr(node, "shape"):
        return len(node.shape or ()) == (1 if np.dtype(node.dtype).names else TWO_DIMENSIONS)
    return _sparse_kind(node) is not None


def texts_in(array: Any) -> list[str]:
    """Return an array of text, which a file may have as bytes."""
    cells = np.asarray(array[:]).tolist()
    return [cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell) for cell in cells]


def _sparse_kind(node: Any) -> str | None:
    stored = str(node.attrs.get("encoding-type") or f"{node.attrs.get('h5sparse_format', '')}_matrix")
    return stored if stored in _SPARSE else None


@dataclass(frozen=True, eq=False)
class Dense:
    """A matrix of which all cells are stored.

    Parameters
    ----------
    node : array of h5py or zarr
    called : str
        What to call it.
    """

    node: Any
    called: str

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and of columns."""
        return int(self.node.shape[0]), len(self.fields) or int(self.node.shape[1])

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the columns where cells of a row are stored as one record."""
        return self.dtype.names or ()

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the cells as they are stored."""
        return np.dtype(self.node.dtype)

    @property
    def rows_together(self) -> int:
        """How many rows are stored in one piece."""
        return int((getattr(self.node, "chunks", None) or (1,))[0])

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Return some rows."""
        rows = np.asarray(self.node[start:stop])
        if rows.dtype.names:
            texts = [name for name in rows.dtype.names if rows.dtype[name].kind in "OS"]
            types = [(name, object if name in texts else rows.dtype[name]) for name in rows.dtype.names]
            records = rows.astype(types) if texts else rows
            for name in texts:
                records[name] = _as_text(records[name])
            return records
        return _as_text(rows) if rows.dtype.kind in "OS" else rows

    def whole(self) -> NDArray[Any]:
        """Return all rows, which are read in blocks, so that they are not in memory in two types."""
        n_rows, n_columns = self.shape
        refuse_beyond_memory(n_rows, n_columns, self.called)
        if self.dtype.kind not in "iuf":
            return self.rows(0, n_rows)
        cells = np.empty((n_rows, n_columns))
        at_once = max(1, BYTES_AT_ONCE // max(1, n_columns * cells.itemsize))
        for start in range(0, n_rows, at_once):
            rows = self.rows(start, start + at_once)
            if _loses_digits(rows):
                return self.rows(0, n_rows)  # so that the rule about these is applied
            cells[start : start + at_once] = rows
        return cells


@dataclass(frozen=True, eq=False)
class Sparse:
    """A matrix of which the cells that are not zero are stored, row by row or column by column.

    Parameters
    ----------
    node : group of h5py or zarr
        With the arrays ``data``, ``indices`` and ``indptr``.
    called : str
        What to call it.
    shape : tuple of int
    is_by_rows : bool
    """

    node: Any
    called: str
    shape: tuple[int, int]
    is_by_rows: bool

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the cells as they are stored."""
        return np.dtype(self.node["data"].dtype)

    @property
    def fields(self) -> tuple[str, ...]:
        """None: rows are no records."""
        return ()

    @property
    def rows_together(self) -> int:
        """How many rows are stored in one piece; where a row begins is known of each."""
        return 1

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Return some rows, filled in; of a matrix by columns, all that is stored is kept in memory."""
        if not self.is_by_rows:
            return self._all_by_rows[start:stop].toarray()
        bounds = self._bounds[start : stop + 1]
        first, last = int(bounds[0]), int(bounds[-1])
        stored = self._stored(
            (self.node["data"][first:last], self.node["indices"][first:last], bounds - first)
        )
        return checked_sparse(stored, self.called).toarray()

    def whole(self) -> NDArray[Any]:
        """Return all rows, filled in."""
        refuse_beyond_memory(*self.shape, self.called)
        return filled_in(self._everything(), called=self.called)

    @cached_property
    def _bounds(self) -> NDArray[Any]:
        bounds = np.asarray(self.node["indptr"][:])
        n_bounds = self.shape[0 if self.is_by_rows else 1] + 1
        n_stored = int(self.node["data"].shape[0])
        if len(bounds) != n_bounds or bounds[0] != 0 or bounds[-1] > n_stored or (np.diff(bounds) < 0).any():
            raise InputError(
                f"The {self.called} is damaged (what is stored cannot be cut into {n_bounds - 1} "
                f"{'rows' if self.is_by_rows else 'columns'}); save it again."
            )
        return bounds

    @cached_property
    def _all_by_rows(self) -> Any:
        return checked_sparse(self._everything(), self.called)

    def _everything(self) -> Any:
        return self._stored((self.node["data"][:], self.node["indices"][:], self._bounds))

    def _stored(self, parts: tuple[Any, Any, Any]) -> Any:
        from scipy import sparse

        n_rows, n_columns = self.shape
        try:
            if self.is_by_rows:
                return sparse.csr_array(parts, shape=(len(parts[2]) - 1, n_columns))
            return sparse.csc_array(parts, shape=(n_rows, n_columns))
        except (ValueError, IndexError) as error:
            raise InputError(f"The {self.called} is damaged ({error}); save it again.") from None


def _loses_digits(rows: NDArray[Any]) -> bool:
    if rows.dtype.kind not in "iu" or rows.dtype.itemsize <= EXACT_BYTES or not rows.size:
        return False
    return int(rows.max()) > LARGEST_EXACT_INTEGER or int(rows.min()) < -LARGEST_EXACT_INTEGER


def _as_text(cells: NDArray[Any]) -> NDArray[Any]:
    """Return text where a file has bytes."""
    texts = [cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell for cell in cells.flat]
    return np.array(texts, dtype=object).reshape(cells.shape)
