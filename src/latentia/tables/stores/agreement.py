"""What the files of one table must have in common: their columns, and what kind of cells these hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latentia.errors import InputError
from latentia.tables.naming import shown
from latentia.tables.stores.promotion import shared
from latentia.tables.stores.store import nth_of_its_name

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_SHOWN = 6


class Agreement:
    """The columns of the first file, with types that hold the cells of all files so far.

    Parameters
    ----------
    file : str
        What the first file is called.
    names : sequence of str
        Its columns.
    """

    def __init__(self, file: str, names: Sequence[str]) -> None:
        self.file, self.names = file, tuple(names)
        self.types: list[Any] = []
        self._origins: list[str] = []

    def places(self, file: str, names: Sequence[str]) -> tuple[int, ...] | None:
        """Return where the columns stand in another file, None if they stand as in the first.

        Raises
        ------
        InputError
            If the file has other columns.
        """
        if tuple(names) == self.names:
            return None
        there = {key: at for at, key in enumerate(nth_of_its_name(names))}
        wanted = nth_of_its_name(self.names)
        if lacking := [name for name, nth in wanted if (name, nth) not in there]:
            raise self._differs(f"{file} lacks {_columns(lacking)} of {self.file}", "add what is missing")
        if added := [name for name, nth in there if (name, nth) not in set(wanted)]:
            raise self._differs(f"{file} has {_columns(added)} that {self.file} lacks", "take them out")
        return tuple(there[key] for key in wanted)

    def take(self, file: str, types: Sequence[Any]) -> None:
        """Take the types of the columns of a further file in.

        Raises
        ------
        InputError
            If a column is of another kind there, such as text instead of numbers.
        """
        if not self.types:
            self.types, self._origins = list(types), [file] * len(types)
        for place, stored in enumerate(types):
            so_far = self.types[place]
            both = so_far if stored == so_far else shared(so_far, stored)
            if both is None:
                raise InputError(
                    f"Column {self.names[place]!r} is stored as {stored} in {file} and as {so_far} in "
                    f"{self._origins[place]}, and a column of one table has one type; convert it in one of "
                    "them, or pass only files that agree."
                )
            if both != so_far:
                self.types[place], self._origins[place] = both, file

    def _differs(self, how: str, remedy: str) -> InputError:
        return InputError(
            f"{how}, and the files of one table have the same columns; {remedy}, or pass only files that "
            "agree."
        )


def _columns(names: Sequence[str]) -> str:
    count = "1 column" if len(names) == 1 else f"{len(names)} columns"
    return f"{count} ({shown(names, MOST_SHOWN)})"
