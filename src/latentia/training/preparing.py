"""Rows made ready for a fit: split, scaled, watched, and handed out in portions.

There is one fit, and two ways to get rows ready for it: from memory, here, and from disk, in
`streaming`. Both end in the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError
from latentia.networks.indicators import shares
from latentia.tables.splits import Split, hold_out
from latentia.training.callbacks import Callbacks
from latentia.training.checkpoints import Checkpoints, NotKept
from latentia.training.feeds import InMemory
from latentia.training.order import Portions, ShuffledOrder
from latentia.training.rows import Monitors, monitors, training_rows
from latentia.training.settling import Side, check_size, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latentia.recipe import Recipe
    from latentia.tables.splits import HashedSplit
    from latentia.tables.table import Schema
    from latentia.training.feeds import Feed
    from latentia.training.progress import Progress
    from latentia.training.settling import Settled
    from latentia.training.trained import Trained


@dataclass(frozen=True, kw_only=True)
class Task:
    """What to fit beside the recipe.

    Parameters
    ----------
    seed : int
        The root of all chance.
    split : Split or None
        Rows to train on and to hold out; drawn by the recipe when None.
    variants : sequence of Recipe or None
        A recipe for each member, in place of the one for all; they may differ in numbers only.
    identities : sequence of int or None
        Whose initial weights and chance each member has; by default its own.
    rows_per_epoch : int or None
        Rows after which the losses are written down and an epoch ends; None for all of them.
    previous : Trained or None
        A model to go on from.
    previous_values : ndarray or None
        The table that `previous` was fitted to, where it is still at hand: tells whether rows
        that judge this fit were learned from before.
    progress : Progress or None
        Told how training goes.
    callbacks : Callbacks
        Asked after every epoch whether to go on; none by default.
    groups : ndarray or None
        Rows with equal entries stay on one side of the split.
    row_weights : ndarray or None
        How much each row counts, in scaling, training and judging.
    checkpoints : Checkpoints
        Where the fit keeps how far it has come, and goes on from; nowhere by default.
    settled : Settled or None
        What earlier rows have settled for these; None settles it from the training rows.
    schema : Schema or None
        What the columns are, with the levels that the training rows have; None where all hold numbers.
    """

    seed: int
    split: Split | None = None
    variants: Sequence[Recipe] | None = None
    identities: Sequence[int] | None = None
    rows_per_epoch: int | None = None
    previous: Trained | None = None
    previous_values: np.ndarray | None = None
    progress: Progress | None = None
    callbacks: Callbacks = field(default_factory=Callbacks)
    groups: np.ndarray | None = None
    row_weights: np.ndarray | None = None
    checkpoints: Checkpoints = field(default_factory=NotKept)
    settled: Settled | None = None
    schema: Schema | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """Rows that are ready to be learned from.

    Parameters
    ----------
    settled : Settled
        What they settle for the whole fit.
    split : Split or HashedSplit
        Which rows train, and which judge.
    feed : Feed
        Hands out the rows to learn from.
    n_rows : int
        Rows of an epoch.
    gaps : bool
        Whether cells are missing in any row.
    watched : Monitors or None
        Rows to look at after every epoch.
    data : ndarray or str
        What tells the table from others, for checkpoints: all of it, or a hash.
    held : mapping
        What of the rows is told apart from the table in a checkpoint.
    seen : callable
        Returns what a warm start has to remember of the rows.
    """

    settled: Settled
    split: Split | HashedSplit
    feed: Feed
    n_rows: int
    gaps: bool
    watched: Monitors | None
    data: Any
    held: dict[str, Any]
    seen: Callable[[], dict[str, Any]] = dict


def in_memory(values: np.ndarray, recipe: Recipe, task: Task) -> Prepared:
    """Get rows in memory ready, (n, p), in original units, as `training.fit.fit` is given them."""
    split = task.split or hold_out(len(values), recipe.validation_fraction, task.seed, task.groups)
    weight, held_out_weight = _weights_of(split, task.row_weights)
    settled, training = _settled(values, split, weight, recipe, task)
    held_out = Side.of(settled.scaling, values[split.held_out], held_out_weight)
    rows = training_rows(training.scaled, weight, training.size, _shares(settled, values.shape[1]))
    whole, n_rows = len(split.training), _epoch_length(split, task)
    order = ShuffledOrder(whole, task.seed)
    if n_rows < whole:
        order = Portions(whole=order, n_rows=whole, size=n_rows)
    return Prepared(
        settled=settled,
        split=split,
        feed=InMemory(rows, order, n_rows, int(settled.recipe.batch_size)),
        n_rows=n_rows,
        gaps=bool(np.isnan(values).any()),
        watched=watched_rows(training, held_out),
        data=values,
        held={"rows": rows, "split": (split.training, split.held_out)},
        seen=lambda: {} if task.previous is None else _rows_seen(values, split, task),
    )


def _settled(
    values: np.ndarray, split: Split, weight: np.ndarray | None, recipe: Recipe, task: Task
) -> tuple[Settled, Side]:
    """Settle what depends on the training rows, unless that was done before; scale them."""
    rows = values[split.training]
    if task.settled is not None:
        return task.settled, task.settled.side(rows, weight)
    variants = task.variants or ()
    widest = max(variants or [recipe], key=lambda one: one.n_components)
    check_size(widest, values.shape)
    earlier = None if task.previous is None else task.previous.scaling
    return settle(rows, widest, variants=variants, weight=weight, scaling=earlier, schema=task.schema)


def _shares(settled: Settled, width: int) -> np.ndarray:
    if settled.cell_weights is not None:
        return settled.cell_weights
    return shares(settled.layout.blocks, width)


def _epoch_length(split: Split, task: Task) -> int:
    """Return the number of rows that make an epoch."""
    return min(task.rows_per_epoch or len(split.training), len(split.training))


def row_fingerprints(values: np.ndarray) -> list[bytes]:
    """Return a hash of each row's values."""
    rows = np.ascontiguousarray(values, np.float64) + 0.0
    return [blake2b(row.tobytes(), digest_size=16).digest() for row in rows]


