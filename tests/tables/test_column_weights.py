"""A setting and the columns of a table make one weight per column that a network sees."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.errors import InputError
from latentia.tables.column_weights import weights_of
from latentia.tables.table import Column, Schema

NAMES = ("age", "income", "debt")
PLAIN = Schema(tuple(Column(name, "numeric", "double", None, "numbers") for name in NAMES))
ISLAND = Column(
    "island", "category", "string", None, "text", ("Dream", "Biscoe"), ("Dream", "Biscoe"), (0, 1)
)
MIXED = Schema((PLAIN.columns[0], ISLAND, *PLAIN.columns[1:]))


@pytest.mark.parametrize("columns", [NAMES, PLAIN], ids=["names", "schema"])
def test_columns_that_are_named_have_theirs_and_the_others_the_same(columns):
    np.testing.assert_allclose(weights_of({"income": 4}, columns), [0.5, 2.0, 0.5])
    np.testing.assert_allclose(weights_of({"income": 4, "*": 0.0}, columns), [0.0, 3.0, 0.0])
    np.testing.assert_allclose(weights_of({"income": 3e38, "*": 3e38, "age": 0}, columns), [0.0, 1.5, 1.5])


def test_weights_that_are_all_alike_are_none():
    assert weights_of(None, NAMES) is None
    assert weights_of({"*": 3}, NAMES) is None
    assert weights_of({"age": 1}, MIXED) is None


def test_a_category_has_one_weight_for_all_its_indicators():
    np.testing.assert_allclose(weights_of({"island": 5}, MIXED), [0.5, 2.5, 2.5, 0.5, 0.5])


def test_refusals():
    with pytest.raises(
        InputError, match=r"^There is no column 'incone' to weigh; the nearest name is 'income'"
    ):
        weights_of({"incone": 2}, NAMES)
    with pytest.raises(InputError, match=r"^There is no column 'island = Dream' to weigh; .*'island'"):
        weights_of({"island = Dream": 2}, MIXED)
    sentence = r"^column_weights=\{'\*': 0.0\} gives every column a weight of 0, .* give .* more\.$"
    with pytest.raises(InputError, match=sentence):
        weights_of({"*": 0.0}, NAMES)
