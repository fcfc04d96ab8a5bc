"""Structure is found where there is some, and as rarely where there is none as the level says."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.insight.structure import FEWEST_ROWS, LEVEL, MOST_COLUMNS, MOST_ROWS, structure_of


def p_of(values, owner=None, *, seed=0, shuffles=99):
    values = np.asarray(values, dtype=np.float64)
    owner = np.arange(values.shape[1]) if owner is None else np.asarray(owner)
    return structure_of(values, owner, seed=seed, shuffles=shuffles).p_value


def independent(rng):
    return rng.normal(size=(80, 6))


def heavy(rng):
    return rng.standard_cauchy(size=(60, 5))


def missing_together(rng):
    values = rng.normal(size=(120, 6))
    values[np.ix_(rng.random(120) < 0.4, [0, 1, 2])] = np.nan
    return values


def steps(rng):
    return rng.poisson(0.4, size=(80, 6)).astype(float)


@pytest.mark.parametrize("draw", [independent, heavy, missing_together, steps])
def test_columns_that_have_nothing_to_do_with_each_other_seldom_look_as_if_they_had(draw):
    """300 tables: 15 are expected at 0.05 and 6 at 0.02; more than 27 or 15, one time in a thousand."""
    found = np.array([p_of(draw(np.random.default_rng(seed)), seed=seed) for seed in range(300)])
    assert 3 <= np.count_nonzero(found <= 0.05) <= 27
    assert np.count_nonzero(found <= LEVEL) <= 15


def ring(rng):
    angle = rng.uniform(0, 2 * np.pi, 200)
    plane = np.column_stack([np.cos(angle), np.sin(angle), rng.normal(size=(200, 3))])
    return plane + 0.2 * rng.normal(size=plane.shape)


def fold(rng):
    one = rng.normal(size=150)
    return np.column_stack([one, one**2, rng.normal(size=(150, 3))]) + 0.3 * rng.normal(size=(150, 5))


def weak_factor(rng):
    return rng.normal(size=(200, 1)) @ np.full((1, 8), 0.5) + rng.normal(size=(200, 8))


def one_pair(rng):
    values = rng.normal(size=(100, 30))
    values[:, 1] = 0.7 * values[:, 0] + 0.7 * values[:, 1]
    return values


@pytest.mark.parametrize("draw", [ring, fold, weak_factor, one_pair])
def test_what_is_there_is_found(draw):
    found = sum(p_of(draw(np.random.default_rng(seed)), seed=seed) <= LEVEL for seed in range(20))
    assert found >= 19


def test_the_smallest_p_value_is_one_in_all_tables():
    values = weak_factor(np.random.default_rng(0))
    assert p_of(values, shuffles=99) == pytest.approx(0.01)
    found = structure_of(values, np.arange(8), seed=0)
    assert found.p_value == pytest.approx(1 / (1 + found.shuffles))
    assert found.straight > 5
    assert found.curved < found.straight


def test_levels_of_one_category_are_no_structure_but_two_categories_that_agree_are():
    rng = np.random.default_rng(0)
    levels = np.eye(4)[rng.integers(4, size=200)]
    other = np.eye(3)[rng.integers(3, size=200)]
    owner = [0, 0, 0, 0, 1, 1, 1]
    alone = [
        p_of(np.column_stack([levels[rng.permutation(200)], other]), owner, seed=seed) for seed in range(20)
    ]
    assert np.mean(np.array(alone) <= LEVEL) <= 0.2
    agreeing = np.column_stack([levels, np.eye(3)[levels.argmax(axis=1) % 3]])
    assert p_of(agreeing, owner) == pytest.approx(0.01)


def test_order_of_rows_and_increasing_functions_change_nothing():
    values = weak_factor(np.random.default_rng(3))
    first, bent = (structure_of(one, np.arange(8), seed=1) for one in (values, np.exp(values)))
    assert first.straight == pytest.approx(bent.straight)
    assert structure_of(values, np.arange(8), seed=1) == first


def test_too_little_to_ask_and_more_than_is_looked_at():
    rng = np.random.default_rng(0)
    assert structure_of(rng.normal(size=(FEWEST_ROWS - 1, 3)), np.arange(3), seed=0) is None
    assert structure_of(rng.normal(size=(50, 1)), np.arange(1), seed=0) is None
    large = structure_of(rng.normal(size=(MOST_ROWS + 50, 130)), np.arange(130), seed=0, shuffles=9)
    assert (large.n_rows, large.n_columns) == (MOST_ROWS, MOST_COLUMNS)
    constant = np.column_stack([np.ones(30), rng.normal(size=(30, 2)), np.full(30, np.nan)])
    assert 0 < p_of(constant) <= 1
