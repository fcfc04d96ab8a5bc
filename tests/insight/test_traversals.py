"""Walks along factors: from the 5th to the 95th percentile, the others at their median."""

from __future__ import annotations

import numpy as np

from latentia.insight.traversals import MOST_COLUMNS, STEPS, traversals

CODES = np.random.default_rng(0).exponential(size=(400, 2))


def test_a_linear_decoder_gives_straight_lines_through_the_median():
    weight = np.array([[1.0, -2.0, 0.5], [0.1, 3.0, 0.0]])
    found = traversals(CODES, lambda z: z @ weight, lambda x: 10 * x, np.array([10.0, 20.0, 10.0]))
    assert found.values.shape == (2, STEPS)
    np.testing.assert_allclose(found.values[:, [0, -1]].T, np.percentile(CODES, [5, 95], axis=0))
    assert found.columns.tolist() == [[0, 1, 2], [1, 0, 2]]
    for factor in range(2):
        moved = found.values[factor] - np.median(CODES[:, factor])
        for at, column in enumerate(found.columns[factor]):
            in_sd = weight[factor, column] * (0.5 if column == 1 else 1.0)
            np.testing.assert_allclose(found.change_scaled[factor, at], moved * in_sd, atol=1e-12)
    others = np.median(CODES[:, 1]) * 0.1
    np.testing.assert_allclose(found.in_units[0, 0], 10 * (found.values[0] + others))


def test_a_bent_decoder_gives_the_bend():
    found = traversals(CODES, lambda z: np.sin(3 * z), lambda x: x, np.ones(2))
    np.testing.assert_allclose(found.in_units[0, 0], np.sin(3 * found.values[0]))
    assert found.columns[0, 0] == 0
    assert found.columns[1, 0] == 1


def test_columns_are_those_with_the_widest_range_in_sd_even_if_they_come_back():
    def decode(z):
        turned = np.square(z[:, :1] - np.median(CODES[:, 0]))
        return np.hstack([0.01 * z[:, :1], 5 * turned, z[:, 1:]])

    found = traversals(CODES, decode, lambda x: x, np.array([1.0, 1.0, 0.0]))
    assert found.columns[0, 0] == 1
    assert (found.change_scaled[0, list(found.columns[0]).index(2)] == 0).all()


def test_of_many_columns_six_are_kept():
    weight = np.random.default_rng(1).normal(size=(2, 40))
    found = traversals(CODES, lambda z: z @ weight, lambda x: x, np.ones(40))
    assert found.columns.shape == (2, MOST_COLUMNS)
    assert set(found.columns[1]) == set(np.argsort(-np.abs(weight[1]))[:MOST_COLUMNS])
