"""What every table on disk can do, and what all its files have in common."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

from latentia.tables.assembly import Draft
from latentia.tables.files import refuse_changed, state_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

MOST_ROWS = 65_536
MOST_BYTES = 1 << 25
BYTES_OF_A_NUMBER = 8


class Store(Protocol):
    """A table on disk, of which one block at a time is in memory."""

    @property
    def name(self) -> str:
        """What to call the table: the file's name, the folder's, or the pattern."""
        ...

    @property
    def path(self) -> str | None:
        """The file, folder or pattern; None for a list of files."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader decided on its own."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns; repeated ones are for the caller to judge."""
        ...

    @property
    def types(self) -> tuple[str, ...]:
        """How each column is stored; text is read once to find out, when first asked."""
        ...

    @property
    def parts(self) -> tuple[int, ...]:
        """The numbers of rows of the parts that can be read by themselves, in order.

        Empty where a table can only be read from its beginning.
        """
        ...

    @property
    def bytes(self) -> int:
        """The size of the files."""
        ...

    @property
    def labels(self) -> Mapping[str, Any]:
        """Known classes of the rows that are no columns, by name: one cell per row of the table."""
        ...

    def fingerprint(self) -> str:
        """Return a hash of the files' names, sizes and times, and of the columns' names; no row is read."""
        ...

    def read(self, part: int, columns: Sequence[int] | None = None) -> Draft:
        """Return one part, with all columns or those at some positions, in the order asked for."""
        ...

    def blocks(self, columns: Sequence[int] | None = None, n_rows: int = MOST_ROWS) -> Iterator[Draft]:
        """Yield all rows in order, at most so many at a time, and fewer where rows are wide.

        A table without rows has no blocks.
        """
        ...


class OneFile(ABC):
    """One file of a table on disk.

    Parameters
    ----------
    path : path
        The file; it must not change as long as this object is used.
    """

    names: tuple[str, ...]
    parts: tuple[int, ...]
    notes: tuple[str, ...] = ()
    decimal: str | None = None  # the decimal mark of text in which numbers have marks
    # Whether very many can be kept at once; what they know then took long to find out.
    is_light = False

    def __init__(self, path: Path) -> None:
        self.file = path
        self.name = path.name
        self.path: str | None = str(path)
        self.state = state_of(path)

    @property
    @abstractmethod
    def stored(self) -> Sequence[Any]:
        """The types of the columns, as the library that reads them has them."""

    @property
    def types(self) -> tuple[str, ...]:
        """How each column is stored."""
        return tuple(map(str, self.stored))

    @property
    def bytes(self) -> int:
        """The size of the file."""
        return self.state[0]

    @property
    def labels(self) -> Mapping[str, Any]:
        """Known classes of the rows that are no columns; most files have none."""
        return {}

    def fingerprint(self) -> str:
        """Return a hash of the file's name, size and time, and of the columns' names."""
        return hashed([(self.name, self.state)], self.names)

    @abstractmethod
    def read(self, part: int, columns: Sequence[int] | None = None) -> Draft:
        """Return one part."""

    @abstractmethod
    def blocks(self, columns: Sequence[int] | None = None, n_rows: int = MOST_ROWS) -> Iterator[Draft]:
        """Yield all rows in order."""

    def refuse_changed(self) -> None:
        """Raise InputError if the file is no longer what it was when it was opened."""
        refuse_changed(self.file, self.state)

    def draft(self, names: Sequence[object], fetch: Any, n_rows: int, block: Any = None) -> Draft:
        """Return columns of this file."""
        return Draft(names=names, fetch=fetch, n_rows=n_rows, name=self.name, path=self.path, block=block)


def hashed(files: Sequence[tuple[str, tuple[int, ...]]], names: Sequence[str]) -> str:
    """Return a hash of what files are called, how large and how old they are, and of names of columns."""
    digest = hashlib.sha256(repr(list(files)).encode())
    digest.update(repr(list(names)).encode())
    return digest.hexdigest()


def rows_at_once(n_rows: int, bytes_of_row: float) -> int:
    """Return how many rows a block may have so that it stays small.

    Examples
    --------
    >>> rows_at_once(65_536, bytes_of_row=80), rows_at_once(65_536, bytes_of_row=2**20)
    (65536, 32)
    """
    return max(1, min(n_rows, int(MOST_BYTES / max(bytes_of_row, 1))))


def chosen(names: Sequence[Any], columns: Sequence[int] | None) -> tuple[list[Any], list[int]]:
    """Return the names of the columns asked for, and where they stand."""
    places = list(range(len(names))) if columns is None else list(columns)
    return [names[place] for place in places], places


def nth_of_its_name(names: Sequence[str]) -> list[tuple[str, int]]:
    """Return each name with how often it has come before; names alone may not tell columns apart.

    Examples
    --------
    >>> nth_of_its_name(["a", "b", "a"])
    [('a', 0), ('b', 0), ('a', 1)]
    """
    before: Counter[str] = Counter()
    numbered = []
    for name in names:
        numbered.append((name, before[name]))
        before[name] += 1
    return numbered
