from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA, FactorAnalysis

import problems
from latentia.insight import completion
from latentia.insight.completion import codes_of_observed, completed, principal, solver
from latentia.tables.observed import observed_mean


def test_rows_without_gaps_stay_as_they_are():
    rows = problems.unrelated()
    assert completed(rows, 2) is rows
    np.testing.assert_array_equal(observed_mean(rows), rows.mean(axis=0))


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_gaps_of_a_table_of_low_rank_are_found_again(share):
    rows, _ = problems.linear(n_columns=20, noise=0.01)
    holed = problems.holed(rows, share=share)
    gaps = np.isnan(holed)
    filled = completed(holed, 3)
    np.testing.assert_array_equal(filled[~gaps], rows[~gaps])
    wrong = np.square(filled - rows)[gaps].mean()
    assert wrong < 0.01 * np.square(rows - observed_mean(holed))[gaps].mean()


def test_noise_is_not_filled_with_structure():
    rows = problems.unrelated()
    holed = problems.holed(rows, share=0.4)
    gaps = np.isnan(holed)
    said = completed(holed, 3)[gaps]
    # Without the shrinking, the fill is as wide as the data themselves.
    assert said.std() < 0.7 * rows[gaps].std()


def test_codes_of_whole_rows_are_those_of_pca():
    rows = problems.unrelated()
    centered = rows - rows.mean(axis=0)
    directions = principal(centered, 2).directions
    np.testing.assert_allclose(codes_of_observed(centered, directions), centered @ directions.T, atol=1e-10)


def test_few_rows_of_many_columns_have_the_axes_that_scikit_learn_finds(monkeypatch):
    rows = problems.unrelated(30, 200)
    centered = rows - rows.mean(axis=0)
    expected = PCA(4, svd_solver="full").fit(centered)
    monkeypatch.setattr(completion, "CELLS_AT_ONCE", 1000)
    found = principal(centered, 4)
    np.testing.assert_allclose(found.directions, expected.components_, atol=1e-10)
    np.testing.assert_allclose(found.variance, expected.explained_variance_)
    np.testing.assert_allclose(principal(0 * centered, 2).variance, 0.0, atol=1e-20)


def test_rows_are_overwritten_only_where_they_may_be():
    rows = problems.unrelated(30, 20)
    before = rows.copy()
    principal(rows, 2)
    np.testing.assert_array_equal(rows, before)


def test_codes_are_least_squares_on_the_observed_cells():
    rng = np.random.default_rng(0)
    loadings = np.linalg.qr(rng.normal(size=(7, 3)))[0].T
    row = rng.normal(size=7)
    row[[1, 4]] = np.nan
    seen = ~np.isnan(row)
    expected = np.linalg.lstsq(loadings[:, seen].T, row[seen], rcond=None)[0]
    np.testing.assert_allclose(codes_of_observed(row[None], loadings)[0], expected)


def test_a_direction_that_a_row_hardly_shows_is_not_read_from_it():
    loadings = np.array([[1.0, 0.0], [np.sqrt(1e-4), np.sqrt(1 - 1e-4)]])
    np.testing.assert_allclose(codes_of_observed(np.array([[1.0, np.nan]]), loadings[1:]), [[0.0]])


def test_whole_rows_have_the_posterior_mean_of_factor_analysis():
    training = problems.wine()[0]
    model = FactorAnalysis(2, svd_method="lapack").fit(training)
    centered = training - model.mean_
    found = codes_of_observed(centered, model.components_, 1 / model.noise_variance_, prior=True)
    np.testing.assert_allclose(found, model.transform(training), atol=1e-8)


@pytest.mark.parametrize("size", [1, 3])
def test_a_large_table_is_filled_as_a_small_one(monkeypatch, size):
    rows, _ = problems.linear(n_columns=20, noise=0.5)
    holed = problems.holed(rows, share=0.1)
    exact = completed(holed, size)
    # Without directions to spare, so that the steps have something to settle.
    monkeypatch.setattr(completion, "LARGEST_SIDE_FOR_EXACT_STEPS", 5)
    monkeypatch.setattr(completion, "SPARE_DIRECTIONS", 1)
    np.testing.assert_allclose(completed(holed, size), exact, atol=0.01)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((142, 13), "covariance_eigh"), ((20, 5000), "full"), ((5000, 20_000), "randomized")],
)
def test_large_tables_take_a_fastersolver(shape, expected):
    assert solver(*shape) == expected
