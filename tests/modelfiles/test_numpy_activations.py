"""Every activation in NumPy is the one of JAX, far out as well."""

from __future__ import annotations

from math import erf

import jax.numpy as jnp
import numpy as np
import pytest

from latentia.modelfiles.numpy_activations import ACTIVATIONS, softmax
from latentia.networks.activations import ACTIVATIONS as OF_JAX
from latentia.networks.activations import activate


def activated(name, x):
    activation = ACTIVATIONS[name]
    x = x * np.float32(activation.before)
    with np.errstate(all="ignore"):
        activation.function(x, [np.empty_like(x) for _ in range(3)])
    return x * np.float32(activation.left)


def test_there_are_all_that_a_layer_can_have():
    assert {*ACTIVATIONS, "softmax"} == set(OF_JAX)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_number_becomes_what_it_becomes_in_jax(name):
    x = np.concatenate([np.linspace(-12, 12, 4001), [-1e6, -100, -0.0, 0.0, 100, 1e6]]).astype(np.float32)
    expected = np.asarray(activate(name, jnp.asarray(x)))
    np.testing.assert_allclose(activated(name, x), expected, rtol=1e-6, atol=1e-6)


def test_gelu_is_the_exact_one_to_a_rounding():
    x = np.linspace(-8, 8, 20001).astype(np.float32)
    exact = np.array([0.5 * v * (1 + erf(v / 2**0.5)) for v in x.astype(np.float64)])
    # The tanh fit that others call GELU is off by 5e-4.
    np.testing.assert_allclose(activated("gelu", x), exact, rtol=3e-7, atol=5e-7)


def test_softmax_does_not_overflow():
    assert softmax(np.array([[1000.0, 1000.0]], np.float32)).tolist() == [[0.5, 0.5]]
