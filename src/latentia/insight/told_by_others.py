"""What the other columns tell of columns with two values or of categories.

The values of such a column lie apart, so rows that differ in it lie apart, too, whatever else they have in
common: a coin that was tossed for every row parts them in two. Groups of rows are seen in several columns, so
that they are still there when each of these columns is what the others tell of it, and the values of one
column are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.covariance import ledoit_wolf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FOLDS = 5


def marks_of(scaled: Array, owner: NDArray[np.integer]) -> list[int]:
    """Return which of the table's columns are of categories, or have two values and no more.

    Parameters
    ----------
    scaled : ndarray of shape (n, p)
        Rows, nan where a cell is missing.
    owner : ndarray of int, shape (p,)
        The table's column that each of them belongs to; several of a category.

    Examples
    --------
    >>> rows = np.array([[0.1, 1.0, 1.0, 0.0], [0.7, -1.0, 0.0, 1.0], [0.4, np.nan, 1.0, 0.0]])
    >>> marks_of(rows, np.array([0, 1, 2, 2]))
    [1, 2]
    """
    width = np.bincount(owner)
    low, high = np.fmin.reduce(scaled), np.fmax.reduce(scaled)
    at_an_end = (np.isnan(scaled) | (scaled == low) | (scaled == high)).all(axis=0)
    return [int(at) for at in np.unique(owner) if width[at] > 1 or at_an_end[owner == at].all()]


def told_by_others(rows: Array, owner: NDArray[np.integer], marks: Sequence[int], *, seed: int) -> Array:
    """Return rows whose marks are what the columns of the others tell of them.

    That is a regression on all other columns, fitted to four fifths of the rows at a time and applied to the
    last; from the inverse of their covariance, shrunk (Ledoit & Wolf 2004), all are had at once.

    Parameters
    ----------
    rows : ndarray of shape (n, p)
        Without gaps.
    owner : ndarray of int, shape (p,)
        The table's column that each belongs to.
    marks : sequence of int
        The table's columns to tell; those of the same one do not tell of each other.
    seed : int
        Decides the fifths.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> size, coin = rng.normal(size=(200, 1)), rng.choice([-1.0, 1.0], (200, 1))
    >>> told = told_by_others(np.hstack([size, coin, coin]), np.array([0, 1, 2]), [1], seed=0)
    >>> bool(np.allclose(told[:, 1:2], coin, atol=0.2)), bool(np.array_equal(told[:, 0:1], size))
    (True, True)
    """
    told = rows.copy()
    fold = np.random.default_rng(seed).permutation(len(rows)) % FOLDS
    of_mark = [np.flatnonzero(owner == mark) for mark in marks]
    for at in range(FOLDS):
        inside, outside = rows[fold != at], fold == at
        center, spread = inside.mean(axis=0), inside.std(axis=0)
        spread[spread == 0] = 1.0
        precision = np.linalg.inv(ledoit_wolf((inside - center) / spread, assume_centered=True)[0])
        scaled = (rows[outside] - center) / spread
        pulled = scaled @ precision
        for own in of_mark:
            rest = pulled[:, own] @ np.linalg.inv(precision[np.ix_(own, own)])
            told[np.ix_(outside, own)] = (scaled[:, own] - rest) * spread[own] + center[own]
    return told
