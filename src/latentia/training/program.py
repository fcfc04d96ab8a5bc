"""The compiled part of a fit: many steps, many epochs, all members, in one call.

`advance` is the only program that learns. It runs over a segment: either several whole epochs of
a table in memory, or a part of one epoch of a large table. At the end of every epoch it
evaluates, remembers the best weights and decides who has run out of patience, so what a fit
returns does not depend on how the host cuts it into segments.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp

from latentia.networks.network import Network, initialise
from latentia.training.endings import Ending
from latentia.training.optimizers import direction
from latentia.training.schedules import SCHEDULES
from latentia.training.step import Learner, StepLoss, learn, reconstruct_loss

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentia.training.plan import Dials, Plan
    from latentia.training.rows import Rows

RUNNING = -1
# What counts as better: the held-out loss must fall by this share, or noise would pass for progress.
MINIMAL_GAIN = 1e-4


class Monitors(NamedTuple):
    """Rows that are looked at after every epoch and never learned from at that moment."""

    held_out: Rows | None
    training: Rows | None  # a fixed sample of training rows, for a loss free of noise


class Best(NamedTuple):
    """The weights to return, and why these: one entry per member."""

    network: Network
    loss: jax.Array
    epoch: jax.Array
    reference: jax.Array  # loss at the last clear improvement
    waited: jax.Array  # epochs since then


class State(NamedTuple):
    """Everything a fit needs to go on; every array but the counters has a member axis."""

    learner: Learner
    best: Best
    status: jax.Array  # RUNNING or the value of an Ending, per member
    epochs_run: jax.Array  # epochs until a member ended
    running: StepLoss  # sums over the current epoch's rows
    rows_seen: jax.Array
    step: jax.Array
    epoch: jax.Array


class EpochRecord(NamedTuple):
    """What is written down at the end of an epoch, per member."""

    loss: jax.Array
    penalty: jax.Array
    val_loss: jax.Array
    clean_loss: jax.Array
    learning_rate: jax.Array


class Segment(NamedTuple):
    """Which rows to learn from, and how far to go.

    ``order`` is (epochs, steps, batch) positions of rows, -1 for none; only the first `n_epochs`
    and `n_steps` are run, so one shape serves shorter runs too.
    """

    order: jax.Array
    n_epochs: jax.Array
    n_steps: jax.Array
    ends_epoch: jax.Array


def each_member(function: Callable, members: int, shared: tuple[int, ...] = ()) -> Callable:
    """Map a function over the members of its arguments; those at `shared` are the same for all.

    One member is taken out and put back instead of mapped over: a batched matrix product over a
    single member is several times slower than a plain one.
    """
    if members > 1:

        def mapped(*trees: object) -> object:
            axes = [None if position in shared else 0 for position in range(len(trees))]
            return jax.vmap(function, in_axes=axes)(*trees)

        return mapped

    def single(*trees: object) -> object:
        alone = [
            tree if position in shared else jax.tree.map(lambda leaf: leaf[0], tree)
            for position, tree in enumerate(trees)
        ]
        return jax.tree.map(lambda leaf: leaf[None], function(*alone))

    return single


@partial(jax.jit, static_argnames=("plan",))
def start(plan: Plan, keys: jax.Array, networks: Network | None = None) -> State:
    """Return the state before the first step: fresh weights, or the given ones.

    Parameters
    ----------
    plan : Plan
    keys : array of PRNG keys, shape (members,)
    networks : Network or None
        Weights to go on from, with a member axis.
    """
    members = len(keys)
    if networks is None:
        networks = jax.vmap(partial(initialise, plan.architecture))(keys)
    memory = each_member(direction(plan.optimizer).init, members)(networks)
    never = jnp.full(members, jnp.inf)
    none = jnp.zeros(members, jnp.int32)
    return State(
        learner=Learner(networks, memory, keys),
        best=Best(networks, never, none, never, none),
        status=jnp.full(members, RUNNING, jnp.int32),
        epochs_run=none,
        running=StepLoss(jnp.zeros(members), jnp.zeros(members)),
        rows_seen=jnp.zeros(()),
        step=jnp.zeros((), jnp.int32),
        epoch=jnp.zeros((), jnp.int32),
    )


@partial(jax.jit, static_argnames=("plan",), donate_argnames=("state",))
def advance(
    plan: Plan, state: State, rows: Rows, monitors: Monitors, dials: Dials, segment: Segment
) -> tuple[State, EpochRecord, StepLoss]:
    """Run a segment and return the new state, one record per epoch and the loss of every step."""
    members = len(state.status)
    capacity, steps, _ = segment.order.shape
    records = EpochRecord(*(jnp.full((capacity, members), jnp.nan) for _ in EpochRecord._fields))
    step_losses = StepLoss(*(jnp.full((capacity, steps, members), jnp.nan) for _ in StepLoss._fields))
    take_step = each_member(partial(learn, plan), members, shared=(1, 3))

    def one_step(index: jax.Array, carry: tuple) -> tuple:
        state, order, losses = carry
        batch, n_rows = _batch(rows, order[index])
        learner, loss = take_step(state.learner, batch, dials, state.step)
        running = StepLoss(*(total + part * n_rows for total, part in zip(state.running, loss, strict=True)))
        losses = StepLoss(*(all_.at[index].set(one) for all_, one in zip(losses, loss, strict=True)))
        state = state._replace(
            learner=learner, running=running, rows_seen=state.rows_seen + n_rows, step=state.step + 1
        )
        return state, order, losses

    def one_epoch(carry: tuple) -> tuple:
        index, state, records, losses = carry
        begun = (state, segment.order[index], jax.tree.map(lambda all_: all_[index], losses))
        state, _, epoch_losses = jax.lax.fori_loop(0, segment.n_steps, one_step, begun)
        state, record = jax.lax.cond(
            segment.ends_epoch,
            lambda state: _end_epoch(plan, state, monitors, dials),
            lambda state: (state, EpochRecord(*(jnp.full(members, jnp.nan) for _ in EpochRecord._fields))),
            state,
        )
        write = lambda all_, one: all_.at[index].set(one)  # noqa: E731
        return index + 1, state, jax.tree.map(write, records, record), jax.tree.map(write, losses, epoch_losses)

    def go_on(carry: tuple) -> jax.Array:
        index, state, *_ = carry
        return (index < segment.n_epochs) & jnp.any(state.status == RUNNING)

    _, state, records, step_losses = jax.lax.while_loop(
        go_on, one_epoch, (jnp.zeros((), jnp.int32), state, records, step_losses)
    )
    return state, records, step_losses


def _batch(rows: Rows, positions: jax.Array) -> tuple[Rows, jax.Array]:
    """Gather one batch; a position of -1 becomes a row that does not count."""
    real = (positions >= 0).astype(jnp.float32)
    gathered = jax.tree.map(lambda leaf: leaf[jnp.maximum(positions, 0)], rows)
    batch = gathered._replace(weight=gathered.weight * real, present=gathered.present * real)
    return batch, jnp.sum(batch.present)


def _end_epoch(
    plan: Plan, state: State, monitors: Monitors, dials: Dials
) -> tuple[State, EpochRecord]:
    """Evaluate, keep the best weights, and settle who goes on."""
    members = len(state.status)
    network = state.learner.network
    mean = StepLoss(*(total / jnp.maximum(state.rows_seen, 1.0) for total in state.running))

    def clean_loss(rows: Rows | None) -> jax.Array:
        if rows is None:
            return jnp.full(members, jnp.nan)
        of_one = lambda network, dials: reconstruct_loss(plan, network, rows, dials)  # noqa: E731
        return each_member(of_one, members)(network, dials)

    schedule = SCHEDULES[plan.schedule]
    record = EpochRecord(
        loss=mean.reconstruction,
        penalty=mean.penalty,
        val_loss=clean_loss(monitors.held_out),
        clean_loss=clean_loss(monitors.training),
        learning_rate=jax.vmap(lambda d: schedule(state.step - 1, d) * d.learning_rate)(dials),
    )
    watched = record.loss if monitors.held_out is None else record.val_loss
    finite = jnp.isfinite(watched) & _all_finite(network)
    best, status = _judge(plan, state, watched, finite, monitors.held_out is not None, dials.patience)
    state = state._replace(
        best=best,
        status=status,
        epochs_run=state.epochs_run + (state.status == RUNNING),
        running=jax.tree.map(jnp.zeros_like, state.running),
        rows_seen=jnp.zeros(()),
        epoch=state.epoch + 1,
    )
    return state, record


def _judge(
    plan: Plan, state: State, watched: jax.Array, finite: jax.Array, held_out: bool, patience: jax.Array
) -> tuple[Best, jax.Array]:
    """Update the best weights and the status of every member after an epoch."""
    best, going = state.best, state.status == RUNNING
    better = finite & (watched < best.loss)
    taken = going & (better if held_out and plan.keep_best else finite)
    clearly = finite & (watched < best.reference * (1.0 - MINIMAL_GAIN))
    waited = jnp.where(clearly | ~going, jnp.zeros_like(best.waited), best.waited + 1)

    def keep(new: jax.Array, old: jax.Array) -> jax.Array:
        return jnp.where(taken.reshape(-1, *(1,) * (new.ndim - 1)), new, old)

    new_best = Best(
        network=jax.tree.map(keep, state.learner.network, best.network),
        loss=keep(watched, best.loss),
        epoch=keep(jnp.full_like(best.epoch, state.epoch + 1), best.epoch),
        reference=jnp.where(clearly & going, watched, best.reference),
        waited=waited,
    )
    impatient = (waited >= patience) if held_out else jnp.zeros_like(going)
    status = jnp.where(going & ~finite, Ending.DIVERGED.value, state.status)
    status = jnp.where(going & finite & impatient, Ending.PATIENCE_EXHAUSTED.value, status)
    return new_best, status


def _all_finite(network: Network) -> jax.Array:
    """Return, per member, whether every weight is a finite number."""
    leaves = [jnp.all(jnp.isfinite(leaf), axis=tuple(range(1, leaf.ndim))) for leaf in jax.tree.leaves(network)]
    return jnp.all(jnp.stack(leaves), axis=0)
