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
from latentia.insight.told_by_others import marks_of, told_by_others
from latentia.tables.pieces import column_pieces, row_pieces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from latentia.insight.cluster_results import Cloud, Clustering

    Array = NDArray[np.float64]

# Distances over more columns take long, and all are alike.
MOST_COLUMNS, MOST_ROWS = 500, 2000
# PCA may need more components than the network to tell groups apart; more are mostly noise.
COMPONENTS = 6
# More columns than this together part the rows by none of them.
MOST_NAMED = 3


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
    owner: NDArray[np.integer] | None = None,
    names: Sequence[str] = (),
) -> Groups:
    """Cluster the rows in three spaces, and test in two of them whether they are one cloud.

    Where PCA shows groups, it is asked a second time: with what the other columns tell of each category and
    of each column with two values, whose values would part the rows alone.

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
    owner : ndarray of int, shape (p,), optional
        The table's column that each scaled one belongs to; its own when None.
    names : sequence of str
        Of the table's columns.

    Returns
    -------
    Groups
        The columns are left out of the clusterings where there are more than 500 of them.
    """
    linear = {name: value for name, value in settings.items() if name != "eps"}
    drawn = subsample(len(scaled), MOST_ROWS, seed)
    k = scores.shape[1]
    size = max(COMPONENTS, k)
    clusterings = [
        *cluster_all(latents, space="latent", labels=labels, seed=seed, resamples=resamples, **settings),
        *cluster_all(scores, space="PCA", labels=labels, seed=seed, **linear),
    ]
    if scaled.shape[1] > MOST_COLUMNS and not np.isnan(scaled).any():
        clouds = clouds_of(latents, wide_components(scaled, places[drawn], size), seed=seed)
    else:
        rows = _complete(scaled[places[drawn]], k)
        clouds = clouds_of(latents, components_of(rows, size), seed=seed)
        if scaled.shape[1] <= MOST_COLUMNS:
            clusterings += _of_columns(scaled, places, rows, drawn, labels, seed=seed, settings=linear)
            seen = max((cloud.n_clusters for cloud in clouds if cloud.space == "PCA"), default=1)
            if seen > 1:
                owner = np.arange(scaled.shape[1]) if owner is None else owner
                marks = marks_of(scaled, owner)
                clouds += shared_cloud(rows, owner, marks, names, seen=seen, size=size, seed=seed)
    return Groups(tuple(clusterings), clouds)


def shared_cloud(
    rows: Array,
    owner: NDArray[np.integer],
    marks: Sequence[int],
    names: Sequence[str] = (),
    *,
    seen: int,
    size: int,
    seed: int,
) -> tuple[Cloud, ...]:
    """Test PCA's components of what columns share against one cloud, and name columns that part the rows.

    Parameters
    ----------
    rows : ndarray of shape (n, p)
        Without gaps.
    owner : ndarray of int, shape (p,)
        The table's column that each belongs to.
    marks : sequence of int
        The table's columns that are taken as what the others tell of them.
    names : sequence of str
        Of the table's columns.
    seen : int
        How many groups the components of the rows as they are show.
    size : int
        Number of components.
    seed : int

    Returns
    -------
    tuple of Cloud
        One, or none without marks or where most rows are repeated. If it shows fewer groups than are seen, it
        names the columns without whose own values there are no more; none if more than three are needed.
    """
    if not marks:
        return ()

    def asked(shared: Array) -> Cloud | None:
        return cloud_of(components_of(shared, size), space="shared", seed=seed)

    shared = told_by_others(rows, owner, marks, seed=seed)
    found = asked(shared)
    if found is None:
        return ()
    if found.n_clusters >= seen or not names:
        return (found,)
    own = np.square(rows - shared).mean(axis=0)
    # Columns that the others tell least of part the rows most.
    first = sorted(marks, key=lambda mark: -own[owner == mark].sum())
    for count in range(1, min(MOST_NAMED, len(first)) + 1):
        fewer = sorted(first[:count])
        again = asked(told_by_others(rows, owner, fewer, seed=seed))
        if again is not None and again.n_clusters <= found.n_clusters:
            return (replace(again, columns=tuple(names[mark] for mark in fewer)),)
    return (found,)


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
