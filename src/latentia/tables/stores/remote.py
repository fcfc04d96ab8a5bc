"""Files at an address, such as in a bucket: found, and read piece by piece, through fsspec."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from latentia.errors import InputError, MissingExtraError
from latentia.tables.extras import needed

if TYPE_CHECKING:
    from collections.abc import Iterator

_WILD = set("*?[")


@dataclass(frozen=True)
class RemoteFile:
    """What stores need to know of a path, for a file at an address.

    Parameters
    ----------
    system : object
        A file system of fsspec.
    path : str
        Where it is in there.
    """

    system: Any
    path: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return PurePosixPath(self.path.split("?")[0]).name

    @property
    def suffix(self) -> str:
        """How the name ends."""
        return PurePosixPath(self.name).suffix

    @property
    def parent(self) -> PurePosixPath:
        """The folder."""
        return PurePosixPath(self.path).parent

    def __str__(self) -> str:
        return self.system.unstrip_protocol(self.path)

    def exists(self) -> bool:
        """Say whether there is such a file."""
        with telling(str(self)):
            return self.system.exists(self.path)

    def stat(self) -> SimpleNamespace:
        """Return the size, and in place of a time what else changes with the file."""
        with telling(str(self)):
            size = self.system.info(self.path).get("size") or 0
            return SimpleNamespace(st_size=size, st_mtime_ns=self.system.checksum(self.path), st_ino=0)

    def open(self, mode: str = "rb") -> Any:
        """Return the file, of which only what is asked for is fetched."""
        with telling(str(self)):
            return self.system.open(self.path, mode)


def remote_files(address: str) -> RemoteFile | list[RemoteFile]:
    """Return the file at an address, or those in a folder there or for a pattern, by their names.

    Raises
    ------
    InputError
        If nothing is there, or it cannot be reached.
    MissingExtraError
        If the packages for such addresses are not installed.

    Examples
    --------
    >>> import fsspec
    >>> fsspec.filesystem("memory").pipe("/birds/2024.parquet", b"...")
    >>> [str(file) for file in remote_files("memory://birds/*.parquet")]
    ['memory:///birds/2024.parquet']
    """
    needed("fsspec", "url", "Reading from an address")
    from fsspec.core import url_to_fs

    with telling(address):
        system, within = url_to_fs(address)
        if _WILD & set(within) and not system.exists(within):
            paths = sorted(system.glob(within))
            fixed = within[: min(within.index(sign) for sign in _WILD & set(within))].count("/")
        elif system.isdir(within):
            paths, fixed = sorted(system.find(within)), within.rstrip("/").count("/") + 1
        elif not system.exists(within):
            raise FileNotFoundError("there is no such file")
        else:
            return RemoteFile(system, within)
    return [
        RemoteFile(system, path)
        for path in paths
        if not any(part.startswith(("_", ".")) for part in path.split("/")[fixed:])
    ]


@contextmanager
def telling(address: str) -> Iterator[None]:
    """Say in a sentence of ours what a file system could not do; each has errors of its own."""
    try:
        yield
    except ImportError as error:
        raise MissingExtraError(
            f"Reading {address} needs a package that is not installed ({error}); install it with pip."
        ) from None
    except Exception as error:  # noqa: BLE001 - every file system has errors of its own
        reason = (str(error).splitlines() or [""])[0].rstrip(".")[:120] or type(error).__name__
        raise InputError(
            f"{address} cannot be read ({reason}); check the address and whether you may read it."
        ) from None
