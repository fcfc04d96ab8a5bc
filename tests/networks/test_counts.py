"""Likelihoods of counts, against SciPy's, in double and in single precision."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from scipy.special import gammaln

from latentia.networks.counts import (
    LOWEST_LOG_DISPERSION,
    log_dispersions,
    log_means,
    negative_binomial_loss,
    poisson_loss,
    some_rows,
    stirling_rest,
)

RNG = np.random.default_rng(0)
MEANS = np.geomspace(1e-3, 1e5, 12)
COUNTS = np.vstack([np.zeros(12), np.floor(MEANS), RNG.poisson(MEANS, size=(30, 12)), 3 * MEANS.round()])
SIZE = np.geomspace(0.1, 10.0, len(COUNTS))[:, None]
DISPERSIONS = np.tile([1e-4, 0.05, 1.0, 20.0], 3)


def told(counts, means=MEANS, size=1.0):
    """What a network is told of counts, and says of means."""
    return np.log1p(counts / size), np.broadcast_to(np.log(means / size), counts.shape)


def binomial(counts, means, dispersion):
    return -stats.nbinom.logpmf(counts, 1 / dispersion, 1 / (1 + dispersion * means))


def test_the_rest_of_stirling_is_that_of_the_gamma_function():
    z = np.concatenate([[1e-9, 0.01, 0.5], np.arange(1.0, 60.0), [1e3, 1e6]])
    expected = gammaln(z + 1) - (z * np.log(z) - z)
    np.testing.assert_allclose(stirling_rest(z), expected, atol=4e-8, rtol=1e-7)
    assert stirling_rest(np.zeros(1)) == pytest.approx(0.0, abs=4e-8)


@pytest.mark.parametrize("size", [1.0, SIZE], ids=["common", "sized"])
def test_poisson_is_that_of_scipy(size):
    expected = -stats.poisson.logpmf(COUNTS, MEANS)
    np.testing.assert_allclose(poisson_loss(*told(COUNTS, size=size), size), expected, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("size", [1.0, SIZE], ids=["common", "sized"])
def test_the_negative_binomial_is_that_of_scipy(size):
    expected = binomial(COUNTS, MEANS, DISPERSIONS)
    found = negative_binomial_loss(*told(COUNTS, size=size), np.log(DISPERSIONS), size)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_single_precision_keeps_the_digits_of_large_counts():
    """Log-gamma functions of 100,000 would leave an error of about 0.1."""
    target, raw = (jnp.asarray(part, jnp.float32) for part in told(COUNTS))
    # The mean itself is only known to seven digits of its logarithm, which costs (count - mean) as much.
    slack = 1e-5 + 2e-6 * np.abs(COUNTS - MEANS) * np.abs(np.log(MEANS))
    error = np.abs(np.asarray(poisson_loss(target, raw)) + stats.poisson.logpmf(COUNTS, MEANS))
    assert (error <= slack + 1e-5 * np.abs(stats.poisson.logpmf(COUNTS, MEANS))).all()
    log_dispersion = jnp.asarray(np.log(DISPERSIONS), jnp.float32)
    expected = binomial(COUNTS, MEANS, DISPERSIONS)
    error = np.abs(np.asarray(negative_binomial_loss(target, raw, log_dispersion)) - expected)
    assert (error <= slack + 1e-5 * expected).all()


def test_without_dispersion_the_negative_binomial_is_poisson():
    small = MEANS < 1e3
    target, raw = (part[:, small] for part in told(COUNTS))
    poisson = poisson_loss(target, raw)
    gaps = [
        np.abs(negative_binomial_loss(target, raw, np.full(small.sum(), log)) - poisson).max()
        for log in (-4.0, -8.0, -12.0, LOWEST_LOG_DISPERSION)
    ]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < 0.2
    single = negative_binomial_loss(
        jnp.asarray(target, jnp.float32), jnp.asarray(raw, jnp.float32), jnp.full(small.sum(), -99.0)
    )
    np.testing.assert_allclose(single[:-1], poisson[:-1], rtol=1e-3, atol=1e-2)


def test_slopes_are_those_of_the_formulas():
    """By the mean: mean - x, over 1 + dispersion * mean; by the dispersion: a small difference."""
    target, raw = told(COUNTS)
    logs = np.log(DISPERSIONS)

    def total(raw, logs):
        return negative_binomial_loss(jnp.asarray(target, jnp.float32), raw, logs).sum()

    by_raw, by_log = jax.grad(total, argnums=(0, 1))(
        jnp.asarray(raw, jnp.float32), jnp.asarray(logs, jnp.float32)
    )
    expected = (MEANS - COUNTS) / (1 + DISPERSIONS * MEANS)
    assert (np.abs(by_raw - expected) <= 1e-4 * np.abs(expected) + 1e-6 * (1 + MEANS)).all()
    step = 1e-4
    up, down = (negative_binomial_loss(target, raw, logs + sign * step).sum(axis=0) for sign in (1, -1))
    np.testing.assert_allclose(by_log, (up - down) / (2 * step), rtol=2e-2, atol=5e-2)


def test_slopes_are_finite_where_nothing_is_counted_or_expected():
    target, raw = jnp.zeros((1, 3)), jnp.array([[-60.0, 0.0, 30.0]])
    for loss in (poisson_loss, lambda t, r: negative_binomial_loss(t, r, jnp.zeros(3))):
        slope = jax.grad(lambda r, loss=loss: loss(target, r).sum())(raw)
        assert np.isfinite(slope).all()
        assert (np.asarray(slope) >= 0).all()


@pytest.mark.parametrize("dispersion", [0.05, 0.5, 3.0])
def test_a_known_dispersion_is_found_again(dispersion):
    rng = np.random.default_rng(1)
    size = rng.gamma(4.0, 0.25, size=(4000, 1))
    means = np.array([2.0, 20.0, 200.0])
    counts = rng.poisson(size * means * rng.gamma(1 / dispersion, dispersion, size=(4000, 3)))
    target = np.log1p(counts / size)
    raw = log_means(target, size)
    np.testing.assert_allclose(np.exp(raw), means, rtol=0.1)
    np.testing.assert_allclose(np.exp(log_dispersions(target, raw, size)), dispersion, rtol=0.15)


def test_the_dispersion_is_where_the_likelihood_is_highest():
    rng = np.random.default_rng(2)
    target = np.log1p(rng.negative_binomial(2.0, 0.2, size=(60, 5)).astype(float))
    raw = log_means(target)
    found = log_dispersions(target, raw)
    grid = np.linspace(-6.0, 4.0, 2001)
    costs = np.array([negative_binomial_loss(target, raw, np.full(5, log)).sum(axis=0) for log in grid])
    np.testing.assert_allclose(found, grid[costs.argmin(axis=0)], atol=0.03)


def test_columns_without_more_spread_than_poisson_have_next_to_no_dispersion():
    regular, empty = np.tile([4.0, 5.0, 6.0, 5.0], 10)[:, None], np.zeros((40, 1))
    target = np.log1p(np.hstack([regular, empty]))
    raw = log_means(target)
    found = log_dispersions(target, raw)
    assert found[0] < -12
    assert np.isfinite(found).all()
    assert negative_binomial_loss(target, raw, found)[:, 1].max() < 1e-6


def test_of_a_large_table_some_rows_settle_the_dispersion():
    rng = np.random.default_rng(3)
    target = np.log1p(rng.negative_binomial(2.0, 0.1, size=(3000, 400)).astype(float))
    raw = log_means(target)
    assert np.median(np.exp(log_dispersions(target, raw))) == pytest.approx(0.5, rel=0.05)


def test_rows_are_spread_evenly_over_a_table_and_small_tables_are_taken_whole():
    target, size = np.arange(4000.0)[:, None] * np.ones(3), np.arange(4000.0)[:, None]
    rows, sizes = some_rows(target, size, most_cells=900)
    np.testing.assert_array_equal(rows[:, :1], sizes)
    np.testing.assert_allclose(sizes[:, 0], np.linspace(0, 3999, 300), atol=1)
    assert len(some_rows(target, 1.0, most_cells=10)[0]) == 200
    assert some_rows(target, 1.0, most_cells=12_000)[0] is target
