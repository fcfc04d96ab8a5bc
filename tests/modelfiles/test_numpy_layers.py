"""A row has the same bytes alone, in any order, among many, and on any number of threads."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from latentia.modelfiles import numpy_layers
from latentia.modelfiles.numpy_layers import HIGHEST, LOWEST, Layers

WIDTHS = {
    "small": (13, 32, 16, 3),
    "one column": (1, 4, 1),
    "one component": (7, 129, 67, 1),
    "no hidden layer": (300, 2),
    "wide": (300, 500, 260, 30),
}


def layers(widths, activation="gelu", seed=0):
    rng = np.random.default_rng(seed)
    pairs = list(pairwise(widths))
    weights = [rng.normal(0, inputs**-0.5, (inputs, outputs)).astype(np.float32) for inputs, outputs in pairs]
    return Layers.of(weights, [rng.normal(0, 0.2, out).astype(np.float32) for _, out in pairs], activation)


def put(tile, rows):
    tile[: len(rows)] = rows


def rows_of(widths, n_rows, seed=1):
    return np.random.default_rng(seed).normal(size=(n_rows, widths[0]))


@pytest.fixture(params=WIDTHS.values(), ids=list(WIDTHS))
def widths(request):
    return request.param


def test_the_company_of_a_row_makes_no_difference(widths):
    some = layers(widths)
    x = rows_of(widths, some.height + 300)
    together = some.passed(x, fill=put)
    for at in (0, 1, 177, some.height - 1, some.height, len(x) - 1):
        assert some.passed(x[at : at + 1], fill=put).tobytes() == together[at].tobytes()
    shuffled = np.random.default_rng(2).permutation(len(x))
    assert some.passed(x[shuffled], fill=put).tobytes() == together[shuffled].tobytes()


def test_the_place_of_a_row_in_its_tile_makes_no_difference(widths):
    some = layers(widths)
    made = some.passed(np.repeat(rows_of(widths, 1), some.height, axis=0), fill=put)
    assert (made == made[0]).all()


def test_the_number_of_threads_makes_no_difference(widths):
    some = layers(widths)
    x = rows_of(widths, 3 * some.height + 5)
    alone = some.passed(x, fill=put, n_threads=1).tobytes()
    assert some.passed(x, fill=put, n_threads=3).tobytes() == alone
    assert layers(widths).passed(x, fill=put).tobytes() == alone


def test_pieces_of_a_tile_make_no_difference(widths, monkeypatch):
    x = rows_of(widths, 10)
    whole = layers(widths).passed(x, fill=put).tobytes()
    monkeypatch.setattr(numpy_layers, "PIECE", 700)
    assert layers(widths).passed(x, fill=put).tobytes() == whole


def test_what_was_in_a_tile_before_is_gone():
    some = layers((2, 3, 1), "relu")
    seen = []
    some.passed(np.full((5, 2), 9.0), fill=put)
    some.passed(np.ones((1, 2)), fill=lambda tile, rows: (seen.append(tile.any()), put(tile, rows)))
    assert seen == [False]


def test_no_rows_give_none():
    assert layers((4, 2)).passed(np.empty((0, 4)), fill=put).shape == (0, 2)


def test_an_error_in_a_thread_comes_out():
    def refuse(_tile, _rows):
        raise ValueError("spoilt")

    some = layers((4, 2))
    with pytest.raises(ValueError, match="spoilt"):
        some.passed(rows_of((4,), 3 * some.height), fill=refuse, n_threads=2)


def test_the_height_of_a_tile_follows_from_the_widths_alone():
    assert layers((13, 32, 3)).height == HIGHEST
    assert layers((13, 512, 3)).height == 1024
    assert layers((5000, 3)).height == LOWEST
