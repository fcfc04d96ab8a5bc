from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import FactorAnalysis

import problems
from latentia.insight import baselines
from latentia.insight.baselines import factor_analysis_baseline, pca_baseline, pca_r2

BASELINES = [pca_baseline, factor_analysis_baseline]


def test_pca_has_the_known_errors_on_wine():
    training, held_out, everything, _, _ = problems.wine()
    baseline = pca_baseline(training, held_out, everything, 3)
    assert baseline.training.mse == pytest.approx(0.33045, abs=5e-6)
    assert baseline.held_out.mse == pytest.approx(0.35000, abs=5e-6)
    assert baseline.codes.shape == (178, 3)


def test_factor_analysis_reconstructs_by_the_posterior_mean():
    training, held_out, everything, _, _ = problems.wine()
    baseline = factor_analysis_baseline(training, held_out, everything, 3)
    model = FactorAnalysis(3, svd_method="lapack", max_iter=5000).fit(training)
    # E[z | x] = (I + W Psi^-1 W')^-1 W Psi^-1 (x - mean), written out.
    loadings, noise = model.components_, model.noise_variance_
    precision = np.linalg.inv(np.eye(3) + loadings / noise @ loadings.T)
    expected = (held_out - training.mean(axis=0)) / noise @ loadings.T @ precision
    made = training.mean(axis=0) + expected @ loadings
    assert baseline.held_out.mse == pytest.approx(np.square(made - held_out).mean(), rel=1e-6)


def test_pca_is_never_worse_than_factor_analysis_on_the_training_rows():
    training, held_out, everything, _, _ = problems.wine()
    for size in (1, 3, 6):
        pca = pca_baseline(training, held_out, everything, size)
        factors = factor_analysis_baseline(training, held_out, everything, size)
        assert pca.training.mse <= factors.training.mse


@pytest.mark.parametrize("baseline", BASELINES)
def test_rank_k_tables_are_explained_by_k_components(baseline):
    rows, _ = problems.linear(noise=1e-3)
    training, held_out = problems.split(rows)
    assert baseline(training, held_out, rows, 3).held_out.r2 > 0.9999
    assert baseline(training, held_out, rows, 2).held_out.r2 < 0.99


@pytest.mark.parametrize("baseline", BASELINES)
def test_the_errors_of_the_held_out_rows_average_to_their_error(baseline):
    training, held_out = problems.split(problems.unrelated())
    made = baseline(training, held_out, held_out[:0], 2)
    assert made.held_out_errors.mean() == pytest.approx(made.held_out.mse)
    assert made.codes.shape == (0, 2)


@pytest.mark.parametrize("baseline", BASELINES)
def test_what_it_is_measured_against_can_be_what_a_network_is(baseline):
    training, held_out = problems.split(problems.unrelated())
    own = baseline(training, held_out, held_out[:0], 2).held_out
    far = baseline(training, held_out, held_out[:0], 2, center=training.mean(axis=0) + 1.0).held_out
    assert far.mse == own.mse
    reference = np.square(held_out - training.mean(axis=0) - 1.0).mean()
    assert far.r2 == pytest.approx(1 - own.mse / reference)
    assert far.r2 > own.r2


@pytest.mark.parametrize("baseline", BASELINES)
def test_held_out_rows_do_not_change_the_model(baseline):
    rows = problems.unrelated()
    with_some = baseline(rows[:100], rows[100:], rows, 2)
    with_others = baseline(rows[:100], 50 * rows[100:], rows, 2)
    np.testing.assert_array_equal(with_some.codes, with_others.codes)
    assert with_some.training.mse == with_others.training.mse


