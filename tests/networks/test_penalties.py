"""Penalties by hand; rows that do not count do not pay."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from latentia.networks.architecture import Architecture
from latentia.networks.chance import make_keys
from latentia.networks.network import initialise
from latentia.networks.penalties import PENALTIES
from latentia.settings import CODE_PENALTIES

SHAPE = Architecture(n_features=4, hidden=(5,), n_components=2, activation="tanh", bottleneck="sigmoid")
NETWORK = initialise(SHAPE, np.random.default_rng(0))
X = np.random.default_rng(1).normal(size=(6, 4)).astype(np.float32)
PASSED = NETWORK.training_pass(X, code_mask=None, dropout=None, key=None)
HIDDEN, CODE = (np.asarray(output, np.float64) for output in PASSED.encoder_outputs)
KERNELS = [np.asarray(kernel, np.float64) for kernel in NETWORK.kernels]


def slopes():
    """Jacobian of the code, one row at a time: (rows, k, p), by the chain rule."""
    inner, outer = KERNELS[0], KERNELS[1]
    through = (1 - HIDDEN**2)[:, None, :] * inner  # (rows, p, hidden)
    return np.swapaxes(through @ outer, 1, 2) * (CODE * (1 - CODE))[:, :, None]


def divergence(mean):
    return np.sum(0.05 * np.log(0.05 / mean) + 0.95 * np.log(0.95 / (1 - mean)))


def by_hand(name, rows):
    return {
        "kl_sparsity": divergence(CODE[rows].mean(axis=0)),
        "contractive": (slopes()[rows] ** 2).sum(axis=(1, 2)).mean(),
        "l1_codes": np.abs(CODE[rows]).sum(axis=1).mean(),
        "l2_codes": (CODE[rows] ** 2).sum(axis=1).mean(),
        "l1_activations": (np.abs(CODE[rows]).sum(axis=1) + np.abs(HIDDEN[rows]).sum(axis=1)).mean(),
        "l1_weights": sum(np.abs(kernel).sum() for kernel in KERNELS),
        "l2_weights": sum((kernel**2).sum() for kernel in KERNELS),
    }[name]


EXACT = [name for name, penalty in PENALTIES.items() if not penalty.draws]


@pytest.mark.parametrize("name", EXACT)
def test_a_penalty_is_what_it_is_by_hand(name):
    found = PENALTIES[name].function(NETWORK, PASSED, np.ones(6, np.float32))
    np.testing.assert_allclose(found, by_hand(name, slice(None)), rtol=1e-5)


@pytest.mark.parametrize("name", EXACT)
def test_padding_pays_nothing(name):
    present = np.array([1, 1, 1, 1, 0, 0], np.float32)
    found = PENALTIES[name].function(NETWORK, PASSED, present)
    np.testing.assert_allclose(found, by_hand(name, slice(0, 4)), rtol=1e-5)
    assert PENALTIES[name].function(NETWORK, PASSED, np.zeros(6, np.float32)) >= 0


@pytest.mark.parametrize("name", [name for name in EXACT if PENALTIES[name].acts_on_code])
def test_a_row_of_weight_two_pays_like_the_row_twice(name):
    found = PENALTIES[name].function(NETWORK, PASSED, np.array([2, 1, 1, 0, 0, 0], np.float32))
    np.testing.assert_allclose(found, by_hand(name, [0, 0, 1, 2]), rtol=1e-5)


def test_the_table_says_which_act_on_the_code():
    acting = {name for name, penalty in PENALTIES.items() if penalty.acts_on_code}
    assert acting == set(CODE_PENALTIES)


def test_the_contractive_penalty_of_a_linear_code_is_its_squared_weights():
    network = initialise(Architecture(n_features=4, n_components=2), np.random.default_rng(2))
    passed = network.training_pass(X, code_mask=None, dropout=None, key=None)
    found = PENALTIES["contractive"].function(network, passed, np.ones(6, np.float32))
    np.testing.assert_allclose(found, (network.encoder[0].weight ** 2).sum(), rtol=1e-5)


def sampled(weight, draws=4000):
    """The sampled contractive penalty of many keys."""
    penalty = PENALTIES["contractive_sampled"]
    return jax.vmap(lambda key: penalty.of(NETWORK, PASSED, np.asarray(weight, np.float32), key))(
        make_keys(0, draws)
    )


@pytest.mark.parametrize("weight", [np.ones(6), [1, 1, 1, 1, 0, 0], [2, 1, 1, 0, 0, 0]])
def test_the_sampled_contractive_penalty_is_the_exact_one_on_average(weight):
    found = sampled(weight)
    exact = PENALTIES["contractive"].function(NETWORK, PASSED, np.asarray(weight, np.float32))
    assert np.std(found) > 0.01 * exact
    assert abs(np.mean(found) - exact) < 4 * np.std(found) / np.sqrt(len(found))


def test_of_a_code_of_one_component_the_sampled_contractive_penalty_is_exact():
    network = initialise(Architecture(n_features=4, hidden=(5,), n_components=1), np.random.default_rng(2))
    passed = network.training_pass(X, code_mask=None, dropout=None, key=None)
    exact, drawn = (
        PENALTIES[name].of(network, passed, np.ones(6, np.float32), make_keys(3, 1)[0])
        for name in ("contractive", "contractive_sampled")
    )
    np.testing.assert_allclose(drawn, exact, rtol=1e-6)
