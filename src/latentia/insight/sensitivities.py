"""How steeply each column rises with each factor, on average and by region.

An effect compares two points. A slope holds at one, and slopes at many rows say whether a factor does
the same everywhere: the decoder's derivatives are exact (forward differentiation through all its
layers); the way back to original units is differentiated by central differences, which are exact up
to rounding where scaling is a straight line, and elsewhere to a millionth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.factor_results import Sensitivities
from latentia.insight.subsample import subsample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_ROWS = 500
MOST_SLOPES = 1 << 25  # rows x columns x factors; of very wide tables fewer rows are looked at
FEWEST_ROWS = 60
STEP = 1e-3  # scaled units to each side, for the slope of the way back to original units
REGIONS = 3


def sensitivities(
    codes: Array,
    slopes: Callable[[Array], Iterable[tuple[slice, NDArray, NDArray]]],
    unscale: Callable[[Array], Array],
    training_spread: Array,
    *,
    seed: int,
) -> Sensitivities:
    """Average the slopes of all columns by all factors, over the training rows and over thirds of them.

    Parameters
    ----------
    codes : ndarray of shape (rows, k)
        Codes of the training rows, at least one; of many, 500 are drawn.
    slopes : callable
        Takes codes and yields some rows at a time: a slice, the scaled rows (some, p) and their slopes
        (some, p, k), as `latentia.networks.slopes.decoder_slopes`.
    unscale : callable
        Takes scaled rows to rows in the original units, each column by itself.
    training_spread : ndarray of shape (p,)
        Standard deviation of each column over the training rows, in original units; where it is 0,
        scaled slopes are given as 0.
    seed : int
        Decides which rows are drawn.

    Returns
    -------
    Sensitivities

    Examples
    --------
    >>> def squares(codes):
    ...     yield slice(0, len(codes)), codes**2, 2 * codes[:, :, None]
    >>> codes = np.linspace(-1.0, 1.0, 99)[:, None]
    >>> found = sensitivities(codes, squares, lambda scaled: scaled, np.ones(1), seed=0)
    >>> found.by_region[0, [0, 2], 0].round(2), found.unevenness.round(2)
    (array([-0.79,  0.79]), array([[1.]]))
    """
    step, cuts = codes.std(axis=0), np.percentile(codes, [100 / 3, 200 / 3], axis=0).T
    size, n_columns = codes.shape[1], len(training_spread)
    most = min(MOST_ROWS, max(FEWEST_ROWS, MOST_SLOPES // (size * n_columns)))
    chosen = codes[subsample(len(codes), most, seed)]
    region = (chosen > cuts[:, 0]).astype(np.int64) + (chosen > cuts[:, 1])
    member = np.moveaxis(np.eye(REGIONS)[region], 0, -1)  # (k, regions, rows)
    sums, sizes = np.zeros((size, REGIONS, n_columns)), np.zeros((size, n_columns))
    for rows, decoded, steep in slopes(chosen):
        way_back = _slope_of(unscale, decoded.astype(np.float64))
        for factor in range(size):
            in_units = steep[:, :, factor] * way_back
            in_units *= step[factor]
            sums[factor] += member[factor, :, rows] @ in_units
            sizes[factor] += np.abs(in_units, out=in_units).sum(axis=0)
    counts = member.sum(axis=2)[:, :, None]
    mean = sums.sum(axis=1) / len(chosen)
    by_region = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    by_region = _scaled(by_region, training_spread)
    return Sensitivities(
        n_rows=len(chosen),
        step=step,
        cuts=cuts,
        mean=mean,
        mean_scaled=_scaled(mean, training_spread),
        size_scaled=_scaled(sizes / len(chosen), training_spread),
        by_region=by_region,
        unevenness=_unevenness(by_region, counts / len(chosen)),
    )


def _slope_of(unscale: Callable[[Array], Array], scaled: Array) -> Array:
    """Return how much each cell changes in original units with its scaled value."""
    slope = np.asarray(unscale(scaled + STEP), dtype=np.float64)
    slope -= unscale(scaled - STEP)
    slope /= 2 * STEP
    return slope


def _scaled(slopes: Array, spread: Array) -> Array:
    spread = np.broadcast_to(spread, slopes.shape)
    return np.divide(slopes, spread, out=np.zeros_like(slopes), where=spread > 0)


def _unevenness(by_region: Array, shares: Array) -> Array:
    """Return the share of the mean square of slopes that lies between the regions.

    Examples
    --------
    A slope that is the same everywhere, one that falls off, and one that turns:

    >>> thirds = np.full((1, 3, 1), 1 / 3)
    >>> for slopes in ((0.5, 0.5, 0.5), (1.0, 0.5, 0.0), (1.0, 0.0, -1.0)):
    ...     print(_unevenness(np.reshape(slopes, (1, 3, 1)), thirds).round(2).item())
    0.0
    0.4
    1.0
    """
    slopes = np.nan_to_num(by_region)
    mean = (shares * slopes).sum(axis=1, keepdims=True)
    between = (shares * np.square(slopes - mean)).sum(axis=1)
    whole = (shares * np.square(slopes)).sum(axis=1)
    return np.divide(between, whole, out=np.zeros_like(whole), where=whole > 0)