@pytest.mark.parametrize("baseline", BASELINES)
def test_an_offset_costs_no_digits(baseline):
    rows, _ = problems.linear(noise=0.1)
    near = baseline(rows[:150], rows[150:], rows, 3)
    far = baseline(rows[:150] + 1e6, rows[150:] + 1e6, rows + 1e6, 3)
    assert far.held_out.mse == pytest.approx(near.held_out.mse, rel=1e-5)


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize(
    ("training", "held_out"),
    [
        (np.array([[1.0, 2.0], [2.0, 5.0]]), np.empty((0, 2))),
        (np.ones((5, 3)), np.ones((1, 3))),
        (np.arange(4.0)[:, None], np.array([[9.0]])),
        (np.c_[np.arange(6.0), np.ones(6)], np.zeros((1, 2))),
        (np.random.default_rng(0).normal(size=(4, 9)), np.zeros((1, 9))),
        (problems.repeated_columns(), np.zeros((1, 5))),
        (problems.nearly_constant(), np.zeros((1, 4))),
    ],
    ids=["two rows", "constant", "one column", "a constant column", "wide", "repeated", "nearly constant"],
)
def test_degenerate_tables_have_a_finite_baseline_without_a_warning(baseline, training, held_out):
    everything = np.concatenate([training, held_out])
    made = baseline(training, held_out, everything, 3)
    assert made.n_components <= min(3, *training.shape)
    assert made.codes.shape == (len(everything), made.n_components)
    assert np.isfinite(made.codes).all()
    assert np.isfinite(made.training.mse)


@pytest.mark.parametrize("baseline", BASELINES)
def test_gaps_are_filled_by_the_model_and_judged_nowhere(baseline):
    rows, _ = problems.linear(noise=0.05)
    holed = problems.holed(rows, share=0.2)
    whole = baseline(rows[:150], rows[150:], rows, 3)
    found = baseline(holed[:150], holed[150:], holed, 3)
    filled = np.where(np.isnan(holed), np.nanmean(holed[:150], axis=0), holed)
    with_means = baseline(filled[:150], filled[150:], filled, 3)
    made_of_means = quality_of_observed(with_means, filled, holed)
    assert found.held_out.r2 > whole.held_out.r2 - 0.02
    assert found.held_out.r2 > made_of_means + 0.05
    assert found.held_out_errors.shape == (len(holed) - 150,)
    assert np.isfinite(found.codes).all()


def quality_of_observed(baseline, filled, holed):
    """Return R² on the observed held-out cells of a model that saw means in the gaps."""
    codes = baseline.codes - baseline.codes[:150].mean(axis=0)
    center = filled[:150].mean(axis=0)
    loadings = np.linalg.lstsq(codes[:150], filled[:150] - center, rcond=None)[0]
    residual = np.where(np.isnan(holed), 0.0, filled - center - codes @ loadings)[150:]
    total = np.where(np.isnan(holed), 0.0, filled - center)[150:]
    return 1 - np.square(residual).sum() / np.square(total).sum()


@pytest.mark.parametrize("baseline", BASELINES)
def test_rows_and_columns_without_a_single_cell_are_the_mean(baseline):
    rows, _ = problems.linear(noise=0.05)
    rows[5], rows[160] = np.nan, np.nan
    rows[:150, 2] = np.nan
    found = baseline(rows[:150], rows[150:], rows, 2)
    np.testing.assert_allclose(found.codes[[5, 160]], 0.0, atol=1e-9)
    assert np.isnan(found.held_out_errors[10])
    assert np.isnan(found.training.r2_per_column[2])
    assert found.held_out.r2_per_column[2] == pytest.approx(0.0)
    assert np.isfinite([found.training.r2, found.held_out.r2]).all()


@pytest.mark.parametrize("share", [0.0, 0.1])
def test_pca_of_several_sizes_is_pca_of_each(share):
    rows = problems.unrelated()
    training, held_out = problems.split(problems.holed(rows, share=share) if share else rows)
    expected = [pca_baseline(training, held_out, held_out[:0], size).held_out.r2 for size in (1, 3, 5)]
    np.testing.assert_allclose(pca_r2(training, held_out, (1, 3, 5)), expected, rtol=1e-9)


def test_factor_analysis_of_a_large_table_takes_randomised_steps_and_is_as_good(monkeypatch):
    training, held_out, everything, _, _ = problems.wine()
    exact = factor_analysis_baseline(training, held_out, everything, 2)
    monkeypatch.setattr(baselines, "LARGEST_SIDE_FOR_EXACT_FACTORS", 5)
    quick = factor_analysis_baseline(training, held_out, everything, 2)
    assert quick.held_out.mse == pytest.approx(exact.held_out.mse, rel=1e-3)
