"""Tables go back into what they came in: library, names and types of columns."""

from __future__ import annotations

import datetime as dt
import pickle
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

from latentia.tables.containers import Container, contained, container_of, library_of

WHEN = [dt.datetime(2026, 1, day, 12) for day in (1, 2)]  # noqa: DTZ001 - as tables have them


@pytest.mark.parametrize(
    ("library", "kind"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("pyarrow", pa.Table)]
)
def test_frames_of_every_library(library, kind):
    made = contained(pa.table({"a": [1, 2]}), Container(library))
    assert type(made) is kind
    assert library_of(made) == library
    assert library_of(pa.RecordBatch.from_pydict({"a": [1]})) == "pyarrow"
    np.testing.assert_array_equal(
        contained(pa.table({"a": [1, 2], "b": ["x", None]}), Container("array"))[1], [2, None]
    )


def pandas_frame():
    return pd.DataFrame(
        {
            "nullable": pd.array([1, 2], "Int8"),
            "small": np.array([1, 2], np.uint8),
            "half": np.array([1.5, 2], np.float32),
            "arrow": pd.array([1, 2], "int16[pyarrow]"),
            "yes": pd.array([True, False], "boolean"),
            "grade": pd.Categorical(["low", "high"], ["low", "high", "top"], ordered=True),
            "word": pd.array(["a", "b"], "string"),
            "object": np.array(["a", "b"], object),
            "when": pd.Series(WHEN).astype("datetime64[ns]").dt.tz_localize("UTC"),
            "lasts": pd.to_timedelta([1, 2], "h").as_unit("s"),
        }
    )


def polars_frame():
    return pl.DataFrame(
        {
            "small": pl.Series([1, 2], dtype=pl.Int8),
            "half": pl.Series([1.5, 2], dtype=pl.Float32),
            "price": pl.Series([Decimal("1.50"), Decimal("2.25")], dtype=pl.Decimal(10, 2)),
            "yes": [True, False],
            "grade": pl.Series(["low", "high"], dtype=pl.Enum(["low", "high", "top"])),
            "kind": pl.Series(["a", "b"], dtype=pl.Categorical),
            "word": ["a", "b"],
            "day": [dt.date(2026, 1, 1), dt.date(2026, 1, 2)],
            "when": pl.Series(WHEN, dtype=pl.Datetime("ms", "UTC")),
            "lasts": pl.Series([dt.timedelta(hours=1)] * 2, dtype=pl.Duration("ns")),
            "at": [dt.time(12), dt.time(13)],
        }
    )


def arrow_table():
    return pa.table(
        {
            "small": pa.array([1, 2], "int8"),
            "half": pa.array([1.5, 2.0], "float32"),
            "price": pa.array([Decimal("1.50"), Decimal("2.25")], pa.decimal128(10, 2)),
            "word": pa.array(["a", "b"], "large_string"),
            "when": pa.array(WHEN, pa.timestamp("ns")),
            "day": pa.array(WHEN, pa.date64()),
        }
    )


def as_a_model_says_it(table):
    """Return the same cells in the widest types."""
    wide = []
    for column in table.columns:
        kind = column.type
        if pa.types.is_decimal(kind) or pa.types.is_floating(kind):
            wide.append(column.cast(pa.float64()))
        elif pa.types.is_integer(kind):
            wide.append(column.cast(pa.int64()))
        elif pa.types.is_timestamp(kind):
            wide.append(column.cast(pa.timestamp("us", kind.tz)))
        elif pa.types.is_duration(kind):
            wide.append(column.cast(pa.duration("us")))
        elif pa.types.is_date64(kind):
            wide.append(column.cast(pa.date32()))
        elif pa.types.is_time(kind):
            wide.append(column.cast(pa.time64("us")))
        elif pa.types.is_dictionary(kind) or pa.types.is_large_string(kind):
            wide.append(column.cast(pa.string()))
        else:
            wide.append(column)
    return pa.table(wide, names=[f"column {at}" for at in range(len(wide))])


