"""What is known of a column after some blocks of its rows.

A column in memory is judged by all of its cells at once. One that comes in blocks is taken for what
its first block with a value holds, and blocks that hold something else are refused: a guess that the
rest of the table contradicts is for a person to put right.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError
from latentia.tables.asked import judge_as
from latentia.tables.carrying import (
    CONSTANT,
    EMPTY,
    FEWEST_ROWS_TO_NUMBER,
    MOST_KINDS,
    NAMING,
    NUMBERING,
)
from latentia.tables.cells import Cells, told_of, variety
from latentia.tables.date_forms import form_of
from latentia.tables.naming import unit_in
from latentia.tables.numerals import THOUSANDS
from latentia.tables.table import Column

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from latentia.tables.refusals import Remedies

    Array = NDArray[np.float64]

# A column with more different texts names rows, whatever their number; no more of them are kept.
MOST_TEXTS = 100_000
_HELD = {"numeric": "numbers", "boolean": "booleans", "date": "dates", "category": "text"}


class Tally:
    """A column, block after block.

    Parameters
    ----------
    name : str
        Its name.
    asked : str or None
        The kind that it is to be, where one was asked for.

    Examples
    --------
    >>> tally = Tally("hue")
    >>> for block in (["white", "red"], ["pink", "red"]):
    ...     cells = tally.judged(np.array(block), 0)
    ...     codes = tally.add(cells, np.array([True, True]))
    >>> tally.column.categories, tally.counts.tolist(), tally.reason()
    (('pink', 'red', 'white'), [1, 2, 1], None)
    """

    def __init__(self, name: str, asked: str | None = None) -> None:
        self.name, self.asked = name, asked
        self.seen = self.missing = 0
        self._first: Cells | None = None  # the first block that has a value
        self._places: dict[str, int] = {}  # of texts, in the order in which they came
        self._training: NDArray[np.int64] = np.zeros(0, np.int64)  # rows to learn from with each of them
        self._low, self._high = np.inf, -np.inf
        self._numbers_rows = True
        self._names_rows = False
        self._digest: Any = blake2b(digest_size=16)

    def judged(
        self,
        stored: Any,
        first_row: int,
        remedies: Remedies | None = None,
        decimal: str | None = None,
    ) -> Cells:
        """Return a block as cells of the kind that the column has; `decimal` as in `judge`.

        Raises
        ------
        InputError
            If it holds something else than the blocks before it.
        """
        form = None if self._first is None else form_of(self._first.dtype)
        cells = judge_as(stored, self.asked, decimal, form)
        if cells.values is None or self._first is None or np.isnan(cells.values).all():
            return cells
        if cells.kind != self._first.kind:
            ask = (
                f" and say what it is{remedies.ask.removeprefix(', or say what the column is')}"
                if remedies
                else ""
            )
            raise InputError(
                f"Column {self.name!r} holds {_HELD[self._first.kind]} at first, and {_HELD[cells.kind]} "
                f"from row {first_row + 1} on; make it one kind{ask}."
            )
        return cells

    def add(self, cells: Cells, learned: NDArray[np.bool_]) -> Array:
        """Take a block in; return its numbers, with the same codes for the same texts in all blocks.

        Parameters
        ----------
        cells : Cells
            Of `judged`, without trouble.
        learned : ndarray of shape (n,), bool
            Rows to learn from.
        """
        values = cells.values
        assert values is not None  # noqa: S101 - cells with trouble have been refused
        there = ~np.isnan(values)
        if there.any():
            self._first = self._first or cells
            if THOUSANDS in cells.why and THOUSANDS not in self._first.why:
                self._first = replace(self._first, why=cells.why, notable=True)
            if cells.kind == "category":
                values = self._coded(cells, values, there, learned)
            self._low = min(self._low, float(values[there].min()))
            self._high = max(self._high, float(values[there].max()))
        self._follow(cells, values, complete=bool(there.all()))
        self.seen += len(values)
        self.missing += int(len(values) - there.sum())
        return values

    def _coded(
        self, cells: Cells, values: Array, there: NDArray[np.bool_], learned: NDArray[np.bool_]
    ) -> Array:
        if self._names_rows:
            return np.where(there, 0.0, np.nan)
        places = np.array([self._places.setdefault(text, len(self._places)) for text in cells.categories])
        coded = np.full(len(values), np.nan)
        coded[there] = places[values[there].astype(np.int64)]
        counts = np.bincount(coded[there & learned].astype(np.int64), minlength=len(self._places))
        counts[: len(self._training)] += self._training
        self._training = counts
        self._names_rows = len(self._places) > MOST_TEXTS
        return coded

    def _follow(self, cells: Cells, values: Array, *, complete: bool) -> None:
        """Look whether the column still numbers the rows, and whether it is like another one so far."""
        if self._numbers_rows:
            integers = cells.kind == "numeric" and "int" in cells.dtype and complete
            self._numbers_rows = integers and self._in_a_row(values)
        if self._digest is not None:
            self._digest.update((np.where(np.isnan(values), np.nan, values + 0.0)).tobytes())

    def _in_a_row(self, values: Array) -> bool:
        begins = values[0] in (0.0, 1.0) if self.seen == 0 else values[0] == self._low + self.seen
        return bool(begins and (np.diff(values) == 1.0).all())

    @property
    def fingerprint(self) -> bytes | None:
        """What a copy of the column would have, too; None once it is known that there is none."""
        return None if self._digest is None else self._digest.digest() + self.kind.encode()

    def is_unlike_all(self) -> None:
        """Take note that no other column is a copy of this one, so that it need not be followed."""
        self._digest = None

    @property
    def kind(self) -> str:
        """What the column holds; a column without values is taken for numbers."""
        return "numeric" if self._first is None else self._first.kind

    @property
    def counts(self) -> NDArray[np.int64]:
        """In how many rows to learn from each category stands."""
        counts = np.zeros(len(self._places), np.int64)
        counts[: len(self._training)] = self._training
        return counts[self._order()]

    @property
    def places(self) -> Array:
        """The code that each code of `add` has among the categories."""
        order = np.array(self._order(), np.int64)
        places = np.empty(len(order))
        places[order] = np.arange(len(order))
        return places

    @property
    def column(self) -> Column:
        """The column as it would have been read in one go; categories are in the order of their text."""
        first = self._first or Cells("numeric", "", EMPTY, None)
        texts = list(self._places)
        categories = tuple(texts[at] for at in self._order())
        why = variety(categories) if categories else first.why
        unit = unit_in(self.name) or first.unit
        return Column(self.name, first.kind, first.dtype, unit, why, categories=categories)

    def note(self) -> str | None:
        """Return what was decided about the column that a person should be told."""
        return None if self._first is None else told_of(self._first)

    def reason(self) -> str | None:
        """Return why the column carries nothing by itself, None if it does."""
        if self._first is None:
            return EMPTY
        if self._low == self._high and not self._names_rows:
            return CONSTANT
        if self.asked is not None:
            return NAMING if self._names_rows else None
        if self._numbers_rows and self.seen >= FEWEST_ROWS_TO_NUMBER:
            return NUMBERING
        n_kinds = len(self._places)
        if self._names_rows or (n_kinds > MOST_KINDS and 2 * n_kinds > self.seen - self.missing):
            return self._first.doubt or NAMING
        return None

    def _order(self) -> list[int]:
        """Return the texts' places in the order of the categories: sorted, or as the table brings them."""
        texts = list(self._places)
        dtype = "" if self._first is None else self._first.dtype
        if dtype.startswith("dictionary"):
            return list(range(len(texts)))
        numbers = {"int", "uint", "float", "double", "bool", "decimal"}
        key = (
            (lambda at: (float(texts[at]), texts[at]))
            if _all_numbers(texts, dtype, numbers)
            else texts.__getitem__
        )
        return sorted(range(len(texts)), key=key)


def _all_numbers(texts: list[str], dtype: str, numbers: set[str]) -> bool:
    """Whether categories were numbers, which sort as such."""
    if not any(dtype.startswith(name) for name in numbers):
        return False
    try:
        return all(np.isfinite(float(text)) for text in texts)
    except ValueError:
        return False
