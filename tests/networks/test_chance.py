"""Numbers from the hash look like chance: uniform, normal, and unrelated wherever they are drawn."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy import stats

from latentia.networks.chance import bits, fold_in, make_keys, normal, uniform

N = 200_000
KEY = make_keys(0, 1)[0]
SMALLEST_P = 1e-4  # fixed seeds: the test cannot fail by chance, only by a worse generator


def keys_apart():
    """Pairs of keys as training uses them: steps, seeds, members, purposes within a step."""
    key = make_keys(12, 2)
    return {
        "steps": (fold_in(KEY, 100), fold_in(KEY, 101)),
        "far steps": (fold_in(KEY, 0), fold_in(KEY, 1 << 16)),
        "seeds": (fold_in(make_keys(3, 1)[0], 7), fold_in(make_keys(4, 1)[0], 7)),
        "members": (fold_in(key[0], 7), fold_in(key[1], 7)),
        "raw members": (key[0], key[1]),
        "purposes": (fold_in(fold_in(KEY, 7), 0), fold_in(fold_in(KEY, 7), 1)),
        "step and purpose swapped": (fold_in(fold_in(KEY, 0), 1), fold_in(fold_in(KEY, 1), 0)),
    }


def test_uniform_is_uniform_and_excludes_both_ends():
    drawn = np.asarray(uniform(KEY, (N,)), np.float64)
    assert drawn.min() > 0
    assert drawn.max() < 1
    assert stats.kstest(drawn, "uniform").pvalue > SMALLEST_P
    counts = np.histogram(drawn, 1000, (0, 1))[0]
    assert stats.chisquare(counts).pvalue > SMALLEST_P


def test_normal_has_the_moments_and_the_shape_of_the_normal():
    drawn = np.asarray(normal(KEY, (N,)), np.float64)
    assert np.isfinite(drawn).all()
    assert abs(drawn.mean()) < 4 / np.sqrt(N)
    assert abs(drawn.var() - 1) < 4 * np.sqrt(2 / N)
    assert abs(stats.skew(drawn)) < 4 * np.sqrt(6 / N)
    assert abs(stats.kurtosis(drawn)) < 4 * np.sqrt(24 / N)
    assert stats.kstest(drawn, "norm").pvalue > SMALLEST_P
    assert np.abs(drawn).max() > 4


def test_every_bit_is_a_fair_coin_and_tosses_alone():
    drawn = np.asarray(bits(fold_in(KEY, 5), (N,)))
    planes = (drawn[:, None] >> np.arange(32, dtype=np.uint32)) & 1
    shares = planes.mean(axis=0)
    assert np.abs(shares - 0.5).max() < 4.5 * 0.5 / np.sqrt(N)
    correlations = np.corrcoef(planes.T) - np.eye(32)
    assert np.abs(correlations).max() < 5 / np.sqrt(N)


@pytest.mark.parametrize("kind", keys_apart())
def test_draws_of_different_keys_are_unrelated(kind):
    one, other = (np.asarray(normal(key, (N,)), np.float64) for key in keys_apart()[kind])
    assert abs(np.corrcoef(one, other)[0, 1]) < 4.5 / np.sqrt(N)
    assert abs(np.corrcoef(one**2, other**2)[0, 1]) < 4.5 / np.sqrt(N)
    assert (one == other).mean() < 1e-4


@pytest.mark.parametrize("lag", [1, 2, 3, 13, 64, 1024])
def test_neighbouring_cells_are_unrelated(lag):
    drawn = np.asarray(normal(fold_in(KEY, 3), (N,)), np.float64)
    assert abs(np.corrcoef(drawn[:-lag], drawn[lag:])[0, 1]) < 4.5 / np.sqrt(N)


def test_one_cell_over_many_steps_is_normal_too():
    steps = np.arange(20_000)
    drawn = np.asarray(jax.vmap(lambda step: normal(fold_in(KEY, step), (4,)))(steps), np.float64)
    for cell in drawn.T:
        assert stats.kstest(cell, "norm").pvalue > SMALLEST_P
        assert abs(np.corrcoef(cell[:-1], cell[1:])[0, 1]) < 4.5 / np.sqrt(len(cell))


def test_keys_do_not_meet():
    keys = np.asarray(jax.vmap(lambda step: fold_in(KEY, step))(np.arange(100_000)))
    assert len(np.unique(keys, axis=0)) == len(keys)


def test_a_larger_ensemble_begins_with_a_smaller_and_seeds_differ():
    np.testing.assert_array_equal(make_keys(7, 5)[:2], make_keys(7, 2))
    assert not np.array_equal(make_keys(7, 2), make_keys(8, 2))
    assert make_keys(2**63 - 1, 1).dtype == np.uint32
    assert not np.array_equal(make_keys(1, 1), make_keys(1 + 2**32, 1))


def test_members_draw_side_by_side_what_they_draw_alone():
    keys = make_keys(1, 3)
    together = jax.vmap(lambda key: normal(key, (5, 4)))(keys)
    for key, drawn in zip(keys, np.asarray(together), strict=True):
        np.testing.assert_array_equal(drawn, normal(key, (5, 4)))
