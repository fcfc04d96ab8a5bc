"""How strange a row is for a model: its residual and the place of its code as one number, and its p-value.

A residual alone misses a row that lies far out along a direction that the network has learned: it may
be reconstructed perfectly. The place of the code alone misses a row that the code cannot hold. Each
is turned into its surprise, minus the logarithm of how rare it is among reference rows, and the two
are added as Fisher adds p-values, the code with half the weight. The sum is only an ordering: how
rare it is is counted once more, among rows that the network has not learned from, so that the
p-values hold although residual and code depend on each other.

References
----------
R. A. Fisher (1925), Statistical Methods for Research Workers, and I. J. Good (1955), JRSS B 17: weighted
sums of log p-values. B. M. Hill (1975), Annals of Statistics 3: the tail. T. Denouden et al. (2018),
arXiv:1812.02765: residual and Mahalanobis distance of the code. S. Bates et al. (2023), Annals of
Statistics 51: p-values of outliers by rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

CODE_WEIGHT = 0.5
# Of the reference rows, the largest fifth say how fast surprise grows beyond them; at least five rows.
TAIL_SHARE, FEWEST_IN_TAIL = 5, 5
# Codes beyond this quantile of the reference rows' distances count as outside.
INSIDE = 0.95
KEPT = 0.9  # share of the codes, the nearest, that location and spread are measured on in the end
SMALLEST_SLOPE = 1e-2  # nothing is learned of a tail whose rows are all alike
TINY = 1e-12


@dataclass(frozen=True, eq=False)
class Region:
    """Where the codes of ordinary rows lie: an ellipsoid.

    Parameters
    ----------
    center : ndarray of shape (k,)
    whitening : ndarray of shape (k, k)
        Turns distances from the center into standard deviations.
    radius : float
        Distance within which nearly all codes lie, in standard deviations.

    Examples
    --------
    >>> region = Region.of([[1.0, 0.0], [-1.0, 0.0], [0.0, 2.0], [0.0, -2.0]])
    >>> one, other = region.distances([[10.0, 0.0], [0.0, 20.0]])
    >>> bool(np.isclose(one, other)), bool(one > 10)
    (True, True)
    """

    center: Array
    whitening: Array
    radius: float

    @classmethod
    def of(cls, codes: ArrayLike) -> Region:
        """Measure location and spread; the tenth that lies farthest out is left out of the second look."""
        known = np.asarray(codes, np.float64)
        region = cls._around(known, np.median(known, axis=0))
        distances = region.distances(known)
        nearest = known[distances <= np.quantile(distances, KEPT)]
        region = cls._around(nearest, nearest.mean(axis=0))
        return cls(region.center, region.whitening, float(np.quantile(region.distances(known), INSIDE)))

    @classmethod
    def _around(cls, codes: Array, center: Array) -> Region:
        values, vectors = np.linalg.eigh((codes - center).T @ (codes - center) / len(codes))
        # A component that never moves would make every other value infinitely far.
        values = np.maximum(values, max(1e-6 * values.max(), TINY))
        return cls(center, vectors / np.sqrt(values), np.inf)

    def distances(self, codes: ArrayLike) -> Array:
        """Return each code's distance from the center, in standard deviations; infinite for nan."""
        off = (np.asarray(codes, np.float64) - self.center) @ self.whitening
        return np.nan_to_num(np.sqrt(np.square(off).sum(axis=1)), nan=np.inf, posinf=np.inf)

    def pulled(self, codes: ArrayLike) -> Array:
        """Return codes with those that lie outside moved to the border, straight towards the center."""
        known = np.asarray(codes, np.float64)
        share = np.minimum(1.0, self.radius / np.maximum(self.distances(known), TINY))
        return self.center + share[:, None] * (known - self.center)


