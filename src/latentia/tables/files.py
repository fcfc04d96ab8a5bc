"""Tables in files: found, hashed, and handed to the reader of their format."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from latentia.errors import InputError
from latentia.tables.arrays import read_npy, read_npz
from latentia.tables.builtin import BUILT_IN
from latentia.tables.frames import from_arrow
from latentia.tables.naming import nearest_name
from latentia.tables.reading import AS_FOUND, HDF5, WORKBOOKS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from latentia.tables.assembly import Draft
    from latentia.tables.reading import Reading

ZARR = ".zarr"
FORMATS = ".csv, .tsv, .txt, .parquet, .feather, .arrow, .npy, .npz, .xlsx, .h5ad, .h5 or .zarr"


def read_file(path: Path, reading: Reading = AS_FOUND) -> Draft:
    """Read a file by its ending.

    Parameters
    ----------
    path : path
        The file.
    reading : Reading
        What was said about how it is to be read.

    Raises
    ------
    InputError
        If it is missing, empty, damaged, of no known format or none that can be read so, or changes
        while it is read.
    """
    path = path.expanduser()
    refuse_absent(path)
    refuse_unknown(path)
    reading.refuse_unsuited(path.name, path.suffix)
    try:
        state = state_of(path)
        refuse_empty(path)
        sha256 = _hash_of(path)
    except PermissionError:
        raise InputError(f"{path} may not be read by this user; change its permissions.") from None
    try:
        draft = _READERS[path.suffix.lower()](path, sha256, reading)
    except InputError:
        refuse_changed(path, state)  # half of two tables looks damaged
        raise
    refuse_changed(path, state)
    return draft


def is_folder_of_files(path: Path) -> bool:
    """Say whether a path is a folder, and not one that is a table itself."""
    return path.is_dir() and path.suffix.lower() != ZARR


def _hash_of(path: Path) -> str:
    if path.is_dir():  # all files by their names: the same wherever the folder lies
        files = sorted(file for file in path.rglob("*") if file.is_file())
        named = [f"{file.relative_to(path).as_posix()} {_hash_of(file)}" for file in files]
        return hashlib.sha256("\n".join(named).encode()).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def refuse_unknown(path: Path) -> None:
    """Raise InputError if the ending of a name tells no format."""
    if not is_known(path):
        ending = f"the ending {path.suffix!r}" if path.suffix else "no ending"
        raise InputError(f"{path.name} has {ending}, which is no known format; save it as {FORMATS}.")


def refuse_empty(path: Path) -> None:
    """Raise InputError if there is nothing in a file."""
    if path.stat().st_size == 0 and path.suffix.lower() != ZARR:
        raise InputError(f"{path.name} is empty (0 bytes); save the table again or pass another file.")


def state_of(path: Path) -> tuple[int, ...]:
    """Return what is different of a file after somebody has written to it or has put another in its place."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino


def refuse_changed(path: Path, state: tuple[int, ...]) -> None:
    """Raise InputError if a file is no longer what it was."""
    if not path.exists() or state_of(path) != state:
        raise InputError(
            f"{path.name} changed while it was read, so what was read may be neither the old table nor the "
            "new one; wait until nothing writes to it, and read it again."
        )


def is_known(path: Path) -> bool:
    """Say whether a name ends like that of a table."""
    return path.suffix.lower() in _READERS


def refuse_absent(path: Path) -> None:
    """Raise InputError if there is no such file, or none for such a pattern; suggest the nearest name."""
    if path.exists():
        return
    is_pattern = bool(set("*?[") & set(str(path)))
    folder = path.parent
    if not folder.is_dir() and not is_pattern:
        raise InputError(f"There is no file {path}, nor its folder {folder}; check the path.")
    near = _nearest_file(path) if folder.is_dir() else None
    hint = f"did you mean {near!r}?" if near else f"pass a file or one of {', '.join(BUILT_IN)}."
    missing = f"No file matches {str(path)!r}" if is_pattern else f"There is no file {str(path)!r}"
    raise InputError(f"{missing}; {hint}")


def _nearest_file(path: Path) -> str | None:
    """Return what is spelt most alike; by stems, because endings alone make all files of a kind alike."""
    tables = [entry for entry in path.parent.iterdir() if is_known(entry)]
    tables.sort(key=lambda entry: (entry.suffix == path.suffix, entry))  # of equal stems, the last stays
    by_stem = {entry.stem: str(entry) for entry in tables}
    if str(path) == path.name:
        by_stem |= {name: name for name in BUILT_IN}
    near = nearest_name(path.stem, by_stem)
    return by_stem[near] if near else None


def _read_delimited(path: Path, sha256: str, reading: Reading) -> Draft:
    from latentia.tables.delimited import read_delimited

    return read_delimited(path, sha256, reading)


def _read_parquet(path: Path, sha256: str, _: Reading) -> Draft:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        # Without this, flipped bytes in a page become wrong numbers without a word.
        with parquet.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(path, "Parquet", error) from None
    return replace(from_arrow(table, name=path.name), path=str(path), sha256=sha256)


def _read_feather(path: Path, sha256: str, _: Reading) -> Draft:
    import pyarrow as pa

    try:
        with pa.memory_map(str(path)) as source:
            table = _open_arrow(source).read_all()
            table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(path, "Feather or Arrow", error) from None
    return replace(from_arrow(table, name=path.name), path=str(path), sha256=sha256)


def _read_npy(path: Path, sha256: str, _: Reading) -> Draft:
    return read_npy(path, sha256)


def _read_npz(path: Path, sha256: str, _: Reading) -> Draft:
    return read_npz(path, sha256)


def _read_h5ad(path: Path, sha256: str, reading: Reading) -> Draft:
    from latentia.tables.hdf5 import read_h5ad

    return read_h5ad(path, sha256, reading)


def _read_workbook(path: Path, sha256: str, reading: Reading) -> Draft:
    from latentia.tables.workbooks import read_workbook

    return read_workbook(path, sha256, reading)


def _read_hdf5(path: Path, sha256: str, reading: Reading) -> Draft:
    from latentia.tables.hdf5 import read_hdf5

    return read_hdf5(path, sha256, reading)


def _read_zarr(path: Path, sha256: str, reading: Reading) -> Draft:
    from latentia.tables.zarr_folders import read_zarr

    return read_zarr(path, sha256, reading)


def _open_arrow(source):  # noqa: ANN001, ANN202 - pyarrow has no types for its readers
    import pyarrow as pa

    try:
        return pa.ipc.open_file(source)
    except pa.ArrowInvalid:
        source.seek(0)
        return pa.ipc.open_stream(source)


def damaged(path: Path, kind: str, error: Exception) -> InputError:
    """Return the sentence about a file that its own library cannot read."""
    reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:120]
    return InputError(
        f"{path.name} is not a complete {kind} file ({reason}); save it again or fetch it anew."
    )


_READERS: dict[str, Callable[[Path, str, Reading], Draft]] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt", ".dat", ".data"), _read_delimited),
    **dict.fromkeys((".parquet", ".pq"), _read_parquet),
    **dict.fromkeys((".feather", ".arrow", ".ipc"), _read_feather),
    ".npy": _read_npy,
    ".npz": _read_npz,
    ".h5ad": _read_h5ad,
    **dict.fromkeys(HDF5, _read_hdf5),
    ZARR: _read_zarr,
    **dict.fromkeys(WORKBOOKS, _read_workbook),
}
