"""From a table's values and a recipe to a trained model: split, scale, train, put in order.

This is the one way into training; engines call it wherever they run.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from latentia.errors import InputError
from latentia.networks.indicators import shares
from latentia.tables.splits import Split, hold_out
from latentia.training.beginning import first_networks
from latentia.training.callbacks import Callbacks
from latentia.training.checkpoints import Checkpoints, NotKept
from latentia.training.feeds import InMemory
from latentia.training.fingerprint import fingerprint_of
from latentia.training.finishing import best_member, canonical_members, divergences, settled_endings
from latentia.training.loop import train
from latentia.training.order import Portions, ShuffledOrder
from latentia.training.planning import dials_of, dials_of_each, make_plan, shared_plan
from latentia.training.rows import Monitors, Rows, monitors, training_rows
from latentia.training.settling import Side, check_size, settle
from latentia.training.trained import Trained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.networks.architecture import Architecture
    from latentia.networks.network import Network
    from latentia.recipe import Recipe
    from latentia.tables.table import Schema
    from latentia.training.outcome import Outcome
    from latentia.training.plan import ColumnDials, Dials, Plan
    from latentia.training.progress import Progress
    from latentia.training.settling import Settled

NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True, kw_only=True)
class Task:
    """What to fit beside the recipe.

    Parameters
    ----------
    seed : int
        The root of all chance.
    split : Split or None
        Rows to train on and to hold out; drawn by the recipe when None.
    variants : sequence of Recipe or None
        A recipe for each member, in place of the one for all; they may differ in numbers only.
    identities : sequence of int or None
        Whose initial weights and chance each member has; by default its own.
    rows_per_epoch : int or None
        Rows after which the losses are written down and an epoch ends; None for all of them.
    previous : Trained or None
        A model to go on from.
    previous_values : ndarray or None
        The table that `previous` was fitted to, where it is still at hand: tells whether rows
        that judge this fit were learned from before.
    progress : Progress or None
        Told how training goes.
    callbacks : Callbacks
        Asked after every epoch whether to go on; none by default.
    groups : ndarray or None
        Rows with equal entries stay on one side of the split.
    row_weights : ndarray or None
        How much each row counts, in scaling, training and judging.
    checkpoints : Checkpoints
        Where the fit keeps how far it has come, and goes on from; nowhere by default.
    settled : Settled or None
        What earlier rows have settled for these; None settles it from the training rows.
    schema : Schema or None
        What the columns are, with the levels that the training rows have; None where all hold numbers.
    """

    seed: int
    split: Split | None = None
    variants: Sequence[Recipe] | None = None
    identities: Sequence[int] | None = None
    rows_per_epoch: int | None = None
    previous: Trained | None = None
    previous_values: np.ndarray | None = None
    progress: Progress | None = None
    callbacks: Callbacks = field(default_factory=Callbacks)
    groups: np.ndarray | None = None
    row_weights: np.ndarray | None = None
    checkpoints: Checkpoints = field(default_factory=NotKept)
    settled: Settled | None = None
    schema: Schema | None = None


def fit(values: np.ndarray, recipe: Recipe, task: Task) -> Trained:
    """Fit an autoencoder to rows of numbers.

    Parameters
    ----------
    values : array of shape (n, p), float64
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
    split = task.split or hold_out(len(values), recipe.validation_fraction, task.seed, task.groups)
    weight, held_out_weight = _weights_of(split, task.row_weights)
    settled, training = _settled(values, split, weight, recipe, task)
    recipe, scaling = settled.recipe, settled.scaling
    held_out = Side.of(scaling, values[split.held_out], held_out_weight)
    n_rows, members = _epoch_length(split, task), len(settled.variants) or recipe.n_seeds
    plan, dials = _program(settled, n_rows, members, gaps=bool(np.isnan(values).any()))
    identities = list(range(members) if task.identities is None else task.identities)
    rows = training_rows(training.scaled, weight, training.size, _shares(plan, settled))
    inputs = {
        "dials": dials,
        "monitors": _monitors(training, held_out),
        "networks": _earlier_networks(task.previous, plan.architecture, members)
        or _members(first_networks(plan, task.seed, max(identities) + 1, scaling), identities),
    }
    outcome = _train(plan, rows, inputs, identities, values, split, recipe, task)
    outcome = replace(outcome, endings=settled_endings(outcome))
    if not settled.variants:
        outcome = replace(outcome, networks=canonical_members(outcome, settled.axes, recipe))
    chosen = best_member(outcome)
    return Trained(
        divergences=divergences(outcome.network(chosen), settled.axes, recipe),
        recipe=recipe,
        scaling=scaling,
        outcome=outcome,
        split=split,
        center=settled.center,
        mean_loss=settled.mean_loss,
        seed=task.seed,
        chosen=chosen,
        variants=settled.variants,
        schema=task.schema,
        **({} if task.previous is None else _rows_seen(values, split, task)),
    )


