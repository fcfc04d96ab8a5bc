"""What means cost, with gaps and categories, against the same by hand."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.tables.observed import observed_mean
from latentia.training.balance import balanced, loss_of_mean, noise_variance

RNG = np.random.default_rng(5)
NUMBERS = RNG.normal(size=(60, 3)) * [1.0, 2.0, 0.5] + [0.0, 1.0, 3.0]
LEVELS = np.eye(3)[RNG.choice(3, 60, p=[0.7, 0.2, 0.1])]
BLOCKS = ((1, 3),)
X = np.concatenate([NUMBERS[:, :1], LEVELS, NUMBERS[:, 1:]], axis=1)
WEIGHT = RNG.integers(0, 4, 60).astype(float)


def with_gaps():
    x = X.copy()
    x[::4, 0] = np.nan
    x[1::3, 1:4] = np.nan
    return x


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_means_are_those_of_observed_cells(weight):
    x, by = with_gaps(), np.ones(60) if weight is None else weight
    seen = ~np.isnan(x[:, 0])
    assert observed_mean(x, weight)[0] == pytest.approx(np.average(x[seen, 0], weights=by[seen]))
    np.testing.assert_array_equal(observed_mean(X, weight), np.average(X, axis=0, weights=weight))


def test_noise_is_measured_in_numbers_and_not_in_indicators():
    assert noise_variance(X, BLOCKS) == pytest.approx(NUMBERS.var(axis=0).mean())
    assert noise_variance(LEVELS, ((0, 3),)) == pytest.approx(LEVELS.var(axis=0).mean())


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_a_category_costs_one_where_its_frequencies_are_all_that_is_known(weight):
    weights = balanced(X, BLOCKS, weight)
    by = np.ones(60) if weight is None else weight
    frequencies = np.average(LEVELS, axis=0, weights=by)
    cost = -np.log(frequencies[LEVELS.argmax(axis=1)])
    assert np.average(cost * weights[1], weights=by) == pytest.approx(1.0)
    assert weights[[0, 4, 5]].tolist() == [1.0, 1.0, 1.0]
    assert balanced(NUMBERS, ()) is None


def test_the_loss_of_means_counts_every_column_alike():
    variances = NUMBERS.var(axis=0)
    assert loss_of_mean("mse", X, None, BLOCKS) == pytest.approx((variances.sum() + 1.0) / 4)
    x = with_gaps()
    seen = [~np.isnan(x[:, column]) for column in (0, 1, 4, 5)]
    costs = [x[seen[0], 0].var(), 1.0, x[:, 4].var(), x[:, 5].var()]
    expected = np.average(costs, weights=[one.sum() for one in seen])
    assert loss_of_mean("mse", x, None, BLOCKS) == pytest.approx(expected)


def test_columns_that_count_differently_do_so_in_both():
    asked = np.array([2.0, 0.5, 0.5, 0.5, 0.0, 1.5])
    np.testing.assert_allclose(balanced(X, BLOCKS, asked=asked), balanced(X, BLOCKS) * asked)
    np.testing.assert_array_equal(balanced(NUMBERS, (), asked=asked[:3]), asked[:3])
    costs = [NUMBERS[:, 0].var(), 1.0, NUMBERS[:, 1].var(), NUMBERS[:, 2].var()]
    expected = np.average(costs, weights=[2.0, 0.5, 0.0, 1.5])
    assert loss_of_mean("mse", X, None, BLOCKS, asked) == pytest.approx(expected)
    x = with_gaps()
    seen = (~np.isnan(x[:, [0, 1, 4, 5]])).sum(axis=0)
    costs[0] = x[~np.isnan(x[:, 0]), 0].var()
    expected = np.average(costs, weights=seen * [2.0, 0.5, 0.0, 1.5])
    assert loss_of_mean("mse", x, None, BLOCKS, asked) == pytest.approx(expected)


def test_a_category_of_one_level_costs_nothing_and_weighs_nothing():
    x = np.concatenate([NUMBERS[:, :1], np.ones((60, 1))], axis=1)
    assert balanced(x, ((1, 1),))[1] == 0.0
    assert loss_of_mean("mse", x, None, ((1, 1),)) == pytest.approx(NUMBERS[:, 0].var() / 2)