@dataclass(frozen=True, eq=False)
class Rarity:
    """How rare a number is among reference numbers; beyond them, by how their tail falls off.

    Parameters
    ----------
    reference : ndarray of shape (m,)
        Sorted.
    border : float
        Where the tail begins.
    slope : float
        Hill's estimate: the mean logarithm of how far the tail reaches beyond the border.
    in_tail : int
        How many reference numbers the tail has.

    Examples
    --------
    >>> rarity = Rarity.of(np.arange(1.0, 100.0))
    >>> rarity.surprise([50.0, 99.0, 1000.0]).round(1)
    array([ 0.7,  3.4, 23.4])
    """

    reference: Array
    border: float
    slope: float
    in_tail: int

    @classmethod
    def of(cls, numbers: ArrayLike) -> Rarity:
        """Learn from reference numbers of at least 0."""
        known = np.sort(np.nan_to_num(np.asarray(numbers, np.float64)))
        count = min(max(len(known) // TAIL_SHARE, FEWEST_IN_TAIL), len(known) - 1)
        border = float(known[len(known) - count - 1])
        beyond = np.log((known[len(known) - count :] + TINY) / (border + TINY))
        slope = max(float(beyond.mean()), SMALLEST_SLOPE) if count else 1.0
        return cls(known, border, slope, count)

    def surprise(self, numbers: ArrayLike) -> Array:
        """Return minus the logarithm of the share of reference numbers that are as large; nan counts as 0."""
        known = np.nan_to_num(np.asarray(numbers, np.float64), posinf=np.inf)
        n = len(self.reference)
        below = np.interp(known, self.reference, np.arange(1.0, n + 1.0), left=0.0)
        beyond = np.log(np.maximum((known + TINY) / (self.border + TINY), 1.0)) / self.slope
        inside = -np.log((n + 1.0 - below) / (n + 1.0))
        return np.where(known > self.border, beyond - np.log((self.in_tail + 1.0) / (n + 1.0)), inside)


@dataclass(frozen=True, eq=False)
class Judge:
    """How strange rows are by residual and code together.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> codes, errors = rng.normal(size=(200, 2)), rng.random(200)
    >>> judge = Judge.of(codes, codes, errors)
    >>> usual, bad, far = judge.strangeness([[0.0, 0.0], [0.0, 0.0], [90.0, 0.0]], [0.5, 90.0, 0.5])
    >>> bool(usual < bad), bool(usual < far)
    (True, True)
    """

    region: Region
    residual: Rarity
    distance: Rarity

    @classmethod
    def of(cls, codes: ArrayLike, reference_codes: ArrayLike, reference_errors: ArrayLike) -> Judge:
        """Learn where codes lie, and what is usual among reference rows.

        Parameters
        ----------
        codes : array-like of shape (n, k)
        reference_codes : array-like of shape (m, k)
        reference_errors : array-like of shape (m,)
            Mean squared residuals, in scaled units.
        """
        region = Region.of(codes)
        return cls(region, Rarity.of(reference_errors), Rarity.of(region.distances(reference_codes)))

    def strangeness(self, codes: ArrayLike, errors: ArrayLike) -> Array:
        """Return how strange rows are, (n,); 0 for the most ordinary, in no unit."""
        far = self.distance.surprise(self.region.distances(codes))
        return self.residual.surprise(errors) + CODE_WEIGHT * far


def p_values(strangeness: ArrayLike, reference: ArrayLike) -> Array:
    """Return the share of rows that are at least as strange, of reference rows and the row itself.

    With m reference rows it is ``(1 + number at least as strange) / (1 + m)``: never 0, and for a row
    like those at most 0.05 in at most one case of twenty.

    Examples
    --------
    >>> p_values([0.5, 2.0, 9.0], [1.0, 2.0, 3.0])
    array([1.  , 0.75, 0.25])
    """
    known = np.sort(np.asarray(reference, np.float64))
    return (1 + len(known) - np.searchsorted(known, strangeness, side="left")) / (1 + len(known))


def own_p_values(strangeness: ArrayLike) -> Array:
    """Return the p-value of each row among all the others.

    Examples
    --------
    >>> own_p_values([1.0, 3.0, 2.0, 3.0])
    array([1.  , 0.5 , 0.75, 0.5 ])
    """
    known = np.asarray(strangeness, np.float64)
    return (len(known) - np.searchsorted(np.sort(known), known, side="left")) / len(known)


def limit_at(level: float, reference: ArrayLike) -> float:
    """Return what a row has to exceed for a p-value of at most `level`.

    With too few reference rows for any p-value as small, it is the strangest of them.

    Examples
    --------
    >>> limit_at(0.25, [1.0, 2.0, 3.0]), limit_at(0.5, [1.0, 2.0, 3.0]), limit_at(0.01, [1.0, 2.0, 3.0])
    (3.0, 2.0, 3.0)
    """
    known = np.sort(np.asarray(reference, np.float64))
    # 0.15 * 20 is a little less than 3 in floating point.
    allowed = int(np.floor(level * (1 + len(known)) + 1e-9))
    return float(known[-min(max(allowed, 1), len(known))])
