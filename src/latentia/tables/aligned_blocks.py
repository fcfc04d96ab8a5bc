"""New rows for a model that exists, from a table of any length, one block at a time."""

from __future__ import annotations

import warnings
from copy import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError, LatentiaWarning
from latentia.tables.alignment import as_learned, placed, without_rows
from latentia.tables.cells import as_arrow
from latentia.tables.conforming import together, told
from latentia.tables.naming import as_text, columns_read_by, find, numbered, refuse_repeated
from latentia.tables.reading import AS_FOUND
from latentia.tables.scan import TableScan
from latentia.tables.sources import draft_of
from latentia.tables.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from latentia.tables.assembly import Draft
    from latentia.tables.conforming import Unseen
    from latentia.tables.reading import Reading
    from latentia.tables.table import Schema

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AlignedBlock:
    """Some rows, with the columns that a model reads.

    Parameters
    ----------
    values : ndarray of shape (n, p)
        As `latentia.tables.alignment.align` returns them.
    columns : dict of str to stored column
        The same cells as they are stored.
    others : dict of str to stored column
        Columns that the model does not read, but that were asked for.
    """

    values: Array
    columns: dict[str, Any]
    others: dict[str, Any] = field(default_factory=dict)

    def as_table(self) -> pa.Table:
        """Return the cells as they are stored."""
        import pyarrow as pa

        return pa.table({name: as_arrow(column) for name, column in self.columns.items()})


class AlignedBlocks:
    """All rows of a table for a model, in order; of a table on disk, a block at a time is in memory.

    Parameters
    ----------
    data : object
        Anything that `read_table` takes, or a TableScan.
    names : sequence of str
        The names of the p columns that the model reads.
    schema : Schema or None
        What these columns are; None where all hold numbers.
    reading : Reading
        What was said about how the table is to be read.
    also : sequence of str or None
        Columns to return as they are stored, beside those that the model reads; None for all others.

    Raises
    ------
    InputError
        If there is no such table or it lacks columns; while it is read, if it is damaged, has no rows or
        holds what the model cannot read.

    Examples
    --------
    >>> blocks = AlignedBlocks("iris", ["petal length (cm)"])
    >>> [block.values.shape for block in blocks]
    [(150, 1)]
    >>> len(blocks.notes)
    1
    """

    def __init__(
        self,
        data: Any,
        names: Sequence[str],
        *,
        schema: Schema | None = None,
        reading: Reading = AS_FOUND,
        also: Sequence[str] | None = (),
    ) -> None:
        self._names, self.schema = list(names), schema
        self._store = data.store if isinstance(data, TableScan) else open_store(data, reading)
        self._draft = draft_of(data, reading) if self._store is None else None
        self._table: Any = self._store or self._draft
        self._positions, notes = placed(self._table.name, self._table.names, names, keeps_others=also is None)
        there = as_text(self._table.names)[0]
        if also is None:
            also = [] if there == numbered(len(there)) else [name for name in there if name not in set(names)]
            refuse_repeated(also)
        # Known classes may stand beside the columns, as those of the built-in tables do.
        self._beside = {name: self._table.labels[name] for name in also if name in self._table.labels}
        self._also = [name for name in also if name not in self._beside]
        self._positions += [find(name, there, "read") for name in self._also]
        self._notes = (*self._table.notes, *notes)
        self._unseen: dict[str, Unseen] = {}
        self.n_rows = 0

    def read_as(self, schema: Schema | None) -> AlignedBlocks:
        """Return the same rows, with their columns read as these."""
        other = copy(self)
        other.schema = schema
        return other

    @property
    def name(self) -> str:
        """What the table is called."""
        return self._table.name

    @property
    def names(self) -> list[str]:
        """All columns that blocks have, in the table's order."""
        there = {name: at for at, name in enumerate(as_text(self._table.names)[0])}
        names = [*self._names, *self._also]
        return sorted(names, key=there.__getitem__) if set(names) <= set(there) else names

    @property
    def notes(self) -> tuple[str, ...]:
        """What was decided or put right so far; complete when all rows have been read."""
        return self._notes if self.unseen is None else (*self._notes, self.unseen)

    @property
    def unseen(self) -> str | None:
        """A sentence about categories that are new to the model; complete when all rows have been read."""
        return told(self._unseen.values())

    def __iter__(self) -> Iterator[AlignedBlock]:
        """Yield the rows in order."""
        self.n_rows, self._unseen = 0, {}
        for draft in self._drafts():
            stored = [draft.fetch(position) for position in range(len(self._positions))]
            read, others = stored[: len(self._names)], stored[len(self._names) :]
            values = self._values(read, draft)
            beside = {
                name: np.asarray(cells)[self.n_rows : self.n_rows + draft.n_rows]
                for name, cells in self._beside.items()
            }
            self.n_rows += draft.n_rows
            columns = dict(zip(self._names, read, strict=True))
            yield AlignedBlock(values, columns, dict(zip(self._also, others, strict=True)) | beside)
        if self.n_rows == 0:
            raise without_rows(self.name)

    def _drafts(self) -> Iterator[Draft]:
        """Yield blocks with the model's columns only."""
        if self._store is not None:
            yield from (block for block in self._store.blocks(self._positions) if block.n_rows)
        elif self._draft is not None and self._draft.n_rows:
            draft, positions = self._draft, self._positions
            names = [*self._names, *self._also]
            yield replace(draft, names=names, fetch=lambda at: draft.fetch(positions[at]), block=None)

    def _values(self, stored: Sequence[Any], draft: Draft) -> Array:
        try:
            values, unseen = as_learned(stored, self._names, self.schema, draft.decimal)
        except InputError as error:
            if self.n_rows == 0:
                raise
            first, last = self.n_rows + 1, self.n_rows + draft.n_rows
            raise InputError(
                f"In rows {first} to {last} of {self.name}, where row {first} counts as row 1: {error}"
            ) from None
        for one in unseen:
            before = self._unseen.get(one.column)
            self._unseen[one.column] = one if before is None else together(before, one)
        return values


def rows_on_disk(model: Any, scan: TableScan) -> Iterator[Array]:
    """Yield the rows of a table on disk as the networks of a fitted estimator see them, block by block."""
    schema = model.trained_.schema
    blocks = AlignedBlocks(scan, columns_read_by(model), schema=schema)
    for block in blocks:
        yield block.values if schema is None else schema.expand(block.values)
    if blocks.unseen is not None:
        warnings.warn(blocks.unseen, LatentiaWarning, stacklevel=3)
