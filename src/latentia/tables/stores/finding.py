"""The files that a path, a folder, a pattern or a list of these stands for."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latentia.errors import InputError
from latentia.tables.builtin import BUILT_IN
from latentia.tables.files import is_known, refuse_absent

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
    """

    files: tuple[Path, ...]
    name: str
    path: str | None
    notes: tuple[str, ...] = ()

    @property
    def is_one_file(self) -> bool:
        """Whether a single file was asked for by its name."""
        return self.path is not None and self.path == str(self.files[0])


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
    if not isinstance(data, str | os.PathLike) or data in BUILT_IN or "://" in str(data):
        return None
    path = Path(data).expanduser()
    if path.is_dir():
        files = _in_folder(path)
        return Found(_some(files, f"the folder {path}"), path.resolve().name, str(path), _notes(files, path))
    if _WILD & set(str(path)) and not path.exists():
        return _matching(path)
    refuse_absent(path)
    return Found((path,), path.name, str(path))


def _listed(data: list[Any] | tuple[Any, ...]) -> Found | None:
    if not data or not all(isinstance(one, str | os.PathLike) for one in data):
        return None
    each = [find_files(Path(one)) for one in data]
    files = tuple(dict.fromkeys(file for one in each if one for file in one.files))
    notes = tuple(dict.fromkeys(note for one in each if one for note in one.notes))
    name = files[0].name if len(files) == 1 else f"{files[0].name} and {len(files) - 1} more"
    return Found(files, name, None, notes)


def _matching(path: Path) -> Found:
    files: list[Path] = []
    matches = sorted(map(Path, glob.glob(str(path), recursive=True)))  # noqa: PTH207 - of any path
    fixed = _fixed(path)
    if not any(part.startswith("_") for part in path.parts[fixed:]):
        matches = [
            match for match in matches if not any(part.startswith("_") for part in match.parts[fixed:])
        ]
    for match in matches:
        files += _in_folder(match) if match.is_dir() else [match]
    if not files:
        refuse_absent(path)
    known = [file for file in dict.fromkeys(files) if is_known(file)]
    return Found(tuple(known or files), path.name, str(path), _notes(known, path))


def _in_folder(folder: Path) -> list[Path]:
    """Return the tables in a folder and those below it; what begins with a dot or a bar is no data."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        found += [Path(parent, name) for name in names if not name.startswith((".", "_"))]
    found = [file for file in found if is_known(file)]
    return sorted(found, key=lambda file: file.relative_to(folder).as_posix())


def _some(files: list[Path], where: str) -> tuple[Path, ...]:
    if not files:
        raise InputError(f"There is no table in {where}; pass a folder with files of a known format in it.")
    return tuple(files)


def _notes(files: list[Path], asked: Path) -> tuple[str, ...]:
    """Say that what the names of folders tell is no column."""
    fixed = _fixed(asked)
    stated = [part for file in files for part in file.parent.parts[fixed:] if "=" in part]
    return (f"The names of folders, such as {stated[0]!r}, were not read as columns.",) if stated else ()


def _fixed(asked: Path) -> int:
    """Return how many parts of a path come before the first pattern."""
    return next((at for at, part in enumerate(asked.parts) if _WILD & set(part)), len(asked.parts))
