"""Other recipes and learning rates, tried on the same rows: what the chosen fit is compared with."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from latentia.insight.affordable import MOST_WEIGHTS, weights_of
from latentia.insight.fit_diagnosis import network_quality
from latentia.insight.rate_trials import sweep_rates
from latentia.insight.resampling import fits_at_once, in_order
from latentia.insight.results import Candidate
from latentia.settings import LOSS_OUTPUTS
from latentia.training.endings import Ending
from latentia.training.fit import Task
from latentia.training.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

    from latentia.engines import Engine
    from latentia.insight.findings import Finding
    from latentia.insight.rate_sweep import RateSweep
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


def try_others(
    values: np.ndarray,
    recipe: Recipe,
    fitted: Recipe,
    engine: Engine,
    *,
    seed: int,
    schema: Schema | None = None,
    progress: Progress | None = None,
) -> tuple[dict[str, Trained], RateSweep | None]:
    """Train every compared recipe, and sweep over learning rates, on rows in original units.

    Of a large table the compared recipes have three starts at most, because they take as long as the chosen
    recipe where nearly all work is done at the output. Small networks are trained several at a time.

    Parameters
    ----------
    values : array of shape (n, p)
        Rows in original units.
    recipe, fitted : Recipe
        Settings as they were asked for, and as they were resolved for the fit: the suggested rate is to
        compare with the one it had.
    engine : Engine
        Where to train.
    seed : int
        Source of all chance.
    schema : Schema or None
        What the columns are; None where all hold numbers.

    Returns
    -------
    dict of str to Trained
        After Ctrl-C without those that were not done: interrupted ones would look worse than they are.
    RateSweep or None
        None after Ctrl-C: half a sweep suggests nothing.
    """
    if values.size > MOST_CELLS_FOR_ALL_STARTS:
        recipe = replace(recipe, n_seeds=min(recipe.n_seeds, FEWEST_NETWORKS))
    weights = weights_of(fitted, *values.shape)
    networks = max(min(fitted.n_seeds, MOST_NETWORKS, MOST_WEIGHTS // weights), FEWEST_NETWORKS)
    at_once = fits_at_once(engine, weights)
    # A bar for each of several would say nothing.
    told = progress if at_once == 1 else None

    def fit(settings: Mapping[str, object]) -> Trained:
        changed = replace(recipe, **{**SHALLOW_OPTIMIZER, **settings})
        trained = engine.fit(values, changed, Task(seed=seed, schema=schema, progress=told))
        if Ending.INTERRUPTED in trained.outcome.endings:
            raise KeyboardInterrupt
        return trained

    def sweep() -> RateSweep:
        return sweep_rates(
            values, fitted, engine, seed=seed, n_networks=networks, schema=schema, progress=told
        )

    compared = compared_with(recipe)
    jobs: list[Callable[[], Any]] = [*(partial(fit, settings) for settings in compared.values()), sweep]
    done = list[Any]()
    with suppress(KeyboardInterrupt):
        for one in in_order(jobs, at_once):
            done.append(one)
            (progress or Silent()).resamples("trial", len(done), len(jobs))
    tried = dict(zip(compared, done, strict=False))
    rates = done[-1] if len(done) > len(compared) else None
    return tried, rates


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
