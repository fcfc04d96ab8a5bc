"""The spectrum of a table, against PCA."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from latentia.tables.spectrum import MOST_ROWS, unexplained_shares
from problems import linear, unrelated


@pytest.mark.parametrize("shape", [(60, 7), (7, 60)])
def test_the_shares_are_those_that_pca_leaves(shape):
    rows = unrelated(*shape) * np.arange(1, shape[1] + 1)
    shares = unexplained_shares(rows)
    explained = PCA().fit(rows).explained_variance_ratio_
    np.testing.assert_allclose(
        shares[: len(explained) + 1], 1 - np.append(0, np.cumsum(explained)), atol=1e-9
    )


def test_a_table_of_rank_three_leaves_nothing_to_the_fourth():
    shares = unexplained_shares(linear(rank=3)[0])
    assert shares[2] > 0.01
    assert shares[3] == pytest.approx(0.0, abs=1e-9)


def test_a_long_table_is_sampled_and_a_constant_one_leaves_nothing():
    rows = unrelated(5 * MOST_ROWS + 3, 4)
    np.testing.assert_allclose(unexplained_shares(rows), [1, 0.75, 0.5, 0.25, 0], atol=0.05)
    assert not unexplained_shares(np.ones((9, 3))).any()


def test_a_missing_cell_counts_as_the_mean_of_its_column():
    rows = unrelated(200, 4) * [4, 3, 2, 1] + 100
    holed = np.where(np.arange(800).reshape(200, 4) % 7 == 0, np.nan, rows)
    filled = np.where(np.isnan(holed), np.nanmean(holed, axis=0), holed)
    np.testing.assert_allclose(unexplained_shares(holed), unexplained_shares(filled), atol=1e-12)


def test_a_column_without_a_cell_adds_nothing():
    rows = unrelated(60, 3)
    with_empty = np.column_stack([rows, np.full(60, np.nan)])
    np.testing.assert_allclose(unexplained_shares(with_empty)[:4], unexplained_shares(rows), atol=1e-12)
