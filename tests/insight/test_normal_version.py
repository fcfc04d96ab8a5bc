"""Nearest normal versions: typical residuals, and whose fault a row is."""

from __future__ import annotations

import numpy as np

from latentia.insight.normal_version import oddest_columns, typical_residuals


def test_a_typical_residual_is_a_standard_deviation_that_outliers_do_not_move():
    rng = np.random.default_rng(0)
    off = rng.normal(size=(4000, 2)) * [1.0, 0.2]
    off[:200] = 1e6
    off[300:400, 1] = np.nan
    found = typical_residuals(off, np.zeros_like(off))
    assert np.abs(found / [1.0, 0.2] - 1).max() < 0.1


def test_a_column_without_residuals_or_cells_does_not_divide_by_zero():
    rows = np.c_[np.zeros(5), np.full(5, np.nan)]
    assert (typical_residuals(rows, np.zeros((5, 2))) > 0).all()


def test_the_indicators_of_a_category_are_one_column():
    rows = np.array([[0.0, 1.0, 1.0, 1.0, 1.3]])
    assert oddest_columns(rows, np.zeros((1, 5)), [(1, 3)]) == [[1, 2]]


def test_a_row_that_is_its_own_normal_version_has_nothing_to_blame():
    assert oddest_columns(np.ones((1, 3)), np.ones((1, 3)), ()) == [[]]


def test_of_a_row_that_is_odd_throughout_three_columns_are_named():
    assert oddest_columns(np.full((1, 12), 40.0), np.zeros((1, 12)), ()) == [[0, 1, 2]]
    one = np.r_[9.0, np.full(11, 1.0)][None]
    assert oddest_columns(one, np.zeros((1, 12)), ()) == [[0]]
