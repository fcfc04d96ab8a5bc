"""Tells whether a factor merely follows something that nobody is interested in.

A batch, the day of a measurement, the order of the rows: whatever a network finds may be no more than one
of these. For every factor, and for everything that it may follow, this says which share of the factor's
variation goes with it, all by ranks, so that neither skew nor a far row decides. Columns that were never
trained on, and the order of the rows, are tested by permutation; p-values are Holm's, for all pairs
together. What is computed from the columns that the network has learned from goes with its factors as a
matter of course, so that no test can judge it: there, only a share close to all of it says something.

References
----------
S. Holm (1979), "A simple sequentially rejective multiple test procedure".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from latentia.insight.results import Following
from latentia.insight.subsample import subsample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# What a factor may follow: two things that are made of the columns that it was learned from, and three that
# are not.
SIZE, GAPS = "size", "gaps"
ORDER, NUMBERS, GROUPS = "order", "numbers", "groups"
DERIVED = (SIZE, GAPS)

PERMUTATIONS = 999
# As many for each pair, or no p-value could remain small when it is corrected for all of them.
PERMUTATIONS_PER_PAIR = 50
CELLS_AT_ONCE = 1 << 16
MOST_ROWS = 5000
FEWEST_ROWS = 6
# Of rows in a row, to see whether they differ without a trend, too.
BLOCKS, FEWEST_IN_A_BLOCK = 10, 5


@dataclass(frozen=True, eq=False)
class Suspect:
    """Something about the rows that a factor may merely follow.

    Parameters
    ----------
    name : str
    kind : str
        ``"size"`` or ``"gaps"``, which are made of the columns; ``"order"``, ``"numbers"`` or ``"groups"``.
    values : ndarray of shape (n,)
        Numbers, or codes of groups; nan where a row has none.
    strata : ndarray of int, shape (n,), optional
        The number of each row's class, where rows are compared within their classes alone.
    """

    name: str
    kind: str
    values: Array
    strata: NDArray[np.int64] | None = None

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Which rows have a value, (n,)."""
        return ~np.isnan(self.values)

    @property
    def varies(self) -> bool:
        """Whether enough rows have a value, and not all the same, for anything to follow it."""
        known = self.values[self.is_known]
        return len(known) >= FEWEST_ROWS and bool((known != known[0]).any())

    def of(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Suspect:
        """Return the same of some rows."""
        strata = None if self.strata is None else self.strata[rows]
        return Suspect(self.name, self.kind, self.values[rows], strata)


def follow(
    latents: Array,
    suspects: Sequence[Suspect],
    factor_names: Sequence[str],
    *,
    seed: int,
) -> tuple[Following, ...]:
    """Say how far each factor goes with each suspect.

    Parameters
    ----------
    latents : ndarray of shape (n, k)
        Factors of all rows, in the order of the table.
    suspects : sequence of Suspect
        Those that do not vary are left out.
    factor_names : sequence of str
        Names of the k factors.
    seed : int
        Draws the permutations, and 5,000 rows of a longer table.

    Returns
    -------
    tuple of Following
        All factors with the first suspect, then with the second. Of groups and of the order, shares are
        lessened by what as many groups would have by chance.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> day = np.repeat([0.0, 1.0, 2.0], 40)
    >>> latents = np.column_stack([day + 0.3 * rng.normal(size=120), rng.normal(size=120)])
    >>> found = follow(latents, [Suspect("day", GROUPS, day)], ["factor 1", "factor 2"], seed=0)
    >>> [(one.factor, round(one.share, 1), one.p_value < 0.05) for one in found]
    [('factor 1', 0.9, True), ('factor 2', 0.0, False)]
    """
    chosen = subsample(len(latents), MOST_ROWS, seed)
    codes = latents[chosen]
    judged = [one for one in (suspect.of(chosen) for suspect in suspects) if one.varies]
    n_pairs = sum(one.kind not in DERIVED for one in judged) * codes.shape[1]
    n_draws = max(PERMUTATIONS, PERMUTATIONS_PER_PAIR * n_pairs)
    rng = np.random.default_rng(seed)
    measured = [_measured(codes[one.is_known], one.of(one.is_known), n_draws, rng) for one in judged]
    corrected = holm(np.array([p for *_, p in measured]).reshape(len(judged), -1)) if judged else ()
    return tuple(
        Following(
            factor=name,
            suspect=one.name,
            kind=one.kind,
            share=float(share[factor]),
            correlation=float(correlation[factor]),
            p_value=float(p_values[factor]),
            n_rows=int(one.is_known.sum()),
        )
        for one, (share, correlation, _), p_values in zip(judged, measured, corrected, strict=True)
        for factor, name in enumerate(factor_names)
    )


def holm(p_values: Array) -> Array:
    """Return p-values of any shape corrected for all of them together; nan is none of them.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, np.nan, 0.03]))
    array([0.03, 0.06,  nan, 0.06])
    """
    flat = np.ravel(p_values).astype(np.float64)
    order = np.argsort(flat)[: int(np.isfinite(flat).sum())]
    weights = np.arange(len(order), 0, -1)
    corrected = np.full(len(flat), np.nan)
    corrected[order] = np.minimum(np.maximum.accumulate(flat[order] * weights), 1.0)
    return corrected.reshape(np.shape(p_values))


def _measured(
    codes: Array, suspect: Suspect, n_draws: int, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Return the shares, the rank correlations, and the p-values of one suspect, (k,) each."""
    values = suspect.values
    strata = np.zeros(len(values), np.int64) if suspect.strata is None else suspect.strata
    ranks, suspected = _ranks(codes, strata), _ranks(values[:, None], strata)[:, 0]
    score = _score(suspect.kind, values, suspected)
    share = score(ranks)
    unknown = np.full(len(share), np.nan)
    correlation = unknown if suspect.kind == GROUPS else suspected @ ranks
    if suspect.kind in DERIVED:
        return share, correlation, unknown
    as_high = np.zeros(len(share))
    at_once = max(1, CELLS_AT_ONCE // ranks.size)
    for begun in range(0, n_draws, at_once):
        drawn = score(ranks[_shuffled(strata, min(at_once, n_draws - begun), rng)])
        as_high += (drawn >= share - 1e-12).sum(axis=0)  # sums differ by rounding
    return share, correlation, (1 + as_high) / (1 + n_draws)


def _ranks(values: Array, strata: NDArray[np.int64]) -> Array:
    """Return ranks of each column less their mean in the row's stratum, with squares that add up to 1."""
    ranks = rankdata(values, axis=0)
    sizes = np.bincount(strata)
    means = [np.bincount(strata, weights=column) / np.maximum(sizes, 1) for column in ranks.T]
    ranks = ranks - np.column_stack(means)[strata]
    lengths = np.sqrt((ranks**2).sum(axis=0))
    usable = np.isfinite(lengths) & (lengths > 1e-9 * len(ranks))
    return np.where(usable, ranks / np.where(usable, lengths, 1.0), 0.0)


def _score(kind: str, values: Array, suspected: Array) -> Callable[[Array], Array]:
    """Return what tells the shares of standardised ranks, (..., n, k), that go with a suspect, (..., k)."""

    def trend(ranks: Array) -> Array:
        return (suspected @ ranks) ** 2

    if kind == GROUPS:
        return _between(values)
    n_blocks = min(BLOCKS, len(values) // FEWEST_IN_A_BLOCK)
    if kind != ORDER or n_blocks <= 1:
        return trend
    blocks = _between(np.floor(np.arange(len(values)) * n_blocks / len(values)))
    return lambda ranks: np.maximum(trend(ranks), blocks(ranks))


def _between(groups: Array) -> Callable[[Array], Array]:
    """Return what tells the share of variance between groups, less what chance gives to as many."""
    names, numbers = np.unique(groups, return_inverse=True)
    order = np.argsort(numbers, kind="stable")
    sizes = np.bincount(numbers)
    starts = np.cumsum(sizes) - sizes
    n_rows, n_groups = len(groups), len(names)
    if n_groups == n_rows:  # every row is a group of its own, which says nothing
        return lambda ranks: np.zeros((*ranks.shape[:-2], ranks.shape[-1]))

    def share(ranks: Array) -> Array:
        sums = np.add.reduceat(ranks[..., order, :], starts, axis=-2)
        between = (sums**2 / sizes[:, None]).sum(axis=-2)
        lessened = 1 - (1 - between) * (n_rows - 1) / (n_rows - n_groups)
        return np.where((ranks != 0).any(axis=-2), np.clip(lessened, 0.0, 1.0), 0.0)

    return share


def _shuffled(strata: NDArray[np.int64], times: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return so many random orders of the rows, (times, n), each row in the place of one of its stratum."""
    placed = np.empty((times, len(strata)), np.int64)
    placed[:, np.argsort(strata, kind="stable")] = np.argsort(strata + rng.random(placed.shape), axis=1)
    return placed
