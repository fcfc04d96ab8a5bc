"""One step is what it is by hand, and what does not count has no influence on it."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from latentia.networks.chance import fold_in, make_keys
from latentia.networks.network import Pass, initialise
from latentia.training.order import GivenOrder
from latentia.training.packing import pack
from latentia.training.plan import make_dials
from latentia.training.program import fresh_networks
from latentia.training.rows import Rows, monitors, round_up, training_rows
from latentia.training.step import clipped, mean_loss, monitored_loss, objective
from small_fits import assert_same_weights, plan, run, table

X = table(n_rows=12, n_columns=5)
PENALTIES = ("l1_codes", "l1_activations", "l2_weights")
PLAN = plan(penalties=PENALTIES)
NETWORK = jax.tree.map(jnp.asarray, initialise(PLAN.architecture, np.random.default_rng(3)))


def dials(**settings):
    settings = {"penalties": [0.1, 0.01, 0.001], **settings}
    return jax.tree.map(lambda leaf: leaf[0], make_dials(1, **settings))


def loss_and_slope(rows, a_plan=PLAN):
    def total(network):
        return objective(a_plan, network, rows, dials(), None, 0)[0]

    return jax.value_and_grad(total)(NETWORK)


def assert_same(one, other, rtol=2e-5):
    np.testing.assert_allclose(one[0], other[0], rtol=rtol)
    assert_same_weights(one[1], other[1], rtol=rtol, atol=2e-6)


def gapped(x, mask):
    """Rows with gaps where the mask is false, and the plan that looks for them."""
    return (x, PLAN) if mask is None else (np.where(mask, x, np.nan), replace(PLAN, gaps=True))


def by_hand(x, weight=None, mask=None):
    """The objective in NumPy: averages over observed cells and rows by weight, plus penalties."""
    weight = np.ones(len(x)) if weight is None else np.asarray(weight, float)
    mask = np.ones(x.shape) if mask is None else np.asarray(mask, float)
    kernels = [np.asarray(layer.weight, float) for layer in (*NETWORK.encoder, *NETWORK.decoder)]
    hidden = np.tanh(np.where(mask > 0, x, 0) @ kernels[0])  # fresh biases are zero
    code = hidden @ kernels[1]
    made = np.tanh(code @ kernels[2]) @ kernels[3]
    cells = np.where(mask > 0, (made - x) ** 2, 0)
    loss = np.average(cells, weights=mask * weight[:, None])
    codes = np.average(np.abs(code).sum(axis=1), weights=weight)
    units = np.average(np.abs(hidden).sum(axis=1), weights=weight) + codes
    return loss + 0.1 * codes + 0.01 * units + 0.001 * sum((kernel**2).sum() for kernel in kernels)


def test_the_objective_is_what_it_is_by_hand():
    np.testing.assert_allclose(loss_and_slope(training_rows(X))[0], by_hand(X), rtol=1e-5)


def test_the_gradient_is_the_slope_of_the_objective():
    rows = training_rows(X)
    slope = loss_and_slope(rows)[1]
    kernel, small = NETWORK.encoder[0].weight, 1e-2
    for place in ((0, 0), (4, 7), (2, 3)):
        shift = jnp.zeros_like(kernel).at[place].set(small)
        up, down = (
            objective(
                PLAN,
                jax.tree.map(lambda leaf, by=sign * shift: kernel + by if leaf is kernel else leaf, NETWORK),
                rows,
                dials(),
                None,
                0,
            )[0]
            for sign in (1, -1)
        )
        np.testing.assert_allclose(
            (up - down) / (2 * small), slope.encoder[0].weight[place], rtol=2e-2, atol=1e-4
        )


@pytest.mark.parametrize("masked", [False, True])
def test_a_row_of_weight_two_is_the_row_twice(masked):
    weight = np.r_[2.0, np.ones(len(X) - 1)]
    mask = np.random.default_rng(0).random(X.shape) > 0.4 if masked else None
    twice = np.r_[0, 0, 1 : len(X)]
    x, a_plan = gapped(X, mask)
    repeated = training_rows(x[twice])
    weighted = loss_and_slope(training_rows(x, weight), a_plan)
    np.testing.assert_allclose(weighted[0], by_hand(X, weight, mask), rtol=1e-5)
    assert_same(weighted, loss_and_slope(repeated, a_plan))


@pytest.mark.parametrize("masked", [False, True])
def test_rows_of_weight_zero_have_no_influence(masked):
    mask = np.random.default_rng(0).random(X.shape) > 0.4 if masked else None
    weight = np.r_[np.zeros(4), np.ones(len(X) - 4)]
    changed = X.copy()
    changed[:4] = 1e3 * np.random.default_rng(1).normal(size=(4, 5))
    (x, a_plan), (other, _) = gapped(X, mask), gapped(changed, mask)
    rest = loss_and_slope(training_rows(x[4:]), a_plan)
    assert_same(loss_and_slope(training_rows(x, weight), a_plan), rest)
    assert_same(loss_and_slope(training_rows(other, weight), a_plan), rest)


def test_missing_cells_are_left_out_of_the_average():
    mask = np.random.default_rng(0).random(X.shape) > 0.3
    x, a_plan = gapped(X, mask)
    loss, slope = loss_and_slope(training_rows(x), a_plan)
    np.testing.assert_allclose(loss, by_hand(X, mask=mask), rtol=1e-5)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(slope))


def test_looking_for_gaps_where_there_are_none_changes_nothing():
    assert_same(loss_and_slope(training_rows(X)), loss_and_slope(training_rows(X), replace(PLAN, gaps=True)))


def test_padding_of_rows_changes_nothing():
    longer = training_rows(X)
    more = Rows(*(np.concatenate([leaf, np.zeros((7, *leaf.shape[1:]), np.float32)]) for leaf in longer[:3]))
    assert_same(loss_and_slope(longer), loss_and_slope(more), rtol=1e-6)


def test_padded_rows_count_for_nothing_even_with_values():
    rows = training_rows(X)
    more = Rows(
        np.concatenate([rows.x, 50 * np.ones((3, 5), np.float32)]),
        np.concatenate([rows.weight, np.zeros(3, np.float32)]),
        np.concatenate([rows.present, np.zeros(3, np.float32)]),
    )
    assert_same(loss_and_slope(rows), loss_and_slope(more), rtol=1e-6)


def test_the_grid_of_shapes_pads_an_eighth_at_most():
    counts = np.arange(1, 5000)
    rounded = np.array([round_up(int(n)) for n in counts])
    assert (rounded >= counts).all()
    assert ((rounded - counts) <= np.maximum(counts / 8, 0)).all()
    assert (np.diff(rounded) >= 0).all()


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_the_mean_loss_is_the_mean_over_cells(loss):
    made = np.random.default_rng(4).normal(size=X.shape).astype(np.float32)
    rows = Rows(X.astype(np.float32), np.ones(12, np.float32), np.ones(12, np.float32))
    distance = np.abs(made - X)
    cells = {
        "mse": distance**2,
        "mae": distance,
        "huber": np.where(distance < 1, distance**2 / 2, distance - 0.5),
    }[loss]
    passed = Pass(X, made, made, made, (), None)
    np.testing.assert_allclose(
        mean_loss(replace(PLAN, loss=loss), rows, passed, dials()), cells.mean(), rtol=1e-6
    )


@pytest.mark.parametrize("gaps", [False, True])
def test_columns_count_as_much_as_is_asked_for(gaps):
    """The loss is the weighted mean of the columns' own, over observed cells alone."""
    asked = np.array([2.0, 0.0, 1.0, 1.5, 0.5])
    mask = np.random.default_rng(8).random(X.shape) > 0.4 if gaps else np.ones(X.shape)
    made = np.random.default_rng(4).normal(size=X.shape).astype(np.float32)
    x = np.where(mask > 0, X, np.nan)
    rows = training_rows(x, share=asked if gaps else None)
    made = np.pad(made, ((0, len(rows.x) - len(x)), (0, 0)))
    passed, weighed = (
        Pass(rows.x, made, made, made, (), None),
        {"column_weights": asked, "cell_weights": asked},
    )
    told = mean_loss(replace(PLAN, gaps=gaps), rows, passed, dials(**weighed))
    errors = np.square(np.nan_to_num(made[: len(x)] - x))
    np.testing.assert_allclose(told, np.average(errors, weights=mask * asked), rtol=1e-5)


