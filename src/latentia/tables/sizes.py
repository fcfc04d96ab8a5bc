"""How much was counted in a row at all, compared with a row of common size.

The size of a row of counts is its total over the median total of the training rows. A row with gaps
has the total of its observed cells; so that it can be compared, it is divided by the share of counts
that falls on these columns in a row of common size, judged by the means of the columns at that size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.tables.observed import of_observed
from latentia.tables.quantiles import column_quantiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


# Means at common size need sizes, which need means: in turn, until neither moves.
MOST_ROUNDS = 20
SETTLED = 1e-9


def common_size(counts: Array, weights: Array | None, gaps: NDArray[np.bool_]) -> tuple[float, Array]:
    """Learn the total of a row of common size, and the mean count of each column in such rows.

    Parameters
    ----------
    counts : ndarray of shape (n, p)
        Not negative, nan where a cell is missing.
    weights : ndarray of shape (n,) or None
        Weights of the rows, above 0.
    gaps : ndarray of shape (p,), bool
        Which columns miss a cell; without any, means are not at common size, as none is needed.
    """
    means = of_observed(_mean, counts, weights, gaps)[0]
    for _ in range(MOST_ROUNDS if gaps.any() else 0):
        at_common_size = counts / sizes_of(counts, _typical_total(counts, weights, means), means)
        before, means = means, of_observed(_mean, at_common_size, weights, gaps)[0]
        if np.allclose(before, means, rtol=SETTLED, atol=0.0):
            break
    return _typical_total(counts, weights, means), means


def sizes_of(counts: Array, typical_total: float | None, means: Array) -> Array:
    """Return how much larger than common each row is, (n, 1); 1 where nothing is known of it.

    Parameters
    ----------
    counts : ndarray of shape (n, p)
        Not negative, nan where a cell is missing.
    typical_total : float or None
        The total of a row of common size; None where all rows count as such.
    means : ndarray of shape (p,)
        Mean count of each column, for rows with gaps.

    Examples
    --------
    >>> sizes_of(np.array([[2.0, 6.0], [2.0, np.nan], [0.0, 0.0]]), 4.0, np.array([1.0, 3.0]))
    array([[2.],
           [2.],
           [1.]])
    """
    if typical_total is None:
        return np.ones((len(counts), 1))
    sizes = _totals(counts, means) / typical_total
    return np.where(sizes > 0, sizes, 1.0)


def _totals(counts: Array, means: Array) -> Array:
    """Return the totals of rows, (n, 1), as they would be without gaps."""
    totals = counts.sum(axis=1, keepdims=True)
    gaps = np.isnan(totals[:, 0])
    if gaps.any():
        there = ~np.isnan(counts[gaps])
        seen = np.where(there, counts[gaps], 0.0).sum(axis=1)
        expected = np.where(there, means, 0.0).sum(axis=1)
        share = expected / max(float(means.sum()), np.finfo(np.float64).tiny)
        totals[gaps, 0] = np.divide(seen, share, out=np.zeros_like(seen), where=share > 0)
    return totals


def _typical_total(counts: Array, weights: Array | None, means: Array) -> float:
    """Return the median total of the rows that have any count, 1 where none has."""
    totals = _totals(counts, means)
    some = totals[:, 0] > 0
    if not some.any():
        return 1.0
    weights = None if weights is None else weights[some]
    return float(column_quantiles(totals[some], np.array([0.5]), weights)[0, 0])


def _mean(rows: Array, weights: Array | None) -> list[Array]:
    return [np.average(rows, axis=0, weights=weights)]
