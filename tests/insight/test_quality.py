from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mean_squared_error, r2_score

import problems
from latentia.insight.quality import quality


def test_agrees_with_scikit_learn_when_the_center_is_the_mean_of_the_rows():
    rows, _ = problems.linear(noise=0.3)
    made = rows + np.random.default_rng(1).normal(size=rows.shape)
    measured = quality(rows, made, center=rows.mean(axis=0), rows="held-out")
    assert measured.mse == pytest.approx(mean_squared_error(rows, made))
    np.testing.assert_allclose(measured.r2_per_column, r2_score(rows, made, multioutput="raw_values"))
    assert measured.r2 == pytest.approx(r2_score(rows, made, multioutput="variance_weighted"))
    assert (measured.rows, measured.n_rows) == ("held-out", len(rows))


def test_predicting_the_training_mean_has_r2_zero_even_if_the_rows_have_another_mean():
    rows = problems.unrelated() + 2.0
    center = np.zeros(rows.shape[1])
    measured = quality(rows, np.zeros_like(rows), center=center, rows="held-out")
    assert measured.r2 == 0
    np.testing.assert_array_equal(measured.r2_per_column, np.zeros(rows.shape[1]))


def test_a_perfect_reconstruction_has_r2_one():
    rows = problems.unrelated()
    assert quality(rows, rows, center=np.zeros(6), rows="training").r2 == 1


def test_a_column_that_does_not_vary_among_the_rows_has_no_r2():
    rows = np.array([[1.0, 5.0], [2.0, 5.0]])
    measured = quality(rows, rows, center=np.array([0.0, 4.0]), rows="held-out")
    np.testing.assert_array_equal(np.isnan(measured.r2_per_column), [False, True])


def test_without_rows_nothing_is_known():
    measured = quality(np.empty((0, 3)), np.empty((0, 3)), center=np.zeros(3), rows="held-out")
    assert measured.n_rows == 0
    assert np.isnan([measured.mse, measured.r2]).all()
    assert np.isnan(measured.r2_per_column).all()


def test_a_network_that_blew_up_is_measured_without_a_warning():
    rows = problems.unrelated(10, 2)
    assert quality(rows, np.full_like(rows, np.inf), center=np.zeros(2), rows="training").mse == np.inf
    assert quality(rows, np.full_like(rows, 1e200), center=np.zeros(2), rows="training").r2 == -np.inf