@pytest.mark.parametrize("n_held_out", [5, 1500])
@pytest.mark.parametrize("masked", [False, True])
def test_monitored_losses_are_means_over_their_own_rows(n_held_out, masked):
    """Also when the rows are cut into blocks, whose last one is padded."""
    held_out, sample = table(n_rows=n_held_out, seed=5), table(n_rows=400, seed=6)
    rng, parts = np.random.default_rng(0), (held_out, sample)
    masks = [rng.random(part.shape) > 0.3 if masked else np.ones(part.shape, bool) for part in parts]
    gaps = [gapped(part, mask)[0] for part, mask in zip(parts, masks, strict=True)]
    found = monitored_loss(plan(gaps=masked), pack(plan(), NETWORK), monitors(*gaps), dials(penalties=()))
    for index, rows in enumerate((held_out, sample)):
        seen = np.where(masks[index], rows, 0)
        errors = np.square(NETWORK.decode(NETWORK.encode(seen.astype(np.float32))) - rows)
        expected = errors[masks[index]].mean()
        np.testing.assert_allclose(found[index], expected, rtol=1e-5)


def sgd_by_hand(x, order, batch_size, rate, epochs):
    """Plain gradient descent, batch by batch, on a network without hidden layers, float64."""
    start = fresh_networks(plan(hidden=(), activation="linear"), 0, 1)
    E, D = (np.asarray(side[0].weight[0], float) for side in (start.encoder, start.decoder))
    e, d = (np.asarray(side[0].bias[0], float) for side in (start.encoder, start.decoder))
    losses = []
    for epoch in range(epochs):
        positions = order.rows(epoch)
        for first in range(0, len(x), batch_size):
            rows = x[positions[first : first + batch_size]]
            code = rows @ E + e
            error = code @ D + d - rows
            losses.append(np.mean(error**2))
            slope = 2 * error / error.size
            back = slope @ D.T
            D, d = D - rate * code.T @ slope, d - rate * slope.sum(axis=0)
            E, e = E - rate * rows.T @ back, e - rate * back.sum(axis=0)
    return np.array(losses), E, D


