"""Numbers that rows draw by themselves."""

import numpy as np

from latentia.tables.hashing import HELD_OUT, SAMPLE, drawn


def test_draws_are_uniform():
    share = drawn(3, np.arange(200_000)).astype(np.float64) / 2.0**64
    counts, _ = np.histogram(share, bins=20, range=(0, 1))
    chi_squared = ((counts - 10_000) ** 2 / 10_000).sum()
    assert chi_squared < 43.8  # beyond which one in a thousand lies, with 19 degrees of freedom


def test_seeds_and_purposes_draw_independently():
    positions = np.arange(100_000)
    draws = [drawn(0, positions, SAMPLE), drawn(1, positions, SAMPLE), drawn(0, positions, HELD_OUT)]
    correlation = np.corrcoef([draw.astype(np.float64) for draw in draws])
    assert np.abs(correlation - np.eye(3)).max() < 0.015


def test_what_a_row_draws_depends_on_its_position_alone():
    np.testing.assert_array_equal(drawn(5, np.array([7, 3])), drawn(5, np.arange(10))[[7, 3]])
