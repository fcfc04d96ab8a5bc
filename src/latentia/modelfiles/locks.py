"""A folder that one process at a time may write into."""

from __future__ import annotations

import contextlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from latentia.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def lock(descriptor: int, refusal: str) -> None:
    """Lock an open file for as long as it is open, where there are such locks.

    Raises
    ------
    OutputError
        With the words of `refusal`, when another process holds it.
    """
    if os.name != "posix":
        return
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OutputError(refusal) from None
    except OSError:
        return  # a file system without locks; two runs there would have to be started by hand


@contextmanager
def folder_held(folder: Path, name: str, refusal: str) -> Iterator[None]:
    """Hold a folder against other processes; what was made of it is removed again if nothing is in it.

    Parameters
    ----------
    folder : path
        Made if it is not there, with the folders above it.
    name : str
        Of the lock file in it, which is gone at the end.
    refusal : str
        What to say when another process holds it.

    Raises
    ------
    OutputError
        When another process holds the folder, or it cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as place:
    ...     with folder_held(Path(place, "out"), ".lock", "Somebody else is at work."):
    ...         print([item.name for item in Path(place, "out").iterdir()])
    ...     print(Path(place, "out").exists())
    ['.lock']
    False
    """
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(f"The folder {folder} cannot be written to ({reason}); choose another.") from error
    try:
        lock(descriptor, refusal)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                (folder / name).unlink()
            with contextlib.suppress(OSError):
                for one in made:
                    one.rmdir()
    finally:
        os.close(descriptor)
