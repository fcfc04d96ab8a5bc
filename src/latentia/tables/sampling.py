"""A sample of the rows of a table on disk, cells as they are stored, and when to take one.

An analysis trains many networks, so of very many rows it looks at some. Which these are follows from
the seed and the rows' positions, whatever the blocks they are read in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.tables.assembly import Draft, assemble
from latentia.tables.cells import as_arrow
from latentia.tables.hashing import SAMPLE, drawn
from latentia.tables.memory import BYTES_OF_A_CELL, available_memory
from latentia.tables.reading import AS_FOUND, Reading
from latentia.tables.sources import read_table
from latentia.tables.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from latentia.tables.stores import Store
    from latentia.tables.table import Table

# More rows would not change what an analysis says, only how long it takes.
MOST_ROWS, FEWEST_ROWS = 100_000, 1_000
# How much memory an analysis takes, in sizes of its table as float64: with room to spare.
TIMES = 24
# Text of which it is not known how many rows it has is read whole up to this size.
SMALL_TEXT = 8 << 20


def read_sample(
    data: Any,
    size: int | str,
    *,
    seed: int,
    label: object = None,
    drop: Iterable[object] = (),
    types: Mapping[str, str] | None = None,
    nuisance: Iterable[object] = (),
    reading: Reading = AS_FOUND,
) -> Table:
    """Read a table, or a sample of its rows where it is large.

    Parameters
    ----------
    data : object
        Anything that `read_table` takes.
    size : int, "auto" or "all"
        Rows of the sample. "auto" reads all rows of what is in memory already, and of tables on disk
        up to 100,000 rows, fewer where an analysis of them would not fit into memory.
    seed : int
        Decides which rows.
    label, drop, types, nuisance, reading
        As in `read_table`.

    Returns
    -------
    Table
        With the positions of its rows where it is a sample.

    Raises
    ------
    InputError
        As `read_table` does.

    Examples
    --------
    >>> table = read_sample("iris", "auto", seed=0)
    >>> table.n_rows, table.positions
    (150, None)
    """
    asked: dict[str, Any] = {"label": label, "drop": drop, "types": types, "nuisance": nuisance}
    store = None if size == "all" else open_store(data, reading)
    most = 0 if store is None else rows_to_analyse(len(store.names)) if size == "auto" else int(size)
    if store is None or _is_small(store, most, certain=size != "auto"):
        whole = read_table(data, **asked, **reading.said())
        return whole if size in ("auto", "all") else _some(whole, int(size), seed)
    sample = sample_of(store, most, seed)
    if sample.n_rows == len(sample.positions):
        return assemble(sample.draft, **asked)
    told = (
        f"A sample of {len(sample.positions):,} of the {sample.n_rows:,} rows is analysed, drawn by "
        f"random_state {seed}."
    )
    draft = replace(sample.draft, notes=(told, *sample.draft.notes))
    return replace(assemble(draft, **asked), positions=sample.positions, n_rows_of_all=sample.n_rows)


def rows_to_analyse(n_columns: int) -> int:
    """Return how many rows an analysis takes at most, if nobody says otherwise.

    Examples
    --------
    >>> 1000 <= rows_to_analyse(20) <= 100_000
    True
    """
    free = available_memory()
    fitting = MOST_ROWS if free is None else free // (TIMES * BYTES_OF_A_CELL * max(1, n_columns))
    return int(min(MOST_ROWS, max(FEWEST_ROWS, fitting)))


@dataclass(frozen=True, eq=False)
class Sample:
    """Some rows of a table on disk.

    Parameters
    ----------
    draft : Draft
        The rows in order, cells as they are stored.
    positions : ndarray of shape (m,)
        Where they stand.
    n_rows : int
        How many rows the table has.
    """

    draft: Draft
    positions: NDArray[np.int64]
    n_rows: int


def sample_of(store: Store, most: int, seed: int) -> Sample:
    """Read a table once, and keep so many rows: those that draw the smallest numbers.

    Parameters
    ----------
    store : Store
        The table.
    most : int
        Rows to keep.
    seed : int
        Decides which.
    """
    import pyarrow as pa

    kept: list[pa.Table] = []
    positions, numbers, n_rows = np.empty(0, np.int64), np.empty(0, np.uint64), 0
    limit, decimal = np.uint64(2**64 - 1), None
    for block in store.blocks():
        there = np.arange(n_rows, n_rows + block.n_rows)
        draws = drawn(seed, there, SAMPLE)
        taken = draws <= limit
        n_rows, decimal = n_rows + block.n_rows, block.decimal
        if not taken.any():
            continue
        kept.append(_rows_of(block, taken))
        positions = np.concatenate([positions, there[taken]])
        numbers = np.concatenate([numbers, draws[taken]])
        if len(positions) > 2 * most:  # now and then, or every block would be copied again and again
            kept, positions, numbers = _smallest(kept, positions, numbers, most)
            limit = numbers.max()
    if len(positions) > most:
        kept, positions, numbers = _smallest(kept, positions, numbers, most)
    names = list(store.names)
    columns = pa.concat_tables(kept) if kept else None
    draft = Draft(
        names=names,
        fetch=lambda at: columns.column(at) if columns is not None else None,
        n_rows=len(positions),
        name=store.name,
        path=store.path,
        sha256=store.fingerprint(),
        notes=tuple(store.notes),
        labels={name: np.asarray(cells)[positions] for name, cells in store.labels.items()},
        decimal=decimal,
    )
    return Sample(draft, positions, n_rows)


def _rows_of(block: Draft, taken: NDArray[np.bool_]) -> Any:
    """Return some rows of a block as an Arrow table without names that matter."""
    import pyarrow as pa

    mask = pa.array(taken)
    stored = (block.fetch(at) for at in range(len(block.names)))
    columns = [
        as_arrow(cells[taken]) if isinstance(cells, np.ndarray) else cells.filter(mask) for cells in stored
    ]
    return pa.table(columns, names=[str(at) for at in range(len(columns))])


def _smallest(
    kept: list[Any], positions: NDArray[np.int64], numbers: NDArray[np.uint64], most: int
) -> tuple[list[Any], NDArray[np.int64], NDArray[np.uint64]]:
    """Return the rows with the smallest numbers, in order."""
    import pyarrow as pa

    places = np.sort(np.argpartition(numbers, most)[:most])
    table = pa.concat_tables(kept).take(pa.array(places)).combine_chunks()
    return [table], positions[places], numbers[places]


def _is_small(store: Store, most: int, *, certain: bool) -> bool:
    """Whether a table is known to have no more rows than an analysis takes."""
    if store.parts:
        return sum(store.parts) <= most
    return not certain and store.bytes <= SMALL_TEXT


def _some(table: Table, size: int, seed: int) -> Table:
    """Return a sample of a table in memory."""
    if table.n_rows <= size:
        return table
    numbers = drawn(seed, np.arange(table.n_rows), SAMPLE)
    places = np.sort(np.argpartition(numbers, size)[:size])
    note = f"A sample of {size:,} of the {table.n_rows:,} rows is analysed, drawn by random_state {seed}."
    source = replace(table.source, notes=(note, *table.source.notes))
    return replace(table.take(places), source=source, positions=places, n_rows_of_all=table.n_rows)
