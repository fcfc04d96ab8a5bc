"""Clusterings that describe every cluster by a centre: KMeans and Gaussian mixtures.

Both need a number of clusters. Where it is not given, KMeans takes the one with the best mean
silhouette, the mixture the one with the lowest Bayesian information criterion (BIC), which can
also say that there is only one.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import silhouette_score
from sklearn.mixture import GaussianMixture

from latentia.insight.subsample import distinct_rows, subsample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_CLUSTERS = 10
MOST_ROWS_TO_CHOOSE = 2000
MOST_ROWS_TO_FIT = 20_000
# Typed Any because the annotations of scikit-learn know only the default, a word.
RESTARTS: Any = 10
# A full covariance of more columns than this has more numbers than most tables have rows to tell them from.
MOST_COLUMNS_FOR_FULL = 30
PATIENCE = 3  # mixtures with more components than the best one, before the search ends
MIXTURE_RESTARTS = 3
MIXTURE_STEPS = 500


class Grouping(NamedTuple):
    """Labels of all rows, and the settings that made them."""

    labels: NDArray[np.int64]
    settings: dict[str, Any]


def kmeans(codes: Array, *, n_clusters: int | None, seed: int, restarts: Any = RESTARTS) -> Grouping:
    """Cluster by KMeans.

    Parameters
    ----------
    codes : ndarray of shape (n, k)
        The rows, used as they are.
    n_clusters : int or None
        Number of clusters; None chooses the best mean silhouette from 2 to 10 on at most 2,000
        rows. There are never more clusters than distinct rows.
    seed : int
        Decides the starts and the rows that are drawn.
    restarts : int, default 10
        The best of so many starts is taken.

    Returns
    -------
    Grouping
        With more than 20,000 rows, the centres come from 20,000 of them.

    Examples
    --------
    >>> grouping = kmeans(np.array([[0.0], [0.1], [5.0], [5.1]]), n_clusters=None, seed=0)
    >>> grouping.settings["n_clusters"], grouping.settings["chosen_by"]
    (2, 'best mean silhouette of 2 to 3')
    """
    settings: dict[str, Any] = {"n_clusters": n_clusters, "chosen_by": "given"}
    if n_clusters is None:
        settings |= _best_silhouette(codes[subsample(len(codes), MOST_ROWS_TO_CHOOSE, seed)], seed)
    fitted = codes[subsample(len(codes), MOST_ROWS_TO_FIT, seed)]
    _limit(settings, distinct_rows(fitted))
    settings |= {"restarts": restarts, "rows_fitted": len(fitted), "seed": seed}
    if settings["n_clusters"] <= 1:
        return Grouping(np.zeros(len(codes), dtype=np.int64), settings)
    model = KMeans(settings["n_clusters"], n_init=restarts, random_state=seed).fit(fitted)
    return Grouping(np.asarray(model.predict(codes), dtype=np.int64), settings)


def gaussian_mixture(
    codes: Array, *, n_clusters: int | None, seed: int, restarts: int = MIXTURE_RESTARTS
) -> Grouping:
    """Cluster by a mixture of normal distributions, with full covariances of up to 30 columns.

    Beyond, a component has a variance for each column and no covariances.

    Parameters
    ----------
    codes : ndarray of shape (n, k)
        The rows, used as they are.
    n_clusters : int or None
        Number of components; None chooses the lowest BIC from 1 to 10 on at most 2,000 rows,
        among the mixtures whose every component holds at least k + 1 rows (2 without
        covariances). The search ends where three more components in a row have not lowered it.
    seed : int
        Decides the starts and the rows that are drawn.
    restarts : int, default 3
        The best of so many starts is taken.

    Returns
    -------
    Grouping
        With more than 20,000 rows, the mixture comes from 20,000 of them.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> codes = np.concatenate([rng.normal(0, 1, (50, 1)), rng.normal(9, 1, (50, 1))])
    >>> gaussian_mixture(codes, n_clusters=None, seed=0).settings["n_clusters"]
    2
    """
    settings: dict[str, Any] = {"n_clusters": n_clusters, "chosen_by": "given"}
    if n_clusters is None:
        settings |= _lowest_bic(codes[subsample(len(codes), MOST_ROWS_TO_CHOOSE, seed)], seed)
    fitted = codes[subsample(len(codes), MOST_ROWS_TO_FIT, seed)]
    _limit(settings, distinct_rows(fitted))
    settings |= {"covariance": _covariance(fitted), "rows_fitted": len(fitted), "seed": seed}
    if settings["n_clusters"] <= 1:
        return Grouping(np.zeros(len(codes), dtype=np.int64), settings)
    model = _mixture(fitted, settings["n_clusters"], seed, restarts)
    settings["converged"] = bool(model.converged_)
    return Grouping(np.asarray(model.predict(codes), dtype=np.int64), settings)


def _limit(settings: dict[str, Any], distinct: int) -> None:
    """Ask for no more clusters than there are distinct rows, and say so."""
    if settings["n_clusters"] > distinct:
        settings["chosen_by"] += f", lowered from {settings['n_clusters']} to the number of distinct rows"
        settings["n_clusters"] = max(distinct, 1)


def _best_silhouette(codes: Array, seed: int) -> dict[str, Any]:
    most = min(MOST_CLUSTERS, distinct_rows(codes), len(codes) - 1)
    scores: dict[int, float] = {}
    for size in range(2, most + 1):
        labels = KMeans(size, n_init=RESTARTS, random_state=seed).fit_predict(codes)
        scores[size] = float(silhouette_score(codes, labels))
    if not scores:
        return {"n_clusters": 1, "chosen_by": "too few distinct rows for two clusters"}
    return {
        "n_clusters": max(scores, key=lambda size: scores[size]),
        "chosen_by": f"best mean silhouette of 2 to {most}",
        "silhouette_by_n_clusters": {str(size): score for size, score in scores.items()},
        "rows_to_choose": len(codes),
    }


def _lowest_bic(codes: Array, seed: int) -> dict[str, Any]:
    fewest_rows = codes.shape[1] + 1 if _covariance(codes) == "full" else 2
    most = min(MOST_CLUSTERS, distinct_rows(codes), max(len(codes) // fewest_rows, 1))
    criteria: dict[int, float] = {}
    for size in range(1, most + 1):
        if (
            distinct_rows(codes) == 1
            or size > min(criteria, key=criteria.__getitem__, default=size) + PATIENCE
        ):
            break
        model = _mixture(codes, size, seed)
        # A component on fewer rows than its covariance needs has a likelihood without bound.
        if size == 1 or min(model.predict_proba(codes).sum(axis=0)) >= fewest_rows:
            criteria[size] = float(model.bic(codes))
    if not criteria:
        return {"n_clusters": 1, "chosen_by": "too few distinct rows for two clusters"}
    return {
        "n_clusters": min(criteria, key=lambda size: criteria[size]),
        "chosen_by": f"lowest BIC of 1 to {max(criteria)}",
        "bic_by_n_clusters": {str(size): value for size, value in criteria.items()},
        "rows_to_choose": len(codes),
    }


def _covariance(codes: Array) -> Literal["full", "diag"]:
    return "full" if codes.shape[1] <= MOST_COLUMNS_FOR_FULL else "diag"


def _mixture(codes: Array, size: int, seed: int, restarts: int = MIXTURE_RESTARTS) -> GaussianMixture:
    # sklearn's floor under the variances is absolute (1e-6); codes can have any unit.
    floor = 1e-6 * float(codes.var(axis=0).mean())
    model = GaussianMixture(
        size,
        covariance_type=_covariance(codes),
        reg_covar=floor,
        n_init=restarts,
        max_iter=MIXTURE_STEPS,
        random_state=seed,
    )
    with warnings.catch_warnings():
        # Whether it converged is kept in the settings of the clustering instead.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(codes)
