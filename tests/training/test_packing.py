"""Weights as one vector and back: nothing is lost, and only matrices are shrunk."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from latentia.networks.architecture import Architecture
from latentia.networks.network import predicting
from latentia.training.packing import decays, is_packed, pack, unpack
from latentia.training.plan import Plan
from latentia.training.program import fresh_networks
from small_fits import assert_same_weights

CASES = [
    (optimizer, tied, dispersed) for optimizer in ("adam", "muon") for tied in (0, 1) for dispersed in (0, 1)
]


@pytest.mark.parametrize(("optimizer", "tied", "dispersed"), CASES)
def test_unpacking_undoes_packing(optimizer, tied, dispersed):
    shape = Architecture(n_features=5, hidden=(4,), tied=bool(tied), dispersed=bool(dispersed))
    plan = Plan(architecture=shape, optimizer=(optimizer, ()))
    networks = predicting(fresh_networks(plan, 0, 3), np.arange(5.0), np.arange(5.0, 10.0))
    weights = pack(plan, networks)
    assert is_packed(plan) == (optimizer == "adam")
    assert sum(leaf.size for leaf in jax.tree.leaves(weights)) == 3 * shape.n_parameters
    again = unpack(plan, weights)
    assert_same_weights(again, networks)
    assert (again.log_dispersion is not None) == bool(dispersed)
    matrices = sum(kernel[0].size for kernel in networks.kernels) // (1 + tied)
    one = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(decays(plan))])
    # As one vector there is a number for every weight, else one for every array.
    assert one.sum() == (matrices if is_packed(plan) else len(networks.kernels) // (1 + tied))
