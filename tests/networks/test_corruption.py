"""Noise has the level that was asked for, and dropout keeps the mean."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from latentia.networks.chance import make_keys
from latentia.networks.corruption import Place, add_gaussian_noise, drop_units, mask_cells, swap_cells
from latentia.networks.indicators import owners

KEY = make_keys(3, 1)[0]
PRESENT = np.ones(500, np.float32)


@pytest.mark.parametrize("level", [0.0, 0.3, 2.0])
def test_noise_is_normal_of_the_given_level_around_the_value(level):
    x = np.full((500, 40), 7.0, np.float32)
    noise = np.asarray(add_gaussian_noise(x, np.float32(level), KEY, Place(PRESENT)), np.float64) - 7.0
    assert abs(noise.mean()) <= 4 * level / np.sqrt(noise.size)
    assert abs(noise.std() - level) <= 0.02 * level
    if level:
        assert stats.kstest(noise.ravel() / level, "norm").pvalue > 1e-4


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.75])
def test_dropout_silences_a_share_and_keeps_the_mean(rate):
    x = np.full((1000, 100), 2.0, np.float32)
    kept = np.asarray(drop_units(x, np.float32(rate), KEY), np.float64)
    silent = (kept == 0).mean()
    assert abs(silent - rate) < 4 * np.sqrt(rate * (1 - rate) / x.size) + 1e-12
    np.testing.assert_allclose(kept[kept != 0], 2.0 / (1 - rate), rtol=1e-6)
    assert abs(kept.mean() - 2.0) < 0.02


@pytest.mark.parametrize("level", [0.0, 0.1, 0.7])
def test_masking_zeroes_a_share_of_the_cells_and_leaves_the_others(level):
    x = np.random.default_rng(0).normal(5.0, 1.0, size=(500, 40)).astype(np.float32)
    made = np.asarray(mask_cells(x, np.float32(level), KEY, Place(PRESENT)))
    zero = made == 0.0
    assert abs(zero.mean() - level) <= 4 * np.sqrt(level * (1 - level) / x.size)
    np.testing.assert_array_equal(made[~zero], x[~zero])


def test_swapping_takes_values_of_the_same_column_from_rows_that_are_there():
    rows, there = 500, 300
    x = np.arange(rows * 6, dtype=np.float32).reshape(rows, 6)
    present = (np.arange(rows) < there).astype(np.float32)
    made = np.asarray(swap_cells(x, np.float32(0.4), KEY, Place(present)))[:there]
    assert (made % 6 == x[:there] % 6).all()  # the column's own values
    assert made.max() < there * 6  # none from the padding
    swapped = (made != x[:there]).mean()
    assert abs(swapped - 0.4 * (1 - 1 / there)) <= 4 * np.sqrt(0.24 / made.size)
    partners = made[made != x[:there]] // 6
    assert stats.kstest(partners / there, "uniform").pvalue > 1e-4
    np.testing.assert_array_equal(swap_cells(x, np.float32(0.0), KEY, Place(present)), x)


def test_the_indicators_of_a_category_are_hidden_and_swapped_together():
    rng = np.random.default_rng(3)
    levels = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 500)]
    x = np.concatenate([rng.normal(size=(500, 2)).astype(np.float32), levels], axis=1)
    place = Place(PRESENT, owners([(2, 3)], 5), np.nan)
    hidden = np.isnan(mask_cells(x, np.float32(0.4), KEY, place))
    assert (hidden[:, 2:].all(axis=1) == hidden[:, 2:].any(axis=1)).all()
    np.testing.assert_allclose(hidden.mean(axis=0), 0.4, atol=0.08)
    assert (hidden[:, 0] != hidden[:, 2]).any()
    swapped = np.asarray(swap_cells(x, np.float32(0.5), KEY, place))
    assert (swapped[:, 2:].sum(axis=1) == 1).all()
    assert (swapped[:, 2:] != levels).any()
