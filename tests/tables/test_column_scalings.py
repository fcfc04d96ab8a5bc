"""A setting and the columns of a table make one scaling per column that a network sees."""

from __future__ import annotations

import pytest

from latentia.errors import InputError, RecipeError
from latentia.tables.column_scalings import kinds_of
from latentia.tables.table import Column, Schema

NAMES = ("age", "income", "debt")
PLAIN = Schema(tuple(Column(name, "numeric", "double", None, "numbers") for name in NAMES))
ISLAND = Column(
    "island", "category", "string", None, "text", ("Dream", "Biscoe"), ("Dream", "Biscoe"), (0, 1)
)
MIXED = Schema((PLAIN.columns[0], ISLAND, *PLAIN.columns[1:]))


@pytest.mark.parametrize("columns", [NAMES, PLAIN], ids=["names", "schema"])
def test_columns_that_are_named_have_theirs_and_the_others_the_same(columns):
    assert kinds_of("robust", columns) == "robust"
    assert kinds_of(None, columns) == "none"
    assert kinds_of({"debt": "minmax"}, columns) == ("standard", "standard", "minmax")
    assert kinds_of({"debt": None, "*": "robust"}, columns) == ("robust", "robust", "none")
    assert kinds_of({"*": "quantile"}, columns) == ("quantile", "quantile", "quantile")


def test_indicators_stay_as_they_are():
    assert kinds_of("robust", MIXED) == ("robust", "none", "none", "robust", "robust")
    assert kinds_of(None, MIXED) == ("none",) * 5
    assert kinds_of({"income": "log1p-standard"}, MIXED) == (
        *("standard", "none", "none"),
        *("log1p-standard", "standard"),
    )


def test_refusals():
    with pytest.raises(
        InputError, match=r"^There is no column 'incone' to scale; the nearest name is 'income'"
    ):
        kinds_of({"incone": "robust"}, NAMES)
    with pytest.raises(InputError, match=r"^There is no column 'island = Dream' to scale; .*'island'"):
        kinds_of({"island = Dream": "robust"}, MIXED)
    sentence = (
        r"^Column 'island' holds categories, to which scaling='robust' cannot be applied; leave it out .*\.$"
    )
    with pytest.raises(InputError, match=sentence):
        kinds_of({"island": "robust"}, MIXED)
    with pytest.raises(RecipeError, match="'z-score' is not a scaling"):
        kinds_of("z-score", MIXED)
