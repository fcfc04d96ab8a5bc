"""The average of the weights is the closed form, is what is judged and kept, and is nearer the minimum."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from latentia.training.averaging import averaged
from latentia.training.program import advance, fresh_networks
from problems import linear
from small_fits import assert_same_weights, digest, plan, run, table

X, HELD_OUT = table(n_rows=70, seed=0), table(n_rows=20, seed=1)
SGD = ("sgd", ())


def history_of_averages(weights, reach):
    average, told = np.nan * weights[0], []
    for step, weight in enumerate(weights):
        # What stood there before the first step is of no account.
        average = averaged(np.zeros_like(weight) if step == 0 else average, weight, step, jnp.float32(reach))
        told.append(average)
    return np.array(told)


def test_up_to_its_reach_it_is_the_mean_of_all_weights():
    weights = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    means = np.cumsum(weights, axis=0) / np.arange(1, 41)[:, None]
    for reach in (40, 1000):
        np.testing.assert_allclose(history_of_averages(weights, reach), means, atol=1e-5)


def test_beyond_its_reach_older_weights_fade():
    """The mean of the first m, then an exponential average with a weight of 1/m for the newest."""
    weights, reach = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32), 8
    age = np.arange(60 - reach)[::-1]
    expected = (1 / reach) * ((1 - 1 / reach) ** age) @ weights[reach:]
    expected += (1 - 1 / reach) ** (60 - reach) * weights[:reach].mean(axis=0)
    np.testing.assert_allclose(history_of_averages(weights, reach)[-1], expected, atol=1e-5)


def test_of_weights_on_a_straight_line_it_lags_by_the_reach():
    """Steps of a constant gradient: the average is the weight of reach - 1 steps ago."""
    weights = -0.5 * np.arange(400, dtype=np.float32)[:, None]
    lag = history_of_averages(weights, 10.0)[-1] - weights[-1]
    np.testing.assert_allclose(lag, 9 * 0.5, rtol=1e-4)


def weights_after_each_step(a_plan, **settings):
    """Return the raw weights of a fit after 1, 2, 3 ... steps of the whole table."""
    return [run(a_plan, X, batch_size=70, max_epochs=steps, **settings).network(0) for steps in range(1, 7)]


@pytest.mark.parametrize("a_plan", [{"optimizer": SGD}, {"optimizer": ("muon", ())}], ids=["packed", "not"])
@pytest.mark.parametrize("reach", [1.0, 3.0, 100.0])
def test_a_fit_keeps_the_average_of_the_weights_that_its_steps_had(a_plan, reach):
    raw = weights_after_each_step(plan(**a_plan))
    kept = run(plan(averaged=True, **a_plan), X, batch_size=70, max_epochs=6, average_reach=reach)
    expected = jax.tree.map(lambda *leaves: history_of_averages(np.stack(leaves), reach)[-1], *raw)
    assert_same_weights(kept.network(0), expected, rtol=1e-4, atol=1e-6)


def test_learning_itself_is_not_changed_by_it():
    raw, average = (run(plan(averaged=on), X, HELD_OUT, average_reach=9.0) for on in (False, True))
    for curve in ("loss", "penalty", "learning_rate"):
        np.testing.assert_allclose(average.history[curve], raw.history[curve], rtol=1e-6)
    np.testing.assert_allclose(average.step_loss, raw.step_loss, rtol=1e-6)
    assert (average.history["val_loss"] != raw.history["val_loss"]).all()


def test_the_held_out_loss_is_that_of_the_average_which_is_kept():
    outcome = run(plan(averaged=True), X, HELD_OUT, max_epochs=5, average_reach=7.0)
    network = outcome.network(0)
    x = HELD_OUT.astype(np.float32)
    loss = np.mean(np.square(network.decode(network.encode(x)) - x))
    np.testing.assert_allclose(outcome.history["val_loss"][outcome.best_epoch[0] - 1, 0], loss, rtol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_of_a_noisy_fit_it_is_nearer_the_minimum_than_the_last_weights(seed):
    """A line through a cloud, found with steps too large for batches of eight."""
    rows = linear(n_rows=600, n_columns=6, rank=1, noise=1.0, seed=seed)[0]
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    training, held_out = rows[:400], rows[400:]
    line = {"n_features": 6, "n_components": 1, "hidden": (), "activation": "linear", "keep_best": False}
    settings = {"batch_size": 8, "max_epochs": 16, "learning_rate": 0.1, "average_reach": 300.0}
    raw, average = (
        run(plan(averaged=on, **line), training, held_out, **settings).history["val_loss"][:, 0]
        for on in (False, True)
    )
    _, _, axes = np.linalg.svd(training)
    floor = np.mean(np.square(held_out - held_out @ axes[:1].T @ axes[:1]))
    assert average[-1] < raw[-1]
    assert average[-1] - floor < 0.3 * (raw[-8:].mean() - floor)


def test_members_average_each_over_its_own_reach():
    three = run(plan(averaged=True), X, HELD_OUT, members=3, average_reach=[1.0, 5.0, 1e3])
    raw = run(plan(), X, HELD_OUT, members=3)
    assert_same_weights(three.network(0), raw.network(0), rtol=1e-5, atol=1e-6)
    start = fresh_networks(plan(), 0, 3)
    for member, reach in ((1, 5.0), (2, 1e3)):
        alone = run(
            plan(averaged=True), X, HELD_OUT, average_reach=reach,
            networks=jax.tree.map(lambda leaf, at=member: leaf[at : at + 1], start),
        )  # fmt: skip
        assert_same_weights(three.network(member), alone.network(0), rtol=1e-4, atol=2e-5)


def test_its_reach_is_a_number_of_one_program():
    run(plan(averaged=True), X, average_reach=2.0)
    compiled = advance._cache_size()
    run(plan(averaged=True), X, average_reach=50.0)
    assert advance._cache_size() == compiled


def test_a_fit_without_it_has_no_room_for_it():
    """Off, it costs nothing: the compiled state holds no second copy of the weights."""
    outcome = run(plan(), X, max_epochs=2)
    assert digest(outcome) == digest(run(plan(), X, max_epochs=2, average_reach=5.0))
