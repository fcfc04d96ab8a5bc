"""What was found out about clusters, as plain values; see `latentia.insight.results`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

Interval = tuple[float, float]
UNKNOWN: Interval = (float("nan"), float("nan"))


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How clusters and known classes agree; noise counts as a cluster of its own."""

    ari: float
    nmi: float
    accuracy: float  # best one-to-one matching of clusters to classes; noise is never right
    classes: tuple[str, ...]
    clusters: tuple[str, ...]  # "noise" last, if there is any
    contingency: NDArray[np.int64]  # (clusters, classes) counts
    ari_interval: Interval = UNKNOWN  # ends of 95 % intervals, by resampling rows
    nmi_interval: Interval = UNKNOWN
    accuracy_interval: Interval = UNKNOWN
    p_value: float = float("nan")  # of the adjusted Rand index, with the classes shuffled


@dataclass(frozen=True, kw_only=True)
class Clustering:
    """One clustering of all rows; noise is -1 and stays -1."""

    method: str  # "KMeans", "DBSCAN", "HDBSCAN", "Gaussian mixture"
    space: str  # "latent", "PCA" or "columns"
    settings: Mapping[str, Any]  # including how each was chosen
    labels: NDArray[np.int64]  # (n,)
    n_clusters: int
    noise_share: float
    silhouette: float  # nan when fewer than two clusters
    agreement: Agreement | None  # None without known classes
    stability: tuple[float, ...] = ()  # of each cluster: mean Jaccard over resamples; empty if not asked
    curve: tuple[float, ...] = ()  # of DBSCAN with a chosen eps: the sorted k-distances, thinned


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """Whether rows fall into groups, against one cloud of the same shape with its valleys levelled."""

    space: str  # "latent", "PCA", or "shared": PCA of what the other columns tell of categories and the like
    p_value: float  # share of all clouds, this one among them, whose second peak stands out at least as much
    n_clusters: int  # 1 and the peaks with valleys deeper than by chance, and at most a fifth as dense
    prominence: float  # log density of the second most prominent peak over its valley; 0 without one
    prominence_by_chance: float  # the 95th percentile of the same over the levelled clouds
    draws: int
    n_rows: int  # that were looked at
    n_neighbours: int  # that the density of a row is told from
    columns: tuple[str, ...] = ()  # of "shared": whose values alone part the rows further on PCA
