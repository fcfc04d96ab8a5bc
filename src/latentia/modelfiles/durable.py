"""A file is either the old one or the new one, whole, whatever happens in between.

The bytes go to a temporary file in the same folder, reach the disk, and only then take the
name, in one step that the file system cannot do by halves. A full disk, a kill or a power cut
leaves the old file as it was.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from latentia.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TEMPORARY = ".latentia-"  # how the name of a file begins that is not whole yet


def check_output(path: str | os.PathLike[str], endings: Sequence[str], inputs: Iterable[object] = ()) -> None:
    """Refuse a place that cannot be written to, before any work is done for it.

    Parameters
    ----------
    path : str or path
        The file that will be written.
    endings : sequence of str
        How its name may end, such as ``(".csv", ".parquet")``.
    inputs : iterable, optional
        Files that are read for it and must not be replaced; what is no file is passed over.

    Raises
    ------
    OutputError
        With one sentence that says what to change.

    Examples
    --------
    >>> check_output("codes.xlsx", (".csv", ".parquet"))
    Traceback (most recent call last):
    latentia.errors.OutputError: 'codes.xlsx' ends in '.xlsx', ...; let it end in .csv or .parquet.
    """
    name = Path(path)
    if name.suffix.casefold() not in endings:
        ending = f"ends in '{name.suffix}'" if name.suffix else "has no ending"
        raise OutputError(
            f"'{path}' {ending}, and that tells no format to write; let it end in {' or '.join(endings)}."
        )
    target = Path(os.path.realpath(name))
    if not target.parent.is_dir():
        raise _no_folder(path, target)
    _mode_to_keep(target)
    if any(Path(str(read)).exists() and target.exists() and target.samefile(str(read)) for read in inputs):
        raise OutputError(f"'{path}' is read here, and writing to it would destroy it; choose another name.")


def write_durably(path: str | os.PathLike[str], data: bytes) -> None:
    """Write bytes to a file so that a failure at any moment leaves the old file whole.

    A link is followed: the file it points to is replaced, the link stays. An existing file keeps
    its permissions; a new one gets the usual ones (``0644`` under the usual umask).

    Parameters
    ----------
    path : str or path
        The file; its folder has to exist.
    data : bytes
        All that the file shall hold.

    Raises
    ------
    OutputError
        If the file cannot be written; no temporary file is left behind.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_durably(Path(folder, "notes.txt"), b"kept")
    ...     Path(folder, "notes.txt").read_text()
    'kept'
    """
    with durable_file(path) as temporary:
        try:
            temporary.write_bytes(data)
        except OSError as error:
            raise unwritten(path, error) from error


@contextmanager
def durable_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield an empty file that takes another's name at the end, when all of it has reached the disk.

    If the block ends with an error of any kind, the file is removed and the old one stays.

    Parameters
    ----------
    path : str or path
        The file that shall be there at the end, as for `write_durably`.

    Raises
    ------
    OutputError
        If there can be no such file; what goes wrong inside the block is for the caller to tell.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with durable_file(Path(folder, "notes.txt")) as temporary:
    ...         _ = temporary.write_text("kept")
    ...     Path(folder, "notes.txt").read_text()
    'kept'
    """
    target = Path(os.path.realpath(path))
    # Short, whatever the target is called: a name has at most 255 bytes.
    temporary = target.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
    try:
        mode = _mode_to_keep(target)
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    except OutputError:
        raise
    except FileNotFoundError:
        raise _no_folder(path, target) from None
    except OSError as error:
        raise unwritten(path, error) from error
    try:
        yield temporary
        try:
            _take_name(temporary, target, mode)
        except OSError as error:
            raise unwritten(path, error) from error
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def unwritten(path: str | os.PathLike[str], error: OSError) -> OutputError:
    """Return the sentence about a file that could not be written."""
    reason = error.strerror or type(error).__name__
    return OutputError(
        f"'{path}' could not be written ({reason}), and what was there before is unchanged; "
        "choose another place or free some room there."
    )


def clear_leftovers(folder: Path) -> None:
    """Remove what interrupted writes have left in a folder that nobody else is writing to."""
    for item in folder.glob(f"{TEMPORARY}{'[0-9a-f]' * 16}"):
        with contextlib.suppress(OSError):
            item.unlink()


def _no_folder(path: str | os.PathLike[str], target: Path) -> OutputError:
    return OutputError(
        f"'{path}' cannot be written because the folder '{target.parent}' does not exist; make it first."
    )


def _mode_to_keep(target: Path) -> int | None:
    """Return the permissions of the file to be replaced; refuse what is not a plain file."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise OutputError(f"'{target}' is a folder, and a file is to be written; add a file name to it.")
    if not stat.S_ISREG(mode):
        # Renaming over a device would replace the device itself.
        raise OutputError(
            f"'{target}' is a device or a pipe, which a file would replace; choose a file name."
        )
    return stat.S_IMODE(mode)


def _take_name(temporary: Path, target: Path, mode: int | None) -> None:
    """Bring a file to the disk, give it its name, and bring the name to the disk."""
    with temporary.open("rb") as file:
        if mode is not None:
            temporary.chmod(mode)
        os.fsync(file.fileno())
    temporary.replace(target)
    bring_to_disk(target.parent)


def bring_to_disk(folder: Path) -> None:
    """Make a rename in a folder last through a power cut, where the system can do so."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
