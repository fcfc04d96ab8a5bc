"""How far a fit has come, and the losses that were written down on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import jax
import numpy as np

from latentia.training.program import EpochRecord
from latentia.training.step import StepLoss

if TYPE_CHECKING:
    from latentia.training.program import Segment

Tree = TypeVar("Tree")


class Written(NamedTuple):
    """Everything that was written down, in one piece."""

    epochs: EpochRecord  # (epochs, members) each
    steps: StepLoss  # (steps, members) each


class Journal:
    """How far a fit has come, and the losses that were written down on the way.

    Parameters
    ----------
    written : Written
        What an interrupted fit has left; `blank` for a new one.
    epoch, step : int
        Whole epochs that are done, and steps of the epoch at work.
    """

    def __init__(self, written: Written, epoch: int = 0, step: int = 0) -> None:
        self.epoch, self.step = epoch, step
        self._epochs, self._steps = [written.epochs], [written.steps]

    def add(self, segment: Segment, record: EpochRecord, losses: StepLoss, *, ends_epoch: bool) -> None:
        """Write down what a segment has told."""
        members = losses.reconstruction.shape[-1]
        self._steps.append(jax.tree.map(lambda all_: all_.reshape(-1, members), _cut(losses, segment, 2)))
        if not ends_epoch:
            self.step += int(segment.n_steps)
            return
        self._epochs.append(_cut(record, segment, 1))
        self.epoch += epochs_run(self._epochs[-1])
        self.step = 0

    @property
    def latest(self) -> EpochRecord:
        """The records of the last segment that ended an epoch."""
        return self._epochs[-1]

    def written(self) -> Written:
        """Return everything that was written down, in one piece."""
        # Joined once: a long fit has many segments, and asks often when it keeps many checkpoints.
        self._epochs, self._steps = [_joined(self._epochs)], [_joined(self._steps)]
        return Written(self._epochs[0], self._steps[0])

    def history(self) -> dict[str, np.ndarray]:
        """Return the epochs that at least one member took part in, float64."""
        record = self.written().epochs
        ran = _ran(record)
        columns = {name: column[ran].astype(np.float64) for name, column in record._asdict().items()}
        return {"epoch": np.arange(1, ran.sum() + 1)} | columns

    def steps(self) -> StepLoss:
        """Return the losses of every step that at least one member took."""
        return StepLoss(*(part[np.isfinite(part).any(axis=1)] for part in self.written().steps))


def blank(members: int) -> Written:
    """Return what is written down before the first segment: nothing."""
    nothing = np.empty((0, members), np.float32)
    return Written(
        EpochRecord(*(nothing for _ in EpochRecord._fields)), StepLoss(*(nothing for _ in StepLoss._fields))
    )


def epochs_run(record: EpochRecord) -> int:
    """Return how many epochs of a record were run before the last member ended."""
    return int(_ran(record).sum())


def _ran(record: EpochRecord) -> np.ndarray:
    return np.isfinite(record.learning_rate).any(axis=1)


def _cut(tree: Tree, segment: Segment, axes: int) -> Tree:
    """Bring a segment's outcome to the host, without the epochs (and steps) that were not run."""
    ran = tuple(slice(int(count)) for count in (segment.n_epochs, segment.n_steps)[:axes])
    return jax.tree.map(lambda all_: np.asarray(all_)[ran], tree)


def _joined(parts: list[Tree]) -> Tree:
    return jax.tree.map(lambda *pieces: np.concatenate(pieces), *parts)
