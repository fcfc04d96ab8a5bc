"""The host's side of a fit: hand out segments, listen for Ctrl-C, report, ask, keep checkpoints, collect.

There is one loop. It cuts training into segments that take about a quarter of a second, so that
progress is shown and an interruption is noticed soon, and leaves every decision that shapes the
result to the compiled program: the same seed gives the same weights however fast the machine is,
and wherever an interrupted fit goes on.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import jax
import numpy as np

from latentia.training.callbacks import Callbacks, Epoch
from latentia.training.checkpoints import Checkpoint, NotKept, named_arrays, tree_of
from latentia.training.endings import Ending
from latentia.training.groups import Groups
from latentia.training.interruption import noticing_interruption
from latentia.training.journal import Journal, blank, epochs_run
from latentia.training.outcome import Outcome
from latentia.training.packing import unpack
from latentia.training.program import RUNNING, Segment
from latentia.training.progress import Silent
from latentia.training.rows import round_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latentia.networks.network import Network
    from latentia.training.checkpoints import Checkpoints
    from latentia.training.order import BatchOrder
    from latentia.training.plan import Dials, Plan
    from latentia.training.program import EpochRecord, State
    from latentia.training.progress import Progress
    from latentia.training.rows import Monitors, Rows

SECONDS_PER_SEGMENT = 0.25
POSITIONS_PER_SEGMENT = 1 << 15  # bounds the size of an order handed over at once
MOST_EPOCHS_PER_SEGMENT = 256
FIRST_EPOCHS = 4  # before it is known how long one takes


class Speed:
    """Seconds that an epoch took last time; the host alone looks at it.

    Parameters
    ----------
    most : int
        Epochs to run at once, however fast they are.
    """

    def __init__(self, most: int) -> None:
        self.most, self.seconds_per_epoch = most, np.inf

    def epochs_within(self, seconds: float) -> int:
        """Return how many epochs fit into a time, at least one."""
        return min(self.most, max(1, int(seconds / max(self.seconds_per_epoch, 1e-6))))


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
    identities: Sequence[int] | None = None,
    monitors: Monitors | None = None,
    networks: Network | None = None,
    progress: Progress | None = None,
    callbacks: Callbacks | None = None,
    checkpoints: Checkpoints | None = None,
    past: Checkpoint | None = None,
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
    identities : sequence of int or None
        Whose chance each of them has; by default its own.
    monitors : Monitors or None
        Held-out rows and a sample of training rows to evaluate after each epoch.
    networks : Network or None
        Weights to go on from, with a member axis; None starts fresh.
    progress : Progress or None
        Told about every segment.
    callbacks : Callbacks or None
        Asked after every epoch whether to go on; segments are then one epoch long.
    checkpoints : Checkpoints or None
        Offered a checkpoint after every segment.
    past : Checkpoint or None
        Where the same fit stood when it was interrupted, to go on from there.
    """
    progress, checkpoints = progress or Silent(), checkpoints or NotKept()
    callbacks = callbacks or Callbacks()
    begun = time.perf_counter() - (past.seconds if past else 0.0)
    shape = pace(n_rows, min(batch_size, n_rows))
    interrupted, speed = False, Speed(most=1 if callbacks else MOST_EPOCHS_PER_SEGMENT)
    with (
        Groups(plan, dials, seed=seed, members=members, identities=identities, networks=networks) as groups,
        noticing_interruption() as interruption,
    ):
        journal = _go_on(groups, past, progress) if past else Journal(blank(members))
        segments = _segments(order, shape, batch_size, max_epochs, speed, journal)

        def standing() -> Checkpoint:
            return _standing(groups, journal, time.perf_counter() - begun)

        def epoch_done() -> Epoch:
            seconds = time.perf_counter() - begun
            return _epoch(groups, journal, max_epochs, seconds, judged=monitors is not None)

        for segment, ends_epoch in segments if _going(groups) else ():
            clock = time.perf_counter()
            record, loss = groups.advance(rows, monitors, segment, ends_epoch=ends_epoch)
            speed.seconds_per_epoch = (time.perf_counter() - clock) / int(segment.n_epochs)
            journal.add(segment, record, loss, ends_epoch=ends_epoch)
            if ends_epoch:
                interrupted = not _report(progress, journal.epoch, max_epochs, journal.latest)
                if callbacks and callbacks.want_to_stop(epoch_done()):
                    groups.end(Ending.STOPPED)
            interrupted = interrupted or interruption.asked
            if interrupted or not _going(groups):
                break
            checkpoints.offer(standing)
        checkpoints.offer(standing, last=True)
        return _collect(groups, journal, interrupted, time.perf_counter() - begun)


def _going(groups: Groups) -> bool:
    """Whether a member has not ended yet."""
    return bool((groups.gathered(_status) == RUNNING).any())


