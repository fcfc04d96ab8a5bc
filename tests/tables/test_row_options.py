"""What is said about rows is checked before anything is learned from them."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.errors import InputError
from latentia.tables.row_options import RowOptions, known_rows

ROWS = np.arange(12.0).reshape(6, 2)


def known(**options):
    return known_rows(ROWS, options, lambda other: np.asarray(other, float))


def test_nothing_said_leaves_the_split_to_us():
    rows = known()
    assert rows.values is ROWS
    assert rows.weights is rows.groups is rows.split() is None


def test_validation_rows_come_last_and_are_the_ones_held_out():
    rows = known(validation=[[1.0, 2.0], [3.0, 4.0]], sample_weight=[1, 1, 1, 3, 3, 3])
    np.testing.assert_array_equal(rows.values, np.vstack([ROWS, [[1, 2], [3, 4]]]))
    np.testing.assert_array_equal(rows.split().training, range(6))
    np.testing.assert_array_equal(rows.split().held_out, [6, 7])
    np.testing.assert_array_equal(rows.weights, [1, 1, 1, 3, 3, 3, 2, 2])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"sample_weight": [1.0, 2.0]}, "has shape (2,), but there are 6 rows"),
        ({"sample_weight": np.ones((6, 1))}, "has shape (6, 1), but there are 6 rows"),
        ({"sample_weight": [1, 1, 1, 1, 1, -1]}, "numbers of at least 0"),
        ({"sample_weight": [1, 1, 1, 1, 1, np.nan]}, "numbers of at least 0"),
        ({"sample_weight": np.zeros(6)}, "only zeros"),
        ({"sample_weight": list("abcdef")}, "no number"),
        ({"groups": ["a", "a", "b", "b", np.nan, "c"]}, "1 missing entry, the first in row 4"),
        ({"groups": [0, 0, 1, 1, 2, 2], "validation": ROWS}, "pass one of the two"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(options, sentence):
    with pytest.raises(InputError) as refusal:
        known(**options)
    assert sentence in str(refusal.value)


def test_an_unknown_name_is_what_python_says_of_one():
    with pytest.raises(TypeError, match="unexpected keyword argument 'sampel_weight'"):
        known(sampel_weight=np.ones(6))
    assert set(RowOptions.__annotations__) == {"sample_weight", "groups", "validation"}
