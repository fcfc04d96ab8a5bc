"""What one look at all rows of a table on disk tells: columns, categories, moments, and samples of rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError
from latentia.tables import refusals
from latentia.tables.asked import checked_types
from latentia.tables.carrying import COPY_OF, notes_on
from latentia.tables.memory import BYTES_OF_A_CELL
from latentia.tables.moments import Moments
from latentia.tables.naming import as_text, find, refuse_repeated, shown
from latentia.tables.row_sample import RowSample
from latentia.tables.splits import held_out_by_hash
from latentia.tables.table import Schema
from latentia.tables.tallies import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from latentia.tables.assembly import Draft
    from latentia.tables.scan import TableScan

    Array = NDArray[np.float64]

# Of each side of the split, so much is kept as float64 for what only rows in memory can tell.
MOST_BYTES, MOST_ROWS, FEWEST_ROWS = 32 << 20, 100_000, 1_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Survey:
    """What is known of all rows.

    Parameters
    ----------
    schema : Schema
        The columns that carry something, with the levels that the rows to learn from have.
    positions : tuple of int
        Where these columns stand in the table on disk.
    n_rows, n_held_out : int
        All rows, and those that judge.
    has_gaps : ndarray of shape (p,), bool
        Columns in which cells are missing in rows to learn from.
    moments : Moments
        Of the rows to learn from; codes of categories count as numbers, which mean nothing.
    training, held_out : RowSample
        A sample of the rows on each side, as `Table.values`.
    notes : tuple of str
        What was decided about the columns.
    """

    schema: Schema
    positions: tuple[int, ...]
    n_rows: int
    n_held_out: int
    has_gaps: NDArray[np.bool_]
    moments: Moments
    training: RowSample
    held_out: RowSample
    notes: tuple[str, ...]


def survey(
    scan: TableScan,
    *,
    fraction: float,
    seed: int,
    logarithmic: Callable[[str], bool] = lambda _: False,
    told: Callable[[int], None] = lambda _: None,
) -> Survey:
    """Look at all rows once, a block at a time.

    Parameters
    ----------
    scan : TableScan
        The table.
    fraction : float
        Share of the rows that judge.
    seed : int
        Which rows these are, and which are in the samples.
    logarithmic : callable
        Says of a column's name whether moments are to be those of the logarithms.
    told : callable
        Told after every block how many rows have been seen.

    Raises
    ------
    InputError
        With one sentence about what keeps the table from being trained on.
    """
    names, notes = _named(scan)
    used = _used(scan, names)
    asked = checked_types(scan.types, [names[at] for at in used])
    tallies = [Tally(names[at], asked.get(names[at])) for at in used]
    kinds = tuple("log1p-standard" if logarithmic(tally.name) else "none" for tally in tallies)
    most = max(FEWEST_ROWS, min(MOST_ROWS, MOST_BYTES // (BYTES_OF_A_CELL * len(used))))
    sides = [RowSample.of_nothing(len(used), seed, most) for _ in range(2)]
    moments, n_rows, n_held_out = Moments.of_nothing(len(used), kinds), 0, 0
    for block in scan.store.blocks(used):
        if not block.n_rows:
            continue
        held_out = held_out_by_hash(n_rows, block.n_rows, fraction, seed)
        values = _values(scan, block, tallies, n_rows, ~held_out)
        moments = moments.add(values[~held_out])
        sides = [sides[0].add(values[~held_out]), sides[1].add(values[held_out])]
        n_rows, n_held_out = n_rows + block.n_rows, n_held_out + int(held_out.sum())
        _follow_alike(tallies)
        told(n_rows)
    refusals.refuse_too_few(n_rows, len(tallies), scan.store.name)
    return _surveyed(scan, used, tallies, (*notes, *scan.store.notes), moments, sides, (n_rows, n_held_out))


def _named(scan: TableScan) -> tuple[list[str], list[str]]:
    """Return a name for every column, and notes on those that had none."""
    names, notes = as_text(scan.store.names)
    for at, name in enumerate(names):
        if not name.strip():
            names[at] = f"column {at + 1}"
            notes.append(f"Column {at + 1} has no name; it is called {names[at]!r}.")
    refuse_repeated(names)
    return names, notes


def _used(scan: TableScan, names: Sequence[str]) -> list[int]:
    """Return the columns that are neither the label nor left out."""
    drop = {find(name, names, "leave out") for name in scan.drop}
    is_beside = scan.label is None or scan.label in scan.store.labels
    label = None if is_beside else find(str(scan.label), names, "use as the label")
    if label in drop:
        raise InputError(
            f"Column {names[label]!r} is both the label and left out; pass it as one of the two."
        )
    used = [at for at in range(len(names)) if at != label and at not in drop]
    if not used:
        raise InputError(
            f"There is no column in {scan.store.name} left to train on; pass more or drop fewer columns."
        )
    return used


def _values(
    scan: TableScan, block: Draft, tallies: Sequence[Tally], first: int, learned: NDArray[np.bool_]
) -> Array:
    """Return a block as numbers, and take it into what is known of its columns."""
    names = [tally.name for tally in tallies]
    try:
        cells = [
            tally.judged(block.fetch(at), first, scan.remedies, block.decimal)
            for at, tally in enumerate(tallies)
        ]
        refusals.refuse_troubled(dict(zip(names, cells, strict=True)), scan.remedies)
        values = np.column_stack([tally.add(one, learned) for tally, one in zip(tallies, cells, strict=True)])
        refusals.refuse_infinite(values, names, scan.remedies)
        refusals.refuse_too_large(values, names)
    except InputError as error:
        if first == 0:
            raise
        rows = f"rows {first + 1} to {first + block.n_rows}"
        raise InputError(
            f"In {rows} of {scan.store.name}, where row {first + 1} counts as row 1: {error}"
        ) from None
    return values


def _follow_alike(tallies: Sequence[Tally]) -> None:
    """Stop following columns of which no other can be a copy any more."""
    alike = Counter(tally.fingerprint for tally in tallies)
    for tally in tallies:
        if tally.fingerprint is not None and alike[tally.fingerprint] == 1:
            tally.is_unlike_all()


def _surveyed(
    scan: TableScan,
    used: Sequence[int],
    tallies: Sequence[Tally],
    notes: Sequence[str],
    moments: Moments,
    sides: Sequence[RowSample],
    n_rows: tuple[int, int],
) -> Survey:
    """Leave out what carries nothing, and put the rest together."""
    kept, others = _carrying(tallies)
    if not kept:
        refusals.refuse_none_left(others, scan.store.name)
    places = np.array(kept, np.int64)
    columns = [tallies[at].column.counted(tallies[at].counts) for at in kept]
    n_training = n_rows[0] - n_rows[1]
    moments = moments.of_columns(places)
    training, held_out = (_of_columns(side, [tallies[at] for at in kept], places) for side in sides)
    return Survey(
        schema=Schema(tuple(columns)),
        positions=tuple(used[at] for at in kept),
        n_rows=n_rows[0],
        n_held_out=n_rows[1],
        has_gaps=moments.count < n_training,
        moments=moments,
        training=training,
        held_out=held_out,
        notes=(*notes, *notes_on(others), *_notes_on_kinds(tallies, kept)),
    )


def _carrying(tallies: Sequence[Tally]) -> tuple[list[int], dict[str, list[str]]]:
    """Return which columns carry something, and the names of the others by reason."""
    kept: list[int] = []
    others: dict[str, list[str]] = {}
    first: dict[bytes, str] = {}
    for at, tally in enumerate(tallies):
        reason = tally.reason()
        if reason is None and (same := tally.fingerprint) is not None:
            earlier = first.setdefault(same, tally.name)
            reason = None if earlier == tally.name else f"{COPY_OF}{earlier!r}"
        if reason is None:
            kept.append(at)
        else:
            others.setdefault(reason, []).append(tally.name)
    return kept, others


def _of_columns(sample: RowSample, tallies: Sequence[Tally], places: NDArray[np.int64]) -> RowSample:
    """Return a sample with some columns only, and the codes that their categories have."""
    rows = sample.rows[:, places]
    for at, tally in enumerate(tallies):
        if tally.kind == "category":
            there = ~np.isnan(rows[:, at])
            rows[there, at] = tally.places[rows[there, at].astype(np.int64)]
    return RowSample(sample.seed, rows, sample.weights, sample.positions, sample.seen, sample.most)


def _notes_on_kinds(tallies: Sequence[Tally], kept: Sequence[int]) -> list[str]:
    by_why: dict[str, list[str]] = {}
    for at in kept:
        if why := tallies[at].note():
            by_why.setdefault(why, []).append(tallies[at].name)
    notes: list[Any] = [
        f"{'Column' if len(found) == 1 else 'Columns'} {shown(found)}: {why}."
        for why, found in by_why.items()
    ]
    columns = [tallies[at] for at in kept if tallies[at].missing]
    if n_missing := sum(tally.missing for tally in columns):
        cell = "1 cell is" if n_missing == 1 else f"{n_missing} cells are"
        where = "1 column" if len(columns) == 1 else f"{len(columns)} columns"
        notes.append(f"{cell} missing, in {where}.")
    return notes
