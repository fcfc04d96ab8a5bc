"""Other recipes and other sizes, tried on the same rows: what the chosen fit is compared with."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.baselines import pca_r2
from latentia.insight.fit_diagnosis import network_quality
from latentia.insight.rate_trials import sweep_rates
from latentia.insight.results import Candidate
from latentia.insight.size import choose_size
from latentia.networks.network import narrowed
from latentia.settings import LOSS_OUTPUTS
from latentia.tables.splits import hold_out
from latentia.training.endings import Ending
from latentia.training.fit import Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latentia.engines import Engine
    from latentia.insight.findings import Finding
    from latentia.insight.rate_sweep import RateSweep
    from latentia.insight.results import SizeSweep
    from latentia.recipe import Recipe
    from latentia.tables.table import Schema
    from latentia.training.progress import Progress
    from latentia.training.trained import Trained

# Recipes that every analysis is compared with: settings that replace those of the chosen fit.
LINEAR = "linear"
SHALLOW = "shallow"
COMPARED: Mapping[str, Mapping[str, object]] = {
    LINEAR: {
        "hidden_layer_sizes": (),
        "bottleneck": "linear",
        "output_activation": "linear",
        "corruption": None,
    },
    SHALLOW: {"hidden_layer_sizes": (), "bottleneck": "relu", "corruption": None},
    "shallow, sigmoid output": {
        "hidden_layer_sizes": (),
        "bottleneck": "relu",
        "output_activation": "sigmoid",
        "corruption": None,
    },
}
# A linear network is turned most slowly by weight decay and noise it does not need.
SHALLOW_OPTIMIZER = {"optimizer": ("adam", ()), "learning_rate": ("cosine", (("rate", 1e-2),))}
SEEDS_PER_SIZE = 3
LARGEST_SIZE, FEWEST_SIZES = 10, 6
# Multiply-adds that a sweep may take: about a second on two cores. Half will do where a size is given and
# only to be seen among others.
SWEEP_BUDGET = 1.5e10
FEWEST_SWEEP_EPOCHS, FEWEST_SWEEP_ROWS = 30, 500
# Weights of all networks that a sweep trains side by side; in memory they are about eight times.
SWEEP_WEIGHTS = 1 << 24
# Sizes to try where there is no room for all of them.
FEW_SIZES = (1, 2, 3, 4, 6, 8, 10)
# Networks of a sweep over learning rates: as many as were trained, but a median takes three.
FEWEST_NETWORKS, MOST_NETWORKS = 3, 8
# Of larger tables than this, in cells, simpler recipes are trained from three starts only: they end alike.
MOST_CELLS_FOR_ALL_STARTS = 1 << 22


def candidate(
    name: str,
    trained: Trained,
    training: np.ndarray,
    held_out: np.ndarray,
    *,
    chosen: bool = False,
    findings: Sequence[Finding] = (),
) -> Candidate:
    """Measure one trained recipe on training and held-out rows, in its scaled units."""
    member, outcome = trained.chosen, trained.outcome
    inside, outside = (
        network_quality(trained.network, rows, trained.center, kind)
        for rows, kind in ((training, "training"), (held_out, "held-out"))
    )
    return Candidate(
        name=name,
        description=trained.network.architecture.describe(),
        n_parameters=trained.network.architecture.n_parameters,
        training_mse=inside.mse,
        held_out_mse=outside.mse,
        held_out_r2=outside.r2,
        epochs=int(outcome.epochs_run[member]),
        ending=outcome.endings[member].label,
        seconds=outcome.seconds,
        chosen=chosen,
        findings=tuple(findings),
    )


def try_recipes(
    values: np.ndarray,
    recipe: Recipe,
    engine: Engine,
    *,
    seed: int,
    schema: Schema | None = None,
    progress: Progress | None = None,
) -> dict[str, Trained]:
    """Train every compared recipe on rows in original units.

    Of a large table they have three starts at most, because they take as long as the chosen recipe where
    nearly all work is done at the output.

    After Ctrl-C there is no further one, and the interrupted one is left out: it would look worse
    than it is.
    """
    tried = {}
    if values.size > MOST_CELLS_FOR_ALL_STARTS:
        recipe = replace(recipe, n_seeds=min(recipe.n_seeds, FEWEST_NETWORKS))
    for name, settings in compared_with(recipe).items():
        changed = replace(recipe, **{**SHALLOW_OPTIMIZER, **settings})
        trained = engine.fit(values, changed, Task(seed=seed, schema=schema, progress=progress))
        if Ending.INTERRUPTED in trained.outcome.endings:
            break
        tried[name] = trained
    return tried


def compared_with(recipe: Recipe) -> Mapping[str, Mapping[str, object]]:
    """Return the recipes that one is compared with: some losses have an output of their own.

    Examples
    --------
    >>> from latentia.recipe import Recipe
    >>> list(compared_with(Recipe.from_settings(loss="poisson")))
    ['linear', 'shallow']
    """
    output = LOSS_OUTPUTS.get(recipe.loss_name)
    if output is None:
        return COMPARED
    kept = {
        name: settings
        for name, settings in COMPARED.items()
        if settings.get("output_activation", "linear") == "linear"
    }
    return {name: {**settings, "output_activation": output} for name, settings in kept.items()}


def try_rates(
    values: np.ndarray,
    recipe: Recipe,
    engine: Engine,
    *,
    seed: int,
    schema: Schema | None = None,
    progress: Progress | None = None,
) -> RateSweep | None:
    """Sweep over learning rates with the settings of a fit, its schedule included.

    Parameters
    ----------
    values : array of shape (n, p)
        Rows in original units.
    recipe : Recipe
        As it was resolved for the fit, so that the suggestion compares with the rate it had.

    Returns
    -------
    RateSweep or None
        None after Ctrl-C: half a sweep suggests nothing.
    """
    room = SWEEP_WEIGHTS // weights_of(recipe, *values.shape)
    networks = max(min(recipe.n_seeds, MOST_NETWORKS, room), FEWEST_NETWORKS)
    try:
        return sweep_rates(
            values, recipe, engine, seed=seed, n_networks=networks, schema=schema, progress=progress
        )
    except KeyboardInterrupt:
        return None


def sweep_sizes(
    values: np.ndarray,
    recipe: Recipe,
    engine: Engine,
    *,
    seed: int,
    around: int | None = None,
    schema: Schema | None = None,
    progress: Progress | None = None,
) -> SizeSweep | None:
    """Train networks of every size from one program and recommend a size.

    Rows that judge the sizes are drawn from `values`, so that rows held out from the whole
    analysis take no part in the choice.

    Parameters
    ----------
    values : array of shape (n, p)
        Rows in original units.
    recipe : Recipe
        Settings of the networks; the number of components is replaced.
    engine : Engine
        Where to train.
    seed : int
        Source of the split and of all chance.
    around : int or None
        A size that is settled already: up to twice as many are compared, to show where it stands.
    schema : Schema or None
        What the columns are; None where all hold numbers.

    Returns
    -------
    SizeSweep or None
        None when the networks of all sizes diverged.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C: nothing can be recommended from half a sweep.
    """
    budget = SWEEP_BUDGET if around is None else SWEEP_BUDGET / 2
    rows = affordable_rows(values, seed, recipe, budget)
    split = hold_out(len(rows), recipe.validation_fraction or 0.2, seed)
    sizes = sizes_to_try(len(split.training), rows.shape[1], LARGEST_SIZE if around is None else 2 * around)
    wide = replace(recipe, n_components=max(sizes), n_seeds=1)
    sizes, seeds = _side_by_side(sizes, weights_of(wide, *rows[split.training].shape), around)
    counts = [size for size in sizes for _ in range(seeds)]
    wide = replace(wide, max_epochs=affordable_epochs(wide, rows[split.training].shape, len(counts), budget))
    variants = [replace(wide, n_components=count) for count in counts]
    task = Task(seed=seed, split=split, variants=variants, schema=schema, progress=progress)
    trained = engine.fit(rows, wide, task)
    if Ending.INTERRUPTED in trained.outcome.endings:
        raise KeyboardInterrupt
    judged = trained.scale(rows[split.held_out])
    r2 = [_masked_r2(trained, member, count, judged) for member, count in enumerate(counts)]
    if not np.isfinite(r2).any():
        return None
    linear = pca_r2(trained.scale(rows[split.training]), judged, sizes)
    return choose_size(sizes, np.reshape(r2, (len(sizes), seeds)), linear, n_columns=rows.shape[1])


def sizes_to_try(n_rows: int, n_columns: int, largest: int = LARGEST_SIZE) -> Sequence[int]:
    """Return the numbers of components to compare: up to the largest, six at least, ten at most.

    Examples
    --------
    >>> list(sizes_to_try(142, 13))
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    >>> list(sizes_to_try(142, 4))
    [1, 2, 3]
    >>> list(sizes_to_try(142, 13, largest=4))
    [1, 2, 3, 4, 5, 6]
    """
    most = min(max(largest, FEWEST_SIZES), LARGEST_SIZE)
    return range(1, max(min(most, n_columns - 1, n_rows - 1), 1) + 1)


def _masked_r2(trained: Trained, member: int, count: int, judged: np.ndarray) -> float:
    """Return R² with only the first components in use; nan for a network that diverged."""
    if trained.outcome.endings[member] is Ending.DIVERGED:
        return float("nan")
    network = narrowed(trained.outcome.network(member), count)
    return network_quality(network, judged, trained.center, "held-out").r2


def _work_per_epoch(recipe: Recipe, n_rows: int, n_columns: int) -> float:
    """Estimate the multiply-adds of one epoch of one network: forward, backward, and the gradient."""
    return 3.0 * n_rows * weights_of(recipe, n_rows, n_columns)


def weights_of(recipe: Recipe, n_rows: int, n_columns: int) -> int:
    """Count the weights of a network, encoder and decoder."""
    hidden = recipe.resolve(n_rows=max(n_rows, 1), n_features=n_columns).hidden_layer_sizes
    widths = (n_columns, *hidden, recipe.n_components)
    return 2 * sum(int(a) * int(b) for a, b in pairwise(widths))


def _side_by_side(sizes: Sequence[int], weights: int, around: int | None) -> tuple[Sequence[int], int]:
    """Return which sizes to try and from how many starts, so that all networks fit into memory.

    Examples
    --------
    >>> _side_by_side(range(1, 11), 10_000, None)
    (range(1, 11), 3)
    >>> _side_by_side(range(1, 11), 5_000_000, 5)
    ((1, 2, 3, 4, 5, 6, 8, 10), 1)
    """
    few = tuple(size for size in sizes if size in {*FEW_SIZES, around})
    for some, seeds in ((sizes, SEEDS_PER_SIZE), (few, SEEDS_PER_SIZE), (few, SEEDS_PER_SIZE - 1)):
        if len(some) * seeds * weights <= SWEEP_WEIGHTS:
            return some, seeds
    return few, 1


def affordable_rows(
    values: np.ndarray,
    seed: int,
    recipe: Recipe,
    budget: float,
    members: int = SEEDS_PER_SIZE * LARGEST_SIZE,
) -> np.ndarray:
    """Return the rows to use: all of them, or as many as the budget allows."""
    n_rows, n_columns = values.shape
    per_row = _work_per_epoch(recipe, 1, n_columns) * members * FEWEST_SWEEP_EPOCHS
    most = max(FEWEST_SWEEP_ROWS, int(budget / per_row))
    if n_rows <= most:
        return values
    return values[np.sort(np.random.default_rng(seed).permutation(n_rows)[:most])]


def affordable_epochs(recipe: Recipe, shape: tuple[int, ...], members: int, budget: float) -> int:
    """Return how many epochs to train: as many as the recipe asks for, or as the budget allows."""
    n_rows, n_columns = shape
    wanted = recipe.resolve(n_rows=n_rows, n_features=n_columns).max_epochs
    affordable = budget / (_work_per_epoch(recipe, n_rows, n_columns) * members)
    return min(int(wanted), max(FEWEST_SWEEP_EPOCHS, math.floor(affordable)))
