"""Tables in HDF5 files: AnnData (``.h5ad``), and arrays with rows and columns."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from latentia.errors import InputError
from latentia.tables.annotated import known_classes, read_annotated, stored_matrix
from latentia.tables.datasets import read_stored, stored_classes, stored_table
from latentia.tables.extras import needed
from latentia.tables.matrices import StoredMatrix, telling_damage

if TYPE_CHECKING:
    from pathlib import Path

    from latentia.tables.assembly import Draft
    from latentia.tables.reading import Reading


def read_h5ad(path: Path, sha256: str, reading: Reading) -> Draft:
    """Read AnnData as ``AnnData.write_h5ad`` wrote it."""
    with telling_damage(path, "HDF5"), _file(path) as root:
        return replace(read_annotated(root, reading.layer, path.name), path=str(path), sha256=sha256)


def open_h5ad(path: Path, reading: Reading) -> StoredMatrix:
    """Return the matrix of AnnData, which is read as it is asked for; the file stays open with it."""
    with telling_damage(path, "HDF5"):
        root = _file(path)
        matrix, names, notes = stored_matrix(root, reading.layer, path.name)
    classes = partial(known_classes, root, matrix.shape[0])
    return StoredMatrix(matrix, tuple(names), notes, partial(telling_damage, path, "HDF5"), classes)


def read_hdf5(path: Path, sha256: str, reading: Reading) -> Draft:
    """Read the table of an HDF5 file."""
    with telling_damage(path, "HDF5"), _file(path) as root:
        _refuse_pandas(root, path.name)
        return replace(read_stored(root, reading, path.name), path=str(path), sha256=sha256)


def open_hdf5(path: Path, reading: Reading) -> StoredMatrix:
    """Return the table of an HDF5 file, which is read as it is asked for; the file stays open with it."""
    with telling_damage(path, "HDF5"):
        root = _file(path)
        _refuse_pandas(root, path.name)
        matrix, names, notes = stored_table(root, reading, path.name)
    classes = partial(stored_classes, root, reading, matrix.shape[0])
    return StoredMatrix(matrix, tuple(names), notes, partial(telling_damage, path, "HDF5"), classes)


def _refuse_pandas(root: Any, name: str) -> None:
    """Raise InputError about a frame in pieces that only pandas puts together again."""
    if any("pandas_type" in root[key].attrs for key in root):
        raise InputError(
            f"{name} was written by pandas' HDFStore, whose layout only pandas reads; save the frame "
            "as Parquet."
        )


def _file(path: Path) -> Any:
    return needed("h5py", "h5", f"Reading {path.name}").File(path, "r")
