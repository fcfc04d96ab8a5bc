"""What sets clusters apart: the columns whose values differ most between a cluster and the other rows.

Clusters are found from these very columns, so that they differ in some of them is no discovery. What is
told here describes clusters, and tests nothing; there are no p-values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import rankdata, t

from latentia.insight.agreement import NOISE
from latentia.insight.factor_results import ClusterDrivers, Driver
from latentia.tables.pieces import column_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from latentia.insight.results import TableColumn

    Array = NDArray[np.float64]

MOST_COLUMNS = 8  # per cluster
COVERED = 0.975  # the upper end of a 95 % interval


class _Moments(NamedTuple):
    """Of the observed cells of each column, in each cluster or outside it: (clusters, p) each."""

    cells: Array  # how many
    mean: Array
    variance: Array  # of the population that they are a sample of; nan with fewer than two


def cluster_drivers(
    values: Array,
    labels: NDArray[np.int64],
    training_rows: NDArray[np.int64],
    columns: Sequence[TableColumn],
    names: Sequence[str],
    units: Sequence[str | None],
) -> tuple[ClusterDrivers, ...]:
    """Compare the rows of each cluster with all others, noise included, column by column.

    Parameters
    ----------
    values : ndarray of shape (n, p)
        All rows in original units, nan where a cell is missing; of a category, an indicator per level.
    labels : ndarray of shape (n,)
        The cluster of each row from 0, -1 for noise, which is no cluster.
    training_rows : ndarray of int64
        Positions of the rows whose standard deviations differences are measured in.
    columns : sequence of TableColumn
        The table's own; of a category only the level whose share differs most is told.
    names, units : sequence
        Of the p columns.

    Returns
    -------
    tuple of ClusterDrivers
        One for each cluster, with up to eight columns; empty if all rows are in one.

    Examples
    --------
    >>> from latentia.insight.results import TableColumn
    >>> ash = TableColumn(name="ash", kind="numeric", dtype="", why="", unit=None, n_missing=0, first=0)
    >>> values, labels = np.array([[1.0], [2.0], [8.0], [9.0]]), np.array([0, 0, 1, 1])
    >>> found = cluster_drivers(values, labels, np.arange(4), [ash], ["ash"], [None])
    >>> found[0].columns[0].difference, found[0].columns[0].auc
    (-7.0, 1.0)
    """
    clusters = np.unique(labels[labels != NOISE])
    if not len(clusters) or np.all(labels == labels[0]):
        return ()
    inside, outside = _compared(values, labels, clusters)
    spread = _spread(values, training_rows)
    difference = inside.mean - outside.mean
    scaled = np.divide(difference, spread, out=np.full_like(difference, np.nan), where=spread > 0)
    reach = _reach(inside, outside)
    owner, is_level = _owners(columns, values.shape[1])
    ranks: dict[int, Array] = {}

    def driver(at: int, column: int) -> Driver:
        """Return what is known of one column in one cluster."""
        if column not in ranks:
            ranks[column] = _ranks(values[:, column])
        above = _auc(ranks[column], labels == clusters[at])
        width = reach[at, column] / spread[column]
        return Driver(
            column=names[column],
            unit=units[column],
            is_level=bool(is_level[column]),
            inside=float(inside.mean[at, column]),
            elsewhere=float(outside.mean[at, column]),
            difference=float(difference[at, column]),
            difference_scaled=float(scaled[at, column]),
            low_scaled=float(scaled[at, column] - width),
            high_scaled=float(scaled[at, column] + width),
            auc=float(above if difference[at, column] >= 0 else 1 - above),
        )

    return tuple(
        ClusterDrivers(
            cluster=int(cluster),
            n_rows=int(np.sum(labels == cluster)),
            columns=tuple(driver(at, column) for column in _largest(scaled[at], owner)),
        )
        for at, cluster in enumerate(clusters)
    )


def _compared(values: Array, labels: NDArray[np.int64], clusters: NDArray) -> tuple[_Moments, _Moments]:
    """Return the moments of each cluster and of all other rows, some columns at a time."""
    member = (labels == clusters[:, None]).astype(np.float64)
    groups = np.vstack([member, 1 - member])
    shape = (len(groups), values.shape[1])
    count, mean, variance = np.empty(shape), np.empty(shape), np.empty(shape)
    for part in column_pieces(values.shape):
        there = ~np.isnan(values[:, part])
        # Means are taken off first, so that squares lose no digits.
        base = _mean_of(values[:, part], there)
        cells = np.where(there, values[:, part] - base, 0.0)
        n = groups @ there
        sums, squares = groups @ cells, groups @ np.square(cells)
        average = np.divide(sums, n, out=np.full_like(sums, np.nan), where=n > 0)
        rest = np.maximum(squares - n * np.square(np.nan_to_num(average)), 0.0)
        count[:, part], mean[:, part] = n, average + base
        variance[:, part] = np.divide(rest, n - 1, out=np.full_like(rest, np.nan), where=n > 1)
    half = len(clusters)
    return (
        _Moments(count[:half], mean[:half], variance[:half]),
        _Moments(count[half:], mean[half:], variance[half:]),
    )


def _mean_of(cells: Array, there: NDArray[np.bool_]) -> Array:
    return np.sum(cells, axis=0, where=there) / np.maximum(there.sum(axis=0), 1)


def _spread(values: Array, rows: NDArray[np.int64]) -> Array:
    """Return the standard deviation of the observed cells of some rows, 0 where there are none."""
    spread = np.zeros(values.shape[1])
    for part in column_pieces((len(rows), values.shape[1])):
        cells = values[rows, part]
        there = ~np.isnan(cells)
        squares = np.square(cells - _mean_of(cells, there))
        spread[part] = np.sqrt(_mean_of(squares, there))
    return spread


def _reach(inside: _Moments, outside: _Moments) -> Array:
    """Return half the width of Welch's 95 % interval of a difference of means."""
    ours, theirs = inside.variance / inside.cells, outside.variance / outside.cells
    error = ours + theirs
    below = np.square(ours) / (inside.cells - 1) + np.square(theirs) / (outside.cells - 1)
    freedom = np.divide(np.square(error), below, out=np.ones_like(error), where=below > 0)
    return np.asarray(t.ppf(COVERED, freedom) * np.sqrt(error))


