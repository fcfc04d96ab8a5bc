"""Grouping: whether rows fall into groups, and which, in three spaces side by side.

The codes of the network stand beside the scores of PCA and the scaled columns themselves, so that groups that
only the network shows are seen as such.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.neighbors import NearestNeighbors

from latentia.insight.agreement import NOISE, agreement
from latentia.insight.cluster_stability import RESAMPLES
from latentia.insight.clusters import cluster_all
from latentia.insight.completion import completed, principal
from latentia.insight.one_cloud import cloud_of
from latentia.insight.subsample import subsample
from latentia.tables.pieces import column_pieces, row_pieces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from latentia.insight.cluster_results import Cloud, Clustering

    Array = NDArray[np.float64]

# Distances over more columns take long, and all are alike.
MOST_COLUMNS, MOST_ROWS = 500, 2000
# PCA may need more components than the network to tell groups apart; more are mostly noise.
COMPONENTS = 6


class Groups(NamedTuple):
    """What was found out about groups of rows."""

    clusterings: tuple[Clustering, ...]
    clouds: tuple[Cloud, ...]


def groups_of(
    latents: Array,
    scores: Array,
    scaled: Array,
    places: NDArray[np.int64],
    labels: ArrayLike | None,
    *,
    seed: int,
    settings: Mapping[str, Any],
    resamples: int = RESAMPLES,
) -> Groups:
    """Cluster the rows in three spaces, and test in two of them whether they are one cloud.

    Parameters
    ----------
    latents : ndarray of shape (n, k)
        Codes of all rows.
    scores : ndarray of shape (n, k)
        Of as many components of PCA.
    scaled : ndarray of shape (n, p)
        All rows as the network sees them, nan where a cell is missing.
    places : ndarray of int, shape (n,)
        Where each row of the codes stands among the scaled ones.
    labels : array-like of shape (n,), optional
        Known classes.
    seed : int
        Decides draws, starts and subsamples.
    settings : mapping
        Of `cluster_all`. A given `eps` is for the latents, whose distances it is in.
    resamples : int, default 20
        How often rows are drawn anew to see whether each cluster of the latents comes back.

    Returns
    -------
    Groups
        The columns are left out of the clusterings where there are more than 500 of them.
    """
    linear = {name: value for name, value in settings.items() if name != "eps"}
    drawn = subsample(len(scaled), MOST_ROWS, seed)
    k = scores.shape[1]
    clusterings = [
        *cluster_all(latents, space="latent", labels=labels, seed=seed, resamples=resamples, **settings),
        *cluster_all(scores, space="PCA", labels=labels, seed=seed, **linear),
    ]
    if scaled.shape[1] > MOST_COLUMNS and not np.isnan(scaled).any():
        components = wide_components(scaled, places[drawn], max(COMPONENTS, k))
    else:
        rows = _complete(scaled[places[drawn]], k)
        components = components_of(rows, max(COMPONENTS, k))
        if scaled.shape[1] <= MOST_COLUMNS:
            clusterings += _of_columns(scaled, places, rows, drawn, labels, seed=seed, settings=linear)
    return Groups(tuple(clusterings), clouds_of(latents, components, seed=seed))


def clouds_of(latents: Array, components: Array, *, seed: int) -> tuple[Cloud, ...]:
    """Test codes and components of PCA against one cloud.

    Parameters
    ----------
    latents : ndarray of shape (n, k)
        Codes of all rows.
    components : ndarray of shape (m, at least k)
        Scores of PCA; of a sample of the rows, if there are many.
    seed : int
        Decides draws and subsamples.

    Returns
    -------
    tuple of Cloud
        None of either that has too few rows, or too few that differ.
    """
    asked = {"latent": latents, "PCA": components}
    clouds = (cloud_of(codes, space=space, seed=seed) for space, codes in asked.items())
    return tuple(one for one in clouds if one is not None)


def components_of(rows: Array, size: int) -> Array:
    """Return the scores of rows without gaps on so many components of PCA, (n, size)."""
    center = rows.mean(axis=0)
    directions = principal(rows - center, min(size, *rows.shape), overwrite=True).directions
    return rows @ directions.T - center @ directions.T


def wide_components(scaled: Array, places: NDArray[np.int64], size: int) -> Array:
    """Return the same of some rows with very many columns, from their products, a few columns at a time."""
    products = np.zeros((len(places), len(places)))
    for part in column_pieces((len(places), scaled.shape[1])):
        seen = scaled[places, part]
        seen -= seen.mean(axis=0)
        products += seen @ seen.T
    squares, vectors = np.linalg.eigh(products)
    kept = slice(None, -min(size, len(places)) - 1, -1)
    return vectors[:, kept] * np.sqrt(np.maximum(squares[kept], 0.0))


def _complete(rows: Array, k: int) -> Array:
    """Fill the gaps of rows from the others; a column without any cell says nothing."""
    gaps = np.isnan(rows)
    if not gaps.any():
        return rows
    rows = np.where(gaps.all(axis=0), 0.0, rows)
    return completed(rows, max(min(k, *rows.shape), 1))


def _of_columns(
    scaled: Array,
    places: NDArray[np.int64],
    rows: Array,
    drawn: NDArray[np.int64],
    labels: ArrayLike | None,
    *,
    seed: int,
    settings: Mapping[str, Any],
) -> list[Clustering]:
    """Cluster the drawn rows by all columns; other rows get the label of the nearest of them."""
    known = None if labels is None else np.asarray(labels, dtype=object)
    classes = None if known is None else known[drawn]
    found = cluster_all(rows, space="columns", labels=classes, seed=seed, **settings)
    if len(drawn) == len(scaled):
        return found
    center, searched = rows.mean(axis=0), NearestNeighbors(n_neighbors=1).fit(rows)
    nearest = np.empty(len(scaled), dtype=np.int64)
    for part in row_pieces(scaled.shape):
        seen = scaled[places[part]]
        filled = np.where(np.isnan(seen), center, seen)
        nearest[part] = searched.kneighbors(filled, return_distance=False)[:, 0]
    nearest[drawn] = np.arange(len(drawn))
    return [_spread(one, one.labels[nearest], known, seed) for one in found]


def _spread(
    one: Clustering, labels: NDArray[np.int64], classes: NDArray[Any] | None, seed: int
) -> Clustering:
    return replace(
        one,
        settings={**one.settings, "other_rows": "as the nearest row that was clustered"},
        labels=labels,
        noise_share=float(np.mean(labels == NOISE)),
        agreement=None if classes is None else agreement(labels, classes, seed=seed),
    )