def test_pandas_columns_get_their_types_and_names_back():
    frame = pandas_frame()
    made = contained(as_a_model_says_it(pa.Table.from_pandas(frame)), container_of(frame))
    assert_frame_equal(made, frame)
    frame.columns = pd.MultiIndex.from_product([["x"], range(10)])
    made = contained(as_a_model_says_it(pa.Table.from_pandas(pandas_frame())), container_of(frame))
    assert made.columns.equals(frame.columns)


def test_polars_columns_get_their_types_back():
    frame = polars_frame()
    named = as_a_model_says_it(frame.to_arrow()).rename_columns(frame.columns)
    made = contained(named, container_of(frame))
    assert made.schema == frame.schema
    assert made.equals(frame)


def test_arrow_columns_get_their_types_back():
    table = arrow_table()
    made = contained(as_a_model_says_it(table).rename_columns(table.column_names), container_of(table))
    assert made.equals(table)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"grade": pd.Categorical(["low", "high"])}),
        pl.DataFrame({"grade": pl.Series(["low", "high"], dtype=pl.Enum(["low", "high"]))}),
    ],
)
def test_a_word_that_a_list_of_words_lacks_is_kept(frame):
    made = contained(pa.table({"grade": ["low", "(other)"]}), container_of(frame))
    assert made["grade"].to_list() == ["low", "(other)"]


@pytest.mark.parametrize(
    ("frame", "cells"),
    [
        (pd.DataFrame({"a": pd.array(["1", "2"], "string")}), [1.5, 2.5]),
        (pl.DataFrame({"a": ["1", "2"]}), [1.5, 2.5]),
        (pl.DataFrame({"a": ["2026-01-01"]}), [dt.date(2026, 1, 1)]),
        (pl.DataFrame({"a": [1, 2]}), [dt.date(2026, 1, 1)]),
        (pa.table({"a": ["1", "2"]}), [1.5, 2.5]),
    ],
)
def test_numbers_and_dates_do_not_become_words_nor_dates_numbers(frame, cells):
    made = contained(pa.table({"a": cells}), container_of(frame))
    assert (made["a"].to_pylist() if isinstance(made, pa.Table) else made["a"].to_list()) == cells


def test_dates_too_far_away_for_a_type_are_kept():
    far = dt.datetime(9000, 1, 1)  # noqa: DTZ001 - as tables have them
    table = pa.table({"when": pa.array([far], pa.timestamp("us"))})
    assert contained(table, Container("pyarrow", (pa.timestamp("ns"),)))["when"].to_pylist() == [far]
    dtype = np.dtype("datetime64[ns]")
    made = contained(table, Container("pandas", (dtype,), pd.Index(["when"])))
    assert made["when"].to_list() == [pd.Timestamp(far)]


def test_rows_of_pandas_have_the_index_of_those_they_come_from():
    frame, table = pandas_frame()[["small"]], pa.table({"small": [3, 4]})
    frame.index = pd.Index([7, 7], name="plot")
    made = contained(table, container_of(frame), rows_of=frame)
    assert made.index.equals(frame.index)
    assert made.index.name == "plot"
    for other in (polars_frame(), [[1.0], [2.0]], None):
        assert contained(table, container_of(frame), rows_of=other).index.tolist() == [0, 1]


@pytest.mark.parametrize("frame", [pandas_frame(), polars_frame(), arrow_table()])
def test_no_row_is_kept(frame):
    kept = pickle.loads(pickle.dumps(container_of(frame)))  # noqa: S301 - our own
    assert str(kept) == str(container_of(frame))
    assert len(kept.types) == len(container_of(frame).types) > 0


def test_frames_of_another_number_of_columns_keep_the_plain_types():
    frame = pd.DataFrame({"a": np.array([1], np.int8), "b": [1.0]})
    made = contained(pa.table({"b": [1.5]}), container_of(frame))
    assert made.to_dict("list") == {"b": [1.5]}
