"""Which factors come back? Networks of resampled rows and other starts, beside the one that is shown.

Rows are drawn with replacement from those that the analysis may learn from, as many as its network learned
from; rows that were not drawn choose the epoch (Efron & Tibshirani 1993, "An Introduction to the
Bootstrap"). Every network begins with weights of its own, so that what comes back comes back on other rows
and from another start. How far the effects of matched factors scatter gives them an interval.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import t

from latentia.insight.affordable import weights_of
from latentia.insight.baselines import principal_components
from latentia.insight.diagnosis.wording import counted
from latentia.insight.factors import effects
from latentia.insight.reproducibility import matched
from latentia.insight.resampling import (
    BOOTSTRAPS,
    affordable_fits,
    bootstrap_split,
    seed_of,
    side_by_side,
    unheard,
)
from latentia.insight.resampling_results import LeftOut, Reproducibility
from latentia.insight.stability import shared_space
from latentia.insight.subsample import subsample
from latentia.networks.tiles import decode_rows
from latentia.training.endings import Ending
from latentia.training.fit import Task
from latentia.training.progress import Silent
from latentia.training.returning import give_memory_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentia.engines import Engine
    from latentia.insight.reproducibility import Matched
    from latentia.insight.results import Effects
    from latentia.tables.splits import Split
    from latentia.training.progress import Progress
    from latentia.training.trained import Trained

FEWEST = 5
COVERAGE = 0.95
# On fewer rows than this a correlation says little, and all rows are compared instead of those held out.
FEWEST_JUDGED, MOST_JUDGED = 20, 2000


class Bootstrapped(NamedTuple):
    """What came of the resamples."""

    reproducibility: Reproducibility
    effects: Effects  # of the network that is shown, with their margins


def bootstrap_factors(
    values: np.ndarray,
    split: Split,
    trained: Trained,
    engine: Engine,
    *,
    resamples: int,
    budget: float,
    seed: int,
    progress: Progress | None = None,
    begin: Callable[[str], None] = unheard,
) -> Bootstrapped | LeftOut:
    """Look for the factors of a network in networks of resampled rows.

    Parameters
    ----------
    values : array of shape (n, p)
        All rows, in original units, as a network sees them.
    split : Split
        Rows that the analysis may learn from, and those on which codes are compared.
    trained : Trained
        The network that is shown.
    engine : Engine
        Where to train.
    resamples : int
        How many; fewer where the budget allows no more.
    budget : float
        Multiply-adds that all of it may take.
    seed : int
        The root of all chance.
    progress : Progress, optional
    begin : callable, optional
        Told before the work how many networks there are, or why there are none.

    Returns
    -------
    Bootstrapped or LeftOut
        Left out where fewer than five resamples can be had, and after Ctrl-C.
    """
    n_training = trained.split.n_training
    room = affordable_fits(
        trained.recipe,
        (n_training, values.shape[1]),
        epochs=float(trained.outcome.epochs_run[trained.chosen]),
        times=resamples,
        fewest=FEWEST,
        starts=1,
        budget=budget,
    )
    if room.times < FEWEST:
        reason = f"{FEWEST} more fits of this size take longer than the preset allows"
        begin(f"not on resampled rows: {reason}")
        return LeftOut(reason=reason)
    begin(f"{counted(room.times, 'network')} of resampled rows")
    judged = _judged(values, split, seed)
    learned, found = values[split.training], list[_Again]()

    def once_more(time: int) -> list[_Again]:
        return _again(learned, judged, trained, engine, seed_of(seed, BOOTSTRAPS, time))

    weights = weights_of(trained.recipe, *values.shape)
    try:
        for time, again in enumerate(side_by_side(once_more, room.times, engine, weights=weights)):
            found += again
            (progress or Silent()).resamples("resample", time + 1, room.times)
            give_memory_back()
    except KeyboardInterrupt:
        return LeftOut(reason="it was interrupted")
    if len(found) < FEWEST:
        n_lost = room.times - len(found)
        return LeftOut(reason=f"{n_lost} of {room.times} networks of resampled rows diverged")
    own = trained.encode(judged).astype(np.float64)
    own_rows = trained.scale(learned[trained.split.training])
    linear = _pca(own_rows, trained.scale(judged), trained.recipe.n_components)
    return _summed_up(own, effects_of(trained, learned), trained.scaling.spread_in_units, linear, found)


def effects_of(trained: Trained, rows: np.ndarray, spread: np.ndarray | None = None) -> Effects:
    """Return the effects of a network's factors over rows in original units.

    The spread, (p,), is what a standard deviation of each column is; by default that of its own training
    rows.
    """
    return effects(
        trained.encode(rows).astype(np.float64),
        lambda codes: decode_rows(trained.network, codes),
        trained.scaling.inverse_transform,
        trained.scaling.spread_in_units if spread is None else spread,
    )


class _Again(NamedTuple):
    """What the comparison needs of one network of resampled rows."""

    codes: np.ndarray  # (judged rows, k)
    effects: Effects
    pca: tuple[np.ndarray, np.ndarray]  # scores of the judged rows, and loadings


def _judged(values: np.ndarray, split: Split, seed: int) -> np.ndarray:
    """Return the rows on which codes are compared."""
    rows = values[split.held_out] if split.n_held_out >= FEWEST_JUDGED else values
    return rows[subsample(len(rows), MOST_JUDGED, seed)]


def _again(
    learned: np.ndarray, judged: np.ndarray, trained: Trained, engine: Engine, seed: int
) -> list[_Again]:
    """Train on resampled rows; nothing comes of a network that diverges."""
    positions, split = bootstrap_split(len(learned), trained.split.n_training, trained.split.n_held_out, seed)
    rows, recipe = learned[positions], replace(trained.recipe, n_seeds=1)
    other = engine.fit(rows, recipe, Task(seed=seed, split=split, schema=trained.schema))
    if Ending.INTERRUPTED in other.outcome.endings:
        raise KeyboardInterrupt
    if Ending.DIVERGED in other.outcome.endings:
        return []
    moved = effects_of(other, rows[split.training], trained.scaling.spread_in_units)
    # From the same rows as the weights, and scaled alike, so that loadings have a common unit.
    pca = _pca(trained.scale(rows[split.training]), trained.scale(judged), recipe.n_components)
    return [_Again(other.encode(judged).astype(np.float64), moved, pca)]


def _pca(rows: np.ndarray, judged: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    found = principal_components(rows, size)
    return found.encode(judged), found.directions


def _summed_up(
    own: np.ndarray,
    shown: Effects,
    spread: np.ndarray,
    linear: tuple[np.ndarray, np.ndarray],
    found: list[_Again],
) -> Bootstrapped:
    """Match every network's factors with the shown ones, and PCA's components with those of all rows."""
    pairs = [matched(own, one.codes, shown.change_scaled, one.effects.change_scaled) for one in found]
    changes = np.array(
        [
            pair.sign[:, None] * one.effects.change[pair.partner]
            for pair, one in zip(pairs, found, strict=True)
        ]
    )
    margin = t.ppf((1 + COVERAGE) / 2, len(found) - 1) * changes.std(axis=0, ddof=1)
    components = [matched(linear[0], one.pca[0], linear[1], one.pca[1]) for one in found]
    return Bootstrapped(
        Reproducibility(
            n_rows=len(own),
            codes=np.array([pair.codes for pair in pairs]),
            loadings=np.array([pair.loadings for pair in pairs]),
            per_factor=_typical(pairs),
            per_component=_typical(components),
            space_r2=shared_space(np.stack([own, *(one.codes for one in found)]), 0),
        ),
        replace(
            shown,
            margin=margin,
            margin_scaled=np.divide(margin, spread, out=np.zeros_like(margin), where=spread > 0),
            n_resamples=len(found),
        ),
    )


def _typical(pairs: list[Matched]) -> np.ndarray:
    """Return of each factor the median likeness to its partners, (k,)."""
    return np.median([np.minimum(pair.codes, pair.loadings) for pair in pairs], axis=0)
