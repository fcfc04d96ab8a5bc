from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from latentia.tables.quantiles import MOST_KNOTS, column_quantiles
from latentia.tables.scaling import Scaling

rng = np.random.default_rng(1)
SHARES = np.array([0.0, 0.1, 0.25, 0.5, 0.9, 1.0])


@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_weights_of_one_equal_numpy(n):
    values = rng.normal(size=(n, 3))
    np.testing.assert_allclose(
        column_quantiles(values, SHARES, np.ones(n)), np.quantile(values, SHARES, axis=0), rtol=1e-12
    )


def test_weights_equal_repeated_rows():
    values, weights = rng.normal(size=(9, 2)), np.array([1, 2, 3, 0, 1, 5, 1, 0, 2])
    repeated = np.repeat(values, weights, axis=0)
    np.testing.assert_allclose(
        column_quantiles(values, SHARES, weights.astype(float)),
        np.quantile(repeated, SHARES, axis=0),
        rtol=1e-12,
    )


def test_training_rows_become_normal():
    values = np.exp(rng.normal(size=(400, 1)))
    scaled = Scaling.fit(values, "quantile").transform(values)
    expected = norm.ppf((np.arange(400) + 0.5) / 400)
    np.testing.assert_allclose(np.sort(scaled, axis=0)[:, 0], expected, atol=1e-9)
    np.testing.assert_array_equal(np.argsort(scaled[:, 0]), np.argsort(values[:, 0]))


def test_many_rows_keep_few_knots_and_stay_normal():
    values = rng.exponential(size=(5000, 1))
    scaling = Scaling.fit(values, "quantile")
    scaled = scaling.transform(values)
    assert scaling.arrays()["knots"].shape == (MOST_KNOTS, 1)
    np.testing.assert_allclose([scaled.mean(), scaled.std()], [0, 1], atol=0.01)
    np.testing.assert_allclose(scaling.inverse_transform(scaled), values, rtol=1e-9)
    assert scaled.max() == pytest.approx(norm.ppf(1 - 0.5 / 5000))


def test_beyond_the_ends_one_deviation_is_one_score():
    values = rng.gamma(2.0, size=(60, 1))
    scaling = Scaling.fit(values, "quantile")
    ends = scaling.transform([values.min(0), values.max(0)])
    beyond = scaling.transform([values.min(0) - 3 * values.std(0), values.max(0) + 3 * values.std(0)])
    np.testing.assert_allclose(beyond - ends, [[-3.0], [3.0]])
    np.testing.assert_allclose(scaling.spread_in_units, values.std(0))


def test_ties_share_the_middle_score_and_order_is_kept():
    values = np.array([[0.0], [0.0], [0.0], [1.0], [2.0], [2.0]])
    scaling = Scaling.fit(values, "quantile")
    probes = np.array([[-1.0], [0.0], [0.5], [1.0], [1.5], [2.0], [3.0]])
    scaled = scaling.transform(probes)
    assert (np.diff(scaled[:, 0]) > 0).all()
    scores = norm.ppf((np.arange(6) + 0.5) / 6)
    np.testing.assert_allclose(scaled[1, 0], (scores[0] + scores[2]) / 2)
    np.testing.assert_allclose(scaling.inverse_transform(scaled), probes, atol=1e-12)
