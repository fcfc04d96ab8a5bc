from __future__ import annotations

import numpy as np
import pytest

from latentia.errors import InputError
from latentia.tables.sources import read_table

X = np.array([[1.0, 2.5, 0.0], [3.0, 4.0, 1.0], [5.0, 6.0, 1.0]])


def test_label_is_left_out_of_the_columns():
    table = read_table(X, label="column 2")
    assert table.names == ("column 1", "column 3")
    assert list(table.labels) == ["2.5", "4", "6"]
    assert table.label_name == "column 2"


def test_drop_takes_one_name_or_many():
    assert read_table(X, drop="column 2").names == ("column 1", "column 3")
    assert read_table(X, drop=["column 2", "column 1"]).names == ("column 3",)
    np.testing.assert_array_equal(read_table(X, drop=["column 2", "column 1"]).values, X[:, 2:])


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"label": "colunm 2"}, "no column 'colunm 2' to use as the label; the nearest name is 'column 2'"),
        ({"drop": ["column 7"]}, "no column 'column 7' to leave out"),
        ({"label": "column 1", "drop": ["column 1"]}, "both the label and left out"),
        ({"drop": ["column 1", "column 2", "column 3"]}, "no column in the array left"),
    ],
)
def test_refusals(choices, sentence):
    with pytest.raises(InputError, match=sentence):
        read_table(X, **choices)


def test_label_with_a_value_per_row_is_noted():
    many = np.column_stack([np.arange(60.0), np.arange(60.0) % 3])
    assert read_table(many, label="column 1").source.notes == (
        "'column 1' has 60 different values in 60 rows and hardly names classes.",
    )
    assert read_table(many, label="column 2").source.notes == ()


def test_one_constant_column_among_others_is_fine():
    assert read_table(np.array([[1.0, 2.0], [1.0, 3.0]])).values.shape == (2, 2)


def test_long_lists_are_cut_short():
    with pytest.raises(InputError, match=r"10 columns hold text .*and 4 more"):
        read_table(np.full((3, 10), "x"))
