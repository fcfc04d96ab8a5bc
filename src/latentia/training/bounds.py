"""Up to where rows are like those that a fit has learned from, as a few numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Bounds:
    """What the residual and the code of a row must not exceed; no row of the table is kept.

    Parameters
    ----------
    center : ndarray of shape (k,)
        Where the codes lie.
    whitening : ndarray of shape (k, k)
        Turns distances from the center into standard deviations.
    distance : float
        The largest distance of a code, in standard deviations.
    residual : float
        The largest mean squared residual of a row, in scaled units.
    n_rows : int
        How many held-out rows say so.
    """

    center: NDArray[np.float64]
    whitening: NDArray[np.float64]
    distance: float
    residual: float
    n_rows: int
