"""Several files as one table, each opened only while it is read."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError
from latentia.tables.naming import shown
from latentia.tables.stores.agreement import Agreement
from latentia.tables.stores.joining import gathered
from latentia.tables.stores.promotion import converted
from latentia.tables.stores.store import MOST_ROWS, chosen, hashed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from latentia.tables.assembly import Draft
    from latentia.tables.stores.finding import Found
    from latentia.tables.stores.store import OneFile

MOST_OPEN = 4
MOST_SHOWN = 3


@dataclass(frozen=True)
class _Member:
    """What is kept of a file while it is closed."""

    path: Path
    state: tuple[int, ...]
    parts: tuple[int, ...]
    places: tuple[int, ...] | None  # of the table's columns in the file, where they stand in another order
    light: OneFile | None  # the file itself, where keeping it takes no room

    def there(self, columns: Sequence[Any]) -> list[Any]:
        """Return places in the file for places in the table."""
        return list(columns) if self.places is None else [self.places[column] for column in columns]


class SeveralFiles:
    """Files of one format with the same columns, one after the other.

    Parameters
    ----------
    found : Found
        At least one file.
    opened : callable
        Opens a file.

    Raises
    ------
    InputError
        If the columns of the files differ, by name or in kind.
    """

    def __init__(self, found: Found, opened: Callable[[Path], OneFile]) -> None:
        self.name, self.path, self._opened = found.name, found.path, opened
        self._open: OrderedDict[int, OneFile] = OrderedDict()
        first = opened(found.files[0])
        self._agreement = Agreement(first.name, first.names)
        self._members = [self._closed(first if path == first.file else opened(path)) for path in found.files]
        self._refuse_other_marks()
        self.names = first.names
        self.parts = tuple(rows for member in self._members for rows in member.parts)
        self._ends = list(accumulate(len(member.parts) for member in self._members))
        self._found, self._first = found.notes, () if first.is_light else first.notes

    @property
    def notes(self) -> tuple[str, ...]:
        """What was decided on the way, of text files for all of them."""
        light = (note for member in self._members if member.light is not None for note in member.light.notes)
        return (*self._found, *self._first, *dict.fromkeys(light), *self._notes_on_order())

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(member.state[0] for member in self._members)

    @property
    def types(self) -> tuple[str, ...]:
        """How each column is stored, where files differ as what holds all of them."""
        return tuple(map(str, self._stored()))

    @property
    def labels(self) -> Mapping[str, Any]:
        """Known classes of the rows that are no columns, of those that all files have."""
        if not self._file(0).labels:
            return {}
        each = [self._file(at).labels for at in range(len(self._members))]
        shared = [name for name in each[0] if all(name in one for one in each)]
        return {
            name: np.concatenate([np.asarray(one[name], dtype=object) for one in each]) for name in shared
        }

    def fingerprint(self) -> str:
        """Return a hash of the files' names, sizes and times, and of the columns' names."""
        return hashed([(member.path.name, member.state) for member in self._members], self.names)

    def read(self, part: int, columns: Sequence[int] | None = None) -> Draft:
        """Return one part, which is one of one file."""
        at = bisect_right(self._ends, part)
        before = self._ends[at - 1] if at else 0
        _, places = chosen(self.names, columns)
        block = self._file(at).read(part - before, self._members[at].there(places))
        return self._as_draft(block, places)

    def blocks(self, columns: Sequence[int] | None = None, n_rows: int = MOST_ROWS) -> Iterator[Draft]:
        """Yield all rows in order."""
        return gathered(self._blocks(columns, n_rows), n_rows)

    def _blocks(self, columns: Sequence[int] | None, n_rows: int) -> Iterator[Draft]:
        _, places = chosen(self.names, columns)
        for at, member in enumerate(self._members):
            for block in self._file(at).blocks(member.there(places), n_rows):
                yield self._as_draft(block, places)

    def _closed(self, file: OneFile) -> _Member:
        """Return what is kept of a file, if it agrees with those before it."""
        places = self._agreement.places(file.name, file.names)
        light = file if file.is_light else None
        member = _Member(file.file, file.state, file.parts, places, light)
        if light is None:
            self._take(member, file)
        return member

    def _take(self, member: _Member, file: OneFile) -> None:
        everywhere = member.there(range(len(file.names)))
        self._agreement.take(file.name, [file.stored[place] for place in everywhere])

    def _stored(self) -> list[Any]:
        """Return the types that hold the cells of all files; text is read to find them."""
        if not self._agreement.types:
            for member in self._members:
                if member.light is not None:
                    self._take(member, member.light)
        return self._agreement.types

    def _file(self, at: int) -> OneFile:
        """Return a file, open; what has not been needed for longest is let go of for it."""
        member = self._members[at]
        if member.light is not None:
            return member.light
        file = self._open.pop(at, None)
        if file is None:
            file = self._opened(member.path)
            file.state = member.state  # as it was when the table was opened
        self._open[at] = file
        while len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)
        return file

    def _as_draft(self, block: Draft, places: list[int]) -> Draft:
        types = [self._stored()[place] for place in places]
        same = block.block is not None and all(block.block.dtype == stored for stored in types)
        return replace(
            block,
            names=[self.names[place] for place in places],
            fetch=lambda at: converted(block.fetch(at), types[at]),
            name=self.name,
            path=self.path,
            block=block.block if same else None,
        )

    def _refuse_other_marks(self) -> None:
        """Raise InputError if the same number means different things in two files of text."""
        first: dict[str, str] = {}
        for member in self._members:
            if member.light is not None and member.light.decimal is not None:
                first.setdefault(member.light.decimal, member.path.name)
        if len(first) > 1:
            raise InputError(
                f"Numbers in {first[',']} look written with a decimal comma and those in {first['.']} with a "
                "decimal point, and the files of one table are written alike; say which it is (--decimal , "
                "or decimal=',' in Python), or pass only files that agree."
            )

    def _notes_on_order(self) -> tuple[str, ...]:
        others = [member.path.name for member in self._members if member.places is not None]
        if not others:
            return ()
        have = "has its columns" if len(others) == 1 else "have their columns"
        first = self._members[0].path.name
        order = (
            f"{shown(others, MOST_SHOWN)} {have} in another order than {first}; they were matched by name."
        )
        return (order,)