def _weights_of(split: Split, row_weights: np.ndarray | None) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return the weights of training and held-out rows."""
    if row_weights is None:
        return None, None
    weight, held_out = row_weights[split.training], row_weights[split.held_out]
    for part, kind in ((weight, "training"), (held_out, "held-out")):
        if len(part) and not part.any():
            raise InputError(
                f"All {len(part)} {kind} rows have a sample_weight of 0; give some of them more, or choose "
                "the rows to judge by yourself with validation=."
            )
    return weight, held_out


def watched_rows(training: Side, held_out: Side) -> Monitors | None:
    """Watch the held-out rows, and as many training rows for a loss without noise beside it."""
    if not len(held_out.scaled):
        return None
    sample = training.sample(len(held_out.scaled))
    weights = sizes = None
    if sample.weight is not None and held_out.weight is not None:
        # A sample that happens to have no weight at all counts evenly: it is only looked at.
        weights = (held_out.weight, sample.weight if sample.weight.any() else np.ones(len(sample.weight)))
    if sample.size is not None and held_out.size is not None:
        sizes = (held_out.size, sample.size)
    return monitors(held_out.scaled, sample.scaled, weights=weights, sizes=sizes)


def _rows_seen(values: np.ndarray, split: Split, task: Task) -> dict[str, Any]:
    """Remember what a warm start has learned from, and count the rows that judge it among them."""
    previous, seen = task.previous, frozenset[bytes]()
    if previous is not None:
        seen = previous.rows_seen
        if task.previous_values is not None:
            seen |= frozenset(row_fingerprints(task.previous_values[previous.split.training]))
    again = sum(row in seen for row in row_fingerprints(values[split.held_out]))
    return {"rows_seen": seen, "validation_rows_seen": again, "warm_started": True}
