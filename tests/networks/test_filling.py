"""Codes that are moved until the cells that are there fit: against least squares, and row by row."""

from __future__ import annotations

import equinox as eqx
import numpy as np
import pytest

from latentia.networks.architecture import Architecture
from latentia.networks.filling import filled_rows
from latentia.networks.network import initialise
from latentia.networks.tiles import decode_rows, encode_rows

RNG = np.random.default_rng(0)


def linear(n_features=6, n_components=2):
    """Return a network with orthonormal loadings whose encoder guesses nothing: every code is 0."""
    network = initialise(Architecture(n_features=n_features, n_components=n_components, hidden=()), RNG)
    axes = np.linalg.qr(RNG.normal(size=(n_features, n_components)))[0].T.astype(np.float32)
    blind = np.zeros_like(network.encoder[0].weight)
    places = lambda tree: (tree.encoder[0].weight, tree.decoder[0].weight)  # noqa: E731 - as Equinox wants it
    return eqx.tree_at(places, network, (blind, axes)), axes.astype(np.float64)


def holed(n_rows, n_features=6, share=0.3):
    rows = RNG.normal(size=(n_rows, n_features))
    rows[RNG.random(rows.shape) < share] = np.nan
    return rows


@pytest.mark.parametrize("hold", [0.1, 1.0, 5.0])
def test_a_linear_code_goes_where_ridge_regression_puts_it(hold):
    network, axes = linear()
    rows = holed(40)
    rows[np.isnan(rows).all(axis=1), 0] = 0.0
    made, off = filled_rows(network, rows, hold), []
    for row, said in zip(rows, made, strict=True):
        there = ~np.isnan(row)
        seen = axes[:, there]
        code = np.linalg.solve(seen @ seen.T + hold * np.eye(2), seen @ row[there])
        expected = (code if not there.all() else np.zeros(2)) @ axes
        off.append(np.abs(said - expected).max())
    assert np.mean(off) < 0.02  # some rows have a long way from a code of 0 in 40 steps
    assert np.max(off) < 0.2


def test_a_row_without_a_gap_or_without_a_cell_keeps_the_encoders_code():
    network = initialise(Architecture(n_features=5, n_components=2, hidden=(8,), markers=(0, 1)), RNG)
    rows = RNG.normal(size=(4, 5))
    rows[2] = np.nan
    rows[3, 1] = np.nan
    plain = decode_rows(network, encode_rows(network, rows))
    moved = filled_rows(network, rows, 0.1)
    np.testing.assert_array_equal(moved[:3], plain[:3])
    assert np.abs(moved[3] - plain[3]).max() > 1e-3
    np.testing.assert_array_equal(filled_rows(network, rows, None), plain)


def test_cells_that_are_there_fit_better_the_less_the_code_is_held():
    network = initialise(Architecture(n_features=8, n_components=4, hidden=(16,)), RNG)
    rows = holed(60, n_features=8)
    errors = [
        np.nanmean(np.square(filled_rows(network, rows, hold) - rows)) for hold in (None, 3.0, 0.3, 0.03)
    ]
    assert errors == sorted(errors, reverse=True)


def test_a_row_is_filled_the_same_alone_and_among_others():
    network = initialise(Architecture(n_features=6, n_components=3, hidden=(8,)), RNG)
    rows = holed(300)
    together = filled_rows(network, rows, 0.3)
    np.testing.assert_array_equal(filled_rows(network, rows[290:291], 0.3), together[290:291])
    np.testing.assert_array_equal(filled_rows(network, rows[::-1], 0.3), together[::-1])
