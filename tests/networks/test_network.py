"""Fresh weights are Glorot's, and a pass through the layers is what NumPy makes of it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from latentia.networks.architecture import Architecture
from latentia.networks.chance import make_keys
from latentia.networks.network import initialise, narrowed, silenced

SHAPE = Architecture(
    n_features=7,
    hidden=(40, 30),
    n_components=3,
    activation="tanh",
    bottleneck="sigmoid",
    output_activation="relu",
)


def fresh(shape=SHAPE, seed=0):
    network = initialise(shape, np.random.default_rng(seed))
    rng = np.random.default_rng(seed + 1)
    for layer in (*network.encoder, *network.decoder):
        layer.bias[:] = rng.normal(size=layer.bias.shape)
    return network


def test_kernels_are_uniform_within_glorots_limit_and_biases_zero():
    shape = Architecture(n_features=90, hidden=(120,), n_components=10)
    network = initialise(shape, np.random.default_rng(0))
    for (inputs, outputs), layer in zip(
        pairwise(shape.widths), (*network.encoder, *network.decoder), strict=True
    ):
        limit = np.sqrt(6 / (inputs + outputs))
        assert layer.weight.shape == (inputs, outputs)
        assert layer.weight.dtype == np.float32
        assert np.abs(layer.weight).max() <= limit * (1 + 1e-6)
        assert stats.kstest(layer.weight.ravel() / limit, stats.uniform(-1, 2).cdf).pvalue > 1e-3
        assert (layer.bias == 0).all()


def test_the_architecture_counts_every_weight():
    network = fresh()
    layers = (*network.encoder, *network.decoder)
    assert SHAPE.n_parameters == sum(layer.weight.size + layer.bias.size for layer in layers)
    assert SHAPE.widths == (7, 40, 30, 3, 30, 40, 7)
    assert SHAPE.describe() == "7-40-30-3-30-40-7, tanh, sigmoid code, relu output"


def test_passing_rows_is_what_numpy_computes():
    network, x = fresh(), np.random.default_rng(5).normal(size=(11, 7)).astype(np.float32)
    functions = {
        "tanh": np.tanh,
        "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
        "relu": lambda v: np.maximum(v, 0),
    }
    value, outputs = x.astype(np.float64), []
    for layer, name in zip(
        (*network.encoder, *network.decoder), ("tanh", "tanh", "sigmoid", "tanh", "tanh", "relu"), strict=True
    ):
        value = functions[name](value @ layer.weight + layer.bias)
        outputs.append(value)
    passed = network.training_pass(x, code_mask=None, dropout=None, key=None)
    for found, expected in zip(passed.encoder_outputs, outputs[:3], strict=True):
        np.testing.assert_allclose(found, expected, atol=2e-6)
    np.testing.assert_allclose(passed.reconstruction, outputs[-1], atol=5e-6)
    np.testing.assert_allclose(network.encode(x), outputs[2], atol=2e-6)
    np.testing.assert_allclose(network.decode(np.asarray(passed.code)), outputs[-1], atol=5e-6)


def test_masked_components_are_zero_and_have_no_say():
    network, x = fresh(), np.random.default_rng(5).normal(size=(11, 7)).astype(np.float32)
    passed = network.training_pass(x, code_mask=np.array([1.0, 0.0, 1.0], np.float32), dropout=None, key=None)
    full = np.asarray(network.encode(x))
    np.testing.assert_array_equal(passed.code, full * [1, 0, 1])
    np.testing.assert_array_equal(passed.encoder_outputs[-1], passed.code)


def test_dropout_silences_hidden_units_but_never_code_or_output():
    shape = Architecture(n_features=5, hidden=(600,), n_components=2, activation="sigmoid")
    network, x = fresh(shape), np.ones((3, 5), np.float32)
    key, rate = make_keys(0, 1)[0], np.float32(0.5)
    passed = network.training_pass(x, code_mask=None, dropout=rate, key=key)
    again = network.training_pass(x, code_mask=None, dropout=rate, key=key)
    plain = network.training_pass(x, code_mask=None, dropout=None, key=None)
    np.testing.assert_array_equal(passed.reconstruction, again.reconstruction)
    assert (np.asarray(passed.code) != 0).all()
    assert (np.asarray(passed.reconstruction) != 0).all()
    assert not np.allclose(passed.code, plain.code, rtol=1e-3)
    # Rows of the same values differ: each draws its own.
    assert np.ptp(np.asarray(passed.code), axis=0).min() > 0


@pytest.mark.parametrize("hidden", [(), (4,), (6, 5, 4)])
def test_kernels_come_in_the_order_of_the_data(hidden):
    network = initialise(Architecture(n_features=7, hidden=hidden, n_components=2), np.random.default_rng(0))
    shapes = [kernel.shape for kernel in network.kernels]
    assert shapes == list(pairwise(network.architecture.widths))


@pytest.mark.parametrize("n_components", [1, 2, 5])
@pytest.mark.parametrize("bottleneck", ["linear", "sigmoid", "softplus", "gaussian", "ordered", "topk"])
def test_a_network_with_silenced_components_says_what_a_narrower_one_says(bottleneck, n_components):
    shape = Architecture(n_features=7, hidden=(9,), n_components=5, bottleneck=bottleneck, active=2)
    network, x = fresh(shape), np.random.default_rng(5).normal(size=(11, 7)).astype(np.float32)
    small, wide = narrowed(network, n_components), silenced(network, n_components)
    assert wide.architecture == shape
    np.testing.assert_allclose(wide.encode(x)[:, :n_components], small.encode(x), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        wide.decode(wide.encode(x)), small.decode(small.encode(x)), rtol=1e-5, atol=1e-5
    )
