"""A network in NumPy gives the codes and the reconstructions that it gives in JAX."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.modelfiles.numpy_activations import ACTIVATIONS
from latentia.modelfiles.numpy_network import NumpyNetwork
from latentia.networks.tiles import decode_rows, encode_rows
from saved_networks import arrays_of, assert_same, in_numpy, untrained

ROWS = np.random.default_rng(3).normal(size=(70, 7)) * 2
SPARSE = {"bottleneck": "topk", "active": 2, "n_components": 4}
BOTTLENECKS = {
    **{name: {"bottleneck": name} for name in (*ACTIVATIONS, "gaussian", "ordered")},
    "topk": SPARSE,
}
BLOCKS = {"blocks": ((1, 3), (5, 2))}


def assert_agree(network, rows=ROWS):
    other = in_numpy(network)
    codes = encode_rows(network, rows)
    assert_same(other.encode(rows), codes)
    assert_same(other.decode(codes), decode_rows(network, codes))


@pytest.mark.parametrize("bottleneck", BOTTLENECKS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_with_every_bottleneck(activation, bottleneck):
    assert_agree(untrained(activation=activation, **BOTTLENECKS[bottleneck]))


@pytest.mark.parametrize("output", [*ACTIVATIONS, "softmax"])
@pytest.mark.parametrize("blocks", [{}, BLOCKS], ids=["numbers", "categories"])
def test_every_output(output, blocks):
    assert_agree(untrained(output_activation=output, **blocks))


def test_probabilities_of_a_category_add_up_to_one():
    network = in_numpy(untrained(output_activation="relu", **BLOCKS))
    made = network.decode(np.random.default_rng(0).normal(size=(9, 3)) * 40)
    np.testing.assert_allclose(made[:, 1:4].sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(made[:, 5:].sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("markers", [(), (0, 4)], ids=["unmarked", "marked"])
def test_missing_cells(markers):
    gaps = np.where(np.random.default_rng(4).random(ROWS.shape) < 0.3, np.nan, ROWS)
    assert_agree(untrained(markers=markers, **BLOCKS), gaps)


def test_marks_of_one_tile_are_not_left_for_the_next():
    network = in_numpy(untrained(markers=(0,)))
    before = network.encode(ROWS)
    network.encode(np.full_like(ROWS, np.nan))
    assert network.encode(ROWS).tobytes() == before.tobytes()


@pytest.mark.parametrize(
    "shape",
    [
        {"hidden": ()},
        {"tied": True},
        {"tied": True, "bottleneck": "gaussian", "markers": (2,)},
        {"n_components": 1},
        {"hidden": (300, 129)},
        {"dispersed": True},
    ],
    ids=str,
)
def test_other_shapes(shape):
    assert_agree(untrained(**shape))


def test_the_chosen_member_speaks():
    one, other = untrained(seed=0), untrained(seed=1)

    both = {name: np.concatenate([array, arrays_of(other)[name]]) for name, array in arrays_of(one).items()}
    second = NumpyNetwork.of(one.architecture, both, member=1)
    assert_same(second.encode(ROWS), encode_rows(other, ROWS))
    assert np.abs(second.encode(ROWS) - encode_rows(one, ROWS)).max() > 0.1


def test_rows_that_are_very_far_out_stay_numbers():
    network = untrained()
    far = np.where(ROWS > 0, 1e15, -1e15)
    assert_agree(network, far)