@pytest.mark.parametrize("batch_size", [5, 12, 7, 64])
def test_a_partial_last_batch_is_a_batch_of_its_own_size(batch_size):
    """Twelve rows in batches of 5, 5 and 2 (and others), padded inside, against a loop in NumPy."""
    orders = GivenOrder(np.stack([np.random.default_rng(i).permutation(12) for i in range(3)]))
    outcome = run(
        plan(hidden=(), activation="linear", optimizer=("sgd", ())),
        X,
        batch_size=batch_size,
        max_epochs=3,
        order=orders,
        learning_rate=0.2,
    )
    losses, E, D = sgd_by_hand(X, orders, min(batch_size, 12), 0.2, 3)
    np.testing.assert_allclose(outcome.step_loss[:, 0], losses, rtol=1e-5)
    network = outcome.network(0)
    np.testing.assert_allclose(network.encoder[0].weight, E, atol=2e-6)
    np.testing.assert_allclose(network.decoder[0].weight, D, atol=2e-6)
    # The epoch's loss is the average over rows, not over batches.
    sizes = [min(batch_size, 12 - first) for first in range(0, 12, batch_size)]
    of_epochs = [np.average(part, weights=sizes) for part in losses.reshape(3, -1)]
    np.testing.assert_allclose(outcome.history["loss"][:, 0], of_epochs, rtol=1e-5)


def test_chance_differs_by_step_and_member_and_repeats():
    noisy = plan(corruption="gaussian", dropout=True)
    rows, key = training_rows(X), make_keys(0, 1)[0]

    def loss(a_key):
        return float(
            objective(noisy, NETWORK, rows, dials(penalties=(), corruption=0.5, dropout=0.3), a_key, 0)[0]
        )

    values = [loss(fold_in(key, step)) for step in range(4)] + [loss(fold_in(make_keys(0, 2)[1], 0))]
    assert len(set(values)) == 5
    assert loss(fold_in(key, 0)) == values[0]


def test_weight_decay_is_decoupled_and_leaves_biases_alone():
    x = table(n_rows=16)
    decayed = run(plan(optimizer=("sgd", ())), x, max_epochs=1, learning_rate=0.1, weight_decay=0.5)
    plain = run(plan(optimizer=("sgd", ())), x, max_epochs=1, learning_rate=0.1)
    start = fresh_networks(plan(), 0, 1)
    for before, with_decay, without in zip(
        (*start.encoder, *start.decoder),
        (*decayed.networks.encoder, *decayed.networks.decoder),
        (*plain.networks.encoder, *plain.networks.decoder),
        strict=True,
    ):
        np.testing.assert_allclose(without.weight - with_decay.weight, 0.05 * before.weight, atol=1e-6)
        np.testing.assert_array_equal(without.bias, with_decay.bias)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("largest", [1e-3, 0.5, 1e3])
def test_a_gradient_is_clipped_as_optax_does_it(packed, largest):
    slope = loss_and_slope(training_rows(X))[1]
    clip = optax.clip_by_global_norm(largest)
    theirs = clip.update(slope, clip.init(slope))[0]
    form = (lambda tree: pack(PLAN, tree)) if packed else (lambda tree: tree)
    assert_same_weights(clipped(form(slope), jnp.float32(largest)), form(theirs), rtol=1e-5, atol=1e-9)


def test_a_gradient_within_the_limit_is_left_as_it_is_to_the_last_bit():
    slope = loss_and_slope(training_rows(X))[1]
    assert_same_weights(clipped(slope, jnp.float32(1e3)), slope)
    assert clipped(slope, None) is slope
    assert_same_weights(
        clipped(jax.tree.map(jnp.zeros_like, slope), jnp.float32(1.0)), jax.tree.map(jnp.zeros_like, slope)
    )


def test_members_are_clipped_each_by_its_own_norm():
    """Side by side, a limit for one member and a rate that is too high for another change nobody else."""
    a_plan = plan(optimizer=("sgd", ()))
    settings = {"batch_size": 12, "max_epochs": 1, "order": GivenOrder(np.arange(12)[None])}
    three = run(a_plan, X, members=3, learning_rate=1.0, clip=[0.01, 0.02, 1e6], **settings)
    start = fresh_networks(a_plan, 0, 3)
    moved = jax.tree.map(lambda after, before: after - before, three.networks, start)
    norms = np.sqrt(sum(np.square(leaf).reshape(3, -1).sum(axis=1) for leaf in jax.tree.leaves(moved)))
    np.testing.assert_allclose(norms[:2], [0.01, 0.02], rtol=1e-3)
    free = run(a_plan, X, members=3, learning_rate=1.0, **settings)
    assert_same_weights(three.network(2), free.network(2), rtol=1e-5, atol=1e-7)
    assert norms[2] > 0.1
