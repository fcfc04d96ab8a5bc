"""Does the network beat PCA? Asked on several splits of the rows, with everything learned anew on each.

One split is one draw: who wins on it may lose on the next. On every split the network is trained from
scratch, scaling and choice of the epoch included, PCA learns from the same rows, and rows that neither has
seen judge both. `latentia.insight.corrected_test` says whether the gains are more than chance.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.affordable import weights_of
from latentia.insight.baselines import pca_baseline
from latentia.insight.corrected_test import corrected_test
from latentia.insight.diagnosis.wording import counted
from latentia.insight.fit_diagnosis import network_quality
from latentia.insight.quality import quality
from latentia.insight.resampling import SPLITS, affordable_fits, seed_of, side_by_side, unheard
from latentia.insight.resampling_results import LeftOut, RepeatedSplits
from latentia.settings import COUNT_LOSSES
from latentia.tables.splits import hold_out
from latentia.training.endings import Ending
from latentia.training.fit import Task
from latentia.training.progress import Silent
from latentia.training.returning import give_memory_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentia.engines import Engine
    from latentia.insight.resampling import Affordable
    from latentia.recipe import Recipe
    from latentia.tables.table import Schema
    from latentia.training.progress import Progress
    from latentia.training.trained import Trained

HELD_OUT_SHARE = 0.2
MOST_STARTS = 2
FEWEST_SPLITS, FEWEST_HELD_OUT = 5, 5


def repeat_splits(
    values: np.ndarray,
    recipe: Recipe,
    engine: Engine,
    *,
    splits: int,
    epochs: float,
    budget: float,
    seed: int,
    schema: Schema | None = None,
    progress: Progress | None = None,
    begin: Callable[[str], None] = unheard,
) -> RepeatedSplits | LeftOut:
    """Compare network and PCA on splits that are drawn at random, a fifth of the rows held out in each.

    Parameters
    ----------
    values : array of shape (n, p)
        All rows, in original units, as a network sees them.
    recipe : Recipe
        As it was resolved for the fit that is shown.
    engine : Engine
        Where to train.
    splits : int
        How many; fewer where the budget allows no more.
    epochs : float
        How many passes a fit takes, as far as is known.
    budget : float
        Multiply-adds that all of it may take.
    seed : int
        The root of all chance.
    schema : Schema or None
        What the columns are; None where all hold numbers.
    progress : Progress, optional
    begin : callable, optional
        Told before the work how many splits there are, or why there are none.

    Returns
    -------
    RepeatedSplits or LeftOut
        Left out where fewer than five splits can be had or judged, where the network's aim is another
        than PCA's (counts, columns of different weight), and after Ctrl-C.
    """
    n_held_out = round(HELD_OUT_SHARE * len(values))
    n_training = len(values) - n_held_out
    room = _room(values.shape, recipe, splits=splits, epochs=epochs, budget=budget)
    if isinstance(room, LeftOut):
        begin(f"on one split only: {room.reason}")
        return room
    begin(f"{counted(room.times, 'new split')} of the rows")
    recipe = replace(recipe, n_seeds=room.starts)
    try:
        found = _on_each(values, recipe, engine, room.times, seed, schema, progress or Silent())
    except KeyboardInterrupt:
        return LeftOut(reason="it was interrupted")
    r2, r2_pca = np.transpose(found)
    if not np.isfinite(found).all():
        return LeftOut(reason="a network diverged, or rows that were held out do not vary")
    test = corrected_test(r2 - r2_pca, n_training, n_held_out)
    return RepeatedSplits(
        n_training=n_training,
        n_held_out=n_held_out,
        n_starts=room.starts,
        r2=r2,
        r2_pca=r2_pca,
        gain=test.mean,
        standard_error=test.standard_error,
        low=test.low,
        high=test.high,
        p_value=test.p_value,
    )


def _room(
    shape: tuple[int, ...], recipe: Recipe, *, splits: int, epochs: float, budget: float
) -> Affordable | LeftOut:
    """Return how many splits there are, or why there are none."""
    n_rows, n_columns = shape
    n_held_out = round(HELD_OUT_SHARE * n_rows)
    if recipe.loss_name in COUNT_LOSSES or recipe.column_weights is not None:
        return LeftOut(reason="the network aims at something else than PCA's squared error")
    if n_held_out < FEWEST_HELD_OUT:
        return LeftOut(reason=f"a split of {n_rows} rows holds out only {n_held_out}")
    room = affordable_fits(
        recipe,
        (n_rows - n_held_out, n_columns),
        epochs=epochs,
        times=splits,
        fewest=FEWEST_SPLITS,
        starts=min(recipe.n_seeds, MOST_STARTS),
        budget=budget,
    )
    if room.times < FEWEST_SPLITS:
        return LeftOut(reason=f"{FEWEST_SPLITS} more fits of this size take longer than the preset allows")
    return room


def _on_each(
    values: np.ndarray,
    recipe: Recipe,
    engine: Engine,
    times: int,
    seed: int,
    schema: Schema | None,
    progress: Progress,
) -> list[tuple[float, float]]:
    """Return R² of network and PCA on the rows that each split holds out."""

    def judged(time: int) -> tuple[float, float]:
        one = seed_of(seed, SPLITS, time)
        split = hold_out(len(values), HELD_OUT_SHARE, one)
        learned = values[split.training]
        trained = engine.fit(learned, recipe, Task(seed=one, schema=schema))
        if Ending.INTERRUPTED in trained.outcome.endings:
            raise KeyboardInterrupt
        return _r2_of_both(trained, learned, values[split.held_out])

    found = []
    weights = weights_of(recipe, *values.shape)
    for one in side_by_side(judged, times, engine, weights=weights):
        found.append(one)
        progress.resamples("split", len(found), times)
        give_memory_back()
    return found


def _r2_of_both(trained: Trained, learned: np.ndarray, judged: np.ndarray) -> tuple[float, float]:
    inside, outside = trained.scale(learned), trained.scale(judged)
    own = network_quality(trained.network, outside, trained.center, "held-out")
    pca = pca_baseline(
        inside, outside, outside[:0], trained.recipe.n_components, center=trained.center
    ).held_out
    # Both against the same mean, or the gain would be one between means as well.
    means = np.broadcast_to(trained.center, outside.shape)
    reference = quality(outside, means, center=trained.center, rows="held-out").mse
    if not reference > 0:
        return float("nan"), float("nan")
    return 1 - own.mse / reference, 1 - pca.mse / reference
