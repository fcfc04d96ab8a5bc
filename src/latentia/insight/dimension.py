"""How many dimensions rows fill locally, told from their two nearest neighbours, without any network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.results import IntrinsicDimension
from latentia.insight.subsample import subsample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# Distances between all pairs of rows are needed; more rows would not change what is said.
MOST_ROWS = 4_000
FEWEST_ROWS = 30
# Of wide tables fewer rows are taken, so that copies of them do not fill the memory.
MOST_CELLS = 1 << 22
# Kinds of columns whose distances mean something; those of indicators only tell whether they agree.
NUMBERS = ("numeric", "date")
# The largest ratios come from rows that stand alone, and say more about the noise than the others.
DISCARDED = 0.1
RESAMPLES, LEVEL = 300, 0.95
# Logarithms of ratios of distances that are the same but for rounding, and how many of them may be.
SAME, MOST_TIES = 1e-6, 0.5
# Nearest distances keep about seven digits; what is closer is one row.
DIGITS = 7


def intrinsic_dimension(rows: Array, *, seed: int, kinds: Sequence[str] | None = None) -> IntrinsicDimension:
    """Estimate the intrinsic dimension of rows by TwoNN.

    Where rows fill d dimensions evenly around each of them, the ratio of the distances to the
    second and to the first neighbour follows a law with the only parameter d, whatever the
    density. d is the slope of a line through the origin, fitted to all but the largest tenth of
    the ratios. Noise raises the estimate, because it fills all columns at the distance of
    neighbours; few rows lower it where there are many dimensions.

    Parameters
    ----------
    rows : ndarray of shape (n, p)
        Scaled training rows; those with a gap (nan) are left out, and so are repetitions.
    seed : int
        Decides which rows are taken where there are more than 4,000, or 4 million cells, and the
        resampling that the interval is made of.
    kinds : sequence of str, optional
        What each column holds; all but numbers and dates are left out.

    Returns
    -------
    IntrinsicDimension
        Without an estimate (nan) where fewer than 30 rows are left, or the rows lie on a grid; the
        sentence says so.

    References
    ----------
    .. [1] Facco, d'Errico, Rodriguez, Laio (2017). Estimating the intrinsic dimension of datasets
       by a minimal neighborhood information. Scientific Reports 7, 12140.

    Examples
    --------
    >>> import numpy as np
    >>> flat = np.random.default_rng(0).normal(size=(500, 2)) @ np.ones((2, 5)).cumsum(axis=1)
    >>> found = intrinsic_dimension(flat, seed=0)
    >>> round(found.estimate), found.low < found.estimate < found.high
    (1, True)
    """
    numbers = np.array([kind in NUMBERS for kind in kinds or ["numeric"] * rows.shape[1]], dtype=bool)
    complete = np.flatnonzero(~np.isnan(rows)[:, numbers].any(axis=1))
    most = min(MOST_ROWS, MOST_CELLS // max(int(numbers.sum()), 1))
    taken = complete[subsample(len(complete), most, seed)]
    distinct = _distinct(rows[np.ix_(taken, numbers)])
    if len(distinct) < FEWEST_ROWS:
        return _unknown(
            len(distinct),
            f"of {len(rows):,} training rows {len(complete):,} have no gap in a column of numbers, and of "
            f"{len(taken):,} of these {len(distinct):,} differ, fewer than the {FEWEST_ROWS} it takes"
            if numbers.any()
            else "it is told from columns of numbers, and there is none",
        )
    ratios, groups = _ratios(distinct)
    if np.mean(ratios < SAME) > MOST_TIES:
        return _unknown(
            len(distinct), "most rows have several nearest neighbours at the same distance, as on a grid"
        )
    estimate = float(_slopes(ratios, np.ones((1, len(ratios))))[0])
    weights = _resampled(groups, np.random.default_rng(seed))
    low, high = np.quantile(_slopes(ratios, weights), [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return IntrinsicDimension(
        estimate=estimate,
        low=low,
        high=high,
        n_rows=len(ratios),
        sentence=(
            f"{estimate:.1f} (95 % interval {low:.1f} to {high:.1f}), from the two nearest neighbours of "
            f"{len(ratios):,} training rows; noise raises it, few rows lower it."
        ),
    )


def _distinct(rows: Array) -> Array:
    """Return each row once; rows that differ by rounding alone are one."""
    if not rows.size:
        return rows[:0]
    centered = rows - rows.mean(axis=0)
    spread = np.abs(centered).max()
    rounded = np.round(centered / spread, DIGITS) if spread > 0 else centered
    return centered[np.sort(np.unique(rounded, axis=0, return_index=True)[1])]


def _ratios(rows: Array) -> tuple[Array, NDArray[np.int64]]:
    """Return the logarithm of each row's second distance over its first, ascending, and its group.

    Rows that are each other's nearest neighbours share distances, so their ratios are alike; a group is
    what is joined by such steps.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from sklearn.neighbors import NearestNeighbors

    distances, neighbours = NearestNeighbors(n_neighbors=2).fit(rows).kneighbors()
    each = np.arange(len(rows))
    steps = coo_array((np.ones(len(rows)), (each, neighbours[:, 0])), shape=(len(rows), len(rows)))
    groups = connected_components(steps, directed=False)[1]
    apart = np.maximum(distances, np.finfo(np.float64).tiny)  # rounding may have made them 0
    ratios = np.log(apart[:, 1] / apart[:, 0])
    order = np.argsort(ratios, kind="stable")
    return ratios[order], groups[order]


def _resampled(groups: NDArray[np.int64], chance: np.random.Generator) -> Array:
    """Return how often each ratio is drawn when whole groups are, (resamples, n)."""
    n_groups = int(groups.max()) + 1
    drawn = chance.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=RESAMPLES)
    return drawn[:, groups].astype(np.float64)


def _slopes(ratios: Array, weights: Array) -> Array:
    """Return slopes through the origin of -log(1 - share of ratios up to this one) over the ratios.

    Parameters
    ----------
    ratios : ndarray of shape (n,)
        Logarithms, ascending.
    weights : ndarray of shape (m, n)
        How often each counts.
    """
    share = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    kept = np.where(share <= 1 - DISCARDED, weights, 0.0)
    height = -np.log1p(-np.minimum(share, 1 - DISCARDED))
    return np.asarray((kept * height) @ ratios / (kept @ np.square(ratios)), np.float64)


def _unknown(n_rows: int, reason: str) -> IntrinsicDimension:
    nothing = float("nan")
    return IntrinsicDimension(
        estimate=nothing, low=nothing, high=nothing, n_rows=n_rows, sentence=f"no estimate: {reason}."
    )
