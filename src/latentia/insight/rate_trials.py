"""Running a learning-rate sweep: one fit whose rate grows from step to step.

There is no second trainer. The sweep is a fit with an exponential schedule that goes up, whose
epochs are a single step long, so that the losses are measured after every one; and its networks
are the fit's own, with the same noise, penalties and optimiser.
"""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import RecipeError
from latentia.insight.rate_sweep import read_sweep
from latentia.tables.splits import Split, hold_out
from latentia.training.endings import Ending
from latentia.training.fit import Task
from latentia.training.planning import dials_of
from latentia.training.schedules import mean_share

if TYPE_CHECKING:
    from latentia.engines import Engine
    from latentia.insight.rate_sweep import RateSweep
    from latentia.recipe import Recipe
    from latentia.tables.table import Schema
    from latentia.training.outcome import Outcome
    from latentia.training.progress import Progress

LOWEST, HIGHEST = 1e-6, 10.0
NETWORKS = 8
# The longer a fit, the smaller the steps that serve it best, and the more steps a sweep takes, the
# earlier the loss falls: a thirtieth brings the two together, as benchmarks/learning_rate.py measures.
SHARE_OF_FIT = 30
FEWEST_STEPS, MOST_STEPS = 50, 400
# Held-out rows to measure the loss on after every step, and as many of those that are trained on.
MOST_JUDGED = 256


def sweep_rates(
    values: np.ndarray,
    recipe: Recipe,
    engine: Engine,
    *,
    seed: int,
    lowest: float = LOWEST,
    highest: float = HIGHEST,
    n_steps: int | str = "auto",
    n_networks: int = NETWORKS,
    schema: Schema | None = None,
    progress: Progress | None = None,
) -> RateSweep:
    """Let the learning rate grow from step to step, and read where the loss falls fastest.

    Parameters
    ----------
    values : array of shape (n, p)
        Rows in original units.
    recipe : Recipe
        Settings of the networks. The suggestion is for the schedule they have, "auto" standing for
        a constant rate.
    engine : Engine
        Where to train.
    seed : int
        Source of the split and of all chance.
    lowest, highest : float
        Where the rate begins and ends.
    n_steps : int or "auto"
        Steps between the two; "auto" is a thirtieth of the steps of a whole fit, from 50 to 400.
    n_networks : int
        Networks that take the steps side by side, from different starts.
    schema : Schema or None
        What the columns are; None where all hold numbers.
    progress : Progress or None
        Told about every few steps.

    Returns
    -------
    RateSweep

    Raises
    ------
    RecipeError
        When the sweep cannot be what it is asked to be.
    KeyboardInterrupt
        After Ctrl-C: nothing can be read from half a sweep.
    """
    _check(lowest, highest, n_steps, n_networks)
    split = hold_out(len(values), recipe.validation_fraction or 0.2, seed)
    planned = recipe.resolve(n_rows=len(split.training), n_features=values.shape[1])
    steps = _steps(recipe, planned, len(split.training)) if n_steps == "auto" else int(n_steps)
    upwards = ("exponential", (("final", highest / lowest), ("rate", lowest)))
    sweeping = replace(
        recipe,
        optimizer=_without_average(recipe.optimizer),
        learning_rate=upwards,
        batch_size=planned.batch_size,
        max_epochs=steps,
        patience=None,
        n_seeds=n_networks,
    )
    few = Split(split.training, split.held_out[:MOST_JUDGED])
    task = Task(
        seed=seed, split=few, rows_per_epoch=int(planned.batch_size), schema=schema, progress=progress
    )
    outcome = engine.fit(values, sweeping, task).outcome
    if Ending.INTERRUPTED in outcome.endings:
        raise KeyboardInterrupt
    losses = _losses(outcome)
    return read_sweep(np.geomspace(lowest, highest, steps)[: len(losses)], losses)


def _without_average(optimizer: Any) -> Any:
    """Leave out an average of the weights: it would tell of rates that have passed."""
    if not (isinstance(optimizer, tuple) and isinstance(optimizer[0], str)):
        return optimizer
    name, settings = optimizer
    return name, tuple((key, value) for key, value in settings if key != "averaging")


def _steps(recipe: Recipe, planned: Recipe, n_rows: int) -> int:
    """Return how many steps to sweep with, for the fit that is planned.

    A schedule that lowers the rate goes less far in as many steps, so its peak may be higher.
    """
    dials = dials_of(planned, n_rows, variance=1.0, members=1)
    schedule = None if recipe.learning_rate == "auto" else planned.learning_rate
    share = 1.0 if schedule is None else mean_share(schedule[0], dials)
    return int(np.clip(share * dials.total_steps[0] / SHARE_OF_FIT, FEWEST_STEPS, MOST_STEPS))


def _losses(outcome: Outcome) -> np.ndarray:
    """Return the loss on training rows without noise, or else as it was learned, until a network diverged."""
    clean = outcome.history["clean_loss"]
    losses = clean if np.isfinite(clean).any() else outcome.history["loss"]
    ran = np.arange(len(losses))[:, None] < outcome.epochs_run
    return np.where(ran, losses, np.nan)


def _check(lowest: object, highest: object, n_steps: object, n_networks: object) -> None:
    for name, rate in (("lowest", lowest), ("highest", highest)):
        if not isinstance(rate, Real) or isinstance(rate, bool) or not 0 < float(rate) < np.inf:
            raise RecipeError(f"{name}={rate!r} must be a learning rate above 0, such as 1e-6 or 10.")
    if float(highest) < 10 * float(lowest):  # pyright: ignore[reportArgumentType]
        raise RecipeError(f"highest={highest!r} must be at least ten times lowest={lowest!r}.")
    if n_steps != "auto" and not (isinstance(n_steps, Integral) and int(n_steps) >= FEWEST_STEPS):
        raise RecipeError(f"n_steps={n_steps!r} must be 'auto' or a whole number of at least {FEWEST_STEPS}.")
    if not isinstance(n_networks, Integral) or isinstance(n_networks, bool) or n_networks < 1:
        raise RecipeError(f"n_networks={n_networks!r} must be a whole number of at least 1.")
