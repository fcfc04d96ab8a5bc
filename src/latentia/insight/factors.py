"""What each factor does: what it moves in the table, what it tells alone, and what is lost without it.

All look through the whole decoder, so they hold for deep networks, where first-layer weights
say little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.factor_results import Alone
from latentia.insight.quality import quality
from latentia.insight.results import Ablation, Effects

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LOW, MIDDLE, HIGH = 10, 50, 90


def effects(
    codes: Array,
    decode: Callable[[Array], Array],
    unscale: Callable[[Array], Array],
    training_spread: Array,
) -> Effects:
    """Move one factor from its 10th to its 90th percentile, the others at their median.

    Parameters
    ----------
    codes : ndarray of shape (rows, k)
        The codes whose percentiles are used, at least one row.
    decode : callable
        Takes codes (rows, k) to scaled rows (rows, p).
    unscale : callable
        Takes scaled rows to rows in the original units.
    training_spread : ndarray of shape (p,)
        Standard deviation of each column over the training rows, in original units; where it
        is 0, the change in standard deviations is given as 0.

    Returns
    -------
    Effects
        The percentiles and the changes they cause.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.linspace(0.0, 1.0, 11)[:, None]
    >>> found = effects(codes, lambda z: z @ [[2.0, -1.0]], lambda x: 10 * x, np.array([4.0, 0.0]))
    >>> found.change.round(6), found.change_scaled.round(6)
    (array([[16., -8.]]), array([[4., 0.]]))
    """
    low, middle, high = np.percentile(codes, [LOW, MIDDLE, HIGH], axis=0)
    size = codes.shape[1]
    points = np.tile(middle, (2 * size, 1))
    each = np.arange(size)
    points[each, each] = low
    points[size + each, each] = high
    table = np.asarray(unscale(decode(points)), dtype=np.float64)
    change = table[size:] - table[:size]
    spread = np.broadcast_to(training_spread, change.shape)
    change_scaled = np.divide(change, spread, out=np.zeros_like(change), where=spread > 0)
    return Effects(low=low, high=high, change=change, change_scaled=change_scaled)


def ablation(
    codes: Array,
    decode: Callable[[Array], Array],
    scaled: Array,
    center: Array,
    training_code_means: Array,
) -> Ablation:
    """Measure the held-out R² that is lost when one factor is fixed at its training mean.

    Parameters
    ----------
    codes : ndarray of shape (rows, k)
        Codes of the held-out rows.
    decode : callable
        Takes codes (rows, k) to scaled rows (rows, p).
    scaled : ndarray of shape (rows, p)
        The held-out rows themselves.
    center : ndarray of shape (p,)
        Mean of each column over the training rows, in scaled units.
    training_code_means : ndarray of shape (k,)
        Mean of each factor over the training rows.

    Returns
    -------
    Ablation
        The loss overall and per column; nan without held-out rows.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.array([[1.0, 3.0], [-1.0, -3.0]])
    >>> found = ablation(codes, lambda z: z, codes, np.zeros(2), np.zeros(2))
    >>> found.r2_lost, found.r2_lost_per_column
    (array([0.1, 0.9]), array([[1., 0.],
           [0., 1.]]))
    """
    size, n_columns = codes.shape[1], scaled.shape[1]
    lost, lost_per_column = np.full(size, np.nan), np.full((size, n_columns), np.nan)
    if len(scaled):
        full = quality(scaled, decode(codes), center=center, rows="held-out")
        for factor in range(size):
            fixed = codes.copy()
            fixed[:, factor] = training_code_means[factor]
            without = quality(scaled, decode(fixed), center=center, rows="held-out")
            lost[factor] = full.r2 - without.r2
            lost_per_column[factor] = full.r2_per_column - without.r2_per_column
    return Ablation(r2_lost=lost, r2_lost_per_column=lost_per_column)


def alone(
    codes: Array,
    decode: Callable[[Array], Array],
    scaled: Array,
    center: Array,
    training_code_means: Array,
) -> Alone:
    """Measure the held-out R² that one factor reaches while all others are fixed at their training means.

    Parameters are those of `ablation`, which takes one factor away instead.

    Returns
    -------
    Alone
        R² overall and per column; nan without held-out rows.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.array([[1.0, 3.0], [-1.0, -3.0]])
    >>> alone(codes, lambda z: z, codes, np.zeros(2), np.zeros(2)).r2
    array([0.1, 0.9])
    """
    size, n_columns = codes.shape[1], scaled.shape[1]
    r2, r2_per_column = np.full(size, np.nan), np.full((size, n_columns), np.nan)
    for factor in range(size if len(scaled) else 0):
        single = np.tile(training_code_means, (len(codes), 1))
        single[:, factor] = codes[:, factor]
        reached = quality(scaled, decode(single), center=center, rows="held-out")
        r2[factor], r2_per_column[factor] = reached.r2, reached.r2_per_column
    return Alone(r2=r2, r2_per_column=r2_per_column)
