"""Is there structure at all? Tested against tables with each column shuffled on its own.

If the columns say nothing about each other, shuffling each one leaves a table that is as likely as the one at
hand, so that any figure of the table is as likely to be the largest as that of any shuffled one: the test
keeps its level whatever the columns look like, heavy tails and few rows included (Fisher 1935; Buja &
Eyuboglu 1992 for shuffled columns). Four figures are compared, sum and maximum over all pairs of columns: of
squared correlations of normal scores, and of squared correlations in which how far out a cell of one column
lies is told by another column or by how far out that one lies, which finds rings and folds that have no
correlation. The one that stands out most counts, and shuffled tables are judged in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from latentia.insight.normal_scores import normal_scores
from latentia.insight.null_tables import p_value_of_first
from latentia.insight.results import Structure
from latentia.insight.subsample import subsample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Owner = NDArray[np.int64]

SHUFFLES = 199
# Stricter than the other questions' 0.05: all of them are asked only where this one is answered with yes, and
# it loses little, since columns that do hang together give the smallest p-value there is.
LEVEL = 0.02
# More would make the test slow and hardly more powerful.
MOST_ROWS, MOST_COLUMNS = 1000, 120
FEWEST_ROWS, FEWEST_COLUMNS = 5, 2
# A spread of equal cells, but for rounding.
ROUNDING = 1e-6


class _Features(NamedTuple):
    """Columns, and their curvatures, with mean 0 and variance 1, and which column each is of."""

    plain: Array  # (n, q)
    curved: Array  # (n, r)
    plain_owner: Owner
    curved_owner: Owner


def structure_of(values: Array, owner: Owner, *, seed: int, shuffles: int = SHUFFLES) -> Structure | None:
    """Test whether columns say anything about each other; None with one column or fewer than five rows.

    Parameters
    ----------
    values : ndarray of shape (n, q)
        All rows as the network sees them, nan where a cell is missing.
    owner : ndarray of int, shape (q,)
        The table's column that each of them is of: the levels of a category are shuffled as one.
    seed : int
        Of the shuffles, and of the rows and columns that are looked at if there are many.
    shuffles : int, default 199
        How many tables are shuffled; the smallest p-value is one in so many and one.
    """
    rows = subsample(len(values), MOST_ROWS, seed)
    kept = subsample(int(owner[-1]) + 1, MOST_COLUMNS, seed)
    chosen = np.flatnonzero(np.isin(owner, kept))
    values, owner = values[np.ix_(rows, chosen)], owner[chosen]
    if len(rows) < FEWEST_ROWS or len(kept) < FEWEST_COLUMNS:
        return None
    features = _features(values, owner)
    there = [np.flatnonzero(~np.isnan(values[:, np.flatnonzero(owner == one)[0]])) for one in kept]
    rng = np.random.default_rng(seed)
    figures = np.array(
        [_figures(features), *(_figures(_shuffled(features, kept, there, rng)) for _ in range(shuffles))]
    )
    straight, curved, *_ = figures[0] / np.maximum(figures[1:].mean(axis=0), np.finfo(np.float64).tiny)
    return Structure(
        p_value=p_value_of_first(figures),
        straight=float(straight),
        curved=float(curved),
        shuffles=shuffles,
        n_rows=len(rows),
        n_columns=len(kept),
    )


def _features(values: Array, owner: Owner) -> _Features:
    widths = np.bincount(owner)[owner]
    single = widths == 1
    plain = normal_scores(values)
    # A category counts as much as a number, however many levels it has.
    plain[:, ~single] = _scaled(values[:, ~single]) / np.sqrt(widths[~single])
    gone = np.isnan(values[:, single])
    bent = normal_scores(np.where(gone, np.nan, np.abs(plain[:, single])))
    curved = np.zeros_like(bent)
    for at in range(bent.shape[1]):
        here = ~gone[:, at]
        if not here.any():
            continue
        curved[here, at] = _without(bent[here, at], plain[here][:, np.flatnonzero(single)[at]])
    return _Features(plain, curved, owner, owner[single])


def _scaled(values: Array) -> Array:
    there = ~np.isnan(values)
    n = np.maximum(there.sum(axis=0), 1)
    off = np.where(there, values - np.where(there, values, 0.0).sum(axis=0) / n, 0.0)
    spread = np.sqrt(np.square(off).sum(axis=0) / n)
    return off / np.where(spread > 0, spread, 1.0)


def _without(bent: Array, score: Array) -> Array:
    """Return the curvature of a column with what its score says of it taken out, of variance 1."""
    off = bent - bent.mean()
    off = off - score * (off @ score) / max(float(score @ score), 1e-12)
    spread = off.std()
    return off / spread if spread > ROUNDING else np.zeros_like(off)


def _shuffled(features: _Features, kept: Owner, there: list[Owner], rng: np.random.Generator) -> _Features:
    """Return the same with the cells of each column on other rows; gaps stay where they are."""
    plain, curved = features.plain.copy(), features.curved.copy()
    for one, rows in zip(kept.tolist(), there, strict=True):
        other = rng.permutation(rows)
        for cells, owner in ((plain, features.plain_owner), (curved, features.curved_owner)):
            columns = np.flatnonzero(owner == one)
            cells[np.ix_(rows, columns)] = cells[np.ix_(other, columns)]
    return features._replace(plain=plain, curved=curved)


def _figures(features: _Features) -> tuple[float, ...]:
    """Return sums and maxima of squared correlations between columns, straight and curved."""
    n = len(features.plain)
    straight = features.plain.T @ features.plain / n
    mixed, bent = features.curved.T @ features.plain / n, features.curved.T @ features.curved / n
    apart = [
        np.square(table)[one[:, None] != other[None, :]]
        for table, one, other in (
            (straight, features.plain_owner, features.plain_owner),
            (mixed, features.curved_owner, features.plain_owner),
            (bent, features.curved_owner, features.curved_owner),
        )
    ]
    bends = np.concatenate(apart[1:])
    return tuple(float(one) for one in (apart[0].sum(), bends.sum(), apart[0].max(), bends.max(initial=0.0)))
