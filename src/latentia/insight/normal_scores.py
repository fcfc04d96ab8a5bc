"""Columns by their ranks: what is left when the shape of each column by itself is taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


# A spread of equal cells, but for rounding.
ROUNDING = 1e-12


def normal_scores(values: Array) -> Array:
    """Return the normal scores of each column, with mean 0 and variance 1; 0 where a cell is missing.

    The rank r of m cells becomes the quantile (r - 3/8) / (m + 1/4) of the normal distribution (Blom
    1958); equal cells share a rank. A column that does not vary becomes 0.

    Parameters
    ----------
    values : ndarray of shape (n, p)
        nan where a cell is missing.

    Examples
    --------
    >>> normal_scores(np.array([[1.0], [1000.0], [2.0], [np.nan]])).round(3).ravel()
    array([-1.225,  1.225,  0.   ,  0.   ])
    """
    scores = np.zeros(values.shape)
    for column, into in zip(values.T, scores.T, strict=True):
        there = ~np.isnan(column)
        if there.any():
            ranks = rankdata(column[there])
            into[there] = _standardised(ndtri((ranks - 0.375) / (len(ranks) + 0.25)))
    return scores


def _standardised(values: Array) -> Array:
    off = values - values.mean()
    spread = off.std()
    return off / spread if spread > ROUNDING else np.zeros_like(off)
