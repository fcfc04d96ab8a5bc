"""A file at an address that can only be read whole: fetched once, read, and put away again."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from latentia.errors import InputError
from latentia.tables.files import refuse_unknown
from latentia.tables.stores.remote import RemoteFile, remote_files, telling

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTE = "It was fetched once, as a whole, to be read."


@contextmanager
def fetched(address: str) -> Iterator[Path]:
    """Yield a copy of the file at an address, which is gone afterwards.

    Raises
    ------
    InputError
        If nothing is there, it cannot be reached, or it is no single file of a known format.
    MissingExtraError
        If the packages for such addresses are not installed.

    Examples
    --------
    >>> import fsspec
    >>> fsspec.filesystem("memory").pipe("/birds.csv", b"mass")
    >>> with fetched("memory://birds.csv") as path:
    ...     print(path.name, path.read_text())
    birds.csv mass
    """
    refuse_unknown(Path(address.split("?", maxsplit=1)[0]))
    there = remote_files(address)
    if not isinstance(there, RemoteFile):
        raise InputError(f"{address} is a folder, and only single files are fetched; download it first.")
    with TemporaryDirectory(prefix="latentia-") as folder:
        copy = Path(folder, there.name)
        with telling(address), there.open() as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
        yield copy
