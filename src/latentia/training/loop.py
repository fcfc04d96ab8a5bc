"""The host's side of a fit: hand out segments, listen for Ctrl-C, report, collect.

There is one loop. It cuts training into segments that take about a quarter of a second, so that
progress is shown and an interruption is noticed soon, and leaves every decision that shapes the
result to the compiled program: the same seed gives the same weights however fast the machine is.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import jax
import numpy as np

from latentia.training.endings import Ending
from latentia.training.groups import Groups
from latentia.training.interruption import noticing_interruption
from latentia.training.outcome import Outcome
from latentia.training.packing import unpack
from latentia.training.program import RUNNING, EpochRecord, Segment
from latentia.training.progress import Silent
from latentia.training.rows import round_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentia.networks.network import Network
    from latentia.training.order import BatchOrder
    from latentia.training.plan import Dials, Plan
    from latentia.training.program import State
    from latentia.training.progress import Progress
    from latentia.training.rows import Monitors, Rows
    from latentia.training.step import StepLoss

Tree = TypeVar("Tree")

SECONDS_PER_SEGMENT = 0.25
POSITIONS_PER_SEGMENT = 1 << 15  # bounds the size of an order handed over at once
MOST_EPOCHS_PER_SEGMENT = 256


class Speed:
    """Seconds that an epoch took last time; the host alone looks at it."""

    def __init__(self) -> None:
        self.seconds_per_epoch = np.inf

    def epochs_within(self, seconds: float) -> int:
        """Return how many epochs fit into a time, at least one."""
        return max(1, int(seconds / max(self.seconds_per_epoch, 1e-6)))


class Pace(NamedTuple):
    """The fixed shape of all segments of a fit."""

    epochs: int
    steps: int
    batch: int
    steps_per_epoch: int


def pace(n_rows: int, batch_size: int) -> Pace:
    """Choose the shape of segments for a number of rows and a batch size."""
    steps_per_epoch = -(-n_rows // batch_size)
    # Padded rows, so that tables of nearly the same length share a shape.
    capacity = round_up(-(-round_up(n_rows) // batch_size))
    batch = round_up(batch_size)
    steps = min(capacity, max(POSITIONS_PER_SEGMENT // batch, 1))
    fitting = POSITIONS_PER_SEGMENT // (capacity * batch)
    epochs = min(1 << max(fitting, 1).bit_length() - 1, MOST_EPOCHS_PER_SEGMENT)
    return Pace(epochs if steps == capacity else 1, steps, batch, steps_per_epoch)


def train(
    plan: Plan,
    dials: Dials,
    rows: Rows,
    order: BatchOrder,
    *,
    n_rows: int,
    batch_size: int,
    max_epochs: int,
    seed: int,
    members: int,
    monitors: Monitors | None = None,
    networks: Network | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Train all members on rows in memory.

    Parameters
    ----------
    plan, dials : Plan, Dials
        What to compile and the numbers to run it with.
    rows : Rows
        Padded training rows; the first `n_rows` are real.
    order : BatchOrder
        Which rows make up the batches, the same for all members.
    seed : int
        Source of initial weights and of chance while training.
    members : int
        Networks to train side by side.
    monitors : Monitors or None
        Held-out rows and a sample of training rows to evaluate after each epoch.
    networks : Network or None
        Weights to go on from, with a member axis; None starts fresh.
    progress : Progress or None
        Told about every segment.
    """
    progress = progress or Silent()
    begun = time.perf_counter()
    shape = pace(n_rows, min(batch_size, n_rows))
    records: list[EpochRecord] = []
    losses: list[StepLoss] = []
    interrupted, speed, epoch = False, Speed(), 0
    with (
        Groups(plan, dials, seed=seed, members=members, networks=networks) as groups,
        noticing_interruption() as interruption,
    ):
        for segment, ends_epoch in _segments(order, shape, batch_size, max_epochs, speed):
            clock = time.perf_counter()
            record, loss = groups.advance(rows, monitors, segment, ends_epoch=ends_epoch)
            going = (groups.gathered(_status) == RUNNING).any()
            speed.seconds_per_epoch = (time.perf_counter() - clock) / int(segment.n_epochs)
            losses.append(_cut(loss, segment, 2))
            if ends_epoch:
                records.append(_cut(record, segment, 1))
                epoch += _epochs_run(records[-1])
                interrupted = not _report(progress, epoch, max_epochs, records[-1])
            interrupted = interrupted or interruption.asked
            if interrupted or not going:
                break
        return _collect(groups, records, losses, interrupted, time.perf_counter() - begun)


