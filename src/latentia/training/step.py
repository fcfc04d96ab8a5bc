"""One step of learning, for one member: the loss of a batch, its gradient, the update.

The loss is an average over the observed cells of the batch's real rows; the indicators of a category
are one cell. Row weights have mean one over the cells of the table, so an average over batches is an
unbiased average over the table; a partial last batch is a batch of its own size. Penalties are added
for the gradient and reported apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp

from latentia.networks.chance import fold_in
from latentia.networks.corruption import CORRUPTIONS, Place
from latentia.networks.indicators import owners, shares
from latentia.networks.losses import Said, cells_of
from latentia.networks.network import summed_slopes
from latentia.networks.penalties import PENALTIES
from latentia.training.averaging import averaged
from latentia.training.optimizers import direction
from latentia.training.packing import decays, pack, unpack

if TYPE_CHECKING:
    import optax

    from latentia.networks.network import Array, Network, Pass
    from latentia.training.plan import Dials, Plan
    from latentia.training.rows import Monitors, Rows


class Learner(NamedTuple):
    """What a step changes, and the source of its chance."""

    weights: Any  # one vector, or a network
    memory: optax.OptState
    key: Array
    average: Any = None  # of the weights, in their form; None where they are kept as they are

    @property
    def judged(self) -> Any:
        """The weights to judge and to keep."""
        return self.weights if self.average is None else self.average


class StepLoss(NamedTuple):
    """The two parts of what was minimised, before the step's update."""

    reconstruction: Array
    penalty: Array


class RowLoss(NamedTuple):
    """What the observed cells of each row cost, and how many they are; of whole rows, their mean and one."""

    loss: Array  # (rows,)
    cells: Array  # (rows,)


def row_losses(plan: Plan, rows: Rows | Monitors, passed: Pass, dials: Dials) -> RowLoss:
    """Compare every observed cell with what a network says of it."""
    blocks, width = plan.architecture.blocks, rows.x.shape[-1]
    missing = jnp.isnan(rows.x) if plan.gaps else None
    target = rows.x if missing is None else jnp.where(missing, 0.0, rows.x)
    said = Said(passed.reconstruction, passed.raw, passed.log_dispersion, rows.size, blocks)
    losses = cells_of(plan.loss, target, said)
    losses = losses if dials.column_weights is None else losses * dials.column_weights
    if missing is None:
        mean = jnp.sum(losses, axis=-1) / plan.architecture.n_columns if blocks else jnp.mean(losses, axis=-1)
        return RowLoss(mean, jnp.ones(len(losses)))
    counted = shares(blocks, width) if dials.cell_weights is None else dials.cell_weights
    cells = jnp.where(missing, 0.0, counted)
    return RowLoss(jnp.sum(jnp.where(missing, 0.0, losses), axis=-1), jnp.sum(cells, axis=-1))


def mean_loss(plan: Plan, batch: Rows, passed: Pass, dials: Dials) -> jax.Array:
    """Average the loss over the observed cells of the real rows, weighted by row."""
    rows = row_losses(plan, batch, passed, dials)
    # Padding weighs nothing; a batch without a single cell costs nothing.
    return jnp.sum(rows.loss * batch.weight) / jnp.maximum(jnp.sum(rows.cells * batch.present), 1.0)


def objective(
    plan: Plan, network: Network, batch: Rows, dials: Dials, key: jax.Array | None, step: jax.Array
) -> tuple[jax.Array, StepLoss]:
    """Return what is minimised on a batch, and its parts."""
    x, inner_key = batch.x, None
    if key is not None and plan.corruption is not None:
        blocks = plan.architecture.blocks
        owner = owners(blocks, x.shape[-1]) if blocks else None
        place = Place(batch.present, owner, jnp.nan if plan.gaps else 0.0)
        x = CORRUPTIONS[plan.corruption](x, dials.corruption, fold_in(key, 0), place)
    if key is not None and plan.draws_within:
        inner_key = fold_in(key, 1)
    passed = network.training_pass(
        x,
        code_mask=dials.code_mask,
        dropout=dials.dropout if plan.dropout else None,
        key=inner_key,
        gaps=plan.gaps,
    )
    reconstruction = mean_loss(plan, batch, passed, dials)
    penalty = jnp.zeros(())
    if passed.cost is not None:
        price = jnp.sum(passed.cost * batch.weight) / jnp.maximum(jnp.sum(batch.weight), 1e-12)
        warm = jnp.minimum(1.0, (step + 1.0) / jnp.maximum(dials.cost_warmup, 1.0))
        penalty = penalty + dials.cost_weight * warm * price / plan.architecture.n_columns
    penalty_key = fold_in(key, 2) if key is not None and plan.draws_for_penalties else None
    for name, weight in zip(plan.penalties, dials.penalties, strict=True):
        penalty = penalty + weight * PENALTIES[name].of(network, passed, batch.weight, penalty_key)
    return reconstruction + penalty, StepLoss(reconstruction, penalty)


def learn(
    plan: Plan, learner: Learner, batch: Rows, dials: Dials, step: jax.Array, share: jax.Array
) -> tuple[Learner, StepLoss]:
    """Take one step along the optimiser's direction, at this share of the learning rate."""
    # A key per step, so that chance does not depend on how steps are grouped into programs.
    key = fold_in(learner.key, step) if plan.uses_chance else None
    gradient = jax.grad(lambda network: objective(plan, network, batch, dials, key, step), has_aux=True)
    slope, losses = gradient(unpack(plan, learner.weights))
    slope = summed_slopes(slope) if plan.architecture.tied else slope
    slope = clipped(pack(plan, slope), dials.clip)
    along, memory = direction(plan.optimizer).update(slope, learner.memory, learner.weights)
    rate = share * dials.learning_rate

    def update(weight: jax.Array, move: jax.Array, decays: Any) -> jax.Array:
        # Decoupled weight decay (Loshchilov & Hutter, 2019).
        return weight - rate * (move + dials.weight_decay * decays * weight)

    weights = jax.tree.map(update, learner.weights, along, decays(plan))
    average = None
    if learner.average is not None:
        average = averaged(learner.average, weights, step, dials.average_reach)
    return Learner(weights, memory, learner.key, average), losses


def clipped(slope: Any, largest: jax.Array | None) -> Any:
    """Shorten a gradient whose norm, over all weights, is above the largest; None leaves it as it is."""
    if largest is None:
        return slope
    norm = jnp.sqrt(sum(jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(slope)))
    return jax.tree.map(lambda leaf: leaf * (largest / jnp.maximum(norm, largest)), slope)


def monitored_loss(plan: Plan, weights: Any, rows: Monitors, dials: Dials) -> jax.Array:
    """Return the clean losses on held-out rows and on the training sample: no chance, no penalties."""
    network = unpack(plan, weights)

    def block_sums(block: Monitors) -> tuple[jax.Array, jax.Array]:
        passed = network.training_pass(
            block.x, code_mask=dials.code_mask, dropout=None, key=None, gaps=plan.gaps
        )
        rows = row_losses(plan, block, passed, dials)
        return rows.loss @ block.weight, rows.cells @ block.present

    if len(rows.x) == 1:
        totals, shares = block_sums(jax.tree.map(lambda leaf: leaf[0], rows))
        return totals / shares
    totals, shares = jax.lax.map(block_sums, rows)
    return jnp.sum(totals, axis=0) / jnp.sum(shares, axis=0)
