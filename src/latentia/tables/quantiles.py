"""Quantiles of weighted columns, and the map through them to a normal distribution."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_KNOTS = 1000
FEWEST_KNOTS = 2


def column_quantiles(values: Array, shares: Array, row_weights: Array | None = None) -> Array:
    """Return quantiles of each column, interpolated linearly between the sorted values.

    A row of weight w counts as w equal rows, a row of weight 0 not at all. Without weights
    this is ``numpy.quantile``.

    Parameters
    ----------
    values : ndarray of shape (n, p)
        Finite numbers.
    shares : ndarray of shape (m,)
        Which quantiles, 0 to 1.
    row_weights : ndarray of shape (n,), optional
        Weights of the rows, not negative.

    Returns
    -------
    ndarray of shape (m, p)
        The quantiles.

    Examples
    --------
    >>> column_quantiles(np.array([[1.0], [2.0]]), np.array([0.5]), np.array([1.0, 2.0]))
    array([[2.]])
    """
    if row_weights is None:
        return np.quantile(values, shares, axis=0)
    kept = row_weights > 0
    weights = row_weights[kept]
    quantiles = np.empty((len(shares), values.shape[1]))
    for column in range(values.shape[1]):
        cells = values[kept, column]
        order = np.argsort(cells, kind="stable")
        # Row i stands at the places from `first` to `last` of the list of repeated rows.
        upto = np.cumsum(weights[order])
        first = np.concatenate(([0.0], upto[:-1]))
        last = np.maximum(first, upto - 1)
        places = np.stack([first, last], axis=1).ravel()
        quantiles[:, column] = np.interp(shares * places[-1], places, np.repeat(cells[order], 2))
    return quantiles


@dataclass(frozen=True, eq=False)
class QuantileMap:
    """A monotone map from each column to normal scores and back.

    Between the smallest and the largest training value the map interpolates linearly between
    training quantiles (all values up to 1000 rows, 1000 quantiles beyond). Outside it goes on
    as a straight line with one training standard deviation per score. Tied values map to the
    middle of the scores that they span.

    Parameters
    ----------
    knots : ndarray of shape (m, p)
        Training quantiles, ascending.
    scores : ndarray of shape (m,)
        The normal scores of the quantiles, ascending.
    slopes : ndarray of shape (p,)
        Units per score outside the knots, and everywhere in a constant column.
    """

    knots: Array
    scores: Array
    slopes: Array

    @classmethod
    def fit(cls, values: Array, slopes: Array, row_weights: Array | None = None) -> QuantileMap:
        """Learn the knots of each column from training rows."""
        n = float(len(values)) if row_weights is None else float(row_weights.sum())
        n_knots = int(min(max(round(n), FEWEST_KNOTS), MOST_KNOTS))
        shares = np.linspace(0, 1, n_knots)
        # The i-th of n sorted values has score Φ⁻¹((i - 1/2)/n), so that the ends stay finite.
        half = 0.5 / max(n, FEWEST_KNOTS)
        normal = NormalDist()
        scores = np.array([normal.inv_cdf(half + share * (1 - 2 * half)) for share in shares])
        knots = np.maximum.accumulate(column_quantiles(values, shares, row_weights), axis=0)
        return cls(knots, scores, slopes)

    def forward(self, values: Array) -> Array:
        """Return the normal scores of values, shape (n, p)."""
        scaled = np.empty(values.shape)
        for column, (knots, slope) in enumerate(zip(self.knots.T, self.slopes, strict=True)):
            scaled[:, column] = self._scores_of(values[:, column], knots, slope)
        return scaled

    def backward(self, scaled: Array) -> Array:
        """Return the values that have these scores, shape (n, p)."""
        values = np.empty(scaled.shape)
        lowest, highest = self.scores[0], self.scores[-1]
        for column, (knots, slope) in enumerate(zip(self.knots.T, self.slopes, strict=True)):
            scores = scaled[:, column]
            if knots[0] == knots[-1]:
                values[:, column] = knots[0] + scores * slope
                continue
            inside = np.interp(scores, self.scores, knots)
            below, above = np.minimum(scores - lowest, 0), np.maximum(scores - highest, 0)
            values[:, column] = inside + (below + above) * slope
        return values

    def _scores_of(self, cells: Array, knots: Array, slope: float) -> Array:
        if knots[0] == knots[-1]:
            return (cells - knots[0]) / slope
        # np.interp answers with the last of tied knots; from the other side, with the first.
        upper = np.interp(cells, knots, self.scores)
        lower = -np.interp(-cells, -knots[::-1], -self.scores[::-1])
        below, above = np.minimum(cells - knots[0], 0), np.maximum(cells - knots[-1], 0)
        # At tied ends the two sides differ; outside them only the end itself counts.
        inside = np.where(below < 0, self.scores[0], (upper + lower) / 2)
        inside = np.where(above > 0, self.scores[-1], inside)
        return inside + (below + above) / slope
