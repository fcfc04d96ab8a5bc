"""Blocks of rows give what all rows at once give, however they are cut."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from latentia.errors import InputError
from latentia.tables.moments import Moments

rng = np.random.default_rng(11)
OFFSET = 1e6 + 0.01 * rng.normal(size=(3000, 2))

tables = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 30), st.integers(1, 3)),
    elements=st.floats(-1e9, 1e9, allow_subnormal=False) | st.just(np.nan),
)


def gathered(values, cuts=(), weights=None, kinds="standard"):
    """Add the rows in blocks that end at the cuts."""
    moments = Moments.of_nothing(values.shape[1], kinds)
    for first, last in pairwise([0, *sorted(cuts), len(values)]):
        some = None if weights is None else weights[first:last]
        if some is None or some.any():
            moments = moments.add(values[first:last], some)
    return moments


def deviation_of(cells):
    """Keep squares of tiny numbers from vanishing, as NumPy does not."""
    largest = np.abs(cells).max() or 1.0
    return (cells / largest).std(axis=0) * largest


def assert_close(one, other, rtol=1e-12):
    """Compare means relative to the spread around them, which is the harder test."""
    np.testing.assert_allclose(one.count, other.count, rtol=rtol)
    np.testing.assert_array_equal(one.low, other.low)
    np.testing.assert_array_equal(one.high, other.high)
    scale = np.maximum(other.range, 1e-300)
    assert (np.abs(one.deviation - other.deviation) <= rtol * scale).all()
    apart = (one.origin - other.origin) + (one.offset - other.offset)
    assert (np.abs(apart) <= rtol * scale).all()


@given(tables, st.data())
def test_no_block_size_and_no_order_matters(values, data):
    cuts = data.draw(st.lists(st.integers(0, len(values)), max_size=6))
    order = np.array(data.draw(st.permutations(range(len(values)))), int)
    weights = data.draw(st.none() | hnp.arrays(np.float64, len(values), elements=st.floats(0, 3)))
    weights = None if weights is None else weights + (not weights.any())
    shuffled = None if weights is None else weights[order]
    assert_close(gathered(values[order], cuts, shuffled), gathered(values, (), weights))


@given(tables, st.data())
def test_they_are_those_of_the_observed_cells(values, data):
    moments = gathered(values, data.draw(st.lists(st.integers(0, len(values)), max_size=3)))
    for column, cells in enumerate(values.T):
        there = cells[~np.isnan(cells)]
        assert moments.count[column] == len(there)
        if len(there):
            scale = 1e-12 * (np.abs(there).max() + 1e-290)
            assert abs(moments.mean[column] - there.mean()) <= scale
            assert abs(moments.deviation[column] - deviation_of(there)) <= scale
            assert (moments.low[column], moments.high[column]) == (there.min(), there.max())
        else:
            assert (moments.mean[column], moments.deviation[column], moments.range[column]) == (0, 0, 0)
            assert (moments.low[column], moments.high[column]) == (np.inf, -np.inf)


@given(tables, st.data())
def test_weights_count_rows(values, data):
    weights = data.draw(
        hnp.arrays(np.int64, len(values), elements=st.integers(0, 3)).filter(lambda drawn: drawn.any())
    )
    assert_close(gathered(values, [1], weights), gathered(np.repeat(values, weights, axis=0)))


@pytest.mark.parametrize("size", [1, 2, 7, 100, 1024, 2999])
def test_a_small_spread_on_a_large_offset_keeps_twelve_digits(size):
    one = gathered(OFFSET, range(size, len(OFFSET), size))
    exact = OFFSET.astype(np.longdouble) - 1e6
    np.testing.assert_allclose(one.deviation, exact.std(axis=0).astype(float), rtol=1e-12)
    np.testing.assert_allclose(one.mean, 1e6 + exact.mean(axis=0).astype(float), rtol=1e-15)
    np.testing.assert_allclose(one.deviation, gathered(OFFSET).deviation, rtol=1e-12)


@pytest.mark.parametrize("scale", [1e-200, 1e149])
def test_no_square_overflows_or_vanishes(scale):
    values = rng.normal(size=(50, 2)) * scale / 5
    moments = gathered(values, range(0, 50, 7))
    np.testing.assert_allclose(moments.deviation, deviation_of(values), rtol=1e-12)


def test_merged_in_a_tree_they_are_those_of_a_chain():
    parts = [gathered(part) for part in np.array_split(OFFSET, 8)]
    while len(parts) > 1:
        parts = [one.merge(other) for one, other in zip(parts[::2], parts[1::2], strict=True)]
    assert_close(parts[0], gathered(OFFSET))


def test_logarithms_are_gathered_of_the_columns_that_ask_for_them():
    values = np.abs(rng.normal(size=(40, 2))) * 1e3
    moments = gathered(values, [3, 20], kinds=("log1p-standard", "standard"))
    expected = np.column_stack([np.log1p(values[:, 0]), values[:, 1]])
    np.testing.assert_allclose(moments.mean, expected.mean(axis=0))
    np.testing.assert_allclose(moments.deviation, expected.std(axis=0))


def test_adding_changes_neither_rows_nor_earlier_moments():
    values = np.abs(rng.normal(size=(9, 2)))
    before, kept = gathered(values, kinds="log1p-standard"), values.copy()
    mean = before.mean.copy()
    before.add(values + 1)
    np.testing.assert_array_equal(values, kept)
    np.testing.assert_array_equal(before.mean, mean)


def test_no_rows_change_nothing():
    moments = gathered(OFFSET[:5])
    assert moments.add(np.empty((0, 2))) is moments
    assert_close(moments.merge(Moments.of_nothing(2)), moments)
    assert_close(Moments.of_nothing(2).merge(moments), moments)


def test_refusals():
    with pytest.raises(
        InputError, match=r"^The block has 3 columns and those before it have 2; pass the same"
    ):
        gathered(OFFSET).add(np.ones((4, 3)))
    with pytest.raises(InputError, match=r"^Column 2 \(position 1\) has infinite values"):
        gathered(np.array([[1.0, np.inf]]))
    with pytest.raises(InputError, match=r"^Column 2 \(position 1\) has -1, .*'log1p-standard'"):
        gathered(np.array([[-1.0, -1.0]]), kinds=("standard", "log1p-standard"))
    with pytest.raises(InputError, match=r"cannot be merged .*; learn both for the same scaling\.$"):
        gathered(OFFSET).merge(Moments.of_nothing(2, "log1p-standard"))
    with pytest.raises(InputError, match=r"^Moments of 2 columns cannot be merged with others of 3 columns"):
        gathered(OFFSET).merge(Moments.of_nothing(3))
