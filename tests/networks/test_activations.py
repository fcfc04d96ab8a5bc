"""Every activation has its textbook values and stays within the range that is told of it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import erf, expit, softmax

from latentia.networks.activations import ACTIVATIONS, activate, output_range

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
CLOSED_FORMS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "selu": lambda x: SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: 0.5 * x * (1 + erf(x / np.sqrt(2))),
    "silu": lambda x: x * expit(x),
    "tanh": np.tanh,
    "sigmoid": expit,
    "softplus": lambda x: np.logaddexp(0, x),
    "softmax": softmax,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_are_those_of_the_closed_form(name):
    x = np.linspace(-12, 12, 4801)
    found = np.asarray(activate(name, x.astype(np.float32)))
    np.testing.assert_allclose(found, CLOSED_FORMS[name](x), rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_range_holds_and_is_tight(name):
    low, high = output_range(name)
    x = np.concatenate([np.linspace(-40, 40, 80_001), [-1e30, 1e30]])
    values = CLOSED_FORMS[name](x)
    assert values.min() >= low - 1e-15
    assert values.max() <= high + 1e-15
    for bound, reached in ((low, values.min()), (high, values.max())):
        if np.isfinite(bound):
            assert abs(reached - bound) < 1e-7
        else:
            assert abs(reached) > 1e20
