"""How surely a table differs from tables without what is asked for, by several figures at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def p_value_of_first(figures: NDArray[np.float64]) -> float:
    """Return the share of tables that stand out at least as much as the first, itself among them.

    A table stands out by the figure that lies furthest above its mean over all tables, in standard
    deviations; of square roots, since these are sums and maxima of squares. As all tables are treated
    alike, the first is no more likely to stand out most than any other, if it is one of them: a test keeps
    its level however many figures there are (Westfall & Young 1993, "Resampling-based multiple testing").

    Parameters
    ----------
    figures : ndarray of shape (tables, figures)
        Not negative.

    Examples
    --------
    >>> p_value_of_first(np.array([[9.0, 1.0], [1.0, 1.0], [1.2, 1.0], [0.8, 1.0]]))
    0.25
    """
    roots = np.sqrt(figures)
    spread = roots.std(axis=0)
    off = (roots - roots.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    furthest = off.max(axis=1)
    return float((furthest >= furthest[0] - 1e-9).mean())
