"""Do rows fall into groups? Tested against one cloud of any shape: bent, ring-like, skewed or uneven.

The density at a row is told from the distances to its nearest neighbours (distance to a measure; Chazal,
Cohen-Steiner & Mérigot 2011), and peaks of the density are joined through valleys along a graph of close rows
(persistence; Chazal, Guibas, Oudot & Skraba 2013, "ToMATo"). A peak counts by how far it rises above the
valley that leads to a higher one. Groups have valleys at most a fifth as dense between them, and deeper than
chance makes them. One cloud has no second peak but by chance. How high one gets by chance is
told from the table itself: its peaks are cut down to their valleys until one is left, and the densities get
the noise that resampling the rows gives them, so that the shape of the cloud is kept and only its valleys are
levelled. As logarithms of densities are as noisy in thin regions as in dense ones, all are on one scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from latentia.insight.cluster_results import Cloud
from latentia.insight.peaks import Graph, peaks_of
from latentia.insight.subsample import distinct_rows, subsample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Positions = NDArray[np.int64]

DRAWS = 99
LEVEL = 0.05
# Shallower valleys are those of one cloud of uneven density: between groups, rows are at most a fifth as
# dense as in the thinner group. Two round groups are so where they lie 4.3 standard deviations apart.
VALLEY = float(np.log(5))
MOST_ROWS, FEWEST_ROWS = 2000, 40
# A group has so many rows at least; fewer are outliers.
SMALLEST_SHARE, SMALLEST_SIZE = 0.05, 10
FEWEST_NEIGHBOURS = 10
# Close rows that a row is joined to in the graph.
JOINED = 8
# Rows that are closer than this share of the spread are in the same place.
ROUNDING = 1e-6


class _Surroundings(NamedTuple):
    """Squared distances from some places to the rows around them, nearest first, and which rows these are."""

    squares: Array  # (places, 2 * neighbours)
    rows: Positions

    def heights(self, weights: Array, neighbours: int) -> Array:
        """Return minus the log mean squared distance to so many neighbours, each row weighted."""
        reached = np.minimum(np.cumsum(weights[self.rows], axis=1), neighbours)
        reached[:, -1] = neighbours
        reached[:, 1:] -= reached[:, :-1].copy()
        return -np.log(np.einsum("ij,ij->i", reached, self.squares) / neighbours)


def cloud_of(codes: Array, *, space: str, seed: int, draws: int = DRAWS) -> Cloud | None:
    """Test whether rows fall into groups; None with fewer than 40 rows, or where most rows are repeated.

    Parameters
    ----------
    codes : ndarray of shape (n, k)
        All rows, as they are.
    space : str
        Where the codes are from, for the record.
    seed : int
        Of the resampling, and of the 2,000 rows that are looked at if there are more.
    draws : int, default 99
        How many levelled clouds are drawn, 19 at least; the smallest p-value is one in so many and one.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> two = np.concatenate([rng.normal(0, 1, (100, 2)), rng.normal(9, 1, (100, 2))])
    >>> found = cloud_of(two, space="latent", seed=0)
    >>> found.n_clusters, found.p_value
    (2, 0.01)
    """
    codes = np.ascontiguousarray(codes[subsample(len(codes), MOST_ROWS, seed)], dtype=np.float64)
    n = len(codes)
    if n < FEWEST_ROWS or 2 * distinct_rows(codes) < n:
        return None
    neighbours = max(FEWEST_NEIGHBOURS, round(np.sqrt(n)))
    smallest = max(SMALLEST_SIZE, SMALLEST_SHARE * n)
    codes = codes - codes.mean(axis=0)
    tree = KDTree(codes)
    around = _surroundings(tree, codes, neighbours, itself=True)
    close = around.rows[:, :JOINED]
    links = _links(codes, close)
    between = _surroundings(tree, codes[links].mean(axis=1), neighbours, itself=False)
    graph = Graph.of(close, links)
    once = np.ones(n)
    heights, valleys = around.heights(once, neighbours), between.heights(once, neighbours)
    found = peaks_of(heights, valleys, graph, smallest)
    rng = np.random.default_rng(seed)
    highest = np.zeros(draws)
    for draw in range(draws):
        weights = rng.multinomial(n, once / n).astype(np.float64)
        noisy = found.levelled + around.heights(weights, neighbours) - heights
        low = between.heights(weights, neighbours)
        highest[draw] = max(peaks_of(noisy, low, graph, smallest).prominences, default=0.0)
    most = max(found.prominences, default=0.0)
    by_chance = float(np.sort(highest)[int(np.ceil((1 - LEVEL) * (draws + 1))) - 1])
    # Half the log mean squared distance is a log length: times the dimension, a log density.
    log_density = _dimension(around.squares[:, :neighbours], codes.shape[1]) / 2
    deep = max(by_chance, VALLEY / log_density)
    return Cloud(
        space=space,
        p_value=float((1 + np.sum(highest >= most)) / (draws + 1)),
        n_clusters=1 + sum(one > deep for one in found.prominences),
        prominence=most * log_density,
        prominence_by_chance=by_chance * log_density,
        draws=draws,
        n_rows=n,
        n_neighbours=neighbours,
    )


def _surroundings(tree: KDTree, places: Array, neighbours: int, *, itself: bool) -> _Surroundings:
    """Look twice as far as needed, because rows that are drawn seldom reach less far."""
    reach = min(2 * neighbours, tree.n - itself)
    if not len(places):
        return _Surroundings(np.ones((0, reach)), np.zeros((0, reach), dtype=np.int64))
    distances, rows = (np.asarray(found)[:, int(itself) :] for found in tree.query(places, k=reach + itself))
    smallest = ROUNDING * float(np.abs(tree.data).max())
    return _Surroundings(np.square(np.maximum(distances, smallest)), np.asarray(rows, dtype=np.int64))


def _links(codes: Array, close: Positions) -> Positions:
    """Return the shortest pairs of rows that join what the graph of close rows leaves apart."""
    n = len(codes)
    ones = np.ones(close.size)
    apart = csr_matrix((ones, (np.repeat(np.arange(n), close.shape[1]), close.ravel())), shape=(n, n))
    count, part = connected_components(apart, directed=False)
    links: list[tuple[int, int]] = []
    for _ in range(count - 1):
        sizes = np.bincount(part)
        sizes[sizes == 0] = n + 1
        smallest = part == sizes.argmin()
        inside, outside = np.flatnonzero(smallest), np.flatnonzero(~smallest)
        distances, nearest = KDTree(codes[outside]).query(codes[inside])
        one = int(np.argmin(distances))
        links.append((int(inside[one]), int(outside[np.asarray(nearest)[one]])))
        part[smallest] = part[links[-1][1]]
    return np.array(links, dtype=np.int64).reshape(-1, 2)


def _dimension(squares: Array, most: int) -> float:
    """Return about how many dimensions the rows fill, from how distances grow with the neighbours."""
    growth = 0.5 * np.log(squares[:, -1:] / squares[:, :-1]).mean()
    return float(min(most, 1 / max(growth, 1 / most)))
