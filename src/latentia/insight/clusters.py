"""Groups among the rows, found by four methods side by side.

Codes are clustered as they are: the model decides how far apart rows are, and standardising the
factors would blow up those that hardly matter. Noise is -1 and stays -1.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from latentia.insight.agreement import NOISE, agreement
from latentia.insight.centers import Grouping, gaussian_mixture, kmeans
from latentia.insight.cluster_results import Clustering
from latentia.insight.cluster_stability import cluster_stability
from latentia.insight.densities import MOST_ROWS as MOST_ROWS_FOR_CURVE
from latentia.insight.densities import dbscan, hdbscan, k_distances
from latentia.insight.subsample import subsample

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]
    Labels = NDArray[np.int64]

MOST_ROWS_FOR_SILHOUETTE = 2000
CURVE_POINTS = 200
STARTS_OF_A_RESAMPLE = 3


def cluster_all(
    codes: Array,
    *,
    space: str,
    labels: ArrayLike | None = None,
    seed: int,
    n_clusters: int | None = None,
    eps: float | None = None,
    min_samples: int = 5,
    resamples: int = 0,
) -> list[Clustering]:
    """Cluster rows by KMeans, DBSCAN, HDBSCAN and a Gaussian mixture.

    Clusters are numbered from 0 by size, largest first. The silhouette leaves out noise and uses
    at most 2,000 rows. The same codes and seed give the same clusters: the work is done in one
    thread, because sums over threads depend on which one is first.

    Parameters
    ----------
    codes : ndarray of shape (n, k)
        All rows; not standardised.
    space : str
        Where the codes are from, ``"latent"``, ``"PCA"`` or ``"columns"``.
    labels : array-like of shape (n,), optional
        Known classes; they are compared with the clusters and never used to find them.
    seed : int
        Decides starts and subsamples.
    n_clusters : int, optional
        For KMeans and the mixture; chosen if not given.
    eps : float, optional
        For DBSCAN; chosen if not given.
    min_samples : int, default 5
        For DBSCAN and HDBSCAN.
    resamples : int, default 0
        How often rows are drawn anew to see whether each cluster comes back.

    Returns
    -------
    list of Clustering
        In the order above; ``settings`` says how each setting was chosen.

    Examples
    --------
    >>> codes = np.concatenate([np.linspace(0, 1, 20), np.linspace(8, 9, 20)])[:, None]
    >>> for found in cluster_all(codes, space="latent", seed=0):
    ...     print(found.method, found.n_clusters)
    KMeans 2
    DBSCAN 2
    HDBSCAN 2
    Gaussian mixture 2
    """
    codes = np.ascontiguousarray(codes, dtype=np.float64)
    with threadpool_limits(limits=1):
        groupings = {
            "KMeans": kmeans(codes, n_clusters=n_clusters, seed=seed),
            "DBSCAN": dbscan(codes, eps=eps, min_samples=min_samples, seed=seed),
            "HDBSCAN": hdbscan(codes, min_samples=min_samples, seed=seed),
            "Gaussian mixture": gaussian_mixture(codes, n_clusters=n_clusters, seed=seed),
        }
        return [
            replace(
                _clustering(method, space, codes, grouping, classes=labels, seed=seed),
                stability=_stability(method, grouping, codes, seed, resamples),
                curve=_curve(codes, min_samples, seed) if method == "DBSCAN" and eps is None else (),
            )
            for method, grouping in groupings.items()
        ]


def _clustering(
    method: str, space: str, codes: Array, grouping: Grouping, *, classes: ArrayLike | None, seed: int
) -> Clustering:
    labels = _largest_first(grouping.labels)
    return Clustering(
        method=method,
        space=space,
        settings={**grouping.settings, "codes": "as they are, not standardised"},
        labels=labels,
        n_clusters=int(labels.max(initial=NOISE)) + 1,
        noise_share=float(np.mean(labels == NOISE)) if len(labels) else 0.0,
        silhouette=_silhouette(codes, labels, seed),
        agreement=None if classes is None else agreement(labels, classes, seed=seed),
    )


def _stability(method: str, grouping: Grouping, codes: Array, seed: int, resamples: int) -> tuple[float, ...]:
    """Return how well each cluster comes back, in the order of their names."""
    settings, labels = grouping.settings, _largest_first(grouping.labels)

    def again(rows: Array, start: int) -> Labels:
        match method:
            case "KMeans":
                return kmeans(
                    rows, n_clusters=settings["n_clusters"], seed=start, restarts=STARTS_OF_A_RESAMPLE
                ).labels
            case "DBSCAN":
                given = {name: settings[name] for name in ("eps", "min_samples")}
                return dbscan(rows, **given, seed=start).labels
            case "HDBSCAN":
                return hdbscan(rows, min_samples=settings["min_samples"], seed=start).labels
            case _:
                return gaussian_mixture(
                    rows, n_clusters=settings["n_clusters"], seed=start, restarts=1
                ).labels

    return cluster_stability(codes, labels, again, seed=seed, resamples=resamples)


def _curve(codes: Array, min_samples: int, seed: int) -> tuple[float, ...]:
    """Return the curve whose knee is eps, at evenly spaced shares of the rows."""
    curve = k_distances(codes[subsample(len(codes), MOST_ROWS_FOR_CURVE, seed)], min_samples)
    return tuple(np.quantile(curve, np.linspace(0, 1, min(len(curve), CURVE_POINTS))).tolist())


def _largest_first(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renumber clusters by size; equal sizes in the order of their first row."""
    clusters, first, counts = np.unique(labels, return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))
    names = [int(clusters[position]) for position in order if clusters[position] != NOISE]
    renamed = np.full(len(labels), NOISE, dtype=np.int64)
    for number, cluster in enumerate(names):
        renamed[labels == cluster] = number
    return renamed


def _silhouette(codes: Array, labels: NDArray[np.int64], seed: int) -> float:
    clustered = np.flatnonzero(labels != NOISE)
    chosen = clustered[subsample(len(clustered), MOST_ROWS_FOR_SILHOUETTE, seed)]
    n_labels = len(np.unique(labels[chosen]))
    if n_labels <= 1 or n_labels >= len(chosen):
        return float("nan")
    return float(silhouette_score(codes[chosen], labels[chosen]))
