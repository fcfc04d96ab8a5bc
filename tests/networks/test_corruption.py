"""Noise has the level that was asked for, and dropout keeps the mean."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from latentia.networks.chance import make_keys
from latentia.networks.corruption import add_gaussian_noise, drop_units

KEY = make_keys(3, 1)[0]


@pytest.mark.parametrize("level", [0.0, 0.3, 2.0])
def test_noise_is_normal_of_the_given_level_around_the_value(level):
    x = np.full((500, 40), 7.0, np.float32)
    noise = np.asarray(add_gaussian_noise(x, np.float32(level), KEY), np.float64) - 7.0
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
