"""Loss curves as the rules see them: smoothed, with their noise measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import median_filter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

WINDOW_SHARE = 0.05
LARGEST_WINDOW = 51
# Scales the median absolute second difference of white noise to its standard deviation.
SECOND_DIFFERENCE_TO_SD = 1.4826 / np.sqrt(6)


@dataclass(frozen=True)
class Curve:
    """One loss over epochs: as measured, and its running median.

    Examples
    --------
    >>> curve = Curve.of(np.array([3.0, 2.0, 1.5, 1.2, 1.1]))
    >>> curve.end, curve.lowest
    (1.1, 4)
    """

    raw: Array
    smooth: Array

    @classmethod
    def of(cls, raw: Array) -> Curve:
        """Smooth a curve over a twentieth of its length, at most 51 epochs."""
        half = min(int(WINDOW_SHARE * len(raw)), LARGEST_WINDOW) // 2
        return cls(raw, median_filter(raw, size=2 * half + 1, mode="nearest"))

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def lowest(self) -> int:
        """Position of the smallest smoothed loss."""
        return int(np.argmin(self.smooth))

    @property
    def end(self) -> float:
        """The level of the last tenth."""
        return float(np.median(self.raw[-max(1, len(self) // 10) :]))

    @property
    def rise(self) -> float:
        """How far the end lies above the lowest point."""
        return self.end - float(self.smooth[self.lowest])

    @property
    def noise(self) -> float:
        """Standard deviation of what jumps from epoch to epoch, whatever the trend."""
        return jitter(self.raw)


@dataclass(frozen=True)
class Curves:
    """The curves of one fit over the epochs with a finite training loss.

    ``training`` is free of noise and dropout where ``is_clean``; ``held_out`` is None without
    held-out rows; ``time`` is the sum of the learning rates so far, or the epochs where the
    rates are unknown.
    """

    training: Curve
    held_out: Curve | None
    time: Array
    is_clean: bool
    all_finite: bool

    @property
    def decays(self) -> bool:
        """Whether the learning rate is known to end below half of its largest."""
        rates = np.diff(self.time)
        return len(rates) > 0 and bool(rates[-1] < rates.max() / 2)

    @classmethod
    def read(cls, history: Mapping[str, Array]) -> Curves | None:
        """Take the curves from a history; None if no epoch has a finite training loss."""
        loss = np.asarray(history["loss"], dtype=np.float64)
        clean = np.asarray(history.get("clean_loss", np.full(len(loss), np.nan)), dtype=np.float64)
        finite = np.isfinite(loss)
        if not finite.any():
            return None
        # A clean loss is compared with the others point by point, so it must be there throughout.
        is_clean = bool(np.isfinite(clean[finite]).all())
        held_out = np.asarray(history.get("val_loss", np.full(len(loss), np.nan)), dtype=np.float64)[finite]
        has_held_out = bool(np.isfinite(held_out).all())
        return cls(
            training=Curve.of((clean if is_clean else loss)[finite]),
            held_out=Curve.of(held_out) if has_held_out else None,
            time=_time(history, finite),
            is_clean=is_clean,
            all_finite=bool(finite.all()) and not np.isinf(held_out).any(),
        )


def jitter(values: Array) -> float:
    """Return the standard deviation of epoch-to-epoch noise, from second differences.

    Examples
    --------
    >>> jitter(np.arange(10.0))
    0.0
    """
    second = np.abs(np.diff(values, n=2))
    return float(SECOND_DIFFERENCE_TO_SD * np.median(second)) if len(second) else 0.0


def _time(history: Mapping[str, Array], finite: NDArray[np.bool_]) -> Array:
    rates = np.asarray(history.get("learning_rate", np.full(len(finite), np.nan)), dtype=np.float64)[finite]
    if np.isfinite(rates).all() and rates.sum() > 0 and (rates >= 0).all():
        return np.cumsum(rates)
    return np.arange(1.0, len(rates) + 1)
