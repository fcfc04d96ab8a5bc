"""Rows on disk made ready for a fit, and handed out while the next ones are read.

The scaled rows to learn from are written to a temporary file once, and every pass reads them from
there in an order of its own (see `mixing`): a window of rows is in memory, another one is read
meanwhile, and nothing grows with the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from latentia.errors import RecipeError
from latentia.tables.column_scalings import kinds_of
from latentia.tables.scratch import Scratch
from latentia.training.feeds import POSITIONS_PER_SEGMENT, Portion, lay_out, segment_of
from latentia.training.mixing import Mixing, mixing
from latentia.training.prefetch import made_ahead
from latentia.training.preparing import Prepared, Task, watched_rows
from latentia.training.progress import Silent
from latentia.training.returning import give_memory_back
from latentia.training.rows import Rows, round_up
from latentia.training.settling import Side, check_size, settle

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from latentia.recipe import Recipe
    from latentia.tables.table_on_disk import TableOnDisk
    from latentia.training.feeds import Speed
    from latentia.training.settling import Settled

# Rows in memory to mix, and neighbours on disk that are read in one go.
WINDOW_BYTES, PIECE_BYTES = 48 << 20, 1 << 18
# What one call of the program learns from.
PORTION_BYTES = 16 << 20


def on_disk(table: TableOnDisk, recipe: Recipe, task: Task) -> Prepared:
    """Get rows on disk ready, as `training.fit.fit` is given them.

    Scaling by moments, gaps, levels and the number of rows are those of all rows. What needs rows in
    memory (automatic settings, the balance of columns, axes of the code, losses after every epoch) is
    learned from, or measured on, a sample of up to 100,000 rows of either side.

    Raises
    ------
    RecipeError
        When the task asks for what only rows in memory can do.
    InputError
        When the rows cannot be scaled, or there is no room for them in the temporary folder.
    """
    _refuse_others(task)
    progress, schema = task.progress or Silent(), table.schema
    scaling = table.scaling(kinds_of(recipe.scaling_kind, schema), size_factors=recipe.size_factors)
    widest = max(task.variants or [recipe], key=lambda one: one.n_components)
    check_size(widest, table.shape)
    settled, sample = settle(
        table.training_sample,
        widest,
        variants=task.variants or (),
        scaling=scaling,
        schema=schema,
        n_rows=table.n_training,
        has_gaps=table.has_gaps,
    )
    progress.stage("Writing", "scaled rows to a temporary file")
    give_memory_back()
    scratch = _written(table, settled, progress)
    give_memory_back()
    feed = OnDisk(scratch, int(settled.recipe.batch_size), task.seed, sized=sample.size is not None)
    held_out = Side.of(scaling, table.held_out_sample, None)
    return Prepared(
        settled=settled,
        split=table.split,
        feed=feed,
        n_rows=table.n_training,
        gaps=bool(table.has_gaps.any() or np.isnan(table.held_out_sample).any()),
        watched=watched_rows(sample, held_out),
        data=table.fingerprint,
        held={"split": np.array([table.survey.n_rows, table.survey.n_held_out])},
    )


def _refuse_others(task: Task) -> None:
    """Raise RecipeError if a task asks for what only rows in memory can do."""
    asked = {
        "sample_weight": task.row_weights is not None,
        "groups": task.groups is not None,
        "warm_start": task.previous is not None,
        "validation": task.split is not None,
    }
    for name, is_asked in asked.items():
        if is_asked:
            raise RecipeError(
                f"{name} needs rows in memory, but the table is read from disk; leave it out, or pass the "
                "rows themselves."
            )


def _written(table: TableOnDisk, settled: Settled, progress: Any) -> Scratch:
    """Write the scaled rows to learn from, with their sizes behind them where they have some."""
    scratch = None
    try:
        for values in table.training_blocks():
            side = settled.side(values)
            rows = side.scaled if side.size is None else np.column_stack([side.scaled, side.size])
            scratch = scratch or Scratch(table.n_training, rows.shape[1])
            scratch.append(rows)
            progress.rows("Writing", scratch.n_rows)
    except BaseException:
        if scratch is not None:
            scratch.close()
        raise
    assert scratch is not None  # noqa: S101 - a table has rows
    return scratch


@dataclass(eq=False)
class OnDisk:
    """A feed of scaled rows in a file.

    Parameters
    ----------
    scratch : Scratch
        The rows; it is closed with the feed.
    batch_size : int
        Rows of a step.
    seed : int
        Source of the order.
    sized : bool, default False
        Whether the last column is how much larger than common each row of counts is.
    """

    scratch: Scratch
    batch_size: int
    seed: int
    sized: bool = False

    @property
    def order(self) -> Mixing:
        """The order in which rows are seen."""
        row = self.scratch.bytes_of_row
        return mixing(self.scratch.n_rows, row, self.seed, window=WINDOW_BYTES, piece=PIECE_BYTES)

    @property
    def steps(self) -> int:
        """Steps of a portion, fewer at the end of an epoch."""
        batch = round_up(self._size)
        by_bytes = PORTION_BYTES // (batch * self.scratch.bytes_of_row)
        whole = -(-self.scratch.n_rows // self._size)
        return min(max(1, min(POSITIONS_PER_SEGMENT // batch, by_bytes)), whole)

    @property
    def _size(self) -> int:
        return min(self.batch_size, self.scratch.n_rows)

    def portions(self, epoch: int, step: int, until: int, speed: Speed) -> Generator[Portion]:  # noqa: ARG002 - a portion has one length, however fast it is
        """Yield portions of epochs, and read the next one meanwhile."""
        with made_ahead(self._blocks(epoch, step, until)) as blocks:
            for rows, n_rows, ends_epoch in blocks:
                yield self._portion(rows, n_rows, ends_epoch=ends_epoch)

    def close(self) -> None:
        """Let go of the file."""
        self.scratch.close()

    def _blocks(self, epoch: int, step: int, until: int) -> Iterator[tuple[np.ndarray, int, bool]]:
        """Yield rows of portions in the order in which they are seen, how many, and whether an epoch ends."""
        full = self.steps * self._size
        while epoch < until:
            left, filled, block = self.scratch.n_rows - step * self._size, 0, self._empty()
            for rows, seen in self._windows(epoch, step * self._size):
                at = 0
                while at < len(seen):
                    taken = seen[at : at + min(full, left) - filled]
                    np.take(rows, taken, axis=0, out=block[filled : filled + len(taken)], mode="clip")
                    at, filled = at + len(taken), filled + len(taken)
                    if filled == min(full, left):
                        left -= filled
                        yield block, filled, left == 0
                        filled, block = 0, self._empty()
            epoch, step = epoch + 1, 0

    def _empty(self) -> np.ndarray:
        """Return room for the rows of a portion, padded as the program wants them."""
        return np.zeros((round_up(self.steps * self._size), self.scratch.n_columns), np.float32)

    def _windows(self, epoch: int, skipped: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the rows of an epoch window by window, and the order in which those not skipped are seen."""
        order = self.order
        for window, pieces in enumerate(order.windows(epoch)):
            n_rows = order.size_of(pieces)
            if skipped < n_rows:
                give_memory_back()
                yield self._read(order, pieces, n_rows), order.shuffled(epoch, window, n_rows)[skipped:]
            skipped = max(0, skipped - n_rows)

    def _read(self, order: Mixing, pieces: np.ndarray, n_rows: int) -> np.ndarray:
        """Read pieces one behind the other; those that are neighbours in one go."""
        rows, done = np.empty((n_rows, self.scratch.n_columns), np.float32), 0
        for run in np.split(pieces, np.flatnonzero(np.diff(pieces) > 1) + 1):
            first = int(run[0]) * order.piece
            count = min(len(run) * order.piece, order.n_rows - first)
            self.scratch.read_into(rows[done : done + count], first)
            done += count
        return rows

    def _portion(self, rows: np.ndarray, n_rows: int, *, ends_epoch: bool) -> Portion:
        """Lay rows out for the program, which sees equal shapes only."""
        size, batch = self._size, round_up(self._size)
        block = np.full((1, self.steps, batch), -1, np.int32)
        lay_out(block[0], np.arange(n_rows, dtype=np.int32), size)
        there = np.zeros(len(rows), np.float32)
        there[:n_rows] = 1.0
        sizes = None
        if self.sized:
            sizes = np.where(there[:, None] > 0, rows[:, -1:], np.float32(1.0))
            rows = np.ascontiguousarray(rows[:, :-1])
        laid_out = jax.device_put(Rows(rows, there, there, sizes))
        return Portion(laid_out, segment_of(block, 1, -(-n_rows // size)), ends_epoch)