def _owners(columns: Sequence[TableColumn], p: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return which of the table's columns each of p belongs to, and whether it is a level."""
    owner, is_level = np.arange(p), np.zeros(p, bool)
    for column in columns:
        if column.kind == "category":
            levels = slice(column.first, column.first + len(column.levels))
            owner[levels], is_level[levels] = column.first, True
    return owner, is_level


def _largest(scaled: Array, owner: NDArray[np.int64]) -> list[int]:
    """Return the columns that differ most, of a category one level, the largest difference first."""
    known = np.flatnonzero(np.isfinite(scaled))
    order = known[np.argsort(-np.abs(scaled[known]), kind="stable")]
    _, first = np.unique(owner[order], return_index=True)
    return [int(column) for column in order[np.sort(first)[:MOST_COLUMNS]]]


def _ranks(cells: Array) -> Array:
    """Return the ranks of the observed cells from 1, equal ones sharing theirs; nan elsewhere."""
    return np.asarray(rankdata(cells, nan_policy="omit"))


def _auc(ranks: Array, inside: NDArray[np.bool_]) -> float:
    """Return how often a cell inside is above one outside, equal ones counting half.

    Examples
    --------
    >>> _auc(np.array([1.0, 2.5, 2.5, 4.0]), np.array([False, False, True, True]))
    0.875
    """
    there = ~np.isnan(ranks)
    ours = int(np.sum(inside & there))
    theirs = int(there.sum()) - ours
    if not ours or not theirs:
        return float("nan")
    return float((ranks[inside & there].sum() - ours * (ours + 1) / 2) / (ours * theirs))
