from __future__ import annotations

import numpy as np

from latentia.insight.told_by_others import marks_of, told_by_others


def test_marks_are_categories_and_columns_with_two_values_gaps_aside():
    rng = np.random.default_rng(0)
    number, three = rng.normal(size=50), np.arange(50.0) % 3
    flag = np.where(np.arange(50) % 7 == 0, np.nan, np.arange(50) % 2)
    level = (three == 1).astype(float)
    rows = np.column_stack([number, three, flag, level, 1 - level])
    assert marks_of(rows, np.array([0, 1, 2, 3, 3])) == [2, 3]


def test_a_coin_is_told_to_be_nearly_its_mean_even_with_hardly_more_rows_than_columns():
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.normal(size=(60, 50)), rng.choice([-1.0, 1.0], 60)])
    told = told_by_others(rows, np.arange(51), [50], seed=0)
    assert abs(np.corrcoef(told[:, 50], rows[:, 50])[0, 1]) < 0.35
    assert np.array_equal(told[:, :50], rows[:, :50])


def test_levels_of_one_category_do_not_tell_of_each_other():
    rng = np.random.default_rng(0)
    level = rng.choice([0.0, 1.0], 200)
    rows = np.column_stack([rng.normal(size=(200, 3)), level, 1 - level])
    told = told_by_others(rows, np.array([0, 1, 2, 3, 3]), [3], seed=0)
    assert told[:, 3:].std(axis=0).max() < 0.2
    apart = told_by_others(rows, np.arange(5), [3, 4], seed=0)
    assert np.corrcoef(apart[:, 3], level)[0, 1] > 0.99


def test_a_constant_column_tells_nothing_and_breaks_nothing():
    rows = np.column_stack([np.ones(60), np.random.default_rng(0).normal(size=60), np.arange(60.0) % 2])
    assert np.isfinite(told_by_others(rows, np.arange(3), [0, 2], seed=0)).all()
