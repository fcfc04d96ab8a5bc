"""Networks of every size from one program: a quick look for an analysis, and the long answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from latentia.insight.affordable import (
    LARGEST_SIZE,
    MOST_WEIGHTS,
    affordable_epochs,
    affordable_rows,
    sizes_to_try,
    weights_of,
)
from latentia.insight.baselines import pca_r2
from latentia.insight.dimension import intrinsic_dimension
from latentia.insight.fit_diagnosis import network_quality
from latentia.insight.results import ComparedSizes
from latentia.insight.size import choose_size
from latentia.insight.stability import shared_space, stability
from latentia.insight.structure import LEVEL, structure_of
from latentia.networks.indicators import owners
from latentia.networks.network import silenced
from latentia.networks.tiles import encode_rows
from latentia.tables.splits import hold_out
from latentia.training.endings import Ending
from latentia.training.finishing import divided
from latentia.training.fit import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.engines import Engine
    from latentia.insight.results import SizeSweep
    from latentia.networks.network import Network
    from latentia.recipe import Recipe
    from latentia.tables.table import Schema
    from latentia.training.progress import Progress
    from latentia.training.trained import Trained

# Multiply-adds that the networks may take where the epochs are "auto": of a quick look, about a second on two
# cores, and half of that where a size is given and only to be seen among others.
SWEEP_BUDGET, BUDGET = 1.5e10, 1e11
SEEDS_PER_SIZE = 3
# Sizes to try where there is no room for all of them.
FEW_SIZES = (1, 2, 3, 4, 6, 8, 10)


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
    sizes = _sizes(values, recipe, LARGEST_SIZE if around is None else 2 * around)
    wide = replace(recipe, n_components=max(sizes))
    sizes, seeds = _side_by_side(sizes, weights_of(wide, *values.shape), around)
    wanted = _Wanted(sizes, seeds, SWEEP_BUDGET if around is None else SWEEP_BUDGET / 2, as_asked=False)
    trained, rows = _train(values, recipe, engine, wanted, seed, schema, progress)
    judged = trained.scale(rows[trained.split.held_out])
    members = [trained.outcome.network(member) for member in range(trained.outcome.members)]
    counts = np.repeat(sizes, seeds).tolist()
    r2 = [
        _r2(silenced(network, count), ending, judged, trained.center)
        for network, count, ending in zip(members, counts, trained.outcome.endings, strict=True)
    ]
    return _chosen(sizes, np.reshape(r2, (len(sizes), seeds)), trained, rows, judged, "validation")


def compare_sizes(
    values: np.ndarray,
    held_out: np.ndarray,
    recipe: Recipe,
    engine: Engine,
    *,
    sizes: Sequence[int] | None,
    seed: int,
    schema: Schema | None = None,
    progress: Progress | None = None,
) -> ComparedSizes | None:
    """Train networks of every size from several seeds in one program and judge them by held-out rows.

    A part of `values` is kept back as validation rows, which choose the epochs; the held-out rows
    choose nothing but the size. The networks of one seed begin alike, whatever their size.

    Parameters
    ----------
    values, held_out : array of shape (n, p)
        Rows to learn from and rows to judge by, in original units, as a network sees them.
    recipe : Recipe
        Settings of the networks, with the number of seeds; the number of components is replaced.
    engine : Engine
        Where to train.
    sizes : sequence of int or None
        Ascending; None for those that an analysis would try.
    seed : int
        The root of all chance.
    schema : Schema or None
        What the columns are; None where all hold numbers.

    Returns
    -------
    ComparedSizes or None
        None when the networks of all sizes diverged.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C: nothing can be recommended from half a comparison.
    """
    wanted = _Wanted(sizes or _automatic_sizes(values, recipe), recipe.n_seeds, BUDGET, as_asked=True)
    trained, rows = _train(values, recipe, engine, wanted, seed, schema, progress)
    judged = trained.scale(held_out)
    measured = [_measured(part, judged) for part in divided(trained, rows, recipe.n_seeds)]
    r2 = np.stack([one.r2 for one in measured])
    sweep = _chosen(wanted.sizes, r2, trained, rows, judged, "held-out")
    if sweep is None:
        return None
    learned = trained.split.training
    # As a network sees them: one column for each level of a category.
    kinds = schema and [column.kind for column in schema.columns for _ in range(column.width)]
    return ComparedSizes(
        sweep=_doubted(sweep, rows, trained, seed),
        stability=np.array([one.stability for one in measured]),
        shared_space=np.array([one.shared_space for one in measured]),
        dimension=intrinsic_dimension(trained.scale(rows), seed=seed, kinds=kinds),
        rows={"training": len(learned), "validation": len(rows) - len(learned), "held_out": len(held_out)},
        max_epochs=int(trained.recipe.max_epochs),
    )


class _Wanted(NamedTuple):
    """What is to be trained side by side."""

    sizes: Sequence[int]
    seeds: int  # of each size
    budget: float  # in multiply-adds
    as_asked: bool  # whether a number of epochs that was asked for is kept, whatever it costs


def _train(
    values: np.ndarray,
    recipe: Recipe,
    engine: Engine,
    wanted: _Wanted,
    seed: int,
    schema: Schema | None,
    progress: Progress | None,
) -> tuple[Trained, np.ndarray]:
    """Return the networks of all sizes and seeds, and the rows that they were given."""
    sizes, seeds, budget, as_asked = wanted
    members, wide = len(sizes) * seeds, replace(recipe, n_components=max(sizes), n_seeds=seeds)
    rows = affordable_rows(values, seed, wide, budget, members)
    split = hold_out(len(rows), recipe.validation_fraction or 0.2, seed)
    shape = len(split.training), rows.shape[1]
    if wide.max_epochs == "auto" or not as_asked:
        wide = replace(wide, max_epochs=affordable_epochs(wide, shape, members, budget))
    task = Task(
        seed=seed,
        split=split,
        variants=[replace(wide, n_components=size) for size in sizes for _ in range(seeds)],
        identities=[*range(seeds)] * len(sizes),
        schema=schema,
        progress=progress,
    )
    trained = engine.fit(rows, wide, task)
    if Ending.INTERRUPTED in trained.outcome.endings:
        raise KeyboardInterrupt
    return trained, rows


def _sizes(values: np.ndarray, recipe: Recipe, largest: int = LARGEST_SIZE) -> Sequence[int]:
    """Return the sizes to compare; there are no more components than rows to learn from."""
    share = 1 - (recipe.validation_fraction or 0.2)
    return sizes_to_try(int(len(values) * share), values.shape[1], largest)


def _automatic_sizes(values: np.ndarray, recipe: Recipe) -> Sequence[int]:
    """Return the sizes to compare; fewer where networks are large."""
    sizes = _sizes(values, recipe)
    wide = replace(recipe, n_components=max(sizes))
    if len(sizes) * recipe.n_seeds * weights_of(wide, *values.shape) <= MOST_WEIGHTS:
        return sizes
    return [size for size in sizes if size in FEW_SIZES]


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
        if len(some) * seeds * weights <= MOST_WEIGHTS:
            return some, seeds
    return few, 1


class _Measured(NamedTuple):
    """What the held-out rows say of one size."""

    r2: np.ndarray  # (seeds,), nan where one diverged
    stability: float
    shared_space: float


def _measured(trained: Trained, judged: np.ndarray) -> _Measured:
    """Measure the networks of one size, without those that diverged."""
    networks = [trained.outcome.network(member) for member in range(trained.outcome.members)]
    endings = trained.outcome.endings
    r2 = np.array([_r2(*one, judged, trained.center) for one in zip(networks, endings, strict=True)])
    alive = [member for member, ending in enumerate(endings) if ending is not Ending.DIVERGED]
    if not alive:
        return _Measured(r2, float("nan"), float("nan"))
    # The network that a fit would show: the one that validation rows like best.
    shown = alive.index(trained.chosen) if trained.chosen in alive else 0
    codes = np.stack([encode_rows(networks[member], judged).astype(np.float64) for member in alive])
    stable = stability(codes, r2[alive], shown).per_factor.mean()
    return _Measured(r2, float(stable), shared_space(codes, shown))


def _r2(network: Network, ending: Ending, judged: np.ndarray, center: np.ndarray) -> float:
    """Return R² on scaled rows; nan for a network that diverged."""
    if ending is Ending.DIVERGED:
        return float("nan")
    return network_quality(network, judged, center, "held-out").r2


def _chosen(
    sizes: Sequence[int],
    r2: np.ndarray,
    trained: Trained,
    rows: np.ndarray,
    judged: np.ndarray,
    called: str,
) -> SizeSweep | None:
    """Return the sizes beside PCA and the one to take, None where all diverged."""
    if not np.isfinite(r2).any():
        return None
    linear = pca_r2(trained.scale(rows[trained.split.training]), judged, sizes)
    # A category is one column, however many indicators a network sees of it.
    n_columns = int(owners(trained.network.architecture.blocks, rows.shape[1])[-1]) + 1
    return choose_size(sizes, r2, linear, n_columns=n_columns, judged=called)


def _doubted(sweep: SizeSweep, rows: np.ndarray, trained: Trained, seed: int) -> SizeSweep:
    """Choose the smallest size where the columns say no more of each other than shuffled ones."""
    owner = owners(trained.network.architecture.blocks, rows.shape[1])
    structure = structure_of(rows, owner, seed=seed)
    if structure is None or structure.p_value <= LEVEL:
        return sweep
    fewest = sweep.sizes[0]
    reason = (
        f"{fewest} component{'s' if fewest > 1 else ''}, the fewest that were tried: the columns say no more "
        f"about each other than shuffled ones do (p = {structure.p_value:.2f}), so they may have nothing in "
        "common."
    )
    return replace(sweep, chosen=fewest, reason=reason)
