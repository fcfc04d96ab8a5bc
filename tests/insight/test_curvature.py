"""Curves are found where there are some, and as rarely in straight tables as the level says."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_swiss_roll

from latentia.insight.curvature import (
    FEWEST_ROWS,
    LEVEL,
    MOST_COLUMNS,
    MOST_ROWS,
    _correlation,
    _drawn,
    _matched,
    _root,
    curvature_of,
)
from latentia.insight.normal_scores import normal_scores


def gaussian(rng, n_rows=150, n_columns=8, noise=0.6):
    factors = rng.normal(size=(n_rows, 2)) @ rng.normal(size=(2, n_columns))
    return factors + noise * rng.normal(size=factors.shape)


def skewed(rng):
    return np.exp(gaussian(rng))


def rated(rng):
    return np.round(np.clip(gaussian(rng), -2, 2))


def with_gaps(rng):
    values = gaussian(rng)
    values[rng.random(values.shape) < 0.15] = np.nan
    return values


@pytest.mark.parametrize("draw", [gaussian, skewed, rated, with_gaps])
def test_straight_tables_seldom_look_curved_whatever_their_columns_look_like(draw):
    """200 tables: 10 false alarms are expected, and more than 20 would be one in a thousand."""
    alarms = sum(
        curvature_of(draw(np.random.default_rng(seed)), 2, seed=seed, draws=39).p_value <= LEVEL
        for seed in range(200)
    )
    assert alarms <= 20


def roll(rng):
    points = make_swiss_roll(500, random_state=int(rng.integers(1000)))[0]
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    turned = points @ np.linalg.qr(rng.normal(size=(20, 20)))[0][:3]
    return turned + 0.3 * rng.normal(size=turned.shape)


def smooth(rng):
    hidden = rng.normal(size=(200, 2))
    made = np.tanh(1.5 * hidden @ rng.normal(size=(2, 30)) + rng.normal(size=30)) @ rng.normal(size=(30, 12))
    made /= made.std(axis=0)
    return made + rng.normal(size=made.shape)


def shell(rng):
    points = rng.normal(size=(200, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points @ rng.normal(size=(3, 6)) + 0.1 * rng.normal(size=(200, 6))


@pytest.mark.parametrize("draw", [roll, smooth, shell])
def test_curves_are_found(draw):
    found = sum(
        curvature_of(draw(np.random.default_rng(seed)), 2, seed=seed, draws=39).p_value <= LEVEL
        for seed in range(12)
    )
    assert found >= 11


def test_drawn_tables_have_the_columns_the_gaps_and_the_correlations_of_the_table():
    rng = np.random.default_rng(0)
    values = np.round(np.clip(gaussian(rng, n_rows=800, noise=0.3), -1, 1))
    values[rng.random(values.shape) < 0.1] = np.nan
    scores, missing = normal_scores(values), np.isnan(values)
    wanted = _correlation(scores)

    def off(inner):
        drawn = [_correlation(_drawn(scores, missing, _root(inner), rng)) for _ in range(20)]
        return np.abs(np.mean(drawn, axis=0) - wanted).max()

    assert off(_matched(scores, missing, rng)) < 0.04
    # Without giving back what the few values take away, drawn columns would be less alike.
    assert off(wanted) > 0.06
    drawn = _drawn(scores, missing, _root(wanted), rng)
    assert (drawn[missing] == 0).all()
    for at in range(values.shape[1]):
        there = ~missing[:, at]
        np.testing.assert_array_equal(np.sort(drawn[there, at]), np.sort(scores[there, at]))


def test_the_same_seed_gives_the_same_and_too_little_is_not_asked():
    rng = np.random.default_rng(0)
    values = gaussian(rng)
    assert curvature_of(values, 2, seed=1) == curvature_of(values, 2, seed=1)
    assert curvature_of(values[: FEWEST_ROWS - 1], 2, seed=0) is None
    assert curvature_of(values[:, :1], 2, seed=0) is None
    assert curvature_of(np.column_stack([values[:, 0], np.ones(150)]), 2, seed=0) is None
    large = curvature_of(rng.normal(size=(MOST_ROWS + 9, 50)), 2, seed=0, draws=3)
    assert (large.n_rows, large.n_columns, large.n_components) == (MOST_ROWS, MOST_COLUMNS, 3)
    assert curvature_of(values[:, :2], 9, seed=0, draws=3).n_components == 2


def test_a_sheet_that_is_rolled_up_is_seen_in_few_rows_by_how_crowded_they_are():
    """200 rows of a swiss roll in 20 columns, signal to noise 4, and the same with Gaussian components."""
    found = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        points = make_swiss_roll(200, random_state=seed)[0]
        points = (points - points.mean(axis=0)) / points.std(axis=0)
        turn = np.linalg.qr(rng.normal(size=(20, 20)))[0][:3]
        noise = np.sqrt(3 / 20 / 4) * rng.normal(size=(200, 20))
        found.append(curvature_of(points @ turn + noise, 3, seed=seed).p_value <= LEVEL)
    assert sum(found) >= 11
