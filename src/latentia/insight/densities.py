"""Clusterings that look for crowded regions and leave the rest as noise: DBSCAN and HDBSCAN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.cluster import DBSCAN, HDBSCAN
from sklearn.neighbors import NearestNeighbors

from latentia.insight.agreement import NOISE
from latentia.insight.centers import Grouping
from latentia.insight.subsample import distinct_rows, subsample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# DBSCAN keeps every pair of neighbours in memory: 10,000 rows need at most 0.8 GB.
MOST_ROWS = 10_000
CURVE_POINTS = 1000
FEWEST_CURVE_POINTS = 5
SMALLEST_CLUSTER_SHARE = 0.02
FALLBACK_SHARE = 0.9
ROUNDING = 1e-7
# Typed Any because the annotations of scikit-learn know only the default, a word.
OWN_COPY: Any = True


def dbscan(codes: Array, *, eps: float | None, min_samples: int, seed: int) -> Grouping:
    """Cluster by DBSCAN.

    Parameters
    ----------
    codes : ndarray of shape (n, k)
        The rows, used as they are.
    eps : float or None
        Radius of a neighbourhood; None takes the knee of the sorted distances to the
        `min_samples`-th row (a row counts itself, as in DBSCAN).
    min_samples : int
        Rows within `eps`, itself included, that make a row the core of a cluster.
    seed : int
        Decides the rows that are drawn.

    Returns
    -------
    Grouping
        Noise is -1. With more than 10,000 rows, 10,000 are clustered, and every other row joins
        its nearest core row if that is within `eps`.

    Examples
    --------
    >>> codes = np.array([[0.0], [0.1], [0.2], [9.0]])
    >>> dbscan(codes, eps=0.15, min_samples=2, seed=0).labels
    array([ 0,  0,  0, -1])
    """
    positions = subsample(len(codes), MOST_ROWS, seed)
    fitted = codes[positions]
    chosen = {"eps": float(eps), "chosen_by": "given"} if eps is not None else choose_eps(fitted, min_samples)
    settings = {**chosen, "min_samples": min_samples, "rows_fitted": len(fitted), "seed": seed}
    model = DBSCAN(eps=settings["eps"], min_samples=min_samples).fit(fitted)
    if len(fitted) == len(codes):
        return Grouping(model.labels_.astype(np.int64), settings)
    cores = model.core_sample_indices_
    labels = np.full(len(codes), NOISE, dtype=np.int64)
    if len(cores):
        distance, nearest = NearestNeighbors(n_neighbors=1).fit(fitted[cores]).kneighbors(codes)
        within = distance[:, 0] <= settings["eps"]
        labels[within] = model.labels_[cores[nearest[within, 0]]]
    labels[positions] = model.labels_
    return Grouping(labels, settings)


def hdbscan(codes: Array, *, min_samples: int, seed: int) -> Grouping:
    """Cluster by HDBSCAN, which needs no radius.

    The smallest cluster is 2 % of the rows, and at least `min_samples` and 2 rows.

    Parameters
    ----------
    codes : ndarray of shape (n, k)
        The rows, used as they are.
    min_samples : int
        Rows that make a neighbourhood dense.
    seed : int
        Decides the rows that are drawn.

    Returns
    -------
    Grouping
        Noise is -1. With more than 10,000 rows, 10,000 are clustered, and every other row gets
        the label of the nearest of them, noise included. With fewer rows than `min_samples`,
        all are noise; if all rows are equal, they are one cluster.

    Examples
    --------
    >>> codes = np.concatenate([np.linspace(0, 1, 20), np.linspace(8, 9, 20)])[:, None]
    >>> np.unique(hdbscan(codes, min_samples=5, seed=0).labels)
    array([0, 1])
    """
    positions = subsample(len(codes), MOST_ROWS, seed)
    fitted = codes[positions]
    smallest = max(min_samples, 2, round(SMALLEST_CLUSTER_SHARE * len(fitted)))
    settings = {
        "min_cluster_size": smallest,
        "chosen_by": f"{SMALLEST_CLUSTER_SHARE:.0%} of the rows, at least {max(min_samples, 2)}",
        "min_samples": min_samples,
        "rows_fitted": len(fitted),
        "seed": seed,
    }
    if len(fitted) < smallest:
        return Grouping(np.full(len(codes), NOISE, dtype=np.int64), settings)
    if distinct_rows(fitted) == 1:
        return Grouping(np.zeros(len(codes), dtype=np.int64), settings)
    model = HDBSCAN(min_cluster_size=smallest, min_samples=min_samples, copy=OWN_COPY).fit(fitted)
    if len(fitted) == len(codes):
        return Grouping(model.labels_.astype(np.int64), settings)
    nearest = NearestNeighbors(n_neighbors=1).fit(fitted).kneighbors(codes, return_distance=False)[:, 0]
    return Grouping(model.labels_[nearest].astype(np.int64), settings)


def k_distances(codes: Array, min_samples: int) -> Array:
    """Return the sorted distances of rows to their `min_samples`-th row, themselves the first."""
    rows = min(min_samples, len(codes))
    return np.sort(NearestNeighbors(n_neighbors=rows).fit(codes).kneighbors(codes)[0][:, -1])


def choose_eps(codes: Array, min_samples: int) -> dict[str, Any]:
    """Return the radius at the knee of the sorted k-distance curve, and how it was found.

    Parameters
    ----------
    codes : ndarray of shape (n, k)
        The rows.
    min_samples : int
        Which distance: to the `min_samples`-th row, the row itself being the first.

    Returns
    -------
    dict
        ``eps``, always above 0, and ``chosen_by``. Without a knee, the 90th percentile of the
        curve is taken; where most rows are repeated, half the smallest gap between distinct
        rows; and 1 if all rows are equal.

    Examples
    --------
    >>> choose_eps(np.zeros((6, 2)), 5)
    {'eps': 1.0, 'chosen_by': 'the rows coincide'}
    """
    if distinct_rows(codes) <= 1:
        return {"eps": 1.0, "chosen_by": "the rows coincide"}
    curve = k_distances(codes, min_samples)
    # Distances between equal rows come out as roundings of the spread instead of 0.
    rounding = ROUNDING * np.ptp(codes, axis=0).max()
    curve[curve < rounding] = 0.0
    shares = np.linspace(0, 1, min(len(curve), CURVE_POINTS))
    knee = _knee(shares, np.quantile(curve, shares))
    if knee is not None and knee > rounding:
        return {"eps": knee, "chosen_by": "knee of the sorted k-distance curve"}
    fallback = float(np.quantile(curve, FALLBACK_SHARE))
    if knee is None and fallback > 0:
        return {"eps": fallback, "chosen_by": "90th percentile of the k-distances, which have no knee"}
    return {"eps": _half_smallest_gap(codes), "chosen_by": "half the smallest gap between distinct rows"}


def _knee(shares: Array, points: Array) -> float | None:
    if len(points) < FEWEST_CURVE_POINTS or np.ptp(points) <= 1e-9 * points[-1]:
        return None
    from kneed import KneeLocator

    found = KneeLocator(shares, points, curve="convex", direction="increasing").knee_y
    return None if found is None else float(found)


def _half_smallest_gap(codes: Array) -> float:
    """Return half the smallest distance between rows that differ, for tables of repeated rows."""
    step = ROUNDING * np.ptp(codes, axis=0).max()
    _, first = np.unique(np.round((codes - codes.mean(axis=0)) / step), axis=0, return_index=True)
    rows = codes[first]
    distances = NearestNeighbors(n_neighbors=2).fit(rows).kneighbors(rows)[0][:, 1]
    return float(distances.min()) / 2