def _settled(
    values: np.ndarray, split: Split, weight: np.ndarray | None, recipe: Recipe, task: Task
) -> tuple[Settled, Side]:
    """Settle what depends on the training rows, unless that was done before; scale them."""
    rows = values[split.training]
    if task.settled is not None:
        return task.settled, task.settled.side(rows, weight)
    variants = task.variants or ()
    widest = max(variants or [recipe], key=lambda one: one.n_components)
    check_size(widest, values.shape)
    earlier = None if task.previous is None else task.previous.scaling
    return settle(rows, widest, variants=variants, weight=weight, scaling=earlier, schema=task.schema)


def _program(settled: Settled, n_rows: int, members: int, *, gaps: bool) -> tuple[Plan, Dials]:
    """Return what is compiled, and the numbers that it is run with."""
    width, layout = settled.scaling.n_columns, settled.layout
    columns: ColumnDials = {"column_weights": settled.column_weights, "cell_weights": settled.cell_weights}
    if settled.variants:
        plan = shared_plan(settled.variants, width, layout, gaps=gaps)
        return plan, dials_of_each(plan, settled.variants, n_rows, settled.variance, **columns)
    dials = dials_of(settled.recipe, n_rows, settled.variance, members, **columns)
    return make_plan(settled.recipe, width, layout, gaps=gaps), dials


def _shares(plan: Plan, settled: Settled) -> np.ndarray:
    if settled.cell_weights is not None:
        return settled.cell_weights
    return shares(plan.architecture.blocks, plan.architecture.n_features)


def _train(
    plan: Plan,
    rows: Rows,
    inputs: dict[str, Any],
    members: Sequence[int],
    values: np.ndarray,
    split: Split,
    recipe: Recipe,
    task: Task,
) -> Outcome:
    """Train, and go on from the checkpoint of the same fit if it was stopped before."""

    def fingerprint() -> dict[str, Any]:
        held = {"rows": rows, "split": (split.training, split.held_out)}
        return fingerprint_of(recipe, task.seed, data=values, inputs=inputs | held)

    whole, n_rows = len(split.training), _epoch_length(split, task)
    order = ShuffledOrder(whole, task.seed)
    if n_rows < whole:
        order = Portions(whole=order, n_rows=whole, size=n_rows)
    with task.checkpoints.opened(fingerprint) as past:
        return train(
            plan,
            feed=InMemory(rows, order, n_rows, int(recipe.batch_size)),
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


def _epoch_length(split: Split, task: Task) -> int:
    """Return the number of rows that make an epoch."""
    return min(task.rows_per_epoch or len(split.training), len(split.training))


def row_fingerprints(values: np.ndarray) -> list[bytes]:
    """Return a hash of each row's values."""
    rows = np.ascontiguousarray(values, np.float64) + 0.0
    return [blake2b(row.tobytes(), digest_size=16).digest() for row in rows]


def _weights_of(split: Split, row_weights: np.ndarray | None) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return the weights of training and held-out rows."""
    if row_weights is None:
        return None, None
    weight, held_out = row_weights[split.training], row_weights[split.held_out]
    for part, kind in ((weight, "training"), (held_out, "held-out")):
        if len(part) and not part.any():
            raise InputError(
                f"All {len(part)} {kind} rows have a sample_weight of 0; give some of them more, or choose "
                "the rows to judge by yourself with validation=."
            )
    return weight, held_out


def _monitors(training: Side, held_out: Side) -> Monitors | None:
    """Watch the held-out rows, and as many training rows for a loss without noise beside it."""
    if not len(held_out.scaled):
        return None
    sample = training.sample(len(held_out.scaled))
    weights = sizes = None
    if sample.weight is not None and held_out.weight is not None:
        # A sample that happens to have no weight at all counts evenly: it is only looked at.
        weights = (held_out.weight, sample.weight if sample.weight.any() else np.ones(len(sample.weight)))
    if sample.size is not None and held_out.size is not None:
        sizes = (held_out.size, sample.size)
    return monitors(held_out.scaled, sample.scaled, weights=weights, sizes=sizes)


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


def _rows_seen(values: np.ndarray, split: Split, task: Task) -> dict[str, Any]:
    """Remember what a warm start has learned from, and count the rows that judge it among them."""
    previous, seen = task.previous, frozenset[bytes]()
    if previous is not None:
        seen = previous.rows_seen
        if task.previous_values is not None:
            seen |= frozenset(row_fingerprints(task.previous_values[previous.split.training]))
    again = sum(row in seen for row in row_fingerprints(values[split.held_out]))
    return {"rows_seen": seen, "validation_rows_seen": again, "warm_started": True}
