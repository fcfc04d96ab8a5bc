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
from latentia.training.optimizers import fresh_memory
from latentia.training.packing import pack
from latentia.training.plan import NEVER
from latentia.training.plateaus import after_epoch, eased, no_plateau
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
    """Everything a fit needs to go on; every array has a member axis."""

    learner: Learner
    best: Best
    plateau: Plateau | None  # None where the schedule does not look at losses
    status: Array  # RUNNING or the value of an Ending, per member
    epochs_run: Array  # epochs until a member ended
    running: Array  # (members, parts of a loss), sums over the current epoch's rows
    rows_seen: Array  # of the current epoch
    step: Array
    epoch: Array


class EpochRecord(NamedTuple):
    """What is written down at the end of an epoch, per member."""

    loss: Array
    penalty: Array
    val_loss: Array
    clean_loss: Array
    learning_rate: Array


class Told(NamedTuple):
    """What a segment writes down: all figures in one array each, because each array costs time to compile."""

    epochs: Array  # (epochs, figures of a record, members); a single member has no axis
    steps: Array  # (epochs, steps, parts of a loss, members)

    @classmethod
    def blank(cls, epochs: int, steps: int, members: int) -> Told:
        """Return the place to write to, nan everywhere."""
        axis = () if members == 1 else (members,)
        shapes = (epochs, len(EpochRecord._fields), *axis), (epochs, steps, len(StepLoss._fields), *axis)
        return cls(*(np.full(shape, np.nan, np.float32) for shape in shapes))

    def on_host(self) -> tuple[EpochRecord, StepLoss]:
        """Return the figures by name: (epochs, members) each, and (epochs, steps, members) each."""
        epochs, steps = np.moveaxis(np.asarray(self.epochs), 1, 0), np.moveaxis(np.asarray(self.steps), 2, 0)
        if epochs.ndim == 2:  # noqa: PLR2004 - a single member's
            epochs, steps = epochs[..., None], steps[..., None]
        return EpochRecord(*epochs), StepLoss(*steps)


class Segment(NamedTuple):
    """Which rows to learn from, and how far to go.

    ``order`` is (epochs, steps, batch) positions of rows, -1 for none, and ``n_rows`` says how many
    rows each step has; only the first `n_epochs` and `n_steps` are run, so one shape serves shorter
    runs too.
    """

    order: Array
    n_rows: Array  # (epochs, steps), float32
    n_epochs: Array
    n_steps: Array


def _alone(tree: Any) -> Any:
    return jax.tree.map(lambda leaf: leaf[0], tree)


def _among(tree: Any) -> Any:
    return jax.tree.map(lambda leaf: leaf[None], tree)


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
        running=np.zeros((members, len(StepLoss._fields)), np.float32),
        rows_seen=each(0.0, np.float32),
        step=each(0, np.int32),
        epoch=each(0, np.int32),
    )
    state = jax.device_put(state)
    return state._replace(
        learner=state.learner._replace(memory=fresh_memory(plan.optimizer, state.learner.weights))
    )


@partial(jax.jit, static_argnames=("plan", "ends_epoch"), donate_argnames=("state",))
def advance(
    plan: Plan,
    state: State,
    rows: Rows,
    monitors: Monitors | None,
    dials: Dials,
    segment: Segment,
    shares: Array,
    told: Told,
    *,
    ends_epoch: bool,
) -> tuple[State, Told]:
    """Run a segment; return the new state, and `told`, which is blank, with what there is to write down.

    The shares of the learning rate, (epochs, steps, members), are what the plan's schedule comes to;
    nothing else of the schedule is in the program.
    """
    # A single member goes without its axis: with it, XLA copies all weights at every step, and a batched
    # matrix product over one member is several times slower than a plain one.
    single = len(state.status) == 1
    if single:
        state, dials, shares = _alone(state), _alone(dials), shares[..., 0]
    each = _itself if single else jax.vmap
    steps = segment.order.shape[1]
    ahead = _Ahead(*(_in_a_row(part) for part in (segment.order, segment.n_rows, shares)))
    settle = each(partial(_end_epoch, plan), in_axes=(0, None, 0, 0), out_axes=(0, -1))

    def one_epoch(carry: tuple) -> tuple:
        epoch, state, records, losses = carry
        numbers, first = eased(dials, state.plateau), epoch * steps
        state, losses = _steps(plan, each, state, rows, numbers, ahead, (first, segment.n_steps), losses)
        state = state._replace(rows_seen=state.rows_seen + jnp.sum(_entry(segment.n_rows, epoch)))
        if ends_epoch:
            rate = _entry(ahead.shares, first + segment.n_steps - 1) * numbers.learning_rate
            state, record = settle(state, monitors, numbers, rate)
            records = _written(records, record, epoch)
        return epoch + 1, state, records, losses

    def go_on(carry: tuple) -> jax.Array:
        epoch, state, *_ = carry
        return (epoch < segment.n_epochs) & jnp.any(state.status == RUNNING)

    begun = (jnp.zeros((), jnp.int32), state, told.epochs, _in_a_row(told.steps))
    _, state, records, losses = jax.lax.while_loop(go_on, one_epoch, begun)
    return _among(state) if single else state, Told(records, losses.reshape(told.steps.shape))


