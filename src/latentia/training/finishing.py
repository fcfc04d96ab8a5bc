"""What is done to networks when their training has ended, so that they can be read and compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import jax
import numpy as np

from latentia.networks.bottlenecks import divergence
from latentia.networks.canonical import canonical
from latentia.networks.network import narrowed
from latentia.training.endings import Ending

if TYPE_CHECKING:
    from latentia.networks.network import Network
    from latentia.recipe import Recipe
    from latentia.training.outcome import Outcome
    from latentia.training.trained import Trained

# Rows that settle the axes of the code; more would not move them.
ROWS_FOR_AXES = 1024
# A loss that moves less than this share over the last tenth of the epochs, ten at least, has levelled off.
LEVEL, FEWEST_LEVEL_EPOCHS = 0.005, 10


def rows_for_axes(scaled: np.ndarray) -> np.ndarray:
    """Return rows that settle the axes of the code, evenly spaced; all of them if there are few."""
    return scaled[:: -(-len(scaled) // ROWS_FOR_AXES)]


def canonical_members(outcome: Outcome, scaled: np.ndarray, recipe: Recipe) -> Network:
    """Return the networks with their components turned and ordered by what they explain of scaled rows."""
    if recipe.code_name in {"ordered", "custom"}:
        return outcome.networks
    rows = rows_for_axes(scaled)
    # Only the layers around the code change; the others, far larger in a wide network, are not copied.
    changed: dict[int, np.ndarray] = {}
    for member in range(outcome.members):
        network = outcome.network(member)
        pairs = zip(
            jax.tree.leaves(network),
            jax.tree.leaves(canonical(network, rows, free_axes=recipe.free_axes, rotation=recipe.rotation)),
            strict=True,
        )
        for place, (before, after) in enumerate(pairs):
            if after is not before:
                changed.setdefault(place, jax.tree.leaves(outcome.networks)[place].copy())[member] = after
    leaves, form = jax.tree.flatten(outcome.networks)
    return jax.tree.unflatten(form, [changed.get(place, leaf) for place, leaf in enumerate(leaves)])


def divergences(network: Network, scaled: np.ndarray, recipe: Recipe) -> np.ndarray | None:
    """Return the mean divergence of each component of a variational code from its prior, in nats."""
    if recipe.code_name != "gaussian":
        return None
    rows = rows_for_axes(scaled)
    raw = network.raw_code(jax.device_put(rows.astype(np.float32)))
    return np.asarray(divergence(raw), np.float64).mean(axis=0)


def settled_endings(outcome: Outcome) -> tuple[Ending, ...]:
    """Call a member converged that ran all its epochs and whose loss had levelled off."""
    endings = []
    for member, ending in enumerate(outcome.endings):
        history = outcome.history_of(member)
        watched = history["val_loss"] if np.isfinite(history["val_loss"]).any() else history["loss"]
        tail = watched[-max(len(watched) // 10, FEWEST_LEVEL_EPOCHS) :]
        enough = len(watched) >= 2 * FEWEST_LEVEL_EPOCHS
        level = enough and np.ptp(tail) <= LEVEL * max(abs(tail[-1]), 1e-12)
        endings.append(Ending.CONVERGED if ending is Ending.EPOCH_LIMIT and level else ending)
    return tuple(endings)


def best_member(outcome: Outcome) -> int:
    """Return the member with the lowest held-out loss; without held-out rows, training loss."""
    losses = outcome.best_val_loss()
    if not np.isfinite(losses).any() and len(outcome.history["epoch"]):
        losses = outcome.history["loss"][-1]
    return int(np.nanargmin(losses)) if np.isfinite(losses).any() else 0


def divided(trained: Trained, values: np.ndarray, n_seeds: int) -> list[Trained]:
    """Return the members of each of several recipes as an ensemble of its own.

    Parameters
    ----------
    trained : Trained
        Of a task with variants, `n_seeds` members after each other for each recipe.
    values : ndarray of shape (n, p)
        The table that it was fitted to.
    n_seeds : int
    """
    scaled = trained.scale(values[trained.split.training])
    firsts = range(0, trained.outcome.members, n_seeds)
    return [_ensemble(trained, scaled, np.arange(first, first + n_seeds)) for first in firsts]


def _ensemble(trained: Trained, scaled: np.ndarray, members: np.ndarray) -> Trained:
    recipe = replace(trained.variants[members[0]], n_seeds=len(members))
    outcome = trained.outcome.of(members)
    networks = outcome.networks
    if recipe.n_components < networks.architecture.n_components:
        networks = narrowed(networks, recipe.n_components)
    outcome = replace(outcome, networks=networks)
    outcome = replace(outcome, networks=canonical_members(outcome, scaled, recipe))
    chosen = best_member(outcome)
    return replace(
        trained,
        recipe=recipe,
        outcome=outcome,
        chosen=chosen,
        divergences=divergences(outcome.network(chosen), scaled, recipe),
        variants=(),
    )
