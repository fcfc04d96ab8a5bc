"""Do clusters come back when rows are drawn anew? The Jaccard similarity of each, after Hennig (2007).

Rows are drawn with replacement and clustered by the same method with the same settings, some twenty times.
Each cluster is compared with the most similar one among the rows that were drawn. A cluster with a mean
similarity below 0.6 does not come back; from 0.75 on it is a stable pattern, though a method that cuts one
cloud in parts may cut it always in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.agreement import NOISE
from latentia.insight.subsample import subsample

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Labels = NDArray[np.int64]

RESAMPLES = 20
MOST_ROWS = 1000
UNSTABLE, STABLE = 0.6, 0.75


def cluster_stability(
    codes: Array,
    labels: Labels,
    cluster: Callable[[Array, int], Labels],
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> tuple[float, ...]:
    """Return the mean Jaccard similarity of each cluster with its best match among resampled rows.

    Parameters
    ----------
    codes : ndarray of shape (n, k)
        All rows; at most 1,000 of them are looked at.
    labels : ndarray of int, shape (n,)
        Their clusters, from 0; -1 for noise.
    cluster : callable
        Takes rows and a seed, and returns their labels, -1 for noise.
    seed : int
        Of the draws, and of all starts.
    resamples : int, default 20
        How often rows are drawn; with none, nothing is returned.

    Returns
    -------
    tuple of float
        One for each cluster; nan where no row of it is looked at.

    Examples
    --------
    >>> codes = np.repeat([[0.0], [9.0]], 20, axis=0)
    >>> labels = np.repeat([0, 1], 20)
    >>> cluster_stability(codes, labels, lambda rows, seed: (rows[:, 0] > 5).astype(int), seed=0)
    (1.0, 1.0)
    """
    if resamples < 1:
        return ()
    clusters = np.arange(labels.max(initial=NOISE) + 1)
    chosen = subsample(len(codes), MOST_ROWS, seed)
    codes, labels = codes[chosen], labels[chosen]
    rng = np.random.default_rng(seed)
    similar = np.full((resamples, len(clusters)), np.nan)
    for draw in range(resamples):
        rows = rng.integers(len(codes), size=len(codes))
        similar[draw] = _best_matches(labels[rows], cluster(codes[rows], seed), rows, len(clusters))
    drawn = ~np.isnan(similar)
    sums, counts = np.where(drawn, similar, 0.0).sum(axis=0), drawn.sum(axis=0)
    return tuple(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan).tolist())


def _best_matches(before: Labels, after: Labels, rows: Labels, n_clusters: int) -> Array:
    """Return the highest similarity of each cluster; nan where no row of it was drawn."""
    _, once = np.unique(rows, return_index=True)  # a row that was drawn twice counts once
    before, after = before[once], after[once]
    numbers, places = np.unique(after[after != NOISE], return_inverse=True)
    sizes, found = np.bincount(before[before != NOISE], minlength=n_clusters), np.bincount(places)
    if not len(numbers):
        return np.where(sizes > 0, 0.0, np.nan)
    shared = np.zeros((n_clusters, len(numbers)))
    both = (before != NOISE) & (after != NOISE)
    np.add.at(shared, (before[both], np.searchsorted(numbers, after[both])), 1)
    best = (shared / (sizes[:, None] + found[None, :] - shared)).max(axis=1)
    return np.where(sizes > 0, best, np.nan)
