"""Moments of columns, learned block of rows by block of rows, for tables larger than memory.

Two sets of rows are merged exactly: their means and deviations give those of their union, so that
neither the size of blocks nor their order matters beyond roundings. Every column is measured from the
first of its numbers: sums of numbers near 1e6 would round away a spread of 0.01.

References
----------
Chan, Golub & LeVeque (1983), "Algorithms for computing the sample variance: analysis and
recommendations".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import InputError
from latentia.tables.observed import of_observed
from latentia.tables.scalable import columns_with_gaps, refuse_negative, weighted_rows
from latentia.tables.spread import mean_and_deviation

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from latentia.tables.scalable import Kinds

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean, deviation and range of columns whose rows come in blocks.

    Parameters
    ----------
    logarithmic : ndarray of shape (p,), bool
        Columns of which all of this is that of the logarithms of one plus their numbers.
    count : ndarray of shape (p,)
        Weight of the rows in which the column is observed.
    origin : ndarray of shape (p,)
        Where the column is measured from; 0 where nothing is observed.
    offset : ndarray of shape (p,)
        The mean, less the origin.
    deviation : ndarray of shape (p,)
        The standard deviation of these rows (population).
    low, high : ndarray of shape (p,)
        Smallest and largest number, infinite where nothing is observed.

    Examples
    --------
    >>> moments = Moments.of_nothing(2)
    >>> for block in ([[1.0, 5.0]], [[3.0, np.nan], [5.0, np.nan]]):
    ...     moments = moments.add(block)
    >>> moments.count, moments.mean, moments.low
    (array([3., 1.]), array([3., 5.]), array([1., 5.]))
    """

    logarithmic: NDArray[np.bool_]
    count: Array
    origin: Array
    offset: Array
    deviation: Array
    low: Array
    high: Array

    @classmethod
    def of_nothing(cls, n_columns: int, kinds: Kinds = "standard") -> Moments:
        """Return the moments of no rows, to be added to, for these kinds of scaling."""
        logarithmic = np.broadcast_to(np.array(kinds) == "log1p-standard", n_columns)
        zeros, infinite = np.zeros(n_columns), np.full(n_columns, np.inf)
        return cls(logarithmic, zeros, zeros, zeros, zeros, infinite, -infinite)

    @property
    def mean(self) -> Array:
        """The mean of each column, 0 where nothing is observed."""
        return self.origin + self.offset

    @property
    def range(self) -> Array:
        """How far it is from the smallest number to the largest, 0 where nothing is observed."""
        return np.where(self.count > 0, self.high - self.low, 0.0)

    def add(self, block: ArrayLike, row_weights: ArrayLike | None = None) -> Moments:
        """Return the moments with more rows, (n, p), nan where a cell is missing.

        Raises
        ------
        InputError
            If `Scaling.fit` would refuse the rows or their weights, or there are other columns.
        """
        rows, weights = weighted_rows(block, row_weights)
        if rows.shape[1] != len(self.count):
            raise InputError(
                f"The block has {rows.shape[1]} columns and those before it have {len(self.count)}; pass the "
                "same columns in the same order."
            )
        if len(rows) == 0:
            return self
        gaps = columns_with_gaps(rows)
        rows = self._with_logarithms(rows)
        origin = np.where(self.count > 0, self.origin, _first_observed(rows, gaps))
        offset, deviation = of_observed(mean_and_deviation, rows - origin, weights, gaps)
        low = np.fmin.reduce(rows, axis=0, initial=np.inf)
        high = np.fmax.reduce(rows, axis=0, initial=-np.inf)
        count = _observed_weight(rows, weights, gaps)
        return self.merge(Moments(self.logarithmic, count, origin, offset, deviation, low, high))

    def merge(self, other: Moments) -> Moments:
        """Return the moments of the rows of both.

        Raises
        ------
        InputError
            If they are of different columns.
        """
        if not np.array_equal(self.logarithmic, other.logarithmic):
            raise InputError(
                f"Moments of {len(self.count)} columns cannot be merged with others of {len(other.count)} "
                "columns, or with other columns as logarithms; learn both for the same scaling."
            )
        count = self.count + other.count
        share = other.count / np.where(count > 0, count, 1.0)
        origin = np.where(self.count > 0, self.origin, other.origin)
        offset, theirs = self._offset_from(origin), other._offset_from(origin)
        apart = theirs - offset
        # Relative to the largest, so that no square overflows or vanishes.
        parts = np.stack([self.deviation, other.deviation, np.abs(apart)])
        largest = parts.max(axis=0)
        largest[largest == 0] = 1.0
        ours, others, between = np.square(parts / largest)
        variance = (1 - share) * ours + share * others + share * (1 - share) * between
        return replace(
            self,
            count=count,
            origin=origin,
            offset=offset + share * apart,
            deviation=largest * np.sqrt(variance),
            low=np.minimum(self.low, other.low),
            high=np.maximum(self.high, other.high),
        )

    def of_columns(self, columns: NDArray[np.int64]) -> Moments:
        """Return the moments of columns at some positions, which may repeat.

        Examples
        --------
        >>> Moments.of_nothing(2).add([[1.0, 5.0]]).of_columns(np.array([1, 1])).mean
        array([5., 5.])
        """
        return Moments(**{name: part[columns] for name, part in vars(self).items()})

    def _offset_from(self, origin: Array) -> Array:
        return np.where(self.count > 0, self.origin - origin + self.offset, 0.0)

    def _with_logarithms(self, rows: Array) -> Array:
        if not self.logarithmic.any():
            return rows
        refuse_negative(rows, kinds=tuple(np.where(self.logarithmic, "log1p-standard", "none").tolist()))
        rows = rows.copy()
        rows[:, self.logarithmic] = np.log1p(rows[:, self.logarithmic])
        return rows


def _first_observed(rows: Array, gaps: NDArray[np.bool_]) -> Array:
    """Return the first number of each column, 0 where there is none."""
    first = rows[0].copy()
    for column in np.flatnonzero(gaps):
        there = rows[~np.isnan(rows[:, column]), column]
        first[column] = there[0] if len(there) else 0.0
    return first


def _observed_weight(rows: Array, weights: Array | None, gaps: NDArray[np.bool_]) -> Array:
    """Return the weight of the rows in which each column is observed."""
    weights = np.ones(len(rows)) if weights is None else weights
    count = np.full(rows.shape[1], weights.sum())
    count[gaps] = weights @ ~np.isnan(rows[:, gaps])
    return count
