"""Whether the factors come back when only the seed changes.

A factor that one seed finds and another does not is a property of the fit, not of the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from latentia.insight.reproducibility import standardised
from latentia.insight.results import Stability

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

# Two rows always correlate perfectly, so they say nothing.
FEWEST_ROWS = 3


def stability(codes_per_seed: Array, r2_per_seed: ArrayLike, shown: int) -> Stability:
    """Match the factors of the shown model to those of every other seed.

    Factors are matched one to one so that the sum of absolute Pearson correlations is largest.
    A factor that does not vary correlates with nothing (0).

    Parameters
    ----------
    codes_per_seed : ndarray of shape (seeds, rows, k)
        Codes of the held-out rows under every seed.
    r2_per_seed : array-like of shape (seeds,)
        Held-out R² of every seed.
    shown : int
        Position of the seed whose model is shown.

    Returns
    -------
    Stability
        Matched correlations; nan with fewer than 3 rows.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([1.0, 2.0, 3.0, 5.0]), np.array([1.0, -1.0, 1.0, -1.0])
    >>> found = stability(np.stack([np.c_[a, b], np.c_[b, -2 * a]]), [0.9, 0.8], shown=0)
    >>> found.per_factor.round(6)
    array([1., 1.])
    """
    n_seeds, n_rows, size = codes_per_seed.shape
    others = [seed for seed in range(n_seeds) if seed != shown]
    correlation = np.full((len(others), size), np.nan)
    if n_rows >= FEWEST_ROWS:
        for position, seed in enumerate(others):
            table = _absolute_correlations(codes_per_seed[shown], codes_per_seed[seed])
            factors, partners = linear_sum_assignment(table, maximize=True)
            correlation[position, factors] = table[factors, partners]
    return Stability(
        n_seeds=n_seeds,
        correlation=correlation,
        per_factor=np.median(correlation, axis=0) if others else np.full(size, np.nan),
        r2_per_seed=np.asarray(r2_per_seed, dtype=np.float64),
    )


def shared_space(codes_per_seed: Array, shown: int) -> float:
    """Return how well the shown codes follow linearly from another seed's, whatever its axes.

    It is the adjusted R² of predicting all shown factors from all factors of another seed, as a
    median over the other seeds. Close to 1 with unstable factors means that the seeds found the
    same space but cut it into different axes. It is nan with one seed or too few rows.

    Parameters
    ----------
    codes_per_seed : ndarray of shape (seeds, rows, k)
        Codes of the held-out rows under every seed.
    shown : int
        Position of the seed whose model is shown.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.random.default_rng(0).normal(size=(20, 2))
    >>> turned = codes @ [[0.6, -0.8], [0.8, 0.6]]
    >>> round(shared_space(np.stack([codes, turned]), 0), 6)
    1.0
    """
    n_seeds, n_rows, size = codes_per_seed.shape
    freedom = n_rows - size - 1
    target = codes_per_seed[shown] - codes_per_seed[shown].mean(axis=0) if n_rows else codes_per_seed[shown]
    total = np.square(target).sum()
    if n_seeds == 1 or freedom < 1 or total == 0:
        return float("nan")
    shares = []
    for seed in range(n_seeds):
        if seed != shown:
            known = codes_per_seed[seed] - codes_per_seed[seed].mean(axis=0)
            rest = target - known @ np.linalg.lstsq(known, target, rcond=None)[0]
            shares.append(1 - np.square(rest).sum() / total * (n_rows - 1) / freedom)
    return float(np.median(shares))


def _absolute_correlations(first: Array, second: Array) -> Array:
    """Return the (k, k) absolute Pearson correlations between two sets of columns."""
    return np.abs(standardised(first).T @ standardised(second)).clip(max=1.0)
