"""Walks along each factor: how the columns that it moves most change on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.factor_results import Traversals

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FROM, TO = 5, 95  # percentiles
STEPS = 25
MOST_COLUMNS = 6


def traversals(
    codes: Array,
    decode: Callable[[Array], Array],
    unscale: Callable[[Array], Array],
    training_spread: Array,
) -> Traversals:
    """Go along one factor from its 5th to its 95th percentile, the others at their median.

    Parameters
    ----------
    codes : ndarray of shape (rows, k)
        The codes whose percentiles are used, at least one row.
    decode : callable
        Takes codes (rows, k) to scaled rows (rows, p).
    unscale : callable
        Takes scaled rows to rows in the original units.
    training_spread : ndarray of shape (p,)
        Standard deviation of each column over the training rows, in original units; where it is 0,
        changes in standard deviations are given as 0.

    Returns
    -------
    Traversals
        Of each factor, the six columns with the widest range on the way, in standard deviations.

    Examples
    --------
    >>> codes = np.linspace(0.0, 1.0, 11)[:, None]
    >>> found = traversals(codes, lambda z: np.hstack([z, 3 * z]), lambda x: x, np.ones(2))
    >>> found.columns, found.change_scaled[0, 0, [0, -1]].round(2)
    (array([[1, 0]]), array([-1.35,  1.35]))
    """
    first, middle, last = np.percentile(codes, [FROM, 50, TO], axis=0)
    values = np.linspace(first, last, STEPS, axis=1)
    walks = [
        _walk(factor, values[factor], middle, decode, unscale, training_spread)
        for factor in range(codes.shape[1])
    ]
    columns, changes, in_units = (np.stack(part) for part in zip(*walks, strict=True))
    return Traversals(values=values, columns=columns, change_scaled=changes, in_units=in_units)


def _walk(
    factor: int,
    values: Array,
    middle: Array,
    decode: Callable[[Array], Array],
    unscale: Callable[[Array], Array],
    spread: Array,
) -> tuple[NDArray[np.int64], Array, Array]:
    """Return the columns that change most along a factor, their changes, and themselves."""
    points = np.tile(middle, (len(values) + 1, 1))  # the last is where the walk is compared with
    points[:-1, factor] = values
    table = np.asarray(unscale(decode(points)), dtype=np.float64)
    width = np.ptp(table, axis=0)
    ranges = np.divide(width, spread, out=np.zeros_like(width), where=spread > 0)
    columns = np.argsort(-np.nan_to_num(ranges), kind="stable")[:MOST_COLUMNS]
    in_units = table[:-1, columns].T
    change = in_units - table[-1, columns][:, None]
    known = np.broadcast_to(spread[columns][:, None], change.shape)
    scaled = np.divide(change, known, out=np.zeros_like(change), where=known > 0)
    return columns.astype(np.int64), scaled, in_units
