from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from latentia.tables.cells import Trouble
from latentia.tables.conforming import conform, told
from latentia.tables.table import Column

YEAR = Column("year", "category", "int64", None, "", ("2007", "2008"), ("2007", "2008"), (0, 1))
DAY = Column("day", "date", "date32[day]", "days", "")
MASS = Column("mass", "numeric", "double", None, "")


@pytest.mark.parametrize(
    "cells",
    [
        np.array([2008, 2007]),
        np.array([2008.0, 2007.0]),
        np.array(["2008", "2007"]),
    ],
)
def test_a_category_of_numbers_is_matched_however_it_is_stored(cells):
    found, unseen = conform(cells, YEAR)
    np.testing.assert_array_equal(found.values, [1, 0])
    assert unseen is None


def test_every_new_category_is_counted():
    found, unseen = conform(np.array([2008.0, 2010.0, np.nan, 2010.0, 2011.0]), YEAR)
    np.testing.assert_array_equal(found.values, [1, np.nan, np.nan, np.nan, np.nan])
    assert told([unseen]) == (
        "The model has not seen these categories: "
        "'year' has '2010', '2011' in 3 rows, which counts as missing."
    )
    assert told([]) is None


@pytest.mark.parametrize("column", [YEAR, DAY, MASS])
@pytest.mark.parametrize("cells", [np.full(3, np.nan), np.array([None] * 3, object), np.array([""] * 3)])
def test_a_column_without_values_is_of_every_kind(column, cells):
    found, unseen = conform(cells, column)
    assert np.isnan(found.values).all()
    assert (found.trouble, unseen) == (None, None)


@pytest.mark.parametrize(
    ("cells", "column", "why"),
    [
        (np.array([1.0, 2.0]), DAY, "numbers, where the model has learned dates"),
        (np.array(["u", "v"]), DAY, "text, where the model has learned dates"),
        (np.array(["u", "v"]), MASS, "text, where the model has learned numbers"),
        (np.array(["2020-01-01"], "M8[D]"), MASS, "dates, where the model has learned numbers"),
    ],
)
def test_another_kind_is_trouble(cells, column, why):
    found, _ = conform(cells, column)
    assert (found.trouble, found.why) == (Trouble.LEARNED, why)


def test_dates_in_text_are_dates():
    found, _ = conform(np.array(["1970-01-02", "1970-01-03"]), DAY)
    np.testing.assert_array_equal(found.values, [1, 2])
    found, _ = conform(np.asarray(pd.to_datetime(["1970-01-02", None])), DAY)
    np.testing.assert_array_equal(found.values, [1, np.nan])
