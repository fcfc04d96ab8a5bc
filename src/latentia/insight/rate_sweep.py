"""Reading a learning-rate sweep: where the loss falls fastest while the rate grows step by step.

Several networks take the same steps from different starts, and each one's curve is read by
itself. It is smoothed, cut where the loss has blown up, and its slope over the logarithm of the
rate is taken over half a decade, because a single step may fall by luck. The rate of the steepest
descent before the lowest point is one network's answer, the median of all answers the suggestion:
rates below it learn slowly, and towards the lowest point they learn and unlearn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

# In decades of the rate, so that the number of steps changes nothing: the memory of the smoothing,
# and the stretch over which a slope is taken.
MEMORY = 0.2
STRETCH = 0.5
# The last stretch before the lowest loss, where rates are so near to too much that a long fit suffers.
MARGIN = 0.5
# A fall by less than this share of the first loss is none.
SMALLEST_FALL = 0.01
# A loss has blown up when it is above its start by as much as it had fallen below, at least by this share.
SMALLEST_RISE = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class RateSweep:
    """Losses over a growing learning rate, and the rate to train with."""

    rates: Array  # (steps,)
    losses: Array  # (steps, networks); nan after a network's loss was no number any more
    smoothed: Array  # (steps, networks); nan from where a curve has blown up and is not read
    suggestion: float | None  # None where the loss never fell
    lowest: float | None  # rate of the lowest smoothed loss, the median over networks
    reason: str


class Reading(NamedTuple):
    """What one network's curve says, as positions of steps."""

    steepest: int
    lowest: int
    falls: bool


def read_sweep(rates: ArrayLike, losses: ArrayLike) -> RateSweep:
    """Suggest a learning rate from the losses of an exponential sweep.

    Parameters
    ----------
    rates : array-like of shape (steps,)
        Ascending, by the same factor from step to step.
    losses : array-like of shape (steps, networks)
        Loss after each step, best on the same rows each time and without noise.

    Returns
    -------
    RateSweep

    Examples
    --------
    >>> rates = np.geomspace(1e-5, 1, 101)
    >>> losses = 1 - 0.8 / (1 + (1e-3 / rates) ** 2) + (rates / 0.3) ** 2
    >>> f"{read_sweep(rates, losses[:, None]).suggestion:.0e}"
    '1e-03'
    """
    rates, losses = np.asarray(rates, np.float64), np.asarray(losses, np.float64)
    positions = np.log10(rates)
    smoothed = np.stack([_until_blown_up(_smooth(curve, positions)) for curve in losses.T], axis=1)
    readings = [_read(curve, positions) for curve in smoothed.T]
    falling = [reading for reading in readings if reading.falls]
    enough = 2 * len(falling) > len(readings)
    suggestion = _typical([rates[reading.steepest] for reading in falling]) if enough else None
    lowest = _typical([rates[reading.lowest] for reading in falling]) if enough else None
    return RateSweep(
        rates=rates,
        losses=losses,
        smoothed=smoothed,
        suggestion=suggestion,
        lowest=lowest,
        reason=_reason(rates, smoothed, suggestion, lowest),
    )


def _smooth(curve: Array, positions: Array) -> Array:
    """Average exponentially over the past, without the pull of an empty memory (Kingma & Ba, 2015)."""
    step = (positions[-1] - positions[0]) / max(len(positions) - 1, 1)
    kept = np.exp(-step / MEMORY)
    smoothed, average = np.empty_like(curve), 0.0
    for index, loss in enumerate(curve):
        average = kept * average + (1 - kept) * loss
        smoothed[index] = average / (1 - kept ** (index + 1))
    return smoothed


def _until_blown_up(curve: Array) -> Array:
    """Return a curve with nan from where it has risen too far to be read on."""
    start = curve[0]
    fallen = start - np.fmin.accumulate(curve)
    blown_up = ~(curve - start <= np.fmax(fallen, SMALLEST_RISE * abs(start)))
    end = int(np.argmax(blown_up)) if blown_up.any() else len(curve)
    return np.where(np.arange(len(curve)) < end, curve, np.nan)


def _read(curve: Array, positions: Array) -> Reading:
    """Find the steepest descent before the lowest point, with a margin."""
    if not np.isfinite(curve).any():
        return Reading(0, 0, falls=False)
    lowest = int(np.nanargmin(curve))
    step = (positions[-1] - positions[0]) / max(len(positions) - 1, 1)
    reach = max(1, round(STRETCH / 2 / step))
    before = max(int((positions <= positions[lowest] - MARGIN).sum()), 1)
    ends = [(max(at - reach, 0), min(at + reach, lowest) + 1) for at in range(before)]
    slopes = [_slope(curve[begin:end], positions[begin:end]) for begin, end in ends]
    falls = bool(curve[0] - curve[lowest] >= SMALLEST_FALL * abs(curve[0]))
    return Reading(int(np.argmin(slopes)), lowest, falls)


def _slope(curve: Array, positions: Array) -> float:
    """Return the slope of the straight line through a stretch of a curve."""
    if len(curve) < 2:  # noqa: PLR2004 - a line takes two points
        return np.inf
    away = positions - positions.mean()
    return float(away @ curve / (away @ away))


def _typical(rates: list[float]) -> float:
    """Return the median on a logarithmic scale, to two digits: a sweep knows no more."""
    return float(f"{np.exp(np.median(np.log(rates))):.2g}")


def _reason(rates: Array, smoothed: Array, suggestion: float | None, lowest: float | None) -> str:
    if suggestion is None or lowest is None:
        return (
            f"In most networks the loss fell at no rate from {rates[0]:.2g} to {rates[-1]:.2g}; look at the "
            "diagnosis of a single fit, or sweep over other rates."
        )
    fall = f"The loss falls fastest at {suggestion:.2g}"
    if suggestion < rates[0] * 10**STRETCH:
        return f"{fall}, the lowest end of the sweep; begin with a lower rate to be sure."
    if np.isfinite(smoothed[-1]).all() and lowest > rates[-1] * 10**-STRETCH:
        return f"{fall} and still falls at {rates[-1]:.2g}, where the sweep ends; end higher to be sure."
    return (
        f"The loss is lowest at {lowest:.2g}; of the rates up to a third of that, it falls fastest at "
        f"{suggestion:.2g}."
    )
