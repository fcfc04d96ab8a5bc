"""How much of a table is left to explain by straight lines: the spectrum of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.tables.pieces import column_pieces

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# More rows would hardly move the shares, and the smaller side of a table bounds the work.
MOST_ROWS = 1024


def unexplained_shares(scaled: ArrayLike) -> NDArray[np.float64]:
    """Return the share of the variance that PCA leaves with 0, 1, 2 ... components.

    Parameters
    ----------
    scaled : array-like of shape (n, p)
        Rows, finite or nan where a cell is missing; at most 1,024 of them, evenly spaced, are looked
        at, and a missing cell counts as the mean of its column in these.

    Returns
    -------
    ndarray of shape (min(n, p) + 1,)
        From 1 down to 0; all 0 for a constant table.

    Examples
    --------
    >>> unexplained_shares([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    array([1. , 0.2, 0. ])
    """
    rows = np.asarray(scaled, np.float64)
    rows = rows[:: max(-(-len(rows) // MOST_ROWS), 1)]
    if rows.shape[1] <= len(rows):
        rows = _centred(rows)
        gram = rows.T @ rows
    else:
        parts = (_centred(rows[:, part]) for part in column_pieces(rows.shape))
        gram = sum(part @ part.T for part in parts)
    variances = np.maximum(np.linalg.eigvalsh(gram)[::-1], 0.0)
    left = np.append(np.cumsum(variances[::-1])[::-1], 0.0)
    return left / left[0] if left[0] > 0 else np.zeros_like(left)


def _centred(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows less the mean of each column, 0 where a cell is missing."""
    missing = np.isnan(rows)
    if not missing.any():
        return rows - rows.mean(axis=0)
    there = np.where(missing, 0.0, rows)
    means = there.sum(axis=0) / np.maximum((~missing).sum(axis=0), 1)
    return np.where(missing, 0.0, rows - means)
