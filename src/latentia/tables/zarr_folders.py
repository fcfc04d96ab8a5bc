"""Tables in Zarr folders, of the second and the third format."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from latentia.errors import InputError
from latentia.tables.datasets import read_stored, stored_classes, stored_table
from latentia.tables.extras import needed
from latentia.tables.matrices import StoredMatrix, telling_damage

if TYPE_CHECKING:
    from pathlib import Path

    from latentia.tables.assembly import Draft
    from latentia.tables.reading import Reading

_DESCRIPTIONS = (".zarray", "zarr.json", ".zmetadata")


def read_zarr(path: Path, sha256: str, reading: Reading) -> Draft:
    """Read the table of a Zarr folder."""
    with telling_damage(path, "Zarr"):
        draft = read_stored(_opened(path), reading, path.name)
    return replace(draft, path=str(path), sha256=sha256)


def open_zarr(path: Path, reading: Reading) -> StoredMatrix:
    """Return the table of a Zarr folder, which is read as it is asked for."""
    with telling_damage(path, "Zarr"):
        root = _opened(path)
        matrix, names, notes = stored_table(root, reading, path.name)
    classes = partial(stored_classes, root, reading, matrix.shape[0])
    return StoredMatrix(matrix, tuple(names), notes, partial(telling_damage, path, "Zarr"), classes)


def _opened(path: Path) -> Any:
    zarr = needed("zarr", "zarr", f"Reading {path.name}")
    descriptions = [one for name in _DESCRIPTIONS for one in path.rglob(name)]
    if not descriptions:
        raise InputError(f"{path.name} has nothing in it that Zarr would read; write it again.")
    if any(b"pickle" in one.read_bytes() for one in descriptions):
        raise InputError(
            f"{path.name} contains pickled Python objects, which could run code when loaded; save it again "
            "as plain numbers and text."
        )
    return zarr.open(str(path), mode="r")
