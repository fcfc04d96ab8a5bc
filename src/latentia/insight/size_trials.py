"""Sizes compared from several seeds by rows that chose nothing: the long answer to how many components."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.baselines import pca_r2
from latentia.insight.dimension import intrinsic_dimension
from latentia.insight.fit_diagnosis import network_quality
from latentia.insight.results import ComparedSizes
from latentia.insight.size import choose_size
from latentia.insight.stability import shared_space, stability
from latentia.insight.trials import (
    FEW_SIZES,
    SWEEP_WEIGHTS,
    affordable_epochs,
    affordable_rows,
    sizes_to_try,
    weights_of,
)
from latentia.networks.tiles import encode_rows
from latentia.tables.splits import hold_out
from latentia.training.endings import Ending
from latentia.training.finishing import divided
from latentia.training.fit import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.engines import Engine
    from latentia.insight.results import IntrinsicDimension, SizeSweep
    from latentia.recipe import Recipe
    from latentia.tables.table import Schema
    from latentia.training.progress import Progress
    from latentia.training.trained import Trained

# Multiply-adds that the networks may take where the epochs are "auto": several seconds on two cores.
BUDGET = 1e11
# A component that explains less than this many times what a copied column would is no sign of anything.
HARDLY_MORE = 1.25
NUMBERS = ("numeric", "date")


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
    r2 = np.stack([one for one, _, _ in measured])
    if not np.isfinite(r2).any():
        return None
    learned, n_columns = trained.split.training, rows.shape[1]
    linear = pca_r2(trained.scale(rows[learned]), judged, sizes)
    sweep = choose_size(sizes, r2, linear, n_columns=n_columns, judged="held-out")
    return ComparedSizes(
        sweep=_doubted(sweep, n_columns),
        stability=np.array([stable for _, stable, _ in measured]),
        shared_space=np.array([shared for _, _, shared in measured]),
        dimension=_dimension(trained, rows, schema, seed),
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


def _measured(trained: Trained, judged: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Return R² of every seed, nan where it diverged, and two measures of how alike the seeds' codes are."""
    outcome = trained.outcome
    r2 = np.full(outcome.members, np.nan)
    codes = []
    for member, ending in enumerate(outcome.endings):
        if ending is not Ending.DIVERGED:
            network = outcome.network(member)
            r2[member] = network_quality(network, judged, trained.center, "held-out").r2
            codes.append(encode_rows(network, judged).astype(np.float64))
    if len(codes) <= 1:
        return r2, float("nan"), float("nan")
    # The first of those that are left that validation rows like best: the one that a fit would show.
    alive = [member for member, ending in enumerate(outcome.endings) if ending is not Ending.DIVERGED]
    shown = alive.index(trained.chosen) if trained.chosen in alive else 0
    stacked = np.stack(codes)
    factors = stability(stacked, r2[alive], shown).per_factor
    return r2, float(factors.mean()), shared_space(stacked, shown)


def _doubted(sweep: SizeSweep, n_columns: int) -> SizeSweep:
    """Add to the reason that the columns may have nothing in common, where a copied one says as much."""
    at = sweep.sizes.index(sweep.chosen)
    reached, copied = float(np.nanmean(sweep.r2[at])), sweep.chosen / n_columns
    if reached > HARDLY_MORE * copied:
        return sweep
    doubt = (
        f" Copying as many of the {n_columns} columns would give {copied:.3f}, hardly less, so the columns "
        "may have nothing in common."
    )
    return replace(sweep, reason=sweep.reason + doubt)


def _dimension(
    trained: Trained, rows: np.ndarray, schema: Schema | None, seed: int
) -> IntrinsicDimension:
    """Estimate the dimension of the scaled rows in the columns of numbers."""
    scaled = trained.scale(rows)
    if schema is not None:
        kinds = [column.kind for column in schema.columns for _ in range(column.width)]
        scaled = scaled[:, [kind in NUMBERS for kind in kinds]]
    return intrinsic_dimension(scaled, seed=seed)
