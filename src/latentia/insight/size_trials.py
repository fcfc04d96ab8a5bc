"""Sizes compared from several seeds by rows that chose nothing: the long answer to how many components."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from latentia.insight.baselines import pca_r2
from latentia.insight.dimension import intrinsic_dimension
from latentia.insight.quality import quality, row_errors
from latentia.insight.results import ComparedSizes
from latentia.insight.size import CLEAR, choose_size, gain_errors_of
from latentia.insight.stability import shared_space, stability
from latentia.insight.trials import (
    FEW_SIZES,
    SWEEP_WEIGHTS,
    affordable_epochs,
    affordable_rows,
    sizes_to_try,
    weights_of,
)
from latentia.networks.tiles import decode_rows, encode_rows
from latentia.tables.splits import hold_out
from latentia.training.endings import Ending
from latentia.training.finishing import divided
from latentia.training.fit import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.engines import Engine
    from latentia.insight.results import SizeSweep
    from latentia.recipe import Recipe
    from latentia.tables.table import Schema
    from latentia.training.progress import Progress
    from latentia.training.trained import Trained

# Multiply-adds that the networks may take where the epochs are "auto": several seconds on two cores.
BUDGET = 1e11


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
    trained, rows, sizes = _train(values, recipe, engine, sizes, seed, schema, progress)
    if Ending.INTERRUPTED in trained.outcome.endings:
        raise KeyboardInterrupt
    judged = trained.scale(held_out)
    measured = [_measured(part, judged) for part in divided(trained, rows, recipe.n_seeds)]
    r2 = np.stack([one.r2 for one in measured])
    if not np.isfinite(r2).any():
        return None
    learned, n_columns = trained.split.training, rows.shape[1]
    # As a network sees them: one column for each level of a category.
    kinds = schema and [column.kind for column in schema.columns for _ in range(column.width)]
    losses = np.stack([one.losses for one in measured])
    reference = _summed(judged, np.broadcast_to(trained.center, judged.shape))
    sweep = choose_size(
        sizes,
        r2,
        pca_r2(trained.scale(rows[learned]), judged, sizes),
        n_columns=n_columns,
        gain_errors=gain_errors_of(losses, reference),
        judged="held-out",
    )
    return ComparedSizes(
        sweep=_doubted(sweep, losses[list(sizes).index(sweep.chosen)], reference, n_columns),
        stability=np.array([one.stability for one in measured]),
        shared_space=np.array([one.shared_space for one in measured]),
        dimension=intrinsic_dimension(trained.scale(rows), seed=seed, kinds=kinds),
        rows={"training": len(learned), "validation": len(rows) - len(learned), "held_out": len(held_out)},
        max_epochs=int(trained.recipe.max_epochs),
    )


def _train(
    values: np.ndarray,
    recipe: Recipe,
    engine: Engine,
    sizes: Sequence[int] | None,
    seed: int,
    schema: Schema | None,
    progress: Progress | None,
) -> tuple[Trained, np.ndarray, Sequence[int]]:
    """Return the networks of all sizes and seeds, the rows that they were given, and the sizes."""
    sizes = sizes or _automatic_sizes(values, recipe)
    members, wide = len(sizes) * recipe.n_seeds, replace(recipe, n_components=max(sizes))
    rows = affordable_rows(values, seed, wide, BUDGET, members)
    split = hold_out(len(rows), recipe.validation_fraction or 0.2, seed)
    if wide.max_epochs == "auto":
        shape = len(split.training), rows.shape[1]
        wide = replace(wide, max_epochs=affordable_epochs(wide, shape, members, BUDGET))
    task = Task(
        seed=seed,
        split=split,
        variants=[replace(wide, n_components=size) for size in sizes for _ in range(wide.n_seeds)],
        identities=[*range(wide.n_seeds)] * len(sizes),
        schema=schema,
        progress=progress,
    )
    return engine.fit(rows, wide, task), rows, sizes


def _automatic_sizes(values: np.ndarray, recipe: Recipe) -> Sequence[int]:
    """Return the sizes to compare; fewer where networks are large."""
    # Some of the rows will be validation rows, and there are no more components than rows to learn from.
    share = 1 - (recipe.validation_fraction or 0.2)
    sizes = sizes_to_try(int(len(values) * share), values.shape[1])
    wide = replace(recipe, n_components=max(sizes))
    if len(sizes) * recipe.n_seeds * weights_of(wide, *values.shape) <= SWEEP_WEIGHTS:
        return sizes
    return [size for size in sizes if size in FEW_SIZES]


class _Measured(NamedTuple):
    """What the held-out rows say of one size."""

    r2: np.ndarray  # (seeds,), nan where one diverged
    losses: np.ndarray  # (rows,) summed over the cells, mean over the seeds; nan where all diverged
    stability: float
    shared_space: float


def _measured(trained: Trained, judged: np.ndarray) -> _Measured:
    """Measure the networks of one size, without those that diverged."""
    endings = trained.outcome.endings
    alive = [member for member, ending in enumerate(endings) if ending is not Ending.DIVERGED]
    r2, nothing = np.full(len(endings), np.nan), float("nan")
    if not alive:
        return _Measured(r2, np.full(len(judged), np.nan), nothing, nothing)
    codes, losses = [], np.zeros(len(judged))
    for member in alive:
        network = trained.outcome.network(member)
        codes.append(encode_rows(network, judged).astype(np.float64))
        made = decode_rows(network, codes[-1])
        r2[member] = quality(judged, made, center=trained.center, rows="held-out").r2
        losses += _summed(judged, made) / len(alive)
    # The network that a fit would show: the one that validation rows like best.
    shown, stacked = alive.index(trained.chosen) if trained.chosen in alive else 0, np.stack(codes)
    stable = stability(stacked, r2[alive], shown).per_factor.mean()
    return _Measured(r2, losses, float(stable), shared_space(stacked, shown))


def _summed(rows: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Return the squared error of each row, summed over the cells that are there."""
    n_cells = (~np.isnan(rows)).sum(axis=1)
    return np.where(n_cells > 0, row_errors(rows, made), 0.0) * n_cells


def _doubted(sweep: SizeSweep, losses: np.ndarray, reference: np.ndarray, n_columns: int) -> SizeSweep:
    """Add to the reason that the columns may have nothing in common, where copied ones say as much."""
    reached, copied = 1 - losses.sum() / reference.sum(), sweep.chosen / n_columns
    error = gain_errors_of(np.stack([reference, losses]), reference)[0, 1]
    if reached - CLEAR * error > copied:
        return sweep
    doubt = (
        f" Copying {sweep.chosen} of the {n_columns} columns would give about {copied:.3f}, and this is not "
        "clearly more, so the columns may have nothing in common."
    )
    return replace(sweep, reason=sweep.reason + doubt)
