"""Every optimiser goes the way that Optax's own goes, learning rate and weight decay included."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from latentia.settings import OPTIMIZER_SETTINGS
from latentia.training.muon import LEFT, SMALLEST
from latentia.training.optimizers import DEFAULT_WEIGHT_DECAY, OPTIMIZERS, direction, fresh_memory
from latentia.training.order import GivenOrder
from latentia.training.packing import is_packed
from latentia.training.program import fresh_networks
from small_fits import assert_same_weights, plan, run, table

X = table(n_rows=12)
RATE, DECAY = 0.01, 0.2
ORDER = GivenOrder(np.tile(np.arange(12), (5, 1)))


def kernels_only(tree):
    return jax.tree.map(lambda leaf: leaf.ndim == 2, tree)


# Our name and settings, what Optax calls the same thing, and whether decay is part of it there.
CASES = [
    ("adam", {}, optax.adam(RATE), 0.0),
    ("adam", {"b1": 0.8, "b2": 0.9, "eps": 1e-3}, optax.adam(RATE, b1=0.8, b2=0.9, eps=1e-3), 0.0),
    ("adamw", {}, optax.adamw(RATE, weight_decay=DECAY, mask=kernels_only), DECAY),
    ("sgd", {}, optax.sgd(RATE), 0.0),
    ("sgd", {"momentum": 0.9}, optax.sgd(RATE, momentum=0.9), 0.0),
    ("sgd", {"momentum": 0.9, "nesterov": True}, optax.sgd(RATE, momentum=0.9, nesterov=True), 0.0),
    ("rmsprop", {}, optax.rmsprop(RATE, decay=0.9, eps=1e-7, eps_in_sqrt=True), 0.0),
    ("adagrad", {}, optax.adagrad(RATE), 0.0),
    ("lion", {}, optax.lion(RATE, weight_decay=DECAY, mask=kernels_only), DECAY),
]


def start():
    return jax.tree.map(lambda leaf: jnp.asarray(leaf[0]), fresh_networks(plan(), 0, 1))


def loss(network):
    x = X.astype(np.float32)
    return jnp.mean(jnp.square(network.decode(network.encode(x)) - x))


slope_of = jax.jit(jax.grad(loss))


def by_optax(transformation, steps=5):
    """Run an optimiser of Optax by hand on the whole table, written without our training step."""
    network = start()
    state = transformation.init(network)
    update = jax.jit(transformation.update)
    for _ in range(steps):
        moves, state = update(slope_of(network), state, network)
        network = optax.apply_updates(network, moves)
    return network


@pytest.mark.parametrize(("name", "settings", "theirs", "decay"), CASES, ids=lambda value: str(value)[:30])
def test_five_steps_are_those_of_optax(name, settings, theirs, decay):
    ours = run(
        plan(optimizer=(name, tuple(settings.items()))),
        X, batch_size=12, max_epochs=5, order=ORDER, learning_rate=RATE, weight_decay=decay,
    )  # fmt: skip
    assert not np.allclose(ours.network(0).encoder[0].weight, start().encoder[0].weight, atol=1e-4)
    assert_same_weights(ours.network(0), by_optax(theirs), rtol=1e-4, atol=3e-6)


def test_muon_evens_out_what_a_matrix_learns_and_leaves_biases_to_adam():
    """The first step along each singular direction of the gradient is nearly the same."""
    slope = jax.grad(loss)(start())
    muon = plan(optimizer=("muon", (("adam_share", 0.1),)))
    ours = run(muon, X, batch_size=12, max_epochs=1, order=ORDER, learning_rate=RATE)
    for before, after, gradient in zip(
        start().decoder, ours.network(0).decoder, jax.tree.map(np.asarray, slope.decoder), strict=True
    ):
        left, strength, right = np.linalg.svd(gradient.weight, full_matrices=False)
        further = max(1.0, gradient.weight.shape[1] / gradient.weight.shape[0]) ** 0.5
        turned = left.T @ ((before.weight - after.weight) / RATE / further) @ right.T
        felt = strength > SMALLEST * strength[0]
        assert felt.sum() > 1
        assert (np.abs(np.diag(turned)[felt] - 1) < LEFT + 0.02).all()
        np.testing.assert_allclose(turned - np.diag(np.diag(turned)), 0, atol=0.02)
        # Adam's first step is the sign of the gradient.
        np.testing.assert_allclose((before.bias - after.bias) / RATE, 0.1 * np.sign(gradient.bias), rtol=1e-2)


def test_an_optimizer_of_the_users_own_is_used_as_it_is():
    own = optax.chain(optax.clip_by_global_norm(0.1), optax.adam(RATE))
    ours = run(plan(optimizer=own), X, batch_size=12, max_epochs=5, order=ORDER, learning_rate=1.0)
    assert_same_weights(ours.network(0), by_optax(own), rtol=1e-4, atol=3e-6)


def test_weights_are_kept_as_one_vector_only_where_that_changes_nothing():
    assert is_packed(plan(optimizer=("adam", ())))
    assert not is_packed(plan(optimizer=("muon", ())))
    assert not is_packed(plan(optimizer=optax.adam(0.1)))
    assert not is_packed(plan(hidden=(600, 600), n_features=600))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_lowers_the_loss_of_three_members(name):
    rate = {"sgd": 0.1, "adagrad": 0.1}.get(name, 0.01)
    outcome = run(plan(optimizer=(name, ())), table(), members=3, max_epochs=15, learning_rate=rate)
    losses = outcome.history["loss"]
    assert (losses[-1] < 0.9 * losses[0]).all()
    assert len({float(loss) for loss in losses[-1]}) == 3


def test_default_decays_are_told_once():
    told = {name: settings["weight_decay"] for name, settings in OPTIMIZER_SETTINGS.items()}
    assert {name: decay for name, decay in told.items() if decay} == DEFAULT_WEIGHT_DECAY


@pytest.mark.parametrize(("name", "settings"), [(name, settings) for name, settings, *_ in CASES])
def test_the_first_memory_is_optaxs_own(name, settings):
    weights = jnp.asarray(np.random.default_rng(0).normal(size=(2, 7)), jnp.float32)
    spec = (name, tuple(sorted(settings.items())))
    ours, theirs = fresh_memory(spec, weights), jax.vmap(direction(spec).init)(weights)
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    jax.tree.map(np.testing.assert_array_equal, ours, theirs)
    assert [leaf.dtype for leaf in jax.tree.leaves(ours)] == [leaf.dtype for leaf in jax.tree.leaves(theirs)]
