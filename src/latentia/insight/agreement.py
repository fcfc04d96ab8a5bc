"""How well clusters and known classes agree, without ever giving noise away for free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from latentia.insight.results import Agreement

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

NOISE = -1


def agreement(labels: ArrayLike, classes: ArrayLike) -> Agreement:
    """Compare a clustering with known classes.

    Parameters
    ----------
    labels : array-like of int, shape (n,)
        Cluster of each row; -1 is noise.
    classes : array-like of shape (n,)
        Class of each row; compared as text.

    Returns
    -------
    Agreement
        Adjusted Rand index and normalised mutual information, in which noise counts as a cluster
        of its own; the accuracy under the best one-to-one matching of clusters to classes, in
        which noise is never right; and the table of counts, noise last.

    Examples
    --------
    >>> found = agreement([0, 0, 1, -1], ["red", "red", "white", "white"])
    >>> found.accuracy, found.clusters
    (0.75, ('cluster 0', 'cluster 1', 'noise'))
    """
    found = np.asarray(labels, dtype=np.int64)
    known = np.array([str(name) for name in np.asarray(classes, dtype=object)], dtype=object)
    class_names, class_numbers = np.unique(known.astype(str), return_inverse=True)
    clusters = [int(cluster) for cluster in np.unique(found) if cluster != NOISE]
    has_noise = bool(np.any(found == NOISE))
    rows = clusters + [NOISE] * has_noise
    table = np.zeros((len(rows), len(class_names)), dtype=np.int64)
    for position, cluster in enumerate(rows):
        table[position] = np.bincount(class_numbers[found == cluster], minlength=len(class_names))
    return Agreement(
        ari=float(adjusted_rand_score(class_numbers, found)),
        nmi=float(normalized_mutual_info_score(class_numbers, found)),
        accuracy=_matched_accuracy(table[: len(clusters)], len(found)),
        classes=tuple(str(name) for name in class_names),
        clusters=tuple(f"cluster {cluster}" for cluster in clusters) + ("noise",) * has_noise,
        contingency=table,
    )


def _matched_accuracy(table: NDArray[np.int64], n_rows: int) -> float:
    clusters, classes = linear_sum_assignment(table, maximize=True)
    return float(table[clusters, classes].sum() / n_rows) if n_rows else float("nan")
