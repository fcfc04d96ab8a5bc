"""Linear models of tables with missing cells: gaps are filled to learn, and left out to encode.

A table with gaps is completed by regularised iterative PCA (Josse & Husson, 2012, Journal de la
Société Française de Statistique 153): gaps are filled with means, then with what a PCA of the
filled table says of them, until that settles. Its components are shrunk by the variance of the
noise, or the fill would learn from itself where many cells are missing. A row is encoded by
its observed cells alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.decomposition import PCA

from latentia.tables.observed import observed_mean
from latentia.tables.pieces import CELLS_AT_ONCE, column_pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# Up to these sizes the exact decompositions take seconds; beyond, the randomised one is used.
MOST_COLUMNS_FOR_COVARIANCE = 2000
LARGEST_SIDE_FOR_EXACT = 1000
# While the fill settles, a decomposition is made many times. Beyond this size each goes on from the one
# before, by a step of subspace iteration with so many directions to spare, and both settle together.
LARGEST_SIDE_FOR_EXACT_STEPS = 300
SPARE_DIRECTIONS = 10
MOST_STEPS = 200
# Components that are so many times fewer than rows are far from the directions of no variance, of which
# the products of rows say nothing.
SHARE_OF_ROWS = 4
# Root mean square change of the filled cells from step to step, in scaled units.
SETTLED = 1e-4
# A direction of which a row shows less than a hundredth is not read from that row.
LEAST_SEEN = 0.01
ROWS_AT_ONCE = 4096


class Principal(NamedTuple):
    """Directions of most variance, and the variance along each."""

    directions: Array  # (k, p)
    variance: Array  # (k,)


def principal(centered: Array, size: int, *, overwrite: bool = False) -> Principal:
    """Fit PCA to rows whose columns have mean 0: an offset of 1e6 would cost digits.

    Parameters
    ----------
    centered : ndarray of shape (n, p)
    size : int
        At most the smaller of n and p.
    overwrite : bool, default False
        Whether the rows may be overwritten, which spares a copy of them.

    Examples
    --------
    >>> principal(np.array([[3.0, 4.0], [-3.0, -4.0]]), 1).directions
    array([[0.6, 0.8]])
    """
    chosen = solver(*centered.shape)
    if chosen == "full" and _is_quicker_by_rows(centered.shape, size):
        return _of_few_rows(centered, size)
    model = PCA(size, svd_solver=chosen, random_state=0, copy=not overwrite)
    # Rows without any spread give shares of variance of 0 / 0, which nothing here reads.
    with np.errstate(divide="ignore", invalid="ignore"):
        model.fit(centered)
    return Principal(np.asarray(model.components_), np.asarray(model.explained_variance_))


def _is_quicker_by_rows(shape: tuple[int, int], size: int) -> bool:
    """Whether the products of rows are so many fewer numbers that they pay, and tell few components well."""
    n_rows, n_columns = shape
    is_large = n_rows * n_columns > CELLS_AT_ONCE and 2 * n_rows < n_columns
    return is_large or (LARGEST_SIDE_FOR_EXACT_STEPS < n_rows <= n_columns and SHARE_OF_ROWS * size <= n_rows)


def _of_few_rows(centered: Array, size: int) -> Principal:
    """Decompose a wide table by the products of its rows, which are few; its own size is not needed twice."""
    products = sum(centered[:, part] @ centered[:, part].T for part in column_pieces(centered.shape))
    squares, basis = np.linalg.eigh(products)
    squares, basis = np.maximum(squares[::-1][:size], 0.0), basis[:, ::-1][:, :size]
    directions = basis.T @ centered
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    directions /= np.where(lengths > 0, lengths, 1.0)
    # As scikit-learn turns them: the largest entry is positive.
    directions *= np.sign(directions[np.arange(size), np.abs(directions).argmax(axis=1)])[:, None]
    return Principal(directions, squares / max(len(centered) - 1, 1))


def solver(n_rows: int, n_columns: int) -> str:
    """Return how scikit-learn's PCA should decompose a table of this size."""
    if n_rows > n_columns and n_columns <= MOST_COLUMNS_FOR_COVARIANCE:
        return "covariance_eigh"
    return "full" if min(n_rows, n_columns) <= LARGEST_SIDE_FOR_EXACT else "randomized"


