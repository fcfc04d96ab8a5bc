"""A sample of rows: of the right size, the same for all blocks, and fair."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from latentia.errors import InputError
from latentia.tables.row_sample import MOST_ROWS, RowSample


def sampled(values, cuts=(), weights=None, **settings):
    sample = RowSample.of_nothing(values.shape[1], **{"seed": 0, **settings})
    for first, last in pairwise([0, *sorted(cuts), len(values)]):
        sample = sample.add(values[first:last], None if weights is None else weights[first:last])
    return sample


@given(st.integers(1, 60), st.integers(1, 30), st.integers(0, 2**64), st.data())
def test_no_block_matters(n_rows, most, seed, data):
    values = np.arange(2.0 * n_rows).reshape(n_rows, 2)
    cuts = data.draw(st.lists(st.integers(0, n_rows), max_size=6))
    one, other = sampled(values, cuts, seed=seed, most=most), sampled(values, seed=seed, most=most)
    assert len(one.rows) == min(n_rows, most)
    assert one.seen == n_rows
    np.testing.assert_array_equal(one.rows, other.rows)
    np.testing.assert_array_equal(one.rows, values[one.positions])
    assert (np.diff(one.positions) > 0).all()


def test_every_row_is_kept_as_often_as_any_other():
    kept = np.zeros(40)
    for seed in range(3000):
        kept[sampled(np.zeros((40, 1)), seed=seed, most=10).positions] += 1
    np.testing.assert_allclose(kept / 3000, 0.25, atol=5 * np.sqrt(0.25 * 0.75 / 3000))


def test_positions_of_a_long_table_are_uniform():
    sample = sampled(np.zeros((300_000, 1)), range(0, 300_000, 70_000), most=5000)
    assert kstest(sample.positions / 300_000, "uniform").pvalue > 0.01
    assert RowSample.of_nothing(1, 0).most == MOST_ROWS == 100_000


def test_seeds_choose_other_rows():
    first, second = (sampled(np.zeros((1000, 1)), seed=seed, most=100).positions for seed in (0, 1))
    assert 0 < len(np.intersect1d(first, second)) < 40


def test_rows_of_no_weight_are_left_out_and_the_others_keep_theirs():
    values, weights = np.arange(50.0)[:, None], np.arange(50.0) % 5
    sample = sampled(values, [7, 30], weights, most=12)
    assert len(sample.rows) == 12
    assert (sample.rows[:, 0] % 5 != 0).all()
    np.testing.assert_array_equal(sample.weights, sample.rows[:, 0] % 5)
    np.testing.assert_array_equal(sample.positions, sample.rows[:, 0])


def test_weights_of_another_form_are_refused():
    with pytest.raises(InputError, match="pass one weight per row"):
        RowSample.of_nothing(1, 0).add(np.ones((3, 1)), np.ones(2))
