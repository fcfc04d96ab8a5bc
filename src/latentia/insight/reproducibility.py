"""Whether factors come back: what of one network is found again in another, factor by factor.

Factors have no fixed order and no fixed sign, so those of two networks are matched one to one before they
are compared. A factor is the same in both as far as it puts the rows in the same order (correlation of
codes) and moves the same columns the same way (cosine of loadings, the sign settled by the codes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class Matched(NamedTuple):
    """For each factor of the first network, its partner in the second and how alike they are."""

    partner: NDArray[np.int64]  # (k,)
    sign: Array  # (k,) 1, or -1 where the partner runs the other way
    codes: Array  # (k,) absolute correlation, 0 to 1
    loadings: Array  # (k,) cosine with the sign settled; 0 where it is below


def matched(codes: Array, other_codes: Array, loadings: Array, other_loadings: Array) -> Matched:
    """Match the factors of two networks one to one, so that the sum of likenesses is largest.

    The likeness of two factors is the lower of the absolute correlation of their codes and the cosine
    between their loadings.

    Parameters
    ----------
    codes, other_codes : ndarray of shape (n, k)
        Of the same rows under both networks. A factor that does not vary correlates with nothing.
    loadings, other_loadings : ndarray of shape (k, p)
        What each factor does to the columns, in a common unit.

    Examples
    --------
    >>> codes = np.random.default_rng(0).normal(size=(50, 2))
    >>> loadings = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, -1.0]])
    >>> found = matched(codes, -codes[:, ::-1], loadings, -loadings[::-1])
    >>> found.partner, found.sign, found.codes.round(6), found.loadings.round(6)
    (array([1, 0]), array([-1., -1.]), array([1., 1.]), array([1., 1.]))
    """
    correlation = (standardised(codes).T @ standardised(other_codes)).clip(-1.0, 1.0)
    signs = np.where(correlation < 0, -1.0, 1.0)
    cosine = np.clip(signs * (_directions(loadings) @ _directions(other_loadings).T), 0.0, 1.0)
    alike = np.minimum(np.abs(correlation), cosine)
    factors, partner = linear_sum_assignment(alike, maximize=True)
    return Matched(
        partner=partner.astype(np.int64),
        sign=signs[factors, partner],
        codes=np.abs(correlation[factors, partner]),
        loadings=cosine[factors, partner],
    )


def standardised(codes: Array) -> Array:
    """Return columns of mean 0 and length 1; constant columns become 0.

    Examples
    --------
    >>> standardised(np.array([[1.0, 5.0], [3.0, 5.0]]))
    array([[-0.70710678,  0.        ],
           [ 0.70710678,  0.        ]])
    """
    centered = codes - codes.mean(axis=0)
    length = np.linalg.norm(centered, axis=0)
    # Rounding leaves a trace of length in a constant column; it must not be blown up.
    constant = np.ptp(codes, axis=0) == 0
    return np.where(constant, 0.0, centered / np.where(constant | (length == 0), 1.0, length))


def _directions(loadings: Array) -> Array:
    """Return rows of length 1; a factor that moves nothing has no direction."""
    length = np.linalg.norm(loadings, axis=1, keepdims=True)
    return np.divide(loadings, length, out=np.zeros_like(loadings), where=length > 0)
