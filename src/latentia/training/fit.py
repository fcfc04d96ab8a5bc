"""From a table and a recipe to a trained model: get the rows ready, train, put in order.

This is the one way into training; engines call it wherever they run.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from latentia.errors import InputError
from latentia.training.beginning import first_networks
from latentia.training.checkpoints import NotKept
from latentia.training.endings import Ending
from latentia.training.feeds import InMemory
from latentia.training.fingerprint import fingerprint_of, origin_of
from latentia.training.finishing import best_member, canonical_members, divergences, settled_endings
from latentia.training.planning import dials_of, dials_of_each, make_plan, shared_plan
from latentia.training.preparing import Prepared, Task, in_memory, row_fingerprints
from latentia.training.room import refuse_large_networks, refuse_large_table
from latentia.training.streaming import on_disk
from latentia.training.trained import Trained
from latentia.training.waves import train_in_waves, wave_size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latentia.networks.architecture import Architecture
    from latentia.networks.network import Network
    from latentia.recipe import Recipe
    from latentia.tables.scaling import Scaling
    from latentia.tables.table_on_disk import TableOnDisk
    from latentia.training.outcome import Outcome
    from latentia.training.plan import ColumnDials, Dials, Plan
    from latentia.training.settling import Settled

__all__ = ["Task", "fit", "row_fingerprints"]


def fit(values: np.ndarray | TableOnDisk, recipe: Recipe, task: Task) -> Trained:
    """Fit an autoencoder to rows of numbers.

    Parameters
    ----------
    values : array of shape (n, p), float64, or TableOnDisk
        Values in their original units, as a network sees them (see `Schema.expand`); nan where missing.
    recipe : Recipe
        Settings; "auto" is resolved here, unless the task has them settled already.
    task : Task
        Seed, split and what else belongs to this fit.

    Returns
    -------
    Trained

    Raises
    ------
    InputError
        When there are too few rows for the components, the values cannot be scaled, or there is no
        room for them or for the networks.
    CheckpointError
        When the checkpoints to go on from are of another fit, or damaged.
    """
    if isinstance(values, np.ndarray):
        refuse_large_table(values.nbytes, values.shape)
    ready = in_memory if isinstance(values, np.ndarray) else on_disk
    prepared = ready(values, recipe, task)  # pyright: ignore[reportArgumentType] - of two kinds, each its own
    settled = prepared.settled
    recipe, members = settled.recipe, len(settled.variants) or settled.recipe.n_seeds
    plan, dials = _program(settled, prepared.n_rows, members, gaps=prepared.gaps)
    identities = list(range(members) if task.identities is None else task.identities)
    inputs = {
        "dials": dials,
        "monitors": prepared.watched,
        "networks": _beginning(plan, identities, settled.scaling, task),
    }
    with closing(prepared.feed):
        if jax.default_backend() == "cpu":  # other devices have memory of their own, and say so
            size = _wave_size(plan, members, prepared, task)
            refuse_large_networks(plan.architecture.n_parameters, size, members)
        outcome = _train(plan, prepared, inputs, identities, task)
    outcome = replace(outcome, endings=settled_endings(outcome))
    if not settled.variants:
        outcome, recipe = _without_untrained(outcome, recipe)
        outcome = replace(outcome, networks=canonical_members(outcome, settled.axes, recipe))
    chosen = best_member(outcome)
    return Trained(
        divergences=divergences(outcome.network(chosen), settled.axes, recipe),
        recipe=recipe,
        scaling=settled.scaling,
        outcome=outcome,
        split=prepared.split,
        center=settled.center,
        mean_loss=settled.mean_loss,
        seed=task.seed,
        chosen=chosen,
        variants=settled.variants,
        schema=task.schema,
        origin=origin_of(prepared.data),
        **prepared.seen(),
    )


def _program(settled: Settled, n_rows: int, members: int, *, gaps: bool) -> tuple[Plan, Dials]:
    """Return what is compiled, and the numbers that it is run with."""
    width, layout = settled.scaling.n_columns, settled.layout
    columns: ColumnDials = {"column_weights": settled.column_weights, "cell_weights": settled.cell_weights}
    if settled.variants:
        plan = shared_plan(settled.variants, width, layout, gaps=gaps)
        return plan, dials_of_each(plan, settled.variants, n_rows, settled.variance, **columns)
    dials = dials_of(settled.recipe, n_rows, settled.variance, members, **columns)
    return make_plan(settled.recipe, width, layout, gaps=gaps), dials


def _train(
    plan: Plan, prepared: Prepared, inputs: dict[str, Any], members: Sequence[int], task: Task
) -> Outcome:
    """Train, and go on from the checkpoint of the same fit if it was stopped before."""
    recipe = prepared.settled.recipe

    def fingerprint() -> dict[str, Any]:
        begun = {"networks": inputs["networks"](range(len(members)))}
        return fingerprint_of(recipe, task.seed, data=prepared.data, inputs=inputs | begun | prepared.held)

    with task.checkpoints.opened(fingerprint) as past:
        return train_in_waves(
            plan,
            size=_wave_size(plan, len(members), prepared, task),
            feed=prepared.feed,
            **inputs,
            max_epochs=int(recipe.max_epochs),
            seed=task.seed,
            identities=members,
            progress=task.progress,
            callbacks=task.callbacks,
            checkpoints=task.checkpoints,
            past=past,
        )


def _beginning(
    plan: Plan, identities: Sequence[int], scaling: Scaling, task: Task
) -> Callable[[Sequence[int]], Network]:
    """Return what gives the networks that members, by position, begin with."""
    earlier = _earlier_networks(task.previous, plan.architecture, len(identities))
    if earlier is not None:
        return lambda wave: jax.tree.map(lambda leaf: leaf[np.asarray(wave)], earlier)
    return lambda wave: first_networks(plan, task.seed, [identities[member] for member in wave], scaling)


def _wave_size(plan: Plan, members: int, prepared: Prepared, task: Task) -> int:
    """Return how many members train at a time: all of them where somebody watches all of them."""
    # A table on disk would be read anew for every wave.
    read_once = not isinstance(prepared.feed, InMemory)
    if read_once or task.callbacks or not isinstance(task.checkpoints, NotKept):
        return members
    accelerated = jax.default_backend() != "cpu"
    return wave_size(members, plan.architecture.n_parameters, accelerated=accelerated)


def _earlier_networks(previous: Trained | None, architecture: Architecture, members: int) -> Network | None:
    if previous is None:
        return None
    networks = previous.outcome.networks
    if networks.architecture != architecture or previous.outcome.members != members:
        raise InputError(
            "A warm start needs the same network, but the fitted one is "
            f"{networks.architecture.describe()} with {previous.outcome.members} seed(s) and the new one "
            f"{architecture.describe()} with {members}; "
            "call fit with warm_start=False to start afresh."
        )
    return networks


def _without_untrained(outcome: Outcome, recipe: Recipe) -> tuple[Outcome, Recipe]:
    """Leave out members whose training had not begun when others' was interrupted."""
    begun = np.flatnonzero(outcome.epochs_run > 0)
    if Ending.INTERRUPTED not in outcome.endings or len(begun) in (0, outcome.members):
        return outcome, recipe
    return outcome.of(begun), replace(recipe, n_seeds=len(begun))
