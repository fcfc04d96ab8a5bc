"""Arrays as tables: in memory, and in NumPy's own files, from which nothing is ever unpickled."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError
from latentia.tables.archives import refuse_what_unpacks_large
from latentia.tables.assembly import Draft
from latentia.tables.naming import numbered, shown
from latentia.tables.sparse import filled_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

TABLE_KEYS = ("X", "x", "data")
SPARSE_KEYS = {"format", "shape", "data"}  # what scipy.sparse.save_npz calls its arrays, beside others
NAME_KEYS = ("feature_names", "columns", "column_names")

_UNREADABLE = (ValueError, OSError, EOFError, KeyError, MemoryError, zipfile.BadZipFile, zlib.error)


def from_array(data: Any, *, name: str = "array") -> Draft:
    """Take a 2-D array, or something that becomes one, as a table.

    Columns are called ``"column 1"``, ``"column 2"`` and so on; those of a structured array have
    names. Masked cells count as missing. A float64 array is used as it is, not copied.

    Raises
    ------
    InputError
        If it has not exactly two dimensions, or named fields.

    Examples
    --------
    >>> from_array([[1, 2], [3, 4]]).names
    ['column 1', 'column 2']
    """
    called = name if name == "array" else f"array in {name}"
    array = _as_array(data, called)
    if array.ndim == 1 and array.dtype.names:
        return Draft(names=array.dtype.names, fetch=_fields(array), n_rows=len(array), name=name)
    if array.ndim == 1 and array.dtype.kind == "O":
        raise InputError(
            f"The {called} is a list of {len(array)} objects and not of rows of numbers; pass a data frame "
            "or a 2-D array."
        )
    if array.ndim != 2:  # noqa: PLR2004 - rows and columns
        raise InputError(
            f"The {called} has shape {array.shape}, but a table has two dimensions, rows and columns; "
            + ("reshape it to (rows, 1)." if array.ndim == 1 else "reshape it to (rows, columns).")
        )
    return Draft(
        names=numbered(array.shape[1]),
        fetch=lambda position: array[:, position],
        n_rows=array.shape[0],
        name=name,
        block=array,
    )


def from_sparse(data: Any, *, name: str = "sparse array") -> Draft:
    """Take a sparse array of SciPy as a table; the cells that it does not store are 0.

    Raises
    ------
    InputError
        If it has not two dimensions, is damaged, or does not fit into memory once it is filled in.

    Examples
    --------
    >>> from scipy import sparse
    >>> from_sparse(sparse.csr_array([[0, 2], [3, 0]])).n_rows
    2
    """
    called = name if name == "sparse array" else f"sparse array in {name}"
    return from_array(filled_in(data, called=called), name=name)


def read_npy(path: Path, sha256: str) -> Draft:
    """Read the one array of an ``.npy`` file."""
    # Mapped first: a header that promises more than the file holds then fails before it takes memory.
    return _as_file(from_array(np.array(map_npy(path)), name=path.name), path, sha256)


def map_npy(path: Path) -> NDArray[Any]:
    """Return the one array of an ``.npy`` file, of which only what is used is read."""
    _refuse_other_formats(path, (b"\x93NUMPY",))
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except _UNREADABLE as error:
        raise _unreadable(path, error) from None


def read_npz(path: Path, sha256: str) -> Draft:
    """Read the table of an ``.npz`` file: its only 2-D array, or the one called X, x or data.

    Every other array with one entry per row can be named as the label. Where an array of
    names ``<label>_names`` lies beside whole-number labels, the names are used. What
    ``scipy.sparse.save_npz`` wrote is one sparse array.
    """
    _refuse_other_formats(path, (b"PK\x03\x04", b"PK\x05\x06"))
    refuse_what_unpacks_large(path)
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            if set(archive.files) >= SPARSE_KEYS:
                return _as_file(from_sparse(_load_sparse(path), name=path.name), path, sha256)
            members = {key: archive[key] for key in archive.files}
    except _UNREADABLE as error:
        raise _unreadable(path, error) from None
    # What is no array comes as its bytes.
    arrays = {key: array for key, array in members.items() if isinstance(array, np.ndarray)}
    key = _table_key(arrays, path.name)
    table = from_array(arrays[key], name=path.name)
    notes = [f"The table is the array {key!r} of {shown(list(arrays))}."] if len(arrays) > 1 else []
    names = list(table.names)
    for named in NAME_KEYS:
        if named in arrays and arrays[named].shape == (len(names),) and arrays[named].dtype.kind == "U":
            names = arrays[named].tolist()
    labels = {other: array for other, array in arrays.items() if other != key and array.ndim == 1}
    labels = {
        other: _named(array, arrays.get(f"{other}_names"))
        for other, array in labels.items()
        if len(array) == table.n_rows
    }
    draft = Draft(
        names=names,
        fetch=table.fetch,
        n_rows=table.n_rows,
        name=table.name,
        notes=tuple(notes),
        labels=labels,
        block=table.block,
    )
    return _as_file(draft, path, sha256)


def _load_sparse(path: Path) -> Any:
    from scipy import sparse

    try:
        return sparse.load_npz(path)  # unpickles nothing either
    except (*_UNREADABLE, TypeError, AttributeError, IndexError, NotImplementedError) as error:
        raise _unreadable(path, error) from None


def _fields(records: NDArray[Any]) -> Callable[[int], NDArray[Any]]:
    """Return the columns of a structured array by position."""
    names = records.dtype.names or ()
    return lambda position: records[names[position]]


def _as_array(data: Any, called: str) -> NDArray[Any]:
    if isinstance(data, np.ma.MaskedArray) and data.dtype.kind in "biuf":
        return np.ma.filled(data.astype(np.float64), np.nan)
    try:
        array = np.asarray(data)
    except (ValueError, TypeError):
        raise InputError(
            f"The {called} has rows of different lengths or mixed types; pass a 2-D array of numbers."
        ) from None
    return array


def _table_key(arrays: dict[str, NDArray[Any]], name: str) -> str:
    if len(arrays) == 1:
        return next(iter(arrays))
    for key in TABLE_KEYS:
        if key in arrays:
            return key
    tables = [key for key, array in arrays.items() if array.ndim == 2]  # noqa: PLR2004 - rows and columns
    if len(tables) == 1:
        return tables[0]
    if not arrays:
        raise InputError(f"{name} contains no arrays; save the table in it, for example as X.")
    raise InputError(
        f"{name} contains the arrays {shown(list(arrays))} and none is called X, x or data; "
        "save the table as X so that it can be told from the others."
    )


def _named(labels: NDArray[Any], names: NDArray[Any] | None) -> NDArray[Any]:
    """Replace whole-number labels by their names, where there is a name for each."""
    if names is None or names.ndim != 1 or names.dtype.kind != "U" or labels.dtype.kind not in "iu":
        return labels
    if len(labels) == 0 or labels.min() < 0 or labels.max() >= len(names):
        return labels
    return names[labels]


def _as_file(draft: Draft, path: Path, sha256: str) -> Draft:
    return replace(draft, path=str(path), sha256=sha256)


def _unreadable(path: Path, error: Exception) -> InputError:
    if "allow_pickle" in str(error) or "Python objects" in str(error):
        return _pickled(path)
    return InputError(
        f"{path.name} is not a complete NumPy file ({_reason(error)}); save it again or fetch it anew."
    )


def _pickled(path: Path) -> InputError:
    return InputError(
        f"{path.name} contains pickled Python objects, which could run code when loaded; "
        "save it again as plain numbers."
    )


def _refuse_other_formats(path: Path, magics: tuple[bytes, ...]) -> None:
    # Asked first: to NumPy, whatever it does not know is pickled.
    with path.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(b"\x80"):
        raise _pickled(path)
    if not head.startswith(magics):
        raise InputError(
            f"{path.name} does not begin like a NumPy file; save it again or correct its ending."
        )


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:120]