class _Ahead(NamedTuple):
    """All steps of a segment in a row, with room for those that are not run."""

    order: Array
    n_rows: Array
    shares: Array


def _steps(
    plan: Plan,
    each: Callable,
    state: State,
    rows: Rows,
    dials: Dials,
    ahead: _Ahead,
    which: tuple[Array, Array],
    losses: Array,
) -> tuple[State, Array]:
    """Take steps, so many from the first one, and write the losses of each down."""
    take_step = each(partial(learn, plan), in_axes=(0, None, 0, 0, 0))
    # One after the other, so that the sum is the same wherever an epoch is cut.
    add_up = each(lambda sums, loss, n_rows: sums + loss * n_rows, in_axes=(0, -1, None))
    first, n_steps = which

    def one_step(index: Array, carry: tuple) -> tuple:
        learner, running, losses = carry
        order, n_rows, share = (_entry(part, first + index) for part in ahead)
        learner, loss = take_step(learner, _batch(rows, order), dials, state.step + index, share)
        loss = jnp.stack(loss)
        return learner, add_up(running, loss, n_rows), _written(losses, loss, first + index)

    begun = (state.learner, state.running, losses)
    learner, running, losses = jax.lax.fori_loop(0, n_steps, one_step, begun)
    return state._replace(learner=learner, running=running, step=state.step + n_steps), losses


def _in_a_row(array: Array) -> jax.Array:
    """Return an array whose first two axes, epochs and steps, are one."""
    return jnp.reshape(array, (-1, *array.shape[2:]))


def _itself(function: Callable, **_axes: Any) -> Callable:
    """Return a function as it is, where `vmap` would map it over members."""
    return function


def _batch(rows: Rows, positions: jax.Array) -> Rows:
    """Gather one batch; a position of -1 becomes a row that does not count."""
    real = (positions >= 0).astype(jnp.float32)
    # Clipped, -1 is the first row.
    batch = jax.tree.map(lambda leaf: leaf.at[positions].get(mode="clip", wrap_negative_indices=False), rows)
    return batch._replace(weight=batch.weight * real, present=batch.present * real)


def _entry(array: Array, index: Array | int) -> jax.Array:
    """Return one entry; unlike indexing, without a look at whether the index counts from the end."""
    return jax.lax.dynamic_index_in_dim(array, index, keepdims=False, allow_negative_indices=False)


def _written(array: Array, entry: Array, index: Array) -> jax.Array:
    """Return an array with one entry replaced."""
    return jax.lax.dynamic_update_index_in_dim(array, entry, index, 0, allow_negative_indices=False)


def _end_epoch(
    plan: Plan, state: State, monitors: Monitors | None, dials: Dials, rate: Array
) -> tuple[State, Array]:
    """Evaluate a member, keep its best weights, and settle whether it goes on; return its record, too."""
    loss, penalty = state.running / jnp.maximum(state.rows_seen, 1.0)
    val_loss = clean = jnp.asarray(jnp.nan)
    if monitors is not None:
        val_loss, clean = monitored_loss(plan, state.learner.judged, monitors, dials)
    watched = loss if monitors is None else val_loss
    best, status = _judge(plan, state, (watched, clean), monitors is not None, dials)
    if state.plateau is not None:
        state = state._replace(plateau=after_epoch(state.plateau, best.waited == 0, dials))
    state = state._replace(
        best=best,
        status=status,
        epochs_run=state.epochs_run + (state.status == RUNNING),
        running=jnp.zeros_like(state.running),
        rows_seen=jnp.zeros_like(state.rows_seen),
        epoch=state.epoch + 1,
    )
    return state, jnp.stack(EpochRecord(loss, penalty, val_loss, clean, rate))


def _judge(
    plan: Plan, state: State, losses: tuple[jax.Array, jax.Array], held_out: bool, dials: Dials
) -> tuple[Best, jax.Array]:
    """Update the best weights and the status of a member after an epoch.

    The losses are the one that is watched, and that on training rows without noise.
    """
    best, going = state.best, state.status == RUNNING
    watched, clean = losses
    finite = jnp.isfinite(watched) & _all_finite(state.learner.judged)
    # While the bottleneck's price still grows, an early epoch is better only because it pays less.
    full_price = state.step >= dials.cost_warmup
    watched = jnp.where(full_price, watched, jnp.inf)
    better = finite & ((watched < best.loss) | ~full_price)
    taken = going & (better if held_out and plan.keep_best else finite)
    clearly = finite & ((watched < best.reference * (1.0 - MINIMAL_GAIN)) | ~full_price)
    waited = jnp.where(clearly | ~going, 0, best.waited + 1)
    by_heart = (watched > best.loss + OVERFIT * jnp.abs(best.loss)) & (clean < best.clean_loss)
    keep = partial(jnp.where, taken)
    new_best = Best(
        weights=jax.tree.map(keep, state.learner.judged, best.weights),
        loss=keep(watched, best.loss),
        epoch=keep(state.epoch + 1, best.epoch),
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
    """Return whether every weight is a finite number, whose square is one, too."""
    # As a product with itself: far less to compile than a look at every weight.
    return jnp.isfinite(sum(jnp.vdot(leaf, leaf) for leaf in jax.tree.leaves(weights)))
