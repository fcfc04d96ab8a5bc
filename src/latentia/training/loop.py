"""The host's side of a fit: hand out segments, listen for Ctrl-C, report, ask, keep checkpoints, collect.

There is one loop. It cuts training into segments that take about a quarter of a second, so that
progress is shown and an interruption is noticed soon, and leaves every decision that shapes the
result to the compiled program: the same seed gives the same weights however fast the machine is,
and wherever an interrupted fit goes on.
"""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import jax
import numpy as np

from latentia.training.callbacks import Callbacks, Epoch
from latentia.training.checkpoints import Checkpoint, NotKept, named_arrays, tree_of
from latentia.training.endings import Ending
from latentia.training.feeds import MOST_EPOCHS_PER_SEGMENT, Speed
from latentia.training.groups import Groups
from latentia.training.interruption import noticing_interruption
from latentia.training.journal import Journal, blank, epochs_run
from latentia.training.outcome import Outcome
from latentia.training.packing import unpack
from latentia.training.program import RUNNING
from latentia.training.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.networks.network import Network
    from latentia.training.checkpoints import Checkpoints
    from latentia.training.feeds import Feed
    from latentia.training.plan import Dials, Plan
    from latentia.training.program import EpochRecord, State
    from latentia.training.progress import Progress
    from latentia.training.rows import Monitors


def train(
    plan: Plan,
    dials: Dials,
    feed: Feed,
    *,
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
    """Train all members on the rows of a feed.

    Parameters
    ----------
    plan, dials : Plan, Dials
        What to compile and the numbers to run it with.
    feed : Feed
        The rows, in the order in which they are seen, the same for all members.
    max_epochs : int
        Most passes over them.
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
    interrupted, speed = False, Speed(most=1 if callbacks else MOST_EPOCHS_PER_SEGMENT)
    with (
        Groups(plan, dials, seed=seed, members=members, identities=identities, networks=networks) as groups,
        noticing_interruption() as interruption,
    ):
        journal = _go_on(groups, past, progress) if past else Journal(blank(members))

        def standing() -> Checkpoint:
            return _standing(groups, journal, time.perf_counter() - begun)

        def epoch_done() -> Epoch:
            seconds = time.perf_counter() - begun
            return _epoch(groups, journal, max_epochs, seconds, judged=monitors is not None)

        until = max_epochs if _going(groups) else 0
        with closing(feed.portions(journal.epoch, journal.step, until, speed)) as portions:
            for rows, segment, ends_epoch in portions:
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
