"""Rows in scaled units that single precision can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from latentia.tables.scaling import Scaling

    Array = NDArray[np.float64]

# A float32 square overflows beyond 1.8e19, and a loss sums squares.
LARGEST_SCALED = 1e16


def checked_scale(scaling: Scaling, values: Array) -> Array:
    """Scale rows and refuse what would overflow in single precision.

    Examples
    --------
    >>> from latentia.tables.scaling import Scaling
    >>> checked_scale(Scaling.fit([[1.0], [3.0]], "standard"), np.array([[5.0]]))
    array([[3.]])
    """
    scaled = scaling.transform(values)
    # Missing cells are passed over.
    largest = np.maximum(
        np.fmax.reduce(scaled, axis=0, initial=0.0), -np.fmin.reduce(scaled, axis=0, initial=0.0)
    )
    if (largest > LARGEST_SCALED).any():
        column = int(largest.argmax())
        raise InputError(
            f"Column {column + 1} reaches {largest[column]:.3g} in scaled units, where squares overflow in "
            "single precision (limit 1e16); divide it by a constant first, or scale with 'standard'."
        )
    return scaled
