"""Rows of single-precision numbers on disk, in a file that has no name and goes away by itself."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import TYPE_CHECKING, Self

import numpy as np

from latentia.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

BYTES_OF_A_NUMBER = 4
# What stays free of a disk: others write to it, too.
RESERVE = 64 << 20


class Scratch:
    """A table of float32 that is written once, from its first row to its last, and read at any place.

    It lies in the folder for temporary files, which ``$TMPDIR`` names, and takes four bytes for a
    number. Nobody else sees it, and it is gone when it is closed or the process ends, however it ends.

    Parameters
    ----------
    n_rows, n_columns : int
        How many rows are going to be written, to know beforehand whether there is room for them.

    Raises
    ------
    InputError
        If there is not enough room.

    Examples
    --------
    >>> with Scratch(n_rows=3, n_columns=2) as scratch:
    ...     scratch.append(np.zeros((2, 2)))
    ...     scratch.append(np.ones((1, 2)))
    ...     print(scratch.n_rows, scratch.read(1, 2).tolist())
    3 [[0.0, 0.0], [1.0, 1.0]]
    """

    def __init__(self, n_rows: int, n_columns: int) -> None:
        self.n_columns, self.n_rows = n_columns, 0
        self.bytes_of_row = BYTES_OF_A_NUMBER * n_columns
        folder = tempfile.gettempdir()
        _refuse_too_large(n_rows * self.bytes_of_row, folder, shutil.disk_usage(folder).free)
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed with this object

    def append(self, rows: NDArray[np.floating]) -> None:
        """Write rows, (n, n_columns), behind those that are there.

        Raises
        ------
        InputError
            If the disk is full.
        """
        block = memoryview(np.ascontiguousarray(rows, np.float32).data).cast("B") if len(rows) else b""
        written = 0
        try:
            while written < len(block):
                written += os.pwrite(
                    self._file.fileno(), block[written:], self.n_rows * self.bytes_of_row + written
                )
        except OSError as error:
            raise InputError(
                f"The rows could not be written to {tempfile.gettempdir()} ({error.strerror}); let the "
                "environment variable TMPDIR name a folder with more room."
            ) from None
        self.n_rows += len(rows)

    def read(self, first: int, n_rows: int) -> Array:
        """Return so many rows from a position on; fewer where the table ends."""
        n_rows = max(0, min(n_rows, self.n_rows - first))
        rows = np.empty((n_rows, self.n_columns), np.float32)
        self.read_into(rows, first)
        return rows

    def read_into(self, rows: Array, first: int) -> None:
        """Fill an array with rows from a position on; all of them have to be there."""
        view = memoryview(rows.data).cast("B") if rows.size else b""
        done = 0
        while done < len(view):
            got = os.preadv(self._file.fileno(), [view[done:]], first * self.bytes_of_row + done)
            if not got:
                raise EOFError(f"There is no row {first + len(rows)} among {self.n_rows}.")
            done += got

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _refuse_too_large(size: int, folder: str, free: int) -> None:
    """Raise InputError if a folder has no room for a file."""
    if size + RESERVE > free:
        raise InputError(
            f"The rows to learn from take {size / 2**30:.1f} GiB on disk while they are learned from, and "
            f"{folder} has {max(free, 0) / 2**30:.1f} GiB left; let the environment variable TMPDIR name a "
            "folder with more room."
        )
