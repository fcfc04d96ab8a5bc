"""Where the rows of a fit come from, cut into portions that the compiled program runs over.

A portion is what one call of the program learns from: several whole epochs of rows in memory, or a
part of one epoch. How long it is depends on how fast the machine is; what is learned does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import jax
import numpy as np

from latentia.training.program import Segment
from latentia.training.rows import round_up

if TYPE_CHECKING:
    from collections.abc import Generator

    from latentia.training.order import BatchOrder
    from latentia.training.rows import Rows

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


class Portion(NamedTuple):
    """What one call of the program learns from."""

    rows: Rows
    segment: Segment
    ends_epoch: bool


class Feed(Protocol):
    """Anything that hands out the rows of a fit in the order in which they are learned from."""

    def portions(self, epoch: int, step: int, until: int, speed: Speed) -> Generator[Portion]:
        """Yield what is left of a fit, so many steps into an epoch, up to another epoch."""
        ...

    def close(self) -> None:
        """Let go of what the rows are held in."""
        ...


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


def pace_of_part(n_rows: int, of: int, batch_size: int) -> Pace:
    """Choose the shape of segments for epochs of some rows: that for all, where it holds several epochs.

    What a fit to all rows has compiled then serves short epochs, too.
    """
    own, whole = pace(n_rows, batch_size), pace(of, batch_size)
    return whole._replace(steps_per_epoch=own.steps_per_epoch) if whole.epochs > 1 else own


@dataclass(frozen=True, eq=False)
class InMemory:
    """A feed of rows that are all there.

    Parameters
    ----------
    rows : Rows
        Padded rows; the first `n_rows` are real.
    order : BatchOrder
        Which rows make up the batches.
    n_rows : int
        Rows of an epoch.
    batch_size : int
        Rows of a step.
    """

    rows: Rows
    order: BatchOrder
    n_rows: int
    batch_size: int

    def portions(self, epoch: int, step: int, until: int, speed: Speed) -> Generator[Portion]:
        """Yield portions of whole epochs, as many as fit the time, or else parts of an epoch."""
        size = min(self.batch_size, self.n_rows)
        shape = pace_of_part(self.n_rows, len(self.rows.x), size)
        wanted = min(FIRST_EPOCHS, speed.most)
        while epoch < until:
            count = min(wanted, until - epoch, shape.epochs) if step == 0 else 1
            orders = [self.order.rows(epoch + index) for index in range(count)]
            for first in range(step, shape.steps_per_epoch, shape.steps):
                steps = min(shape.steps, shape.steps_per_epoch - first)
                block = np.full((shape.epochs, shape.steps, shape.batch), -1, np.int32)
                for index, positions in enumerate(orders):
                    lay_out(block[index], positions[first * size : (first + steps) * size], size)
                yield Portion(
                    self.rows, segment_of(block, count, steps), first + steps == shape.steps_per_epoch
                )
            epoch, step = epoch + count, 0
            wanted = speed.epochs_within(SECONDS_PER_SEGMENT)

    def close(self) -> None:
        """Do nothing: whoever made the rows has them."""


def segment_of(order: np.ndarray, n_epochs: int, n_steps: int) -> Segment:
    """Return a segment of an order of rows, (epochs, steps, batch), on the device."""
    n_rows = np.count_nonzero(order >= 0, axis=-1).astype(np.float32)
    return jax.device_put(Segment(order, n_rows, np.int32(n_epochs), np.int32(n_steps)))


def lay_out(block: np.ndarray, positions: np.ndarray, batch_size: int) -> None:
    """Write positions into (steps, batch) slots; the last batch may be a partial one."""
    whole = len(positions) // batch_size
    block[:whole, :batch_size] = positions[: whole * batch_size].reshape(whole, batch_size)
    rest = positions[whole * batch_size :]
    if len(rest):
        block[whole, : len(rest)] = rest
