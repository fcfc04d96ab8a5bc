"""Curves made by hand, whose steepest descent is known, are read for what they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentia.insight.rate_sweep import MARGIN, MEMORY, read_sweep

RATES = np.geomspace(1e-6, 10, 281)


def valley(knee, limit, rates=RATES, depth=0.8):
    """Fall from 1 along a smooth step around `knee`, steepest there, and explode beyond `limit`."""
    return 1 - depth / (1 + (knee / rates) ** 2) + (rates / limit) ** 3


def networks(curve, n_networks=5, noise=0.0, seed=0):
    """Return the same curve several times, each with noise of its own."""
    return curve[:, None] + noise * np.random.default_rng(seed).normal(size=(len(curve), n_networks))


@pytest.mark.parametrize("knee", [1e-4, 1e-3, 1e-2])
@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_the_suggestion_is_where_the_loss_falls_fastest(knee, noise):
    sweep = read_sweep(RATES, networks(valley(knee, 100 * knee), noise=noise))
    # The smoothing looks back, so that it sees the descent later by its memory.
    assert sweep.suggestion == pytest.approx(knee * 10**MEMORY, rel=0.3)
    assert sweep.suggestion < sweep.lowest < 100 * knee
    lowest, falls = f"is lowest at {sweep.lowest:.2g}", f"it falls fastest at {sweep.suggestion:.2g}"
    assert sweep.reason == f"The loss {lowest}; of the rates up to a third of that, {falls}."


@given(st.integers(100, 400), st.floats(-4, -2), st.floats(0.01, 100), st.floats(-5, 5))
def test_steps_units_and_level_of_the_loss_change_nothing(n_steps, knee, unit, level):
    """Also where the loss is negative, as a log-likelihood may be."""
    rates = np.geomspace(1e-6, 10, n_steps)
    losses = level + unit * networks(valley(10**knee, 10 ** (knee + 2), rates))
    # A fall that is small beside the level of the loss may be none.
    if 0.8 * unit > 0.05 * abs(losses[0, 0]):
        assert read_sweep(rates, losses).suggestion == pytest.approx(10 ** (knee + MEMORY), rel=0.35)


def test_the_last_stretch_before_the_lowest_loss_is_left_out():
    """A cliff at the very end would be the steepest descent, but is no place to train at."""
    cliff = np.where(RATES < 1e-2, 1.0, np.where(RATES < 1.5e-2, 0.5, 20.0)) - 0.02 * np.log10(RATES / 1e-6)
    sweep = read_sweep(RATES, networks(cliff))
    assert sweep.suggestion <= 1.01 * sweep.lowest * 10**-MARGIN


def test_a_single_lucky_step_is_not_the_steepest_descent():
    curve = valley(1e-3, 0.1)
    curve[80] -= 0.1  # one step near 1e-4, and back again
    assert read_sweep(RATES, networks(curve)).suggestion == pytest.approx(1e-3 * 10**MEMORY, rel=0.3)


def test_the_networks_vote():
    curves = [valley(knee, 1.0) for knee in (1e-3, 1e-3, 1e-3, 1e-5, 1e-1)]
    assert read_sweep(RATES, np.stack(curves, axis=1)).suggestion == pytest.approx(1.6e-3, rel=0.3)


def test_smoothing_begins_without_a_pull_to_zero_and_keeps_a_constant():
    losses = np.full((len(RATES), 2), 0.7)
    np.testing.assert_allclose(read_sweep(RATES, losses).smoothed, 0.7)
    ramp = np.linspace(1.0, 0.5, len(RATES))[:, None]
    smoothed = read_sweep(RATES, ramp).smoothed
    assert smoothed[0, 0] == ramp[0, 0]
    kept = np.exp(-np.log10(RATES[1] / RATES[0]) / MEMORY)
    weights = kept ** np.arange(len(RATES))[::-1]
    assert smoothed[-1, 0] == pytest.approx(np.average(ramp[:, 0], weights=weights))


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_a_curve_is_read_until_it_blows_up(bad):
    curve = valley(1e-3, 1.0)
    curve[200:] = bad
    curve[240:] = -1e9  # what comes after a loss was lost says nothing
    sweep = read_sweep(RATES, networks(curve))
    assert np.isfinite(sweep.smoothed[:200]).all()
    assert np.isnan(sweep.smoothed[200:]).all()
    assert sweep.suggestion == pytest.approx(1.6e-3, rel=0.3)


def test_networks_that_learned_nothing_have_no_vote_unless_they_are_most():
    dead, alive = np.full(len(RATES), 1.0), valley(1e-3, 0.1)
    assert read_sweep(RATES, np.stack([alive, alive, dead], axis=1)).suggestion == pytest.approx(
        1.6e-3, rel=0.3
    )
    sweep = read_sweep(RATES, np.stack([alive, dead, dead], axis=1))
    assert sweep.suggestion is sweep.lowest is None
    assert "fell at no rate from 1e-06 to 10" in sweep.reason


def test_nothing_to_read_is_no_suggestion():
    sweep = read_sweep(RATES, np.full((len(RATES), 2), np.nan))
    assert sweep.suggestion is None
    assert np.isnan(sweep.smoothed).all()


def test_a_sweep_that_begins_too_high_or_ends_too_low_says_so():
    high = RATES > 1e-3
    begins = read_sweep(RATES[high], networks(valley(1e-4, 1.0)[high]))
    assert "the lowest end of the sweep" in begins.reason
    low = RATES < 3e-3
    ends = read_sweep(RATES[low], networks(valley(1e-3, 1.0)[low]))
    assert "still falls at 0.003, where the sweep ends" in ends.reason
