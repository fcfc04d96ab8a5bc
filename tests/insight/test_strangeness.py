"""Surprise, its sum and its p-values against what is known of them."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.insight.strangeness import Judge, Rarity, Region, limit_at, own_p_values, p_values


def test_a_tail_is_extended_as_it_falls_off():
    """Of a Pareto tail, the surprise at x is the logarithm of x, times its index, wherever x is."""
    numbers = np.random.default_rng(0).pareto(3.0, size=20_000) + 1.0
    rarity = Rarity.of(numbers)
    far = np.array([2.0, 5.0, 100.0])
    assert rarity.surprise(far) == pytest.approx(3.0 * np.log(far), rel=0.05)


def test_surprise_never_falls():
    numbers = np.random.default_rng(1).gamma(2.0, size=57)
    grid = np.sort(np.r_[numbers, np.linspace(0, 3 * numbers.max(), 500)])
    assert (np.diff(Rarity.of(numbers).surprise(grid)) >= -1e-9).all()


@pytest.mark.parametrize("numbers", [[0.0], [1.0, 1.0], [0.0] * 30, [np.nan, 1.0, 2.0]])
def test_few_equal_or_missing_numbers_are_no_trouble(numbers):
    surprise = Rarity.of(numbers).surprise([0.0, 1.0, 1e30, np.nan])
    assert not np.isnan(surprise).any()
    assert surprise[2] > surprise[0]


def test_a_region_is_where_most_codes_are_whatever_a_few_outliers_do():
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(500, 3)) * [1.0, 5.0, 0.1] + [0.0, 10.0, 2.0]
    spoilt = np.r_[codes, np.full((25, 3), 1e4)]
    # Looked at twice, the outliers are gone; a tenth of the rows, 2.5 of 3 standard deviations, with them.
    region = Region.of(spoilt)
    assert region.center == pytest.approx([0.0, 10.0, 2.0], abs=0.5)
    assert region.distances(codes).mean() < 3.0
    assert region.distances([[1e4] * 3])[0] > 100.0


def test_pulled_codes_are_inside_and_others_stay():
    codes = np.random.default_rng(0).normal(size=(300, 2))
    region = Region.of(codes)
    inside = codes[region.distances(codes) < region.radius]
    assert len(inside) >= 280
    assert region.pulled(inside) == pytest.approx(inside)
    assert region.distances(region.pulled(50 * codes)).max() <= region.radius * (1 + 1e-9)


def test_a_component_that_never_moves_is_no_trouble():
    codes = np.c_[np.random.default_rng(0).normal(size=50), np.full(50, 3.0)]
    assert np.isfinite(Region.of(codes).distances(codes)).all()
    assert Region.of(codes).distances([[np.nan, 3.0]]) == [np.inf]


def test_strangeness_grows_with_either_part():
    rng = np.random.default_rng(0)
    codes, errors = rng.normal(size=(200, 2)), rng.gamma(3.0, size=200)
    judge = Judge.of(codes, codes, errors)
    grown = judge.strangeness(np.zeros((4, 2)), [3.0, 30.0, 300.0, np.inf])
    assert (np.diff(grown) > 0).all()
    farther = judge.strangeness([[r, 0.0] for r in (1.0, 4.0, 40.0)], np.full(3, 3.0))
    assert (np.diff(farther) > 0).all()


@pytest.mark.parametrize("level", [0.05, 0.15, 0.5, 0.999])
def test_the_limit_and_the_p_values_say_the_same(level):
    rng = np.random.default_rng(0)
    reference = rng.integers(12, size=19).astype(float)
    asked = np.arange(-1.0, 14.0)
    assert ((asked > limit_at(level, reference)) == (p_values(asked, reference) <= level + 1e-12)).all()


def test_p_values_of_rows_like_the_reference_are_uniform():
    rng = np.random.default_rng(0)
    found = np.concatenate([p_values(rng.normal(size=1), rng.normal(size=19)) for _ in range(20_000)])
    for level in (0.05, 0.25, 0.5):
        assert (found <= level + 1e-12).mean() == pytest.approx(level, abs=0.01)
    assert np.sort(own_p_values(rng.normal(size=20))) == pytest.approx(np.arange(1, 21) / 20)