def completed(rows: Array, size: int) -> Array:
    """Fill the gaps of training rows with what PCA of so many components says of them.

    Parameters
    ----------
    rows : ndarray of shape (n, p)
        In scaled units, nan where a cell is missing. Without gaps they are returned as they are.
    size : int
        At most the smaller of n and p.

    Examples
    --------
    >>> line = np.outer(np.arange(1.0, 9.0), [1.0, 2.0, 3.0])
    >>> holed = line.copy()
    >>> holed[2, 1] = np.nan
    >>> completed(holed, 1)[2].round(2)
    array([3., 6., 9.])
    """
    gaps = np.isnan(rows)
    if not gaps.any():
        return rows
    filled = np.where(gaps, observed_mean(rows), rows)
    axes = None
    for _ in range(MOST_STEPS):
        before = filled[gaps]
        center = filled.mean(axis=0)
        axes = _axes_of(filled - center, size, axes)
        filled[gaps] = (_said_of(filled - center, size, axes) + center)[gaps]
        if np.sqrt(np.square(filled[gaps] - before).mean()) < SETTLED:
            break
    return filled


def codes_of_observed(
    centered: Array, loadings: Array, precision: Array | None = None, *, prior: bool = False
) -> Array:
    """Encode rows by least squares on their observed cells.

    Parameters
    ----------
    centered : ndarray of shape (n, p)
        Rows minus the model's mean, nan where a cell is missing.
    loadings : ndarray of shape (k, p)
        What a code is worth in each column.
    precision : ndarray of shape (p,), optional
        One over the variance of the noise in each column; the same in all columns by default.
    prior : bool, default False
        Whether codes are standard normal beforehand, as in factor analysis.

    Returns
    -------
    ndarray of shape (n, k)
        What cannot be seen in a row is 0, the mean.

    Examples
    --------
    >>> codes_of_observed(np.array([[3.0, np.nan], [np.nan, np.nan]]), np.array([[0.6, 0.8]]))
    array([[5.],
           [0.]])
    """
    k = len(loadings)
    weighted = loadings if precision is None else loadings * precision
    products = (weighted[:, None, :] * loadings[None, :, :]).reshape(k * k, -1).T
    codes = np.empty((len(centered), k))
    for first in range(0, len(centered), ROWS_AT_ONCE):
        part = centered[first : first + ROWS_AT_ONCE]
        observed = ~np.isnan(part)
        seen = (observed @ products).reshape(-1, k, k) + (np.eye(k) if prior else 0.0)
        values, directions = np.linalg.eigh(seen)
        told = np.einsum("nki,nk->ni", directions, np.where(observed, part, 0.0) @ weighted.T)
        told = np.divide(told, values, out=np.zeros_like(told), where=values > LEAST_SEEN)
        codes[first : first + ROWS_AT_ONCE] = np.einsum("nki,ni->nk", directions, told)
    return codes


class _Axes(NamedTuple):
    """Directions of most variance, and the variance along each."""

    directions: Array  # (m, p), at least as many as components, the first of them the components
    variance: Array  # (m,)
    total: float  # variance of all columns together


def _axes_of(centered: Array, size: int, earlier: _Axes | None) -> _Axes:
    """Return the axes of rows: exactly for a small table, one step on from the earlier ones otherwise."""
    smaller = min(centered.shape)
    if smaller <= LARGEST_SIDE_FOR_EXACT_STEPS:
        return _Axes(*principal(centered, size), _variance(centered))
    if earlier is None:
        directions = principal(centered, min(size + SPARE_DIRECTIONS, smaller)).directions
    else:
        directions = earlier.directions
    range_, _ = np.linalg.qr(centered @ directions.T)
    _, singular, directions = np.linalg.svd(range_.T @ centered, full_matrices=False)
    return _Axes(directions, np.square(singular) / (len(centered) - 1), _variance(centered))


def _variance(centered: Array) -> float:
    return float(np.vdot(centered, centered)) / (len(centered) - 1)


def _said_of(centered: Array, size: int, axes: _Axes) -> Array:
    """Return the reconstruction of filled rows by components that are shrunk by the noise."""
    directions, variance = axes.directions[:size], axes.variance[:size]
    left = min(centered.shape) - size
    noise = max(axes.total - variance.sum(), 0.0) / left if left else 0.0
    kept = np.divide(variance - noise, variance, out=np.zeros(size), where=variance > 0)
    return ((centered @ directions.T) * kept.clip(0.0)) @ directions
