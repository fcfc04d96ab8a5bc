from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentia.errors import InputError, RecipeError
from latentia.tables.splits import HashedSplit, Split, duplicated_across, group_names, hold_out


@given(st.integers(0, 200), st.floats(0, 1, exclude_max=True), st.integers(0, 2**32 - 1))
def test_every_row_is_on_one_side(n_rows, fraction, seed):
    split = hold_out(n_rows, fraction, seed)
    together = np.concatenate([split.training, split.held_out])
    assert split.training.dtype == split.held_out.dtype == np.int64
    np.testing.assert_array_equal(np.sort(together), np.arange(n_rows))
    assert (np.diff(split.training) > 0).all()
    assert (np.diff(split.held_out) > 0).all()
    if n_rows < 5 or fraction == 0:
        assert len(split.held_out) == 0
    else:
        assert len(split.held_out) >= 1
        assert len(split.training) >= 2


def test_fraction_is_met_and_the_seed_decides():
    split, again, other = hold_out(1000, 0.2, 3), hold_out(1000, 0.2, 3), hold_out(1000, 0.2, 4)
    assert len(split.held_out) == 200
    np.testing.assert_array_equal(split.held_out, again.held_out)
    assert not np.array_equal(split.held_out, other.held_out)


def test_every_row_is_held_out_equally_often():
    counts = np.zeros(20)
    for seed in range(2000):
        counts[hold_out(20, 0.25, seed).held_out] += 1
    # 2000 draws with chance 1/4: the standard deviation of a count is 19.4.
    assert np.abs(counts - 500).max() < 5 * 19.4


@given(st.lists(st.integers(0, 6), min_size=5, max_size=60), st.floats(0.05, 0.9), st.integers(0, 99))
def test_groups_stay_whole(groups, fraction, seed):
    if len(set(groups)) == 1:
        with pytest.raises(InputError, match="one group"):
            hold_out(len(groups), fraction, seed, groups)
        return
    split = hold_out(len(groups), fraction, seed, groups)
    names = np.array(groups)
    assert not set(names[split.training]) & set(names[split.held_out])
    assert len(split.held_out) >= 1
    assert len(split.training) >= 2


def test_groups_of_one_meet_the_fraction():
    groups = [f"patient {position}" for position in range(50)]
    assert len(hold_out(50, 0.2, 0, groups).held_out) == 10


@pytest.mark.parametrize("fraction", [-0.1, 1.0, 1.5, float("nan")])
def test_impossible_fraction(fraction):
    with pytest.raises(RecipeError, match=r"not in \[0, 1\)"):
        hold_out(10, fraction, 0)


def test_groups_of_another_length():
    with pytest.raises(InputError, match=r"shape \(3,\) but there are 10 rows"):
        hold_out(10, 0.2, 0, [1, 2, 3])


@pytest.mark.parametrize(
    "groups",
    [
        [7, 7, None, 8, None],
        [7.0, 7.0, np.nan, 8.0, np.nan],
        ["a", "a", np.nan, "b", np.nan],
        pd.Series([7, 7, pd.NA, 8, pd.NA], dtype="Int64"),
        pd.Series(["a", "a", None, "b", None], dtype="category"),
        pd.to_datetime(["2026-01-01", "2026-01-01", None, "2026-01-02", None]),
        [pd.Timestamp(0), pd.Timestamp(0), pd.NaT, pd.Timestamp(1), pd.NaT],
        pl.Series(["a", "a", None, "b", None]),
        pa.array([7, 7, None, 8, None]),
    ],
    ids=["objects", "numbers", "text", "nullable", "categories", "dates", "times", "polars", "arrow"],
)
def test_groups_with_missing_entries_are_refused_in_one_sentence(groups):
    with pytest.raises(InputError) as refusal:
        hold_out(5, 0.4, 0, groups)
    sentence = str(refusal.value)
    assert sentence.startswith("The groups have 2 missing entries, the first in row 2, counted from 0, and ")
    assert sentence.endswith("or give each such row a group of its own.")


def test_groups_of_every_type_are_taken():
    for groups in (
        ["a", "", "nan"],
        pd.Series([1, 2, 2], dtype="Int64"),
        [np.datetime64(0, "D")] * 3,
        [True] * 3,
    ):
        np.testing.assert_array_equal(group_names(groups), np.asarray(groups))
    with pytest.raises(InputError, match="1 missing entry, the first in row 1, "):
        group_names(["a", None])


def test_duplicates_are_found_exactly():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 3, size=(300, 4)).astype(float)
    split = hold_out(300, 0.3, 0)
    training = {tuple(row) for row in values[split.training]}
    expected = [position for position in split.held_out if tuple(values[position]) in training]
    assert 0 < len(expected) < len(split.held_out)
    np.testing.assert_array_equal(duplicated_across(values, split), expected)


def test_duplicates_need_every_bit_except_the_sign_of_zero():
    values = np.array([[0.0, 1.0], [1.0, 1.0], [-0.0, 1.0], [1.0, np.nextafter(1.0, 2.0)]])
    found = duplicated_across(np.asfortranarray(values), Split(np.array([0, 1]), np.array([2, 3])))
    np.testing.assert_array_equal(found, [2])
    assert found.dtype == np.int64


def test_no_duplicates_within_one_side():
    values = np.array([[1.0], [1.0], [2.0], [2.0]])
    assert len(duplicated_across(values, Split(np.array([0, 1]), np.array([2, 3])))) == 0


def test_sides_that_rows_draw_themselves_do_not_depend_on_the_blocks():
    split = HashedSplit(n_rows=1000, fraction=0.3, seed=5)
    blocks = [split.is_held_out(first, 90) for first in range(0, 990, 90)]
    np.testing.assert_array_equal(
        np.flatnonzero(np.concatenate(blocks)), split.held_out[split.held_out < 990]
    )
    assert sorted([*split.training, *split.held_out]) == list(range(1000))
    assert (split.n_training, split.n_held_out) == (len(split.training), len(split.held_out))


def test_shares_that_rows_draw_themselves_are_met_nearly():
    for fraction in (0.0, 0.05, 0.5, 0.99):
        share = HashedSplit(n_rows=100_000, fraction=fraction, seed=1).n_held_out / 100_000
        assert abs(share - fraction) <= 4 * np.sqrt(fraction * (1 - fraction) / 100_000)
    assert HashedSplit(1000, 0.5, 0).held_out.tolist() != HashedSplit(1000, 0.5, 1).held_out.tolist()
