"""How well clusters and known classes agree, without ever giving noise away for free.

Intervals come from rows drawn with replacement, and the p-value from classes shuffled over the rows. Both
need the table of counts alone: draws of rows are multinomial draws of its cells, and shuffled classes are
tables with the same margins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.special import xlogy
from scipy.stats import random_table
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from latentia.insight.cluster_results import Agreement

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

NOISE = -1
DRAWS, SHUFFLES = 499, 999
# Of so many classes and clusters that rows are few in each, neither interval nor p-value says much.
MOST_CELLS = 2000
ROUNDING = 1e-12


def agreement(labels: ArrayLike, classes: ArrayLike, *, seed: int = 0) -> Agreement:
    """Compare a clustering with known classes.

    Parameters
    ----------
    labels : array-like of int, shape (n,)
        Cluster of each row; -1 is noise.
    classes : array-like of shape (n,)
        Class of each row; compared as text.
    seed : int, default 0
        Of the draws and the shuffles.

    Returns
    -------
    Agreement
        Adjusted Rand index and normalised mutual information, in which noise counts as a cluster
        of its own; the accuracy under the best one-to-one matching of clusters to classes, in
        which noise is never right; and the table of counts, noise last. Intervals and p-value are nan
        for tables of more than 2,000 counts.

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
        **_evidence(table, has_noise=has_noise, seed=seed),
    )


def _matched_accuracy(table: NDArray[np.int64], n_rows: int) -> float:
    clusters, classes = linear_sum_assignment(table, maximize=True)
    return float(table[clusters, classes].sum() / n_rows) if n_rows else float("nan")


def _evidence(table: NDArray[np.int64], *, has_noise: bool, seed: int) -> dict[str, Any]:
    """Return 95 % intervals of the three figures, and how often chance agrees as well."""
    n = int(table.sum())
    if not n or table.size > MOST_CELLS:
        return {}
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(n, table.ravel() / n, size=DRAWS).reshape(DRAWS, *table.shape)
    right = [_matched_accuracy(one[: len(one) - has_noise], n) for one in drawn]
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    shuffled = random_table(rows, columns, seed=rng).rvs(SHUFFLES)
    reached = int(np.sum(_adjusted_rand(shuffled) >= _adjusted_rand(table[None])[0] - ROUNDING))
    return {
        "ari_interval": _interval(_adjusted_rand(drawn)),
        "nmi_interval": _interval(_mutual_information(drawn)),
        "accuracy_interval": _interval(np.array(right)),
        "p_value": (1 + reached) / (1 + SHUFFLES),
    }


def _interval(figures: Array) -> tuple[float, float]:
    low, high = np.quantile(figures, [0.025, 0.975]).tolist()
    return low, high


def _adjusted_rand(tables: NDArray[Any]) -> Array:
    """Return the adjusted Rand index of many tables of counts, as scikit-learn has it of one."""

    def pairs(counts: NDArray[Any]) -> Array:
        counts = counts.astype(np.float64)
        return (counts * (counts - 1) / 2).reshape(len(counts), -1).sum(axis=1)

    together, rows, columns = pairs(tables), pairs(tables.sum(axis=2)), pairs(tables.sum(axis=1))
    expected = rows * columns / np.maximum(pairs(tables.sum(axis=(1, 2))[:, None]), 1.0)
    room = (rows + columns) / 2 - expected
    # Without room for more or less, as where all rows are in one cluster and one class, agreement is full.
    return np.where(room > ROUNDING, (together - expected) / np.where(room > ROUNDING, room, 1.0), 1.0)


def _mutual_information(tables: NDArray[Any]) -> Array:
    """Return the normalised mutual information of many tables of counts, as scikit-learn has it of one."""

    def entropy(counts: NDArray[Any]) -> Array:
        shares = counts.reshape(len(counts), -1) / counts.reshape(len(counts), -1).sum(axis=1, keepdims=True)
        return -xlogy(shares, shares).sum(axis=1)

    rows, columns = entropy(tables.sum(axis=2)), entropy(tables.sum(axis=1))
    mean, shared = (rows + columns) / 2, rows + columns - entropy(tables)
    full = rows + columns <= ROUNDING  # one cluster and one class
    share = np.maximum(shared, 0.0) / np.where(mean > ROUNDING, mean, 1.0)
    return np.where(full, 1.0, share)
