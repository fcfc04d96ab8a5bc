"""Groups among the rows, found by four methods side by side.

Codes are clustered as they are: the model decides how far apart rows are, and standardising the
factors would blow up those that hardly matter. Noise is -1 and stays -1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from latentia.insight.agreement import NOISE, agreement
from latentia.insight.centers import Grouping, gaussian_mixture, kmeans
from latentia.insight.densities import dbscan, hdbscan
from latentia.insight.results import Clustering
from latentia.insight.subsample import subsample

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

MOST_ROWS_FOR_SILHOUETTE = 2000


def cluster_all(
    codes: Array,
    *,
    space: str,
    labels: ArrayLike | None = None,
    seed: int,
    n_clusters: int | None = None,
    eps: float | None = None,
    min_samples: int = 5,
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
        Where the codes are from, ``"latent"`` or ``"PCA"``.
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
            _clustering(method, space, codes, grouping, classes=labels, seed=seed)
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
        agreement=None if classes is None else agreement(labels, classes),
    )


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
