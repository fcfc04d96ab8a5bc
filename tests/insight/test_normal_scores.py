"""Normal scores know the order of a column and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from latentia.insight.normal_scores import normal_scores

X = np.random.default_rng(0).normal(size=(400, 3))


def test_every_increasing_function_of_a_column_has_the_same_scores():
    np.testing.assert_array_equal(normal_scores(X), normal_scores(np.exp(3 * X)))
    np.testing.assert_allclose(normal_scores(-X), -normal_scores(X), atol=1e-12)


def test_they_are_quantiles_of_the_normal_distribution():
    scores = normal_scores(np.arange(1.0, 12.0)[:, None])[:, 0]
    expected = norm.ppf((np.arange(1, 12) - 0.375) / 11.25)
    assert scores == pytest.approx(expected / expected.std())
    assert normal_scores(X).mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-12)
    assert normal_scores(X).std(axis=0) == pytest.approx(np.ones(3))


def test_gaps_constants_and_ties():
    column = np.array([np.nan, 5.0, 5.0, 5.0])
    rows = np.column_stack([column, [np.nan] * 4, [1.0, 1.0, 2.0, np.nan]])
    scores = normal_scores(rows)
    assert (scores[:, :2] == 0).all()
    assert scores[0, 2] == scores[1, 2] < 0 < scores[2, 2]
    assert scores[3, 2] == 0
