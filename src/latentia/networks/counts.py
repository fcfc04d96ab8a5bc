"""Likelihoods of counts: what a count costs where a network expects a mean, in nats.

A row's counts are compared with means of ``size * exp(raw)``: ``raw`` is the logarithm of the mean
in a row of common size, and ``size`` how much larger this row is. The table that a network sees
holds ``log1p(count / size)``.

Log-gamma functions of large counts differ only in their last digits, which single precision has
not. Everything is therefore written as a deviance, which is zero where the count is what was
expected, plus what Stirling's formula leaves over, which stays small. The same lines serve
float32 in a compiled program and float64 on the host: an array brings its own functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from latentia.networks.network import Array

# Variance beyond the mean, relative to its square: below e^-16 it is Poisson's in single precision.
LOWEST_LOG_DISPERSION, HIGHEST_LOG_DISPERSION = -16.0, 8.0
# Cells that settle a dispersion, and a mean loss; more would not move them, and take seconds.
CELLS_FOR_DISPERSION, CELLS_FOR_LOSS = 1 << 18, 1 << 21
FEWEST_ROWS = 200
GOLDEN = (5**0.5 - 1) / 2
GOLDEN_STEPS = 14  # narrow the range of log dispersions to 0.03, within 3 % of the best
# A column without any count is expected to have next to none, and a logarithm needs a number.
LEAST_MEAN = 1e-12


def poisson_loss(target: Array, raw: Array, size: Array | float = 1.0) -> Array:
    """Return minus the log-likelihood of counts with variance equal to the mean.

    Parameters
    ----------
    target : array of shape (rows, p)
        ``log1p(count / size)``.
    raw : array of shape (rows, p) or (p,)
        Logarithm of the mean in a row of common size.
    size : array of shape (rows, 1), or float
        How much larger than common each row is.

    Examples
    --------
    >>> three, mean_of_two = np.log1p(np.array([[3.0]])), np.log(np.array([[2.0]]))
    >>> poisson_loss(three, mean_of_two).round(4)  # -log(2³ e⁻² / 3!)
    array([[1.7123]])
    """
    count, excess, off = _compared(target, raw)
    return size * (excess - count * off) + stirling_rest(size * count)


def negative_binomial_loss(
    target: Array, raw: Array, log_dispersion: Array, size: Array | float = 1.0
) -> Array:
    """Return minus the log-likelihood of counts with variance ``mean + dispersion * mean²``.

    Parameters
    ----------
    target, raw, size
        As for `poisson_loss`.
    log_dispersion : array of shape (p,)
        Logarithm of each column's dispersion, kept between -16 and 8.

    Examples
    --------
    >>> three, mean_of_two = np.log1p(np.array([[3.0]])), np.log(np.array([[2.0]]))
    >>> negative_binomial_loss(three, mean_of_two, np.array([0.0])).round(4)  # -log(2³ / 3⁴)
    array([[2.315]])
    """
    xp = target.__array_namespace__()
    count, excess, off = _compared(target, raw)
    x = size * count
    shape = xp.exp(-xp.clip(log_dispersion, LOWEST_LOG_DISPERSION, HIGHEST_LOG_DISPERSION))
    deviance = (x + shape) * xp.log1p(size * excess / (x + shape)) - x * off
    spread = stirling_rest(shape) - stirling_rest(x + shape) + xp.log1p(x / shape)
    return deviance + stirling_rest(x) + spread


def _compared(target: Array, raw: Array) -> tuple[Array, Array, Array]:
    """Return the count at common size, the mean minus it, and the logarithm of the mean over it.

    Where nothing was counted the last is not read.
    """
    xp = target.__array_namespace__()
    count = xp.expm1(target)
    some = count > 0
    off = raw - xp.log(xp.where(some, count, 1.0))
    return count, xp.where(some, count * xp.expm1(off), xp.exp(raw)), off


def stirling_rest(z: Array) -> Array:
    """Return log Γ(z + 1) - (z log z - z) for z of at least 0: near log(2πz) / 2, and 0 at 0.

    Stirling's series at z + 4, and the recurrence of the gamma function back from there; off by
    4e-8 at most.

    Examples
    --------
    >>> stirling_rest(np.array([0.0, 1.0])).round(6)  # 0! = 1 and 1! = 1
    array([0., 1.])
    """
    xp = z.__array_namespace__()
    w = z + 4.0
    series = (1 / 12 - (1 / 360 - 1 / 1260 / w**2) / w**2) / w
    back = xp.log((z + 1.0) * (z + 2.0) * (z + 3.0))
    shifted = xp.where(z > 0, z * xp.log1p(4.0 / xp.where(z > 0, z, 1.0)), 0.0)
    return shifted + 3.5 * xp.log(w) - 4.0 + 0.5 * np.log(2 * np.pi) + series - back


def log_means(target: np.ndarray, size: np.ndarray | float = 1.0) -> np.ndarray:
    """Return the logarithm of each column's mean in a row of common size, float64 (p,)."""
    counts, sizes = size * np.expm1(target), np.broadcast_to(size, (len(target), 1))
    return np.log(np.maximum(counts.sum(axis=0) / sizes.sum(), LEAST_MEAN))


def log_dispersions(target: np.ndarray, raw: np.ndarray, size: np.ndarray | float = 1.0) -> np.ndarray:
    """Return the log dispersion of each column that makes its counts most likely, given their means.

    Parameters
    ----------
    target, raw, size
        As for `poisson_loss`, float64 on the host; `raw` is of shape (p,).

    Returns
    -------
    ndarray of shape (p,)
        By golden section, between -16 (as good as Poisson) and 8. Of large tables evenly spaced
        rows are looked at.
    """
    target, size = some_rows(target, size, CELLS_FOR_DISPERSION)

    def cost(log_dispersion: np.ndarray) -> np.ndarray:
        return negative_binomial_loss(target, raw, log_dispersion, size).sum(axis=0)

    low = np.full(target.shape[1], LOWEST_LOG_DISPERSION)
    high = np.full(target.shape[1], HIGHEST_LOG_DISPERSION)
    return _lowest(cost, low, high)


def some_rows(target: np.ndarray, size: np.ndarray | float, most_cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Return evenly spaced rows with their sizes, (rows, 1), that have about so many cells at most."""
    n_rows, p = target.shape
    sizes = np.broadcast_to(size, (n_rows, 1))
    most = max(most_cells // max(p, 1), FEWEST_ROWS)
    if n_rows <= most:
        return target, sizes
    rows = np.linspace(0, n_rows - 1, most).astype(int)
    return target[rows], sizes[rows]


def _lowest(cost: Any, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return where a cost that falls and then rises is lowest, for many at once."""
    inner = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)]
    costs = [cost(inner[0]), cost(inner[1])]
    for _ in range(GOLDEN_STEPS):
        left = costs[0] <= costs[1]
        low, high = np.where(left, low, inner[0]), np.where(left, inner[1], high)
        new = np.where(left, high - GOLDEN * (high - low), low + GOLDEN * (high - low))
        known, cost_of_known = np.where(left, *inner), np.where(left, *costs)
        cost_of_new = cost(new)
        inner = [np.where(left, new, known), np.where(left, known, new)]
        costs = [np.where(left, cost_of_new, cost_of_known), np.where(left, cost_of_known, cost_of_new)]
    return (low + high) / 2
