"""The door to tables on disk, and the way back from there into memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from latentia.errors import InputError
from latentia.tables.assembly import Draft
from latentia.tables.files import ZARR, is_known, refuse_absent, refuse_empty, refuse_unknown
from latentia.tables.hdf5 import open_h5ad, open_hdf5
from latentia.tables.reading import AS_FOUND, HDF5
from latentia.tables.stores.arrow import ArrowFile
from latentia.tables.stores.finding import find_files
from latentia.tables.stores.joining import joined
from latentia.tables.stores.matrix_file import MatrixFile
from latentia.tables.stores.npy import NpyFile
from latentia.tables.stores.parquet import ParquetFile
from latentia.tables.stores.remote import RemoteFile
from latentia.tables.stores.several import SeveralFiles
from latentia.tables.stores.text import TextFile
from latentia.tables.zarr_folders import open_zarr

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from latentia.tables.reading import Reading
    from latentia.tables.stores.finding import Found
    from latentia.tables.stores.store import OneFile, Store

_FORMATS: dict[str, Callable[[Path, Reading], OneFile]] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt", ".dat", ".data"), TextFile),
    **dict.fromkeys((".parquet", ".pq"), lambda path, _: ParquetFile(path)),
    **dict.fromkeys((".feather", ".arrow", ".ipc"), lambda path, _: ArrowFile(path)),
    ".npy": lambda path, _: NpyFile(path),
    ".h5ad": lambda path, reading: MatrixFile(path, reading, open_h5ad),
    **dict.fromkeys(HDF5, lambda path, reading: MatrixFile(path, reading, open_hdf5)),
    ZARR: lambda path, reading: MatrixFile(path, reading, open_zarr),
}


def open_store(data: Any, reading: Reading = AS_FOUND) -> Store | None:
    """Open a table on disk to read it one block at a time.

    Parameters
    ----------
    data : object
        The path of a text, Parquet, Arrow, NPY, HDF5 or Zarr file, a folder of such files, a pattern such as
        ``"2024-*.parquet"``, or a list of these.
    reading : Reading
        What was said about how it is to be read.

    Returns
    -------
    Store or None
        None for everything that can only be read whole: frames and arrays in memory, the built-in
        tables, and files of other formats.

    Raises
    ------
    InputError
        If there is no such file, if one is damaged, or if files do not make up one table.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(Path(folder, "a.npy"), np.zeros((2, 3)))
    ...     np.save(Path(folder, "b.npy"), np.ones((4, 3)))
    ...     store = open_store(folder)
    ...     print(store.parts, [block.n_rows for block in store.blocks()])
    (2, 4) [6]
    """
    found = find_files(data)
    if found is None or (found.is_one_file and found.files[0].suffix.lower() not in _FORMATS):
        return None
    return _opened(found.files[0], reading) if found.is_one_file else open_several(found, reading)


def open_several(found: Found, reading: Reading = AS_FOUND) -> Store:
    """Open files as one table.

    Raises
    ------
    InputError
        If one is damaged, or if they do not make up one table.
    """
    _refuse_mixed(found)
    return SeveralFiles(found, lambda path: _opened(path, reading))


def read_whole(store: Store) -> Draft:
    """Return a table on disk as one in memory."""
    blocks = list(store.blocks())
    if not blocks:
        return Draft(names=store.names, fetch=lambda _: None, n_rows=0, name=store.name, path=store.path)
    return replace(joined(blocks), notes=store.notes, labels=dict(store.labels))


def _opened(path: Path, reading: Reading) -> OneFile:
    if not isinstance(path, RemoteFile):
        refuse_absent(path)
    refuse_unknown(path)
    reading.refuse_unsuited(path.name, path.suffix)
    try:
        refuse_empty(path)
        return _FORMATS[path.suffix.lower()](path, reading)
    except PermissionError:
        raise InputError(f"{path} may not be read by this user; change its permissions.") from None


def _refuse_mixed(found: Found) -> None:
    """Raise InputError if files are of several formats, or of one of which each is a table by itself."""
    first, *others = found.files
    kind = _FORMATS.get(first.suffix.lower())
    other = next((file for file in others if _FORMATS.get(file.suffix.lower()) is not kind), None)
    if other is not None:
        raise InputError(
            f"{found.name} has files of several formats, such as {first.name} and {other.name}, and a table "
            f"has one; pass a pattern for one of them, such as '*{first.suffix}'."
        )
    if kind is None and is_known(first):
        raise InputError(
            f"Several files such as {first.name} cannot be read as one table, which only text, Parquet, "
            "Arrow, .npy, HDF5 and Zarr files can be; pass one of them."
        )