def _segments(
    order: BatchOrder, shape: Pace, batch_size: int, max_epochs: int, speed: Speed
) -> Iterator[tuple[Segment, bool]]:
    """Yield segments of whole epochs, as many as fit the time, or else parts of an epoch."""
    epoch, wanted = 0, 4
    while epoch < max_epochs:
        count = min(wanted, max_epochs - epoch, shape.epochs)
        orders = [order.rows(epoch + index) for index in range(count)]
        for first in range(0, shape.steps_per_epoch, shape.steps):
            steps = min(shape.steps, shape.steps_per_epoch - first)
            block = np.full((shape.epochs, shape.steps, shape.batch), -1, np.int32)
            for index, positions in enumerate(orders):
                part = positions[first * batch_size : (first + steps) * batch_size]
                _lay_out(block[index], part, batch_size)
            last = first + steps == shape.steps_per_epoch
            yield jax.device_put(Segment(block, np.int32(count), np.int32(steps))), last
        epoch += count
        wanted = speed.epochs_within(SECONDS_PER_SEGMENT)


def _lay_out(block: np.ndarray, positions: np.ndarray, batch_size: int) -> None:
    """Write positions into (steps, batch) slots; the last batch may be a partial one."""
    batch_size = min(batch_size, block.shape[1])
    whole = len(positions) // batch_size
    block[:whole, :batch_size] = positions[: whole * batch_size].reshape(whole, batch_size)
    rest = positions[whole * batch_size :]
    if len(rest):
        block[whole, : len(rest)] = rest


def _cut(tree: Tree, segment: Segment, axes: int) -> Tree:
    """Bring a segment's outcome to the host, without the epochs (and steps) that were not run."""
    ran = tuple(slice(int(count)) for count in (segment.n_epochs, segment.n_steps)[:axes])
    return jax.tree.map(lambda all_: np.asarray(all_)[ran], tree)


def _epochs_run(record: EpochRecord) -> int:
    """Return how many epochs of a record were run before the last member ended."""
    return int(np.isfinite(record.learning_rate).any(axis=1).sum())


def _report(progress: Progress, done: int, total: int, record: EpochRecord) -> bool:
    """Tell the mean losses of the last epoch, over those that ran it; False if told to stop."""
    last = max(_epochs_run(record), 1) - 1
    ran = np.isfinite(record.learning_rate[last])
    try:
        progress.epochs(
            done, total, float(record.loss[last][ran].mean()), float(record.val_loss[last][ran].mean())
        )
    except KeyboardInterrupt:
        return False
    return True


def _collect(
    groups: Groups, records: list[EpochRecord], losses: list[StepLoss], interrupted: bool, seconds: float
) -> Outcome:
    """Bring everything to the host and cut off what was never run."""
    status = groups.gathered(_status)
    members = len(status)
    names = EpochRecord._fields
    columns = {name: [getattr(record, name) for record in records] for name in names}
    history = {
        name: np.concatenate(parts).astype(np.float64) if parts else np.empty((0, members))
        for name, parts in columns.items()
    }
    ran = np.isfinite(history["learning_rate"]).any(axis=1)
    history = {"epoch": np.arange(1, ran.sum() + 1)} | {name: part[ran] for name, part in history.items()}
    left = Ending.INTERRUPTED if interrupted else Ending.EPOCH_LIMIT
    steps = [
        np.concatenate([getattr(part, f).reshape(-1, members) for part in losses])
        if losses
        else np.empty((0, members))
        for f in ("reconstruction", "penalty")
    ]
    steps = [part[np.isfinite(part).any(axis=1)] for part in steps]
    return Outcome(
        networks=unpack(groups.plan, groups.gathered(lambda state: state.best.weights)),
        history=history,
        step_loss=steps[0],
        step_penalty=steps[1],
        best_epoch=groups.gathered(lambda state: state.best.epoch),
        endings=tuple(left if code == RUNNING else Ending(int(code)) for code in status),
        epochs_run=groups.gathered(lambda state: state.epochs_run),
        seconds=seconds,
    )


def _status(state: State) -> jax.Array:
    return state.status
