"""Quantiles of weighted columns, and the map through them to a normal distribution."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from latentia.tables.observed import of_observed

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    middle of the scores that they span. A missing cell (nan) stays one.

    Parameters
    ----------
    knots : ndarray of shape (m, p)
        Training quantiles, ascending.
    scores : ndarray of shape (m,) or (m, p)
        The normal scores of the quantiles, ascending; those of each column where some miss cells, so
        that fewer values stand behind their quantiles.
    slopes : ndarray of shape (p,)
        Units per score outside the knots, and everywhere in a constant column.
    """

    knots: Array
    scores: Array
    slopes: Array

    @classmethod
    def fit(
        cls,
        values: Array,
        slopes: Array,
        row_weights: Array | None = None,
        gaps: NDArray[np.bool_] | None = None,
    ) -> QuantileMap:
        """Learn the knots of each column from training rows; `gaps` says which columns miss cells."""
        gaps = np.zeros(values.shape[1], bool) if gaps is None else gaps
        size = _n_knots(_count(values, row_weights))
        learned = of_observed(
            lambda rows, weights: _knots_and_scores(rows, weights, size), values, row_weights, gaps
        )
        knots, scores = learned[:size], learned[size:]
        return cls(knots, scores if gaps.any() else scores[:, 0], slopes)

    def forward(self, values: Array) -> Array:
        """Return the normal scores of values, shape (n, p)."""
        scaled = np.empty(values.shape)
        for column, (knots, scores, slope) in enumerate(self._columns()):
            scaled[:, column] = _scores_of(values[:, column], knots, scores, slope)
        return scaled

    def backward(self, scaled: Array) -> Array:
        """Return the values that have these scores, shape (n, p)."""
        values = np.empty(scaled.shape)
        for column, (knots, scores, slope) in enumerate(self._columns()):
            values[:, column] = _values_at(scaled[:, column], knots, scores, slope)
        return values

    def _columns(self) -> Iterator[tuple[Array, Array, float]]:
        """Yield knots, scores and slope of each column."""
        scores = np.broadcast_to(
            self.scores if self.scores.ndim > 1 else self.scores[:, None], self.knots.shape
        )
        return zip(self.knots.T, scores.T, self.slopes, strict=True)


def _count(values: Array, row_weights: Array | None) -> float:
    return float(len(values)) if row_weights is None else float(row_weights.sum())


def _n_knots(n: float) -> int:
    return int(min(max(round(n), FEWEST_KNOTS), MOST_KNOTS))


def _knots_and_scores(rows: Array, weights: Array | None, size: int) -> Array:
    """Return so many knots of each column, (size, p), and below them their normal scores."""
    n = _count(rows, weights)
    shares = np.linspace(0, 1, _n_knots(n))
    # The i-th of n sorted values has score Φ⁻¹((i - 1/2)/n), so that the ends stay finite.
    half = 0.5 / max(n, FEWEST_KNOTS)
    normal = NormalDist()
    scores = np.array([normal.inv_cdf(half + share * (1 - 2 * half)) for share in shares])
    knots = np.maximum.accumulate(column_quantiles(rows, shares, weights), axis=0)
    each = np.broadcast_to(scores[:, None], knots.shape)
    return np.concatenate([_lengthened(knots, size), _lengthened(each, size)])


def _lengthened(points: Array, size: int) -> Array:
    """Add points on the straight line between the last two, which changes no map."""
    if len(points) == size:
        return points
    return np.concatenate([points[:-2], np.linspace(points[-2], points[-1], size - len(points) + 2)])


def _scores_of(cells: Array, knots: Array, scores: Array, slope: float) -> Array:
    if knots[0] == knots[-1]:
        return (cells - knots[0]) / slope
    # np.interp answers with the last of tied knots; from the other side, with the first.
    upper = np.interp(cells, knots, scores)
    lower = -np.interp(-cells, -knots[::-1], -scores[::-1])
    below, above = np.minimum(cells - knots[0], 0), np.maximum(cells - knots[-1], 0)
    # At tied ends the two sides differ; outside them only the end itself counts.
    inside = np.where(below < 0, scores[0], (upper + lower) / 2)
    inside = np.where(above > 0, scores[-1], inside)
    return inside + (below + above) / slope


def _values_at(cells: Array, knots: Array, scores: Array, slope: float) -> Array:
    if knots[0] == knots[-1]:
        return knots[0] + cells * slope
    inside = np.interp(cells, scores, knots)
    below, above = np.minimum(cells - scores[0], 0), np.maximum(cells - scores[-1], 0)
    return inside + (below + above) * slope
