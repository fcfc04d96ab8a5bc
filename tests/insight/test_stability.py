from __future__ import annotations

import numpy as np
import pytest

import problems
from latentia.insight.stability import shared_space, stability

CODES = problems.unrelated(40, 3)


def test_reordered_flipped_and_stretched_factors_are_the_same_factors():
    other = CODES[:, [2, 0, 1]] * [-3.0, 0.1, 7.0] + 5.0
    found = stability(np.stack([CODES, other]), [0.7, 0.6], shown=0)
    np.testing.assert_allclose(found.per_factor, 1)
    assert found.n_seeds == 2
    np.testing.assert_array_equal(found.r2_per_seed, [0.7, 0.6])


def test_only_the_factor_that_changed_is_unstable():
    other = CODES.copy()
    other[:, 1] = problems.unrelated(40, 1, seed=9)[:, 0]
    found = stability(np.stack([CODES, other, other]), [0.7] * 3, shown=0)
    assert found.correlation.shape == (2, 3)
    assert found.per_factor[1] < 0.5
    np.testing.assert_allclose(found.per_factor[[0, 2]], 1)


def test_matching_is_one_to_one():
    copies = np.repeat(CODES[:, :1], 3, axis=1)
    found = stability(np.stack([CODES, copies]), [0.7, 0.7], shown=0)
    assert (found.per_factor > 0.99).sum() == 1


def test_the_shown_seed_is_compared_with_all_others():
    seeds = np.stack([problems.unrelated(40, 3, seed=5), CODES, 2 * CODES])
    correlation = stability(seeds, [0, 0, 0], shown=1).correlation
    assert (correlation[0] < 0.9).all()
    np.testing.assert_allclose(correlation[1], 1)
    assert (stability(seeds, [0, 0, 0], shown=0).per_factor < 0.9).all()


def test_a_dead_factor_correlates_with_nothing():
    dead = CODES.copy()
    dead[:, 0] = 0.1 + 0.2  # a constant that is not exact in binary
    np.testing.assert_array_equal(stability(np.stack([dead, dead]), [0, 0], shown=0).per_factor[0], 0)


@pytest.mark.parametrize("codes", [CODES[None], np.stack([CODES[:2], CODES[:2]]), np.empty((2, 0, 3))])
def test_one_seed_or_too_few_rows_say_nothing(codes):
    found = stability(codes, np.zeros(len(codes)), shown=0)
    assert np.isnan(found.per_factor).all()
    assert np.isnan(shared_space(codes, 0))


def test_turned_axes_share_their_space_though_no_factor_comes_back():
    angle = np.pi / 4
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    seeds = np.stack([CODES[:, :2], CODES[:, :2] @ turn])
    assert (stability(seeds, [0, 0], shown=0).per_factor < 0.9).all()
    assert shared_space(seeds, 0) == pytest.approx(1)


def test_unrelated_seeds_share_no_space():
    rng = np.random.default_rng(0)
    values = [shared_space(rng.normal(size=(2, 30, 3)), 0) for _ in range(200)]
    assert abs(np.mean(values)) < 0.03  # adjusted: zero on average, where the plain R² has 0.10
