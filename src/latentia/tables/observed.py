"""Statistics of the cells that are there: a column with gaps has those of its other rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.tables.pieces import column_pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]


def of_observed(
    statistics: Callable[[Array, Array | None], ArrayLike],
    rows: Array,
    weights: Array | None,
    gaps: NDArray[np.bool_],
) -> Array:
    """Return statistics of each column, learned from its observed cells and their weights.

    Columns without a gap are looked at together, in one go; the others one after the other.

    Parameters
    ----------
    statistics : callable
        Takes rows without a gap, (n, q), and their weights, and returns m numbers per column, (m, q).
    rows : ndarray of shape (n, p)
        Numbers, nan where a cell is missing.
    weights : ndarray of shape (n,) or None
        Weights of the rows, above 0.
    gaps : ndarray of shape (p,), bool
        Which columns miss a cell.

    Returns
    -------
    ndarray of shape (m, p)
        A column without any observed cell has those of a single 0.

    Examples
    --------
    >>> rows = np.array([[1.0, np.nan], [3.0, 5.0]])
    >>> of_observed(lambda rows, weights: [rows.mean(axis=0)], rows, None, np.array([False, True]))
    array([[2., 5.]])
    """
    parts = [_of_piece(statistics, rows[:, part], weights, gaps[part]) for part in column_pieces(rows.shape)]
    return np.concatenate(parts, axis=1)


def _of_piece(
    statistics: Callable[[Array, Array | None], ArrayLike],
    rows: Array,
    weights: Array | None,
    gaps: NDArray[np.bool_],
) -> Array:
    if not gaps.any():
        return np.asarray(statistics(rows, weights))
    alone = [np.asarray(statistics(*_seen(rows[:, at], weights))) for at in np.flatnonzero(gaps)]
    learned = np.empty((len(alone[0]), rows.shape[1]))
    learned[:, gaps] = np.concatenate(alone, axis=1)
    if not gaps.all():
        learned[:, ~gaps] = statistics(rows[:, ~gaps], weights)
    return learned


def observed_mean(scaled: Array, weight: Array | None = None) -> Array:
    """Return the mean of the observed cells of each column, 0 without any.

    Parameters
    ----------
    scaled : ndarray of shape (n, p)
        With nan where a cell is missing.
    weight : ndarray of shape (n,), optional

    Examples
    --------
    >>> observed_mean(np.array([[1.0, np.nan], [3.0, np.nan]]))
    array([2., 0.])
    """
    means = [_mean_of_piece(scaled[:, part], weight) for part in column_pieces(scaled.shape)]
    return np.concatenate(means) if means else np.zeros(0)


def _mean_of_piece(scaled: Array, weight: Array | None) -> Array:
    missing = np.isnan(scaled)
    if not missing.any():
        return np.average(scaled, axis=0, weights=weight)
    weights = np.where(missing, 0.0, 1.0 if weight is None else weight[:, None])
    total = weights.sum(axis=0)
    return np.where(missing, 0.0, scaled * weights).sum(axis=0) / np.where(total > 0, total, 1.0)


def with_medians(rows: Array) -> Array:
    """Return rows whose gaps hold the median of their column's observed cells; the same array without any.

    Examples
    --------
    >>> with_medians(np.array([[1.0], [np.nan], [4.0], [9.0]])).ravel()
    array([1., 4., 4., 9.])
    """
    missing = np.isnan(rows)
    if not missing.any():
        return rows
    gaps = np.asarray(missing.any(axis=0))
    medians = of_observed(lambda seen, _: np.median(seen, axis=0)[None], rows, None, gaps)[0]
    filled = rows.copy()
    filled[missing] = np.broadcast_to(medians, rows.shape)[missing]
    return filled


def _seen(column: Array, weights: Array | None) -> tuple[Array, Array | None]:
    """Return the observed cells of a column and their weights; a single 0 where there are none."""
    there = ~np.isnan(column)
    if not there.any():
        return np.zeros((1, 1)), None
    return column[there, None], None if weights is None else weights[there]
