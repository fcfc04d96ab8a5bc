"""Centre and spread of columns without gaps, in the ways that a scaling may measure them.

Every function takes rows, (n, p), with weights of the rows above 0 or None, and returns centre and
spread, both (p,).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.tables.quantiles import column_quantiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# A column whose spread is below ten roundings of its own offset carries no information.
ROUNDINGS = 10 * np.finfo(np.float64).eps

# The interquartile range of a normal distribution, in standard deviations.
NORMAL_IQR = 1.349


def is_constant(center: Array, spread: Array) -> NDArray[np.bool_]:
    """Return whether each column has no more spread than the roundings of its centre, (p,)."""
    return spread <= ROUNDINGS * np.abs(center)


def mean_and_deviation(rows: Array, weights: Array | None) -> tuple[Array, Array]:
    """Return mean and (population) standard deviation."""
    center = np.average(rows, axis=0, weights=weights)
    deviations = rows - center
    # The first mean of a long column with a large offset is off by many roundings; the mean of
    # the deviations says by how much.
    correction = np.average(deviations, axis=0, weights=weights)
    deviations -= correction
    # Squares of deviations below 1e-162 would vanish, so they are taken relative to the largest.
    largest = np.maximum(deviations.max(axis=0), -deviations.min(axis=0))
    largest[largest == 0] = 1.0
    deviations /= largest
    np.square(deviations, out=deviations)
    return center + correction, largest * np.sqrt(np.average(deviations, axis=0, weights=weights))


def median_and_quartiles(rows: Array, weights: Array | None) -> tuple[Array, Array]:
    """Return the median and the interquartile range over 1.349, or the deviation where that is 0."""
    low, center, high = column_quantiles(rows, np.array([0.25, 0.5, 0.75]), weights)
    spread = (high - low) / NORMAL_IQR
    flat = is_constant(center, spread)
    if flat.any():
        spread[flat] = mean_and_deviation(rows[:, flat], weights)[1]
    return center, spread


def lowest_and_range(rows: Array, weights: Array | None) -> tuple[Array, Array]:
    """Return the smallest value and how far it is from there to the largest."""
    del weights  # rows of weight 0 are gone already, and the others count however light they are
    low = rows.min(axis=0)
    return low, rows.max(axis=0) - low