def _standing(groups: Groups, journal: Journal, seconds: float) -> Checkpoint:
    """Return where a fit stands."""
    arrays = named_arrays({"groups": groups.states, "written": journal.written()})
    return Checkpoint(epoch=journal.epoch, step=journal.step, seconds=seconds, arrays=arrays)


def _go_on(groups: Groups, past: Checkpoint, progress: Progress) -> Journal:
    """Put groups where an interrupted fit left them, and return its journal."""
    progress.stage("Training", f"going on after epoch {past.epoch}")
    groups.states = jax.device_put(tree_of(past.arrays, groups.states, within="groups/"))
    nothing = blank(len(groups.gathered(_status)))
    written = tree_of(past.arrays, nothing, within="written/", any_length=True)
    return Journal(written, past.epoch, past.step)


def _segments(
    order: BatchOrder, shape: Pace, batch_size: int, max_epochs: int, speed: Speed, begin: Journal
) -> Iterator[tuple[Segment, bool]]:
    """Yield segments of whole epochs, as many as fit the time, or else parts of an epoch."""
    epoch, begun, wanted = begin.epoch, begin.step, min(FIRST_EPOCHS, speed.most)
    while epoch < max_epochs:
        count = min(wanted, max_epochs - epoch, shape.epochs) if begun == 0 else 1
        orders = [order.rows(epoch + index) for index in range(count)]
        for first in range(begun, shape.steps_per_epoch, shape.steps):
            steps = min(shape.steps, shape.steps_per_epoch - first)
            block = np.full((shape.epochs, shape.steps, shape.batch), -1, np.int32)
            for index, positions in enumerate(orders):
                part = positions[first * batch_size : (first + steps) * batch_size]
                _lay_out(block[index], part, batch_size)
            last = first + steps == shape.steps_per_epoch
            yield jax.device_put(Segment(block, np.int32(count), np.int32(steps))), last
        epoch, begun = epoch + count, 0
        wanted = speed.epochs_within(SECONDS_PER_SEGMENT)


def _lay_out(block: np.ndarray, positions: np.ndarray, batch_size: int) -> None:
    """Write positions into (steps, batch) slots; the last batch may be a partial one."""
    batch_size = min(batch_size, block.shape[1])
    whole = len(positions) // batch_size
    block[:whole, :batch_size] = positions[: whole * batch_size].reshape(whole, batch_size)
    rest = positions[whole * batch_size :]
    if len(rest):
        block[whole, : len(rest)] = rest


def _report(progress: Progress, done: int, total: int, record: EpochRecord) -> bool:
    """Tell the mean losses of the last epoch, over those that ran it; False if told to stop."""
    last = max(epochs_run(record), 1) - 1
    ran = np.isfinite(record.learning_rate[last])
    try:
        progress.epochs(
            done, total, float(record.loss[last][ran].mean()), float(record.val_loss[last][ran].mean())
        )
    except KeyboardInterrupt:
        return False
    return True


def _epoch(groups: Groups, journal: Journal, max_epochs: int, seconds: float, *, judged: bool) -> Epoch:
    """Return what callbacks are told about the last epoch."""
    took_part = groups.gathered(lambda state: state.epochs_run) == journal.epoch
    told = {
        name: np.where(took_part, column[-1].astype(np.float64), np.nan)
        for name, column in journal.latest._asdict().items()
    }
    best = groups.gathered(lambda state: state.best.loss).astype(np.float64)
    return Epoch(
        epoch=journal.epoch,
        max_epochs=max_epochs,
        **told,
        # Infinite before the first epoch that counts; without held-out rows it is the loss while learning.
        best_val_loss=np.where(np.isfinite(best) & judged, best, np.nan),
        best_epoch=groups.gathered(lambda state: state.best.epoch).astype(np.int64),
        going=np.asarray(groups.gathered(_status) == RUNNING),
        seconds=seconds,
    )


def _collect(groups: Groups, journal: Journal, interrupted: bool, seconds: float) -> Outcome:
    """Bring everything to the host."""
    left = Ending.INTERRUPTED if interrupted else Ending.EPOCH_LIMIT
    steps = journal.steps()
    return Outcome(
        networks=unpack(groups.plan, groups.gathered(lambda state: state.best.weights)),
        history=journal.history(),
        step_loss=steps.reconstruction,
        step_penalty=steps.penalty,
        best_epoch=groups.gathered(lambda state: state.best.epoch),
        endings=tuple(left if code == RUNNING else Ending(int(code)) for code in groups.gathered(_status)),
        epochs_run=groups.gathered(lambda state: state.epochs_run),
        seconds=seconds,
    )


def _status(state: State) -> jax.Array:
    return state.status
