"""Missing cells are filled with what a column can hold, and its type stays."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from latentia.tables.filling import filled
from latentia.tables.table import Column

NUMBER = Column("z", "numeric", "float64", None, "")  # what a model of plain numbers knows of any column


def kind(*levels):
    return Column("z", "category", "category", None, "", levels, levels, tuple(range(len(levels))))


GRADE = pd.CategoricalDtype(["low", "high", "top"], ordered=True)
COLUMNS = [
    (pd.Series([1, None], dtype="float32"), NUMBER, 0.1, float(np.float32(0.1))),
    (pd.Series([1, None], dtype="float16"), NUMBER, 0.1, float(np.float16(0.1))),
    (pd.Series([1, None], dtype="Float32"), NUMBER, 0.5, 0.5),
    (pd.Series([1, None], dtype="Int8"), NUMBER, 2.6, 3),
    (pd.Series([1, None], dtype="int16[pyarrow]"), NUMBER, 2.6, 3),
    (pd.Series([True, None], dtype="boolean"), NUMBER, 0.3, False),
    (pd.Series([False, None], dtype="bool[pyarrow]"), NUMBER, 0.7, True),
    (pd.Series([True, None], dtype=object), NUMBER, 0.3, False),
    (pd.Series([1, None], dtype=object), NUMBER, 2.6, 3),
    (pd.Series([1, pd.NA], dtype=object), NUMBER, 2.6, 3),
    (pd.Series([True, pd.NA], dtype=object), NUMBER, 0.3, False),
    (pd.Series([1, np.nan], dtype=object), NUMBER, 2.6, 3),
    (pd.Series([Decimal("1.50"), None], dtype=object), NUMBER, 2.256, Decimal("2.26")),
    (pd.Series([1.5, None], dtype=pd.ArrowDtype(pa.decimal128(8, 2))), NUMBER, 2.25, Decimal("2.25")),
    (pd.Series(pd.arrays.SparseArray([0.0, np.nan])), NUMBER, 0.5, 0.5),
    (pd.Series(["low", None], dtype=GRADE), kind("low", "high", "top"), 1.0, "high"),
    (pd.Series([1, None], dtype=pd.CategoricalDtype([1, 2])), kind("1", "2"), 1.0, 2),
    (pd.Series([True, None], dtype=pd.CategoricalDtype([False, True])), kind("False", "True"), 0.0, False),
    (pl.Series([1, None], dtype=pl.Float32), NUMBER, 0.5, 0.5),
    (pl.Series([1, None], dtype=pl.UInt8), NUMBER, 2.6, 3),
    (pl.Series([True, None]), NUMBER, 0.3, False),
    (pl.Series([False, None]), NUMBER, 0.7, True),
    (pl.Series(["u", None], dtype=pl.Enum(["u", "v"])), kind("u", "v"), 1.0, "v"),
    (pa.array([True, None]), NUMBER, 0.3, False),
    (pa.array([1, None], pa.int8()), NUMBER, 2.6, 3),
    (pa.array([1.5, None], pa.float32()), NUMBER, 0.5, 0.5),
    (pa.array(["u", None]).dictionary_encode(), kind("u"), 0.0, "u"),
]


def name_of(value):
    return f"{type(value).__module__.split('.')[0]} {value.dtype}" if hasattr(value, "dtype") else None


@pytest.mark.parametrize(("series", "column", "value", "cell"), COLUMNS, ids=name_of)
def test_a_gap_is_filled_in_the_type_of_its_column(series, column, value, cell):
    if isinstance(series, pa.Array | pa.ChunkedArray):
        made = filled(pa.table({"z": series}), np.array([[9.0], [value]]), [column])["z"]
        assert made.type == series.type
        assert made.to_pylist() == [series[0].as_py(), cell]
        return
    frame = pd.DataFrame({"z": series}) if isinstance(series, pd.Series) else pl.DataFrame({"z": series})
    made = filled(frame, np.array([[9.0], [value]]), [column])["z"]
    assert made.dtype == series.dtype
    assert made.to_list() == [series.to_list()[0], cell]
    assert type(made.to_list()[1]) in (type(cell), np.float64)


def test_a_range_of_numbers_as_a_category_stays_one():
    ranges = pd.Series(pd.cut([0.5, 1.5, 2.5], [0, 1, 2, 3]))
    texts = [str(text) for text in pa.array(ranges).dictionary.to_pylist()]
    made = filled(
        pd.DataFrame({"z": ranges.mask([False, True, False])}), np.full((3, 1), 1.0), [kind(*texts)]
    )
    assert made["z"].tolist() == ranges.tolist()
    assert made["z"].dtype == ranges.dtype


def test_a_column_whose_type_holds_nothing_gets_one_that_does():
    made = filled(pl.DataFrame({"z": [None, None]}), np.array([[1.5], [np.nan]]), [NUMBER])
    assert made["z"].to_list() == [1.5, None]


def test_arrays_of_objects_keep_booleans_whole_numbers_and_decimals():
    cells = np.array([[True, 1, Decimal("0.50"), dt.date(2026, 1, 1)], [None] * 4], object)
    date = Column("d", "date", "object", None, "")
    made = filled(cells, np.array([[9.0] * 4, [0.3, 2.6, 0.126, 1.0]]), [NUMBER, NUMBER, NUMBER, date])
    assert made[1].tolist() == [False, 3, Decimal("0.13"), dt.date(1970, 1, 2)]
    assert cells[1].tolist() == [None] * 4
