"""Slopes of a decoder are its derivatives, whatever the number of rows and of columns."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.networks import slopes as module
from latentia.networks.architecture import Architecture
from latentia.networks.network import initialise
from latentia.networks.slopes import decoder_slopes

DEEP = Architecture(n_features=6, hidden=(9, 7), n_components=3, activation="tanh")


def made(shape=DEEP, seed=0):
    return initialise(shape, np.random.default_rng(seed))


def whole(network, codes):
    parts = list(decoder_slopes(network, codes))
    rows = [row for part, _, _ in parts for row in range(len(codes))[part]]
    assert rows == list(range(len(codes)))
    return np.concatenate([part[1] for part in parts]), np.concatenate([part[2] for part in parts])


def codes_of(n_rows, size=3):
    return np.random.default_rng(1).normal(size=(n_rows, size))


def test_a_linear_decoder_has_its_weights_as_slopes_everywhere():
    network = made(Architecture(n_features=5, n_components=2))
    decoded, steep = whole(network, codes_of(4, 2))
    weight = network.decoder[0].weight
    np.testing.assert_array_equal(steep, np.broadcast_to(weight.T, (4, 5, 2)))
    np.testing.assert_allclose(decoded, codes_of(4, 2) @ weight, atol=1e-6)


def test_slopes_of_a_deep_decoder_are_differences_over_a_short_way():
    network, codes = made(), codes_of(5)
    _, steep = whole(network, codes)
    for factor in range(3):
        step = np.zeros(3)
        step[factor] = 1e-2
        ahead, behind = (
            np.asarray(network.decode((codes + way).astype(np.float32))) for way in (step, -step)
        )
        np.testing.assert_allclose(steep[:, :, factor], (ahead - behind) / 2e-2, atol=2e-4)


def test_probabilities_of_a_category_rise_and_fall_together():
    network = made(
        Architecture(n_features=6, hidden=(9,), n_components=3, activation="tanh", blocks=((1, 3),))
    )
    decoded, steep = whole(network, codes_of(7))
    np.testing.assert_allclose(decoded[:, 1:4].sum(axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(steep[:, 1:4].sum(axis=1), 0.0, atol=1e-6)
    assert np.abs(steep[:, 1:4]).max() > 1e-3


def test_a_row_has_the_same_slopes_in_any_company_and_one_program_serves_all(monkeypatch):
    network, codes = made(), codes_of(300)
    decoded, steep = whole(network, codes)
    programs = module._decoded_with_slopes._cache_size()
    few = whole(network, codes[130:141])
    np.testing.assert_array_equal(few[0], decoded[130:141])
    np.testing.assert_array_equal(few[1], steep[130:141])
    assert module._decoded_with_slopes._cache_size() == programs


@pytest.mark.parametrize(("columns", "height"), [(6, 128), (2000, 128), (20_000, 17)])
def test_tiles_of_wide_tables_have_fewer_rows(columns, height):
    network = made(Architecture(n_features=columns, n_components=3))
    _, decoded, steep = next(decoder_slopes(network, codes_of(200)))
    assert decoded.shape == (height, columns)
    assert steep.size <= module.SLOPES_AT_ONCE


def test_of_no_rows_there_are_no_slopes():
    assert list(decoder_slopes(made(), codes_of(0))) == []
