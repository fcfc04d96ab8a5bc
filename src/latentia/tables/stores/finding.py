"""The files that a path, a folder, a pattern or a list of these stands for."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from latentia.errors import InputError
from latentia.tables.builtin import BUILT_IN
from latentia.tables.files import is_folder_of_files, is_known, refuse_absent
from latentia.tables.stores.remote import RemoteFile, remote_files

if TYPE_CHECKING:
    from collections.abc import Sequence

PARQUET = (".parquet", ".pq")
_WILD = set("*?[")


@dataclass(frozen=True)
class Found:
    """Files that are one table.

    Parameters
    ----------
    files : tuple of path
        At least one, in the order of the rows.
    name : str
        What to call the table.
    path : str or None
        What was asked for, None for a list.
    notes : tuple of str
        What was left aside.
    is_one_file : bool
        Whether a single file was asked for by its name.
    """

    files: tuple[Path, ...]
    name: str
    path: str | None
    notes: tuple[str, ...] = ()
    is_one_file: bool = False


def find_files(data: Any) -> Found | None:
    """Return the files that were asked for, or None if it was something else than files.

    Parameters
    ----------
    data : object
        A path, a folder, a pattern such as ``"2024-*/part?.csv"``, or a list of these.

    Raises
    ------
    InputError
        If there is no such file, or there are none in the folder or for the pattern.
    """
    if isinstance(data, list | tuple):
        return _listed(data)
    if isinstance(data, str) and "://" in data:
        return _remote(data)
    if not isinstance(data, str | os.PathLike) or data in BUILT_IN:
        return None
    path = Path(data).expanduser()
    if is_folder_of_files(path):
        files = _in_folder(path)
        return Found(_some(files, f"the folder {path}"), path.resolve().name, str(path), _notes(files, path))
    if _WILD & set(str(path)) and not path.exists():
        return _matching(path)
    refuse_absent(path)
    return Found((path,), path.name, str(path), is_one_file=True)


def _listed(data: list[Any] | tuple[Any, ...]) -> Found | None:
    if not data or not all(isinstance(one, str | os.PathLike) for one in data):
        return None
    each = [find_files(one if "://" in str(one) else Path(one)) for one in data]
    if None in each:
        raise InputError(
            f"{data[each.index(None)]} is no Parquet file, and of several files at addresses only such ones "
            "can be read; download them first."
        )
    files = tuple(dict.fromkeys(file for one in each if one for file in one.files))
    notes = tuple(dict.fromkeys(note for one in each if one for note in one.notes))
    name = files[0].name if len(files) == 1 else f"{files[0].name} and {len(files) - 1} more"
    return Found(files, name, None, notes)


def _matching(path: Path) -> Found:
    files: list[Path] = []
    matches = sorted(map(Path, glob.glob(str(path), recursive=True)))  # noqa: PTH207 - of any path
    fixed = next(at for at, part in enumerate(path.parts) if _WILD & set(part))
    asked_for = any(part.startswith("_") for part in path.parts[fixed:])
    for match in matches:
        if not asked_for and any(part.startswith("_") for part in match.parts[fixed:]):
            continue
        files += _in_folder(match) if is_folder_of_files(match) else [match]
    if not files:
        refuse_absent(path)
    known = [file for file in dict.fromkeys(files) if is_known(file)]
    return Found(tuple(known or files), path.name, str(path), _notes(known, path))


def _remote(address: str) -> Found | None:
    """Return the Parquet files at an address, which can be read piece by piece; None for another file."""
    asked = Path(address.split("?", maxsplit=1)[0])
    if is_known(asked) and not _WILD & set(str(asked)) and asked.suffix.lower() not in PARQUET:
        return None
    found = remote_files(address)
    if isinstance(found, RemoteFile):
        return Found(_as_paths(found), found.name, address, is_one_file=True)
    files = [file for file in _as_paths(*found) if is_known(file)]
    if other := next((file for file in files if file.suffix.lower() not in PARQUET), None):
        raise InputError(
            f"{other} is no Parquet file, and of several files at an address only such ones can be read; "
            "download them first."
        )
    if not files:
        raise InputError(f"There is no Parquet file at {address}; check the address.")
    return Found(tuple(files), asked.name, address, _notes(files, address))


def _as_paths(*files: RemoteFile) -> tuple[Path, ...]:
    return cast("tuple[Path, ...]", files)  # all that is asked of paths here, they can do


def _in_folder(folder: Path) -> list[Path]:
    """Return the tables in a folder and those below it; what begins with a dot or a bar is no data."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        tables = [name for name in folders if not is_folder_of_files(Path(parent, name))]
        folders[:] = [name for name in folders if name not in tables]
        found += [Path(parent, name) for name in (*names, *tables) if not name.startswith((".", "_"))]
    found = [file for file in found if is_known(file)]
    return sorted(found, key=lambda file: file.relative_to(folder).as_posix())


def _some(files: list[Path], where: str) -> tuple[Path, ...]:
    if not files:
        raise InputError(f"There is no table in {where}; pass a folder with files of a known format in it.")
    return tuple(files)


def _notes(files: Sequence[Path], asked: Path | str) -> tuple[str, ...]:
    """Say that what the names of folders tell is no column."""
    parts = (part for file in files for part in file.parent.parts)
    stated = next((part for part in parts if "=" in part and part not in str(asked)), None)
    return () if stated is None else (f"The names of folders, such as {stated!r}, were not read as columns.",)
