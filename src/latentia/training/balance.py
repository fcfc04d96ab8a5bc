"""What predicting nothing but means costs, and what the loss of every column counts against that.

Squared errors of standardised columns and cross-entropies of categories have different sizes. The
loss of a category is therefore divided by the entropy of its frequencies in the training rows: one
that is predicted no better than by these costs 1, as does a standardised column that is predicted
by its mean. All columns of the table count alike then, or as much as `column_weights` asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.networks.losses import LOSSES, mean_variance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from latentia.networks.indicators import Blocks

    Array = NDArray[np.float64]


def noise_variance(scaled: Array, blocks: Blocks = ()) -> float:
    """Return the variance of a column, averaged over those that are no indicators unless all are.

    Examples
    --------
    >>> noise_variance(np.array([[1.0, np.nan], [3.0, 2.0]]))
    0.5
    """
    numbers = ~_inside(blocks, scaled.shape[1])
    rows = scaled[:, numbers] if numbers.any() else scaled
    if not np.isnan(rows).any():
        return mean_variance(rows)
    return float(np.mean([mean_variance(cells[:, None]) for cells in _observed(rows)]))


def loss_of_mean(
    name: str, scaled: Array, size: Array | None, blocks: Blocks = (), asked: Array | None = None
) -> float:
    """Return the loss of predicting every column's mean, and the frequencies of categories.

    Parameters
    ----------
    name : str
        The loss of columns that are no indicators.
    scaled : ndarray of shape (n, q)
    size : ndarray of shape (n, 1) or None
        Sizes of rows of counts.
    blocks : sequence of (int, int)
    asked : ndarray of shape (q,) or None
        What each column is to count; None if all count alike.
    """
    missing = np.isnan(scaled)
    counts = np.ones(scaled.shape[1]) if asked is None else asked
    if not blocks and asked is None and not missing.any():
        return LOSSES[name].of_mean(scaled, size)
    numbers = np.flatnonzero(~_inside(blocks, scaled.shape[1]))
    total = cells = 0.0
    for column in numbers:
        seen = ~missing[:, column]
        if seen.any():
            part = LOSSES[name].of_mean(scaled[seen, column, None], None if size is None else size[seen])
            total, cells = total + part * counts[column] * seen.sum(), cells + counts[column] * seen.sum()
    for first, width in blocks:
        frequencies, seen = _frequencies(scaled[:, first : first + width])
        seen *= counts[first]
        total, cells = total + seen * (_entropy(frequencies) > 0), cells + seen
    return float(total / cells) if cells else 0.0


def balanced(
    scaled: Array, blocks: Blocks, weight: Array | None = None, asked: Array | None = None
) -> Array | None:
    """Return what the loss of each column counts, (q,); None where nothing has to be balanced.

    Parameters
    ----------
    scaled : ndarray of shape (n, q)
    blocks : sequence of (int, int)
    weight : ndarray of shape (n,) or None
        Of rows.
    asked : ndarray of shape (q,) or None
        What each column is to count beside the balance; None if all count alike.

    Examples
    --------
    >>> coins = np.array([[0.3, 1.0, 0.0], [0.1, 0.0, 1.0]])
    >>> balanced(coins, [(1, 2)]).round(3)
    array([1.   , 1.443, 1.443])
    """
    if not blocks:
        return asked
    weights = np.ones(scaled.shape[1])
    for first, width in blocks:
        entropy = _entropy(_frequencies(scaled[:, first : first + width], weight)[0])
        weights[first : first + width] = 1.0 / entropy if entropy > 0 else 0.0
    return weights if asked is None else weights * asked


def _inside(blocks: Blocks, width: int) -> NDArray[np.bool_]:
    inside = np.zeros(width, bool)
    for first, count in blocks:
        inside[first : first + count] = True
    return inside


def _observed(rows: Array) -> list[Array]:
    """Return the observed cells of every column that has any."""
    columns = (column[~np.isnan(column)] for column in rows.T)
    return [cells for cells in columns if len(cells)] or [np.zeros(1)]


def _frequencies(indicators: Array, weight: Array | None = None) -> tuple[Array, int]:
    """Return the share of every level, and how many rows have one."""
    seen = ~np.isnan(indicators[:, 0])
    counts = indicators[seen].sum(axis=0) if weight is None else weight[seen] @ indicators[seen]
    return counts / max(counts.sum(), 1e-300), int(seen.sum())


def _entropy(frequencies: Array) -> float:
    some = frequencies[frequencies > 0]
    return float(-(some * np.log(some)).sum())
