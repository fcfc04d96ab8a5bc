"""Penalties by hand; rows that do not count do not pay."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.networks.architecture import Architecture
from latentia.networks.network import initialise
from latentia.networks.penalties import PENALTIES

NETWORK = initialise(Architecture(n_features=4, hidden=(5,), n_components=2), np.random.default_rng(0))
X = np.random.default_rng(1).normal(size=(6, 4)).astype(np.float32)
PASSED = NETWORK.training_pass(X, code_mask=None, dropout=None, key=None)
HIDDEN, CODE = (np.asarray(output, np.float64) for output in PASSED.encoder_outputs)
KERNELS = [np.asarray(kernel, np.float64) for kernel in NETWORK.kernels]


def by_hand(name, rows):
    return {
        "l1_codes": np.abs(CODE[rows]).sum(axis=1).mean(),
        "l2_codes": (CODE[rows] ** 2).sum(axis=1).mean(),
        "l1_activations": (np.abs(CODE[rows]).sum(axis=1) + np.abs(HIDDEN[rows]).sum(axis=1)).mean(),
        "l1_weights": sum(np.abs(kernel).sum() for kernel in KERNELS),
        "l2_weights": sum((kernel**2).sum() for kernel in KERNELS),
    }[name]


@pytest.mark.parametrize("name", PENALTIES)
def test_a_penalty_is_what_it_is_by_hand(name):
    found = PENALTIES[name].function(NETWORK, PASSED, np.ones(6, np.float32))
    np.testing.assert_allclose(found, by_hand(name, slice(None)), rtol=1e-5)


@pytest.mark.parametrize("name", PENALTIES)
def test_padding_pays_nothing(name):
    present = np.array([1, 1, 1, 1, 0, 0], np.float32)
    found = PENALTIES[name].function(NETWORK, PASSED, present)
    np.testing.assert_allclose(found, by_hand(name, slice(0, 4)), rtol=1e-5)
    assert PENALTIES[name].function(NETWORK, PASSED, np.zeros(6, np.float32)) >= 0


@pytest.mark.parametrize("name", [name for name, penalty in PENALTIES.items() if penalty.acts_on_code])
def test_a_row_of_weight_two_pays_like_the_row_twice(name):
    found = PENALTIES[name].function(NETWORK, PASSED, np.array([2, 1, 1, 0, 0, 0], np.float32))
    np.testing.assert_allclose(found, by_hand(name, [0, 0, 1, 2]), rtol=1e-5)


def test_the_table_says_which_act_on_the_code():
    acting = {name for name, penalty in PENALTIES.items() if penalty.acts_on_code}
    assert acting == {"l1_codes", "l2_codes", "l1_activations"}
