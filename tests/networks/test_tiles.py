"""A row has the same code, to the byte, alone, in any order and among others."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.networks.architecture import Architecture
from latentia.networks.network import initialise
from latentia.networks.tiles import TILE, decode_rows, encode_rows, encoder_outputs

NETWORK = initialise(Architecture(n_features=9, hidden=(33, 17), n_components=3), np.random.default_rng(0))
ROWS = np.random.default_rng(1).normal(size=(2 * TILE + 37, 9))


@pytest.mark.parametrize("function", [encode_rows, lambda network, x: decode_rows(network, x[:, :3])])
def test_a_row_is_independent_of_its_company(function):
    whole = function(NETWORK, ROWS)
    order = np.random.default_rng(2).permutation(len(ROWS))
    np.testing.assert_array_equal(function(NETWORK, ROWS[order]), whole[order])
    for row in (0, TILE - 1, TILE, 2 * TILE, len(ROWS) - 1):
        np.testing.assert_array_equal(function(NETWORK, ROWS[row : row + 1]), whole[row : row + 1])
    np.testing.assert_array_equal(function(NETWORK, ROWS[100:400]), whole[100:400])


@pytest.mark.parametrize("n", [0, 1, TILE - 1, TILE, TILE + 1])
def test_shapes_at_the_edges_of_tiles(n):
    codes = encode_rows(NETWORK, ROWS[:n])
    assert codes.shape == (n, 3)
    assert codes.dtype == np.float32
    assert decode_rows(NETWORK, codes).shape == (n, 9)
    assert [part.shape for part in encoder_outputs(NETWORK, ROWS[:n])] == [(n, 33), (n, 17), (n, 3)]


def test_tiles_compute_what_the_network_does():
    np.testing.assert_allclose(encode_rows(NETWORK, ROWS), NETWORK.encode(ROWS.astype(np.float32)), atol=1e-5)
    np.testing.assert_array_equal(encoder_outputs(NETWORK, ROWS)[-1], encode_rows(NETWORK, ROWS))
