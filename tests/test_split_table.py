"""Reading and holding out: the same rows whoever asks, and levels of the training rows alone."""

from __future__ import annotations

import numpy as np
import pytest

import latentia
from latentia import InputError
from latentia.request import Request
from latentia.split_table import read_and_hold_out
from problems import BRIEF, N_COLUMNS, N_FEW_ROWS, curved, mixed


def known(data, *, counts=False, **asked):
    return read_and_hold_out(data, Request.of(data, **asked), counts=counts)


def test_a_fifth_is_held_out_and_the_seed_says_which():
    one, again, other = (known("iris", random_state=seed).split for seed in (0, 0, 1))
    assert (len(one.training), len(one.held_out)) == (120, 30)
    np.testing.assert_array_equal(one.held_out, again.held_out)
    assert set(one.held_out) != set(other.held_out)


def test_an_analysis_holds_out_the_same_rows():
    rows = curved(N_FEW_ROWS, N_COLUMNS)[0]
    analysis = latentia.analyze(rows, random_state=5, **BRIEF)
    np.testing.assert_array_equal(known(rows, random_state=5).split.held_out, analysis.study.held_out_rows)


def test_levels_are_those_of_the_training_rows():
    found = known(mixed(60))
    assert found.read.n_columns == 3
    assert found.table.names == found.schema.expanded_names
    codes = found.read.values[found.split.training, 1]
    counts = np.bincount(codes[~np.isnan(codes)].astype(int))
    common = {found.read.schema.columns[1].categories[code] for code in np.flatnonzero(counts >= 5)}
    assert common <= set(found.schema.columns[1].levels)


@pytest.mark.parametrize(
    ("rows", "counts", "sentence"),
    [
        (np.eye(5), False, "5 rows, too few to hold any out"),
        (-np.eye(8), True, "negative|below 0|at least 0"),
    ],
)
def test_rows_that_cannot_be_used_are_refused(rows, counts, sentence):
    with pytest.raises(InputError, match=sentence):
        known(rows, counts=counts)
