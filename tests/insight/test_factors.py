from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

import problems
from latentia.insight.factors import ablation, alone, effects


@pytest.fixture
def linear_model():
    rows, _ = problems.linear(noise=0.2)
    center = rows.mean(axis=0)
    model = PCA(3).fit(rows)
    return rows, center, model


def test_effects_of_a_linear_decoder_are_its_loadings_times_the_percentile_range(linear_model):
    rows, _, model = linear_model
    codes = model.transform(rows)
    spread = rows.std(axis=0)
    found = effects(codes, model.inverse_transform, lambda scaled: scaled, spread)
    distance = np.percentile(codes, 90, axis=0) - np.percentile(codes, 10, axis=0)
    np.testing.assert_allclose(found.high - found.low, distance)
    np.testing.assert_allclose(found.change, distance[:, None] * model.components_)
    np.testing.assert_allclose(found.change_scaled, found.change / spread)


def test_effects_come_in_original_units_also_when_the_way_back_is_bent():
    codes = np.linspace(0, 1, 101)[:, None]
    found = effects(codes, lambda z: z @ np.ones((1, 1)), np.exp, np.array([2.0]))
    assert found.change[0, 0] == pytest.approx(np.exp(0.9) - np.exp(0.1))
    assert found.change_scaled[0, 0] == pytest.approx((np.exp(0.9) - np.exp(0.1)) / 2)


def test_other_factors_stand_at_their_median():
    codes = np.random.default_rng(0).exponential(size=(500, 2))
    seen = []

    def decode(points):
        seen.append(points)
        return points

    effects(codes, decode, lambda scaled: scaled, np.ones(2))
    medians = np.median(codes, axis=0)
    np.testing.assert_allclose(seen[0][[0, 2], 1], medians[1])
    np.testing.assert_allclose(seen[0][[1, 3], 0], medians[0])


def test_ablating_a_principal_component_loses_its_share_of_the_variance(linear_model):
    rows, center, model = linear_model
    codes = model.transform(rows)
    found = ablation(codes, model.inverse_transform, rows, center, codes.mean(axis=0))
    np.testing.assert_allclose(found.r2_lost, model.explained_variance_ratio_, rtol=1e-8)
    total = np.square(rows - center).sum(axis=0)
    expected = np.square(codes[:, :, None] * model.components_).sum(axis=0) / total
    np.testing.assert_allclose(found.r2_lost_per_column, expected, rtol=1e-8)


def test_a_factor_that_the_decoder_ignores_loses_nothing():
    codes = problems.unrelated(50, 2)
    scaled = codes[:, :1] @ np.ones((1, 3))
    found = ablation(codes, lambda z: z[:, :1] @ np.ones((1, 3)), scaled, np.zeros(3), np.zeros(2))
    assert found.r2_lost[1] == 0
    assert found.r2_lost[0] > 0.9


def test_the_training_mean_is_what_a_factor_is_fixed_at():
    codes = problems.unrelated(50, 1)
    near = ablation(codes, lambda z: z, codes, np.zeros(1), np.zeros(1)).r2_lost[0]
    far = ablation(codes, lambda z: z, codes, np.zeros(1), np.full(1, 5.0)).r2_lost[0]
    assert far > near == 1


def test_codes_are_left_as_they_were():
    codes = problems.unrelated(10, 2)
    before = codes.copy()
    ablation(codes, lambda z: z, codes, np.zeros(2), np.zeros(2))
    np.testing.assert_array_equal(codes, before)


def test_without_held_out_rows_the_ablation_is_unknown():
    found = ablation(np.empty((0, 2)), lambda z: z, np.empty((0, 3)), np.zeros(3), np.zeros(2))
    assert np.isnan(found.r2_lost).all()
    assert found.r2_lost_per_column.shape == (2, 3)


def test_a_principal_component_alone_explains_its_share_of_the_variance(linear_model):
    rows, center, model = linear_model
    codes = model.transform(rows)
    found = alone(codes, model.inverse_transform, rows, center, codes.mean(axis=0))
    np.testing.assert_allclose(found.r2, model.explained_variance_ratio_, rtol=1e-8)
    total = np.square(rows - center).sum(axis=0)
    expected = np.square(codes[:, :, None] * model.components_).sum(axis=0) / total
    np.testing.assert_allclose(found.r2_per_column, expected, rtol=1e-8)


def test_alone_the_other_factors_stand_at_their_training_means():
    codes = problems.unrelated(50, 2)
    seen = []

    def decode(points):
        seen.append(points)
        return points

    alone(codes, decode, codes, np.zeros(2), np.array([3.0, 5.0]))
    np.testing.assert_array_equal(seen[0], np.column_stack([codes[:, 0], np.full(50, 5.0)]))
    np.testing.assert_array_equal(seen[1], np.column_stack([np.full(50, 3.0), codes[:, 1]]))


def test_of_one_factor_alone_is_the_whole_model():
    codes = problems.unrelated(50, 1)
    assert alone(codes, lambda z: 0.9 * z, codes, np.zeros(1), np.ones(1)).r2[0] == pytest.approx(0.99)


def test_without_held_out_rows_it_is_unknown_what_a_factor_says_alone():
    found = alone(np.empty((0, 2)), lambda z: z, np.empty((0, 3)), np.zeros(3), np.zeros(2))
    assert np.isnan(found.r2).all()
    assert found.r2_per_column.shape == (2, 3)
