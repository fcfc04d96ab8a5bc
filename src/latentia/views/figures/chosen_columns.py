"""Which columns of a wide table a figure has room for, and how the figure says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def strongest(strength: ArrayLike, most: int) -> NDArray[np.int64]:
    """Return the positions of the columns with the largest strength, in table order.

    Examples
    --------
    >>> strongest([0.1, 3.0, np.nan, 2.0], most=2).tolist()
    [1, 3]
    """
    values = np.nan_to_num(np.asarray(strength, dtype=float), nan=-np.inf)
    return np.sort(np.argsort(-values, kind="stable")[:most])


def by_leading_factor(strength: NDArray[np.float64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sort columns by the factor that moves them most, and within a factor by how much.

    Parameters
    ----------
    strength : ndarray of shape (k, p)
        Any measure per factor and column; its size counts, not its sign.
    columns : ndarray of int64
        Positions to sort.

    Examples
    --------
    >>> by_leading_factor(np.array([[1.0, 0.1, -3.0], [0.2, 2.0, 0.3]]), np.array([0, 1, 2])).tolist()
    [2, 0, 1]
    """
    size = np.nan_to_num(np.abs(strength[:, columns]))
    order = np.lexsort((-size.max(axis=0), size.argmax(axis=0)))
    return columns[order]


def shown_of(shown: int, total: int, which: str) -> str:
    """Say which columns are drawn when not all are.

    Examples
    --------
    >>> shown_of(24, 1000, "largest weights"), shown_of(13, 13, "largest weights")
    (' (24 of 1,000 columns: largest weights)', '')
    """
    return "" if shown == total else f" ({shown:,} of {total:,} columns: {which})"
