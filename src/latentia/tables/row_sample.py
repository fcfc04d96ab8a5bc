"""A fixed-size sample of rows that come in blocks, for what only rows in memory can tell.

Every row draws a number from a hash of the seed and its position, and those with the smallest numbers
are kept: each set of rows is as likely as any other, and which are kept does not depend on the blocks
that they came in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from latentia.tables.hashing import drawn
from latentia.tables.scalable import checked_rows, checked_weights

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

# Quartiles of a normal column are then known to half a hundredth of its standard deviation.
MOST_ROWS = 100_000


@dataclass(frozen=True, eq=False)
class RowSample:
    """Up to 100,000 of the rows that were seen, in the order in which they came.

    Parameters
    ----------
    seed : int
        The only source of chance.
    rows : ndarray of shape (m, p)
        What is kept, nan where a cell is missing.
    weights : ndarray of shape (m,)
        The weights of these rows; one of weight 0 is not kept.
    positions : ndarray of shape (m,)
        Where they stood among all rows.
    seen : int
        How many rows came by.
    most : int
        How many rows are kept.

    Examples
    --------
    >>> sample = RowSample.of_nothing(n_columns=1, seed=0, most=3)
    >>> for first in (0.0, 4.0):
    ...     sample = sample.add(np.arange(first, first + 4)[:, None])
    >>> sample.seen, sample.rows.shape, bool((sample.rows[:, 0] == sample.positions).all())
    (8, (3, 1), True)
    """

    seed: int
    rows: Array
    weights: Array
    positions: NDArray[np.int64]
    seen: int
    most: int

    @classmethod
    def of_nothing(cls, n_columns: int, seed: int, most: int = MOST_ROWS) -> RowSample:
        """Return the sample of no rows, to be added to."""
        return cls(seed, np.empty((0, n_columns)), np.empty(0), np.empty(0, np.int64), 0, most)

    def add(self, block: ArrayLike, row_weights: ArrayLike | None = None) -> RowSample:
        """Return the sample of these and more rows.

        Raises
        ------
        InputError
            If rows or weights have another form.
        """
        rows = checked_rows(block)
        weights = np.ones(len(rows)) if row_weights is None else checked_weights(row_weights, len(rows))
        positions = self.seen + np.flatnonzero(weights > 0)
        both = np.concatenate([self.positions, positions])
        kept = _with_smallest_numbers(both, self.seed, self.most)
        old, new = kept[kept < len(self.rows)], kept[kept >= len(self.rows)] - len(self.rows)
        if len(new) == 0:
            return replace(self, seen=self.seen + len(rows))
        taken = positions[new] - self.seen
        return replace(
            self,
            rows=np.concatenate([self.rows[old], rows[taken]]),
            weights=np.concatenate([self.weights[old], weights[taken]]),
            positions=both[kept],
            seen=self.seen + len(rows),
        )


def _with_smallest_numbers(positions: NDArray[np.int64], seed: int, most: int) -> NDArray[np.int64]:
    """Return which rows drew the smallest numbers, at most so many, in their order."""
    if len(positions) <= most:
        return np.arange(len(positions))
    return np.sort(np.argpartition(drawn(seed, positions), most)[:most])
