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
from latentia.training.fingerprint import fingerprint_of
from latentia.training.finishing import best_member, canonical_members, divergences, settled_endings
from latentia.training.loop import train
from latentia.training.planning import dials_of, dials_of_each, make_plan, shared_plan
from latentia.training.preparing import Prepared, Task, in_memory, row_fingerprints
from latentia.training.streaming import on_disk
from latentia.training.trained import Trained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.networks.architecture import Architecture
    from latentia.networks.network import Network
    from latentia.recipe import Recipe
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
        When there are too few rows for the components or the values cannot be scaled.
    CheckpointError
        When the checkpoints to go on from are of another fit, or damaged.
    """
    ready = in_memory if isinstance(values, np.ndarray) else on_disk
    prepared = ready(values, recipe, task)  # pyright: ignore[reportArgumentType] - of two kinds, each its own
    settled = prepared.settled
    recipe, members = settled.recipe, len(settled.variants) or settled.recipe.n_seeds
    plan, dials = _program(settled, prepared.n_rows, members, gaps=prepared.gaps)
    identities = list(range(members) if task.identities is None else task.identities)
    inputs = {
        "dials": dials,
        "monitors": prepared.watched,
        "networks": _earlier_networks(task.previous, plan.architecture, members)
        or _members(first_networks(plan, task.seed, max(identities) + 1, settled.scaling), identities),
    }
    with closing(prepared.feed):
        outcome = _train(plan, prepared, inputs, identities, task)
    outcome = replace(outcome, endings=settled_endings(outcome))
    if not settled.variants:
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
        return fingerprint_of(recipe, task.seed, data=prepared.data, inputs=inputs | prepared.held)

    with task.checkpoints.opened(fingerprint) as past:
        return train(
            plan,
            feed=prepared.feed,
            **inputs,
            max_epochs=int(recipe.max_epochs),
            seed=task.seed,
            members=len(members),
            identities=members,
            progress=task.progress,
            callbacks=task.callbacks,
            checkpoints=task.checkpoints,
            past=past,
        )


def _members(networks: Network, identities: Sequence[int]) -> Network:
    return jax.tree.map(lambda leaf: leaf[np.asarray(identities)], networks)


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
