"""The compiled part of a fit: many steps, many epochs, all members, in one call.

`advance` is the only program that learns. It runs over a segment: either several whole epochs of
a table in memory, or a part of one epoch of a large table. At the end of every epoch it
evaluates, remembers the best weights and decides who has run out of patience, so what a fit
returns does not depend on how the host cuts it into segments.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from latentia.networks.network import initialise
from latentia.training.endings import Ending
from latentia.training.optimizers import direction
from latentia.training.packing import pack
from latentia.training.plan import NEVER
from latentia.training.plateaus import after_epoch, eased, no_plateau
from latentia.training.schedules import SCHEDULES
from latentia.training.step import Learner, StepLoss, learn, monitored_loss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from latentia.networks.network import Array, Network
    from latentia.training.plan import Dials, Plan
    from latentia.training.plateaus import Plateau
    from latentia.training.rows import Monitors, Rows

RUNNING = -1
# What counts as better: the held-out loss must fall by this share, or noise would pass for progress.
MINIMAL_GAIN = 1e-4
# A held-out loss that stays this share above its best for so many epochs, while the training loss falls,
# does not come back (the generalization loss of Prechelt 1998, "Early stopping - but when?").
OVERFIT, OVERFIT_EPOCHS = 0.3, 10


class Best(NamedTuple):
    """The weights to return, and why these: one entry per member."""

    weights: Any
    loss: Array
    epoch: Array
    reference: Array  # loss at the last clear improvement
    waited: Array  # epochs since then
    clean_loss: Array  # of these weights on training rows
    overfit: Array  # epochs in a row with a clearly larger held-out and a smaller training loss


class State(NamedTuple):
    """Everything a fit needs to go on; every array but the counters has a member axis."""

    learner: Learner
    best: Best
    plateau: Plateau | None  # None where the schedule does not look at losses
    status: Array  # RUNNING or the value of an Ending, per member
    epochs_run: Array  # epochs until a member ended
    running: StepLoss  # sums over the current epoch's rows
    rows_seen: Array
    step: Array
    epoch: Array


class EpochRecord(NamedTuple):
    """What is written down at the end of an epoch, per member."""

    loss: Array
    penalty: Array
    val_loss: Array
    clean_loss: Array
    learning_rate: Array


class Segment(NamedTuple):
    """Which rows to learn from, and how far to go.

    ``order`` is (epochs, steps, batch) positions of rows, -1 for none; only the first `n_epochs`
    and `n_steps` are run, so one shape serves shorter runs too.
    """

    order: Array
    n_epochs: Array
    n_steps: Array


def each_member(function: Callable, members: int, shared: tuple[int, ...] = ()) -> Callable:
    """Map a function over the members of its arguments; those at `shared` are the same for all.

    One member is taken out and put back instead of mapped over: a batched matrix product over a
    single member is several times slower than a plain one.
    """
    if members == 1:
        return lambda *trees: _among(
            function(*(tree if place in shared else _alone(tree) for place, tree in enumerate(trees)))
        )

    def mapped(*trees: object) -> object:
        axes = [None if place in shared else 0 for place in range(len(trees))]
        return jax.vmap(function, in_axes=axes)(*trees)

    return mapped


def _alone(tree: Any) -> Any:
    return jax.tree.map(lambda leaf: leaf[0], tree)


def _among(tree: Any) -> Any:
    return jax.tree.map(lambda leaf: leaf[None], tree)


@partial(jax.jit, static_argnames=("plan",))
def _fresh_memory(plan: Plan, weights: Any) -> Any:
    members = len(jax.tree.leaves(weights)[0])
    return each_member(direction(plan.optimizer).init, members)(weights)


def fresh_networks(plan: Plan, seed: int, members: int | Iterable[int]) -> Network:
    """Return a new network for so many members, or for these; each is the same whoever trains beside it."""
    networks = [
        initialise(plan.architecture, np.random.Generator(np.random.Philox(key=[seed, member])))
        for member in (range(members) if isinstance(members, int) else members)
    ]
    return jax.tree.map(lambda *leaves: np.stack(leaves), *networks)


def start(plan: Plan, keys: np.ndarray, networks: Network) -> State:
    """Return the state before the first step.

    Parameters
    ----------
    plan : Plan
    keys : uint32 array of shape (members, 2)
        All chance while training.
    networks : Network
        Weights to begin with, NumPy arrays with a member axis.
    """
    members = len(keys)
    weights = pack(plan, networks)

    # A buffer each, because every one of them is donated to the first segment.
    def each(value: float, dtype: type) -> np.ndarray:
        return np.full(members, value, dtype)

    state = State(
        learner=Learner(weights, (), keys, jax.tree.map(np.array, weights) if plan.averaged else None),
        best=Best(
            weights=jax.tree.map(np.array, weights),
            loss=each(np.inf, np.float32),
            epoch=each(0, np.int32),
            reference=each(np.inf, np.float32),
            waited=each(0, np.int32),
            clean_loss=each(np.inf, np.float32),
            overfit=each(0, np.int32),
        ),
        plateau=no_plateau(members) if plan.schedule == "reduce_on_plateau" else None,
        status=each(RUNNING, np.int32),
        epochs_run=each(0, np.int32),
        running=StepLoss(each(0.0, np.float32), each(0.0, np.float32)),
        rows_seen=np.float32(0.0),
        step=np.int32(0),
        epoch=np.int32(0),
    )
    state = jax.device_put(state)
    return state._replace(learner=state.learner._replace(memory=_fresh_memory(plan, state.learner.weights)))


@partial(jax.jit, static_argnames=("plan", "ends_epoch"), donate_argnames=("state",))
def advance(
    plan: Plan,
    state: State,
    rows: Rows,
    monitors: Monitors | None,
    dials: Dials,
    segment: Segment,
    *,
    ends_epoch: bool,
) -> tuple[State, EpochRecord, StepLoss]:
    """Run a segment and return the new state, one record per epoch and the loss of every step."""
    members = len(state.status)
    capacity, steps, _ = segment.order.shape
    records = EpochRecord(*(jnp.full((capacity, members), jnp.nan) for _ in EpochRecord._fields))
    step_losses = StepLoss(*(jnp.full((capacity, steps, members), jnp.nan) for _ in StepLoss._fields))

    def one_epoch(carry: tuple) -> tuple:
        index, state, records, losses = carry
        told = jax.tree.map(lambda all_: all_[index], losses)
        numbers = eased(dials, state.plateau)
        state, told = _steps(plan, state, rows, numbers, segment.order[index], segment.n_steps, told)
        write = lambda all_, one: all_.at[index].set(one)  # noqa: E731
        if ends_epoch:
            state, record = _end_epoch(plan, state, monitors, numbers)
            records = jax.tree.map(write, records, record)
        return index + 1, state, records, jax.tree.map(write, losses, told)

    def go_on(carry: tuple) -> jax.Array:
        index, state, *_ = carry
        return (index < segment.n_epochs) & jnp.any(state.status == RUNNING)

    _, state, records, step_losses = jax.lax.while_loop(
        go_on, one_epoch, (jnp.zeros((), jnp.int32), state, records, step_losses)
    )
    return state, records, step_losses


def _steps(
    plan: Plan, state: State, rows: Rows, dials: Dials, order: Array, n_steps: Array, losses: StepLoss
) -> tuple[State, StepLoss]:
    """Take the steps of one epoch, or of a part of it, and write down their losses."""
    # A single member goes through the loop without its axis: with it, XLA copies all weights at every step.
    single = len(state.status) == 1
    take_step = partial(learn, plan)
    if not single:
        take_step = jax.vmap(take_step, in_axes=(0, None, 0, None))
    learner, numbers = (_alone(state.learner), _alone(dials)) if single else (state.learner, dials)

    def one_step(index: Array, carry: tuple) -> tuple:
        learner, running, rows_seen, losses = carry
        batch, n_rows = _batch(rows, order[index])
        learner, loss = take_step(learner, batch, numbers, state.step + index)
        running = StepLoss(*(total + part * n_rows for total, part in zip(running, loss, strict=True)))
        losses = StepLoss(*(all_.at[index].set(one) for all_, one in zip(losses, loss, strict=True)))
        return learner, running, rows_seen + n_rows, losses

    begun = (learner, state.running, state.rows_seen, losses)
    learner, running, rows_seen, losses = jax.lax.fori_loop(0, n_steps, one_step, begun)
    return state._replace(
        learner=_among(learner) if single else learner,
        running=running,
        rows_seen=rows_seen,
        step=state.step + n_steps,
    ), losses


def _batch(rows: Rows, positions: jax.Array) -> tuple[Rows, jax.Array]:
    """Gather one batch; a position of -1 becomes a row that does not count."""
    real = (positions >= 0).astype(jnp.float32)
    gathered = jax.tree.map(lambda leaf: leaf[jnp.maximum(positions, 0)], rows)
    batch = gathered._replace(weight=gathered.weight * real, present=gathered.present * real)
    return batch, jnp.sum(batch.present)


def _end_epoch(
    plan: Plan, state: State, monitors: Monitors | None, dials: Dials
) -> tuple[State, EpochRecord]:
    """Evaluate, keep the best weights, and settle who goes on."""
    members = len(state.status)
    mean = StepLoss(*(total / jnp.maximum(state.rows_seen, 1.0) for total in state.running))
    if monitors is None:
        clean = jnp.full((members, 2), jnp.nan)
    else:
        evaluate = each_member(partial(monitored_loss, plan), members, shared=(1,))
        clean = evaluate(state.learner.judged, monitors, dials)
    schedule = SCHEDULES[plan.schedule]
    record = EpochRecord(
        loss=mean.reconstruction,
        penalty=mean.penalty,
        val_loss=clean[:, 0],
        clean_loss=clean[:, 1],
        learning_rate=jax.vmap(lambda d: schedule(state.step - 1, d) * d.learning_rate)(dials),
    )
    watched = record.loss if monitors is None else record.val_loss
    finite = jnp.isfinite(watched) & _all_finite(state.learner.judged)
    best, status = _judge(plan, state, (watched, record.clean_loss), finite, monitors is not None, dials)
    if state.plateau is not None:
        state = state._replace(plateau=after_epoch(state.plateau, best.waited == 0, dials))
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
    plan: Plan,
    state: State,
    losses: tuple[jax.Array, jax.Array],
    finite: jax.Array,
    held_out: bool,
    dials: Dials,
) -> tuple[Best, jax.Array]:
    """Update the best weights and the status of every member after an epoch.

    The losses are the one that is watched, and that on training rows without noise.
    """
    best, going = state.best, state.status == RUNNING
    watched, clean = losses
    # While the bottleneck's price still grows, an early epoch is better only because it pays less.
    full_price = state.step >= dials.cost_warmup
    watched = jnp.where(full_price, watched, jnp.inf)
    better = finite & ((watched < best.loss) | ~full_price)
    taken = going & (better if held_out and plan.keep_best else finite)
    clearly = finite & ((watched < best.reference * (1.0 - MINIMAL_GAIN)) | ~full_price)
    waited = jnp.where(clearly | ~going, jnp.zeros_like(best.waited), best.waited + 1)
    by_heart = (watched > best.loss + OVERFIT * jnp.abs(best.loss)) & (clean < best.clean_loss)

    def keep(new: jax.Array, old: jax.Array) -> jax.Array:
        return jnp.where(taken.reshape(-1, *(1,) * (new.ndim - 1)), new, old)

    new_best = Best(
        weights=jax.tree.map(keep, state.learner.judged, best.weights),
        loss=keep(watched, best.loss),
        epoch=keep(jnp.full_like(best.epoch, state.epoch + 1), best.epoch),
        reference=jnp.where(clearly & going, watched, best.reference),
        waited=waited,
        clean_loss=keep(clean, best.clean_loss),
        overfit=jnp.where(by_heart, best.overfit + 1, 0),
    )
    lost = (new_best.overfit >= OVERFIT_EPOCHS) & (dials.patience < NEVER)
    impatient = ((waited >= dials.patience) | lost) if held_out else jnp.zeros_like(going)
    status = jnp.where(going & ~finite, Ending.DIVERGED.value, state.status)
    status = jnp.where(going & finite & impatient, Ending.PATIENCE_EXHAUSTED.value, status)
    return new_best, status


def _all_finite(weights: Any) -> jax.Array:
    """Return, per member, whether every weight is a finite number."""
    leaves = [
        jnp.all(jnp.isfinite(leaf), axis=tuple(range(1, leaf.ndim))) for leaf in jax.tree.leaves(weights)
    ]
    return jnp.all(jnp.stack(leaves), axis=0)
