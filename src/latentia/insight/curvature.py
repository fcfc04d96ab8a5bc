"""Is there more than straight lines? Tested against tables with the same columns and correlations.

An autoencoder can say more than PCA only where columns hang together in another way than the straight
lines of a Gaussian. Tables are drawn that have no other way: Gaussian ones with the correlations of the
table, whose columns then get the values of the table's columns in the order of the drawn ones (a Gaussian
copula: the shape of each column by itself, its skew and its ties, proves nothing). Four figures of the table
are compared with theirs. Three are of products of principal components: how well products tell what the
components leave over, how well they tell other components, and how far one square is small where another is
large, as on a ring or a shell; of each, sum and maximum. The fourth is how crowded the rows are in the first
three components, as on a sheet that is rolled up. The one that stands out most counts, and how far figures of
drawn tables stand out is judged in the same way (a parametric bootstrap; Davison & Hinkley 1997, chapter 4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import KDTree

from latentia.insight.normal_scores import normal_scores
from latentia.insight.null_tables import p_value_of_first
from latentia.insight.results import Curvature
from latentia.insight.subsample import subsample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

DRAWS = 99
LEVEL = 0.05
MOST_ROWS, MOST_COLUMNS, MOST_COMPONENTS = 1000, 40, 8
FEWEST_ROWS, FEWEST_COLUMNS, FEWEST_COMPONENTS = 20, 2, 3
# Values put in order lose correlation; it is given back in so many steps, on so many rows.
STEPS, ROWS_OF_A_STEP = 3, 2000
TINY = np.finfo(np.float64).tiny
# Components in which it is looked at how crowded rows are, and to which neighbour.
CROWDED, NEIGHBOUR = 3, 4
# Less variance than this, of columns with 1, is none.
ROUNDING = 1e-9


def curvature_of(values: Array, n_components: int, *, seed: int, draws: int = DRAWS) -> Curvature | None:
    """Test whether columns of numbers hang together by more than straight lines.

    Parameters
    ----------
    values : ndarray of shape (n, p)
        All rows of the columns that hold numbers, nan where a cell is missing.
    n_components : int
        Principal components to look at; three at least, and eight at most.
    seed : int
        Of the tables that are drawn, and of the rows and columns that are looked at if there are many.
    draws : int, default 99
        How many tables are drawn; the smallest p-value is one in so many and one.

    Returns
    -------
    Curvature or None
        None with fewer than 20 rows or two columns that vary.
    """
    rows = subsample(len(values), MOST_ROWS, seed)
    seen = values[rows]
    largest, smallest = np.fmax.reduce(seen, axis=0), np.fmin.reduce(seen, axis=0)
    varying = np.flatnonzero(largest > smallest)
    columns = varying[subsample(len(varying), MOST_COLUMNS, seed)]
    if len(rows) < FEWEST_ROWS or len(columns) < FEWEST_COLUMNS:
        return None
    k = min(max(n_components, FEWEST_COMPONENTS), MOST_COMPONENTS, len(columns))
    rng = np.random.default_rng(seed)
    scores, missing = normal_scores(seen[:, columns]), np.isnan(seen[:, columns])
    root = _root(_matched(scores, missing, rng))
    drawn = (_drawn(scores, missing, root, rng) for _ in range(draws))
    figures = np.array([_figures(scores, k), *(_figures(one, k) for one in drawn)])
    return Curvature(
        p_value=p_value_of_first(figures),
        told_of_rest=float(figures[0, 0]),
        told_of_rest_by_chance=float(figures[1:, 0].mean()),
        draws=draws,
        n_rows=len(rows),
        n_columns=len(columns),
        n_components=k,
    )


def _figures(scores: Array, k: int) -> tuple[float, ...]:
    """Return sums and maxima of what products of k components tell; see the module."""
    n = len(scores)
    # Rows far out in all columns at once, as heavy tails have them, would weigh like many others.
    radius = np.linalg.norm(scores, axis=1, keepdims=True)
    scores = scores * np.minimum(1.0, np.median(radius) / np.maximum(radius, TINY))
    sizes, directions = np.linalg.eigh(_correlation(scores))
    sizes, directions = sizes[: -k - 1 : -1], directions[:, : -k - 1 : -1]
    told = scores @ directions
    rest, components = scores - told @ directions.T, told / np.sqrt(np.maximum(sizes, TINY))
    first, second = np.triu_indices(k)
    products = components[:, first] * components[:, second]
    products -= products.mean(axis=0)
    products /= np.maximum(products.std(axis=0), TINY)
    # Components are uncorrelated, but not with products: what is told of them is no part of the rest.
    of_others = np.square(products.T @ components / n)
    others = np.arange(k)[None, :]
    of_others[(others == first[:, None]) | (others == second[:, None])] = 0.0
    variance = np.square(rest).sum() / n
    of_rest = np.square(products.T @ rest / n).sum(axis=1) / max(variance, ROUNDING)
    squares = products[:, first == second]
    apart = np.square(np.minimum(np.triu(squares.T @ squares / n, 1), 0.0))
    told = tuple(float(one) for each in (of_rest, of_others, apart) for one in (each.sum(), each.max()))
    return (*told, _crowding(components[:, :CROWDED]))


def _crowding(components: Array) -> float:
    """Return how crowded rows are: of all clouds with these variances a Gaussian is the least.

    It is the inverse square of the geometric mean distance to a near row, and so an estimate of the
    entropy (Kozachenko & Leonenko 1987), turned so that more structure is more.
    """
    distances = np.asarray(KDTree(components).query(components, k=NEIGHBOUR + 1)[0])[:, -1]
    return float(np.exp(-2 * np.log(np.maximum(distances, ROUNDING)).mean()))


def _correlation(scores: Array) -> Array:
    return scores.T @ scores / len(scores)


def _drawn(scores: Array, missing: NDArray[np.bool_], root: Array, rng: np.random.Generator) -> Array:
    """Return the scores of a table of a Gaussian copula with the columns of this one; gaps stay."""
    normal = rng.normal(size=scores.shape) @ root.T
    # Missing cells come last on both sides, and so to each other.
    normal[missing] = np.inf
    made = np.empty(scores.shape)
    values = np.sort(np.where(missing, np.inf, scores), axis=0)
    np.put_along_axis(made, np.argsort(normal, axis=0), np.where(np.isinf(values), 0.0, values), axis=0)
    return made


def _matched(scores: Array, missing: NDArray[np.bool_], rng: np.random.Generator) -> Array:
    """Return correlations of a Gaussian that become those of the scores with the columns' values."""
    wanted = _correlation(scores)
    inner, rows = wanted.copy(), np.arange(max(ROWS_OF_A_STEP, len(scores))) % len(scores)
    for _ in range(STEPS):
        reached = _correlation(_drawn(scores[rows], missing[rows], _root(inner), rng))
        inner = np.clip(inner + wanted - reached, -0.999, 0.999)
        np.fill_diagonal(inner, 1.0)
    return inner


def _root(correlation: Array) -> Array:
    """Return a square root of the nearest matrix without negative variances."""
    sizes, directions = np.linalg.eigh(correlation)
    root = directions * np.sqrt(np.maximum(sizes, 0.0))
    return root / np.maximum(np.sqrt(np.square(root).sum(axis=1, keepdims=True)), TINY)
