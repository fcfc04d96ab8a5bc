"""From the same weights, in the same order of rows, every step's loss is Keras'.

The figures were made with Keras 3 on TensorFlow, float32, on the z-scored Wine table: five epochs
in batches of 16 with a last one of 2. Keras adds penalties to the losses it reports.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from latentia.networks.architecture import Architecture
from latentia.networks.network import Dense, Network
from latentia.networks.tiles import decode_rows, encode_rows
from latentia.training.feeds import InMemory
from latentia.training.loop import train
from latentia.training.order import GivenOrder
from latentia.training.plan import Plan, make_dials
from latentia.training.rows import training_rows
from latentia.training.step import objective

HERE = Path(__file__).parent
STORY = json.loads((HERE / "keras_parity.json").read_text(encoding="utf-8"))
with np.load(HERE / "keras_parity.npz") as stored:
    FIGURES = dict(stored)
X = FIGURES["X"]

# Keras' Adam does not correct epsilon for bias, which a deep network feels; a rate of 1 is chaos.
STEP_TOLERANCE = {"tutorial_deep": 1e-3, "tutorial_lr1": 2e-3}
COMPARABLE_STEPS = {"tutorial_lr1": 5}
END_TOLERANCE = {"tutorial_deep": 1e-2, "tutorial_lr1": None}


def optimizer_of(variant):
    if variant["optimizer"] == "sgd":
        return ("sgd", (("momentum", 0.9),))
    if variant["optimizer"] == "rm_sprop":
        return ("rmsprop", (("decay", 0.9), ("eps", 1e-7)))
    return ("adam", (("eps", 1e-7),))


def plan_and_dials(variant):
    penalties = {"l1_activations": variant["l1_activity"], "l2_weights": variant["l2_kernel"]}
    penalties = {name: weight for name, weight in penalties.items() if weight}
    *hidden, n_components = variant["hidden_layer_sizes"]
    plan = Plan(
        architecture=Architecture(
            n_features=X.shape[1],
            hidden=tuple(hidden),
            n_components=n_components,
            activation=variant["activation"],
            bottleneck=variant["activation"],
            output_activation=variant["output_activation"],
        ),
        loss=variant["loss"],
        optimizer=optimizer_of(variant),
        penalties=tuple(penalties),
    )
    rate = variant["learning_rate"]
    return plan, make_dials(1, learning_rate=rate, penalties=list(penalties.values()))


def initial_network(name, architecture):
    arrays = [FIGURES[f"{name}/initial/{index}"] for index in range(2 * (len(architecture.widths) - 1))]
    layers = [Dense(kernel[None], bias[None]) for kernel, bias in zip(arrays[::2], arrays[1::2], strict=True)]
    depth = len(layers) // 2
    return Network(tuple(layers[:depth]), tuple(layers[depth:]), architecture)


def trained(name, plan, dials):
    return train(
        plan,
        dials,
        InMemory(training_rows(X), GivenOrder(FIGURES[f"{name}/order"]), len(X), STORY["batch_size"]),
        max_epochs=STORY["epochs"],
        seed=0,
        members=1,
        networks=initial_network(name, plan.architecture),
    )


def assert_near(found, expected, tolerance):
    """Compare to a share of the largest value, but of one at least."""
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * max(1.0, np.abs(expected).max()))


@pytest.mark.parametrize("name", STORY["variants"])
def test_the_figures_are_those_of_keras(name):
    plan, dials = plan_and_dials(STORY["variants"][name])
    outcome = trained(name, plan, dials)
    ours = (outcome.step_loss + outcome.step_penalty)[:, 0]
    theirs = FIGURES[f"{name}/loss"]
    assert len(ours) == len(theirs) == 60
    steps = COMPARABLE_STEPS.get(name, 60)
    np.testing.assert_allclose(ours[:steps], theirs[:steps], rtol=STEP_TOLERANCE.get(name, 1e-4))

    tolerance = END_TOLERANCE.get(name, 1e-3)
    if tolerance is None:
        return
    network = outcome.network(0)
    codes = encode_rows(network, X)
    assert_near(codes, FIGURES[f"{name}/code"], tolerance)
    assert_near(decode_rows(network, codes), FIGURES[f"{name}/reconstruction"], tolerance)
    alone = jax.tree.map(lambda leaf: leaf[0], dials)
    total, _ = objective(plan, network, training_rows(X), alone, None, 0)
    np.testing.assert_allclose(total, STORY["variants"][name]["evaluate"], rtol=tolerance)


def keras_adam(rate):
    """Adam as Keras writes it: epsilon is added before the correction for bias, not after it."""

    def init(parameters):
        zeros = jax.tree.map(jnp.zeros_like, parameters)
        return zeros, zeros, jnp.zeros(())

    def update(gradient, state, _parameters=None):
        mean, square, count = state
        count = count + 1
        mean = jax.tree.map(lambda old, new: old + 0.1 * (new - old), mean, gradient)
        square = jax.tree.map(lambda old, new: old + 0.001 * (new * new - old), square, gradient)
        pace = rate * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
        moves = jax.tree.map(lambda m, s: -pace * m / (jnp.sqrt(s) + 1e-7), mean, square)
        return moves, (mean, square, count)

    return optax.GradientTransformation(init, update)


@pytest.mark.parametrize("name", ["tutorial_shallow", "tutorial_deep"])
def test_with_the_epsilon_of_keras_nothing_is_left_of_the_difference(name):
    plan, _ = plan_and_dials(STORY["variants"][name])
    rate = STORY["variants"][name]["learning_rate"]
    weights = [STORY["variants"][name]["l1_activity"]] if plan.penalties else []
    own = replace(plan, optimizer=keras_adam(rate))
    outcome = trained(name, own, make_dials(1, learning_rate=1.0, penalties=weights))
    ours = (outcome.step_loss + outcome.step_penalty)[:, 0]
    np.testing.assert_allclose(ours, FIGURES[f"{name}/loss"], rtol=5e-6)
    assert_near(encode_rows(outcome.network(0), X), FIGURES[f"{name}/code"], 1e-5)
