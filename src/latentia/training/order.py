"""In which order rows are seen: one permutation per epoch, derived from a seed and the epoch.

Nothing is remembered between epochs, so a fit can go on from any epoch with two integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np


class BatchOrder(Protocol):
    """Anything that says which rows make up the batches of an epoch."""

    def rows(self, epoch: int) -> np.ndarray:
        """Return the positions of an epoch's rows in the order in which they are seen."""
        ...


@dataclass(frozen=True)
class ShuffledOrder:
    """A fresh permutation of all rows in every epoch.

    Examples
    --------
    >>> order = ShuffledOrder(n_rows=5, seed=0)
    >>> sorted(order.rows(3).tolist())
    [0, 1, 2, 3, 4]
    >>> bool((order.rows(3) == order.rows(3)).all())
    True
    """

    n_rows: int
    seed: int

    def rows(self, epoch: int) -> np.ndarray:
        """Return the permutation of one epoch."""
        return generator_of(self.seed, epoch).permutation(self.n_rows).astype(np.int32)


@dataclass(frozen=True, eq=False)
class GivenOrder:
    """Orders that were written down beforehand: one row of positions per epoch."""

    orders: np.ndarray

    def rows(self, epoch: int) -> np.ndarray:
        """Return the order of one epoch."""
        return np.asarray(self.orders[epoch], np.int32)


@dataclass(frozen=True, kw_only=True)
class Portions:
    """Another order, a portion at a time: an epoch is the next so many of its rows.

    What is left of a pass when no whole portion fits any more is passed over, so that all epochs
    are of the same length.

    Parameters
    ----------
    whole : BatchOrder
    n_rows : int
        Rows of one epoch of `whole`.
    size : int
        Rows of a portion, at most `n_rows`.

    Examples
    --------
    >>> portions = Portions(whole=GivenOrder([[4, 2, 0, 1, 3], [0, 1, 2, 3, 4]]), n_rows=5, size=2)
    >>> [portions.rows(epoch).tolist() for epoch in range(3)]
    [[4, 2], [0, 1], [0, 1]]
    """

    whole: BatchOrder
    n_rows: int
    size: int

    def rows(self, epoch: int) -> np.ndarray:
        """Return the positions of one portion."""
        passes, portion = divmod(epoch, self.n_rows // self.size)
        return self.whole.rows(passes)[portion * self.size : (portion + 1) * self.size]


def generator_of(seed: int, epoch: int, stream: int = 0) -> np.random.Generator:
    """Return the source of chance of one epoch; streams of the same epoch are independent."""
    return np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, stream, epoch]))
