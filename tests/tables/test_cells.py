from __future__ import annotations

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from latentia.tables.cells import Trouble, judge

NAN = np.nan
DAY = dt.date(2020, 1, 1)
DAYS_OF_2020 = 18262.0


def chunked(cells, stored=None):
    array = pa.array(cells, stored)
    return pa.chunked_array([array.slice(0, 1), array.slice(1)])


@pytest.mark.parametrize(
    ("column", "kind", "values"),
    [
        (np.array([1, 2, 3], np.int8), "numeric", [1, 2, 3]),
        (np.array([1.5, NAN], np.float32), "numeric", [1.5, NAN]),
        (np.array([True, False]), "boolean", [1, 0]),
        (np.array([1, 2.5, None, NAN], object), "numeric", [1, 2.5, NAN, NAN]),
        (np.array([np.float32(0.5), np.int8(2)], object), "numeric", [0.5, 2]),
        (np.array([True, None], object), "boolean", [1, NAN]),
        (np.array([decimal.Decimal("1.25")], object), "numeric", [1.25]),
        (np.array([pd.NA, 2], object), "numeric", [NAN, 2]),
        (chunked([1, None, 3]), "numeric", [1, NAN, 3]),
        (chunked([*range(9), None, 10, None] * 3), "numeric", [*range(9), NAN, 10, NAN] * 3),
        (chunked([None, True, False] * 9).slice(10, 9), "boolean", [1, 0, NAN] * 3),
        (pa.chunked_array([pa.array([], pa.int64()), pa.array([4, None])]), "numeric", [4, NAN]),
        (chunked([1.5, None, float("inf")]), "numeric", [1.5, NAN, np.inf]),
        (chunked([1.5, 2.5], pa.float32()), "numeric", [1.5, 2.5]),
        (chunked([True, None, False]), "boolean", [1, NAN, 0]),
        (chunked([decimal.Decimal("1.25"), None]), "numeric", [1.25, NAN]),
        (chunked([None, None]), "numeric", [NAN, NAN]),
        (chunked([None, None], pa.string()), "numeric", [NAN, NAN]),
        (chunked(["", " "]), "numeric", [NAN, NAN]),
        (chunked([2**53, -(2**53)]), "numeric", [2.0**53, -(2.0**53)]),
        (chunked(["1", " 2.5 ", None, "", "-3e2"]), "numeric", [1, 2.5, NAN, NAN, -300]),
    ],
)
def test_numbers_and_booleans(column, kind, values):
    cells = judge(column)
    assert (cells.kind, cells.trouble) == (kind, None)
    assert np.asarray(cells.values).dtype == np.float64
    np.testing.assert_array_equal(cells.values, values)


@pytest.mark.parametrize(
    ("column", "days"),
    [
        (np.array(["1970-01-02", "NaT"], "M8[D]"), [1, NAN]),
        (np.array(["1970-02", "1971-01"], "M8[M]"), [31, 365]),
        (np.array(["1970-01-01T12"], "M8[ns]"), [0.5]),
        (np.array([DAY, None], object), [DAYS_OF_2020, NAN]),
        (np.array([pd.Timestamp("2020-01-01"), pd.NaT], object), [DAYS_OF_2020, NAN]),
        (chunked([DAY, None]), [DAYS_OF_2020, NAN]),
        (chunked([DAY, None], pa.date64()), [DAYS_OF_2020, NAN]),
        (chunked([dt.datetime(2020, 1, 1, 6), None], pa.timestamp("ms")), [DAYS_OF_2020 + 0.25, NAN]),  # noqa: DTZ001
        (
            chunked([dt.datetime(2020, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))), None]),
            [DAYS_OF_2020, NAN],
        ),
        (chunked(["2020-01-01", None, " 2020-01-02 "]), [DAYS_OF_2020, NAN, DAYS_OF_2020 + 1]),
        (
            chunked(["2020-01-01T06:00:00Z", "2020-01-01 18:00:00+00:00"]),
            [DAYS_OF_2020 + 0.25, DAYS_OF_2020 + 0.75],
        ),
        (pl.Series([DAY, None]).to_arrow(), [DAYS_OF_2020, NAN]),
    ],
)
def test_dates_are_days_since_1970(column, days):
    column = column if isinstance(column, np.ndarray | pa.ChunkedArray) else pa.chunked_array([column])
    cells = judge(column)
    assert (cells.kind, cells.unit, cells.trouble) == ("date", "days", None)
    np.testing.assert_array_equal(cells.values, days)


@pytest.mark.parametrize(
    ("column", "seconds"),
    [
        (np.array([2, "NaT"], "m8[m]"), [120, NAN]),
        (np.array([dt.timedelta(milliseconds=500), None], object), [0.5, NAN]),
        (chunked([dt.timedelta(days=1), None]), [86400, NAN]),
        (chunked([dt.time(1, 0), None]), [3600, NAN]),
        (chunked([dt.time(0, 1), None], pa.time32("s")), [60, NAN]),
    ],
)
def test_durations_and_times_of_the_day_are_seconds(column, seconds):
    cells = judge(column)
    assert (cells.kind, cells.unit, cells.trouble) == ("numeric", "s", None)
    np.testing.assert_array_equal(cells.values, seconds)


def dictionary(indices, values):
    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int8()), pa.array(values))


@pytest.mark.parametrize(
    ("column", "categories", "codes"),
    [
        (np.array(["x", "y", "x"]), ("x", "y"), [0, 1, 0]),
        (np.array(["y", None, "x", " "], object), ("x", "y"), [1, NAN, 0, NAN]),
        (chunked(["y", None, "x"]), ("x", "y"), [1, NAN, 0]),
        (chunked(["y", "x"], pa.large_string()), ("x", "y"), [1, 0]),
        (chunked(["y", "x"], pa.string_view()), ("x", "y"), [1, 0]),
        (chunked(["1", "x", "2", "z"]), ("1", "2", "x", "z"), [0, 2, 1, 3]),
        # What brings its categories along keeps their order, whatever each chunk's is.
        (pa.chunked_array([dictionary([1, 0, None], ["low", "high"])]), ("low", "high"), [1, 0, NAN]),
        (
            pa.chunked_array([dictionary([0], ["b"]), dictionary([0, 1], ["a", "b"])]),
            ("b", "a"),
            [0, 1, 0],
        ),
        (pa.chunked_array([dictionary([0, 1, 0], [10, 9])]), ("10", "9"), [0, 1, 0]),
        (pa.chunked_array([dictionary([0, 1, 0], ["a", None])]), ("a",), [0, NAN, 0]),
        (pa.chunked_array([dictionary([0, 1], ["a", "a"])]), ("a",), [0, 0]),
    ],
)
def test_text_and_categories_are_codes(column, categories, codes):
    cells = judge(column)
    assert (cells.kind, cells.trouble, cells.categories) == ("category", None, categories)
    np.testing.assert_array_equal(cells.values, codes)


def test_the_order_of_rows_does_not_change_the_codes_of_text():
    words = ["red", "white", "red", "rosé"]
    there, back = judge(chunked(words)), judge(chunked(words[::-1]))
    assert there.categories == back.categories
    np.testing.assert_array_equal(there.values, np.flip(np.asarray(back.values)))


@pytest.mark.parametrize(
    ("column", "why"),
    [
        (chunked(["1", "2"]), "numbers stored as text"),
        (np.array(["1", "2"]), "numbers stored as text"),
        (chunked(["2020-01-01", None]), "dates stored as text"),
        (chunked([decimal.Decimal("1.25")]), "numbers stored as decimals, rounded to 16 digits"),
    ],
)
def test_what_was_decided_is_notable(column, why):
    cells = judge(column)
    assert (cells.why, cells.notable) == (why, True)


@pytest.mark.parametrize("text", ["2020-02-30", "2020-1-1", "20:15", "10-20"])
def test_text_that_is_no_date_stays_text(text):
    cells = judge(chunked([text, text, "2020-01-01"]))
    assert (cells.kind, cells.notable) == ("category", False)


@pytest.mark.parametrize(
    ("column", "trouble", "why"),
    [
        (np.array([1j]), Trouble.TYPE, "complex numbers"),
        (np.array([1, "x"], object), Trouble.OBJECTS, "Python objects of type int and str"),
        (np.array([2**70, 1], object), Trouble.OBJECTS, "Python objects of type int"),
        (np.array([{"a": 1}], object), Trouble.OBJECTS, "nested values"),
        (np.array([5], "m8[M]"), Trouble.TYPE, "durations in months"),
        (np.array([b"a"]), Trouble.TYPE, "bytes"),
        (np.array([2**53 + 1]), Trouble.DIGITS, "9007199254740993"),
        (np.array([2**64 - 1], np.uint64), Trouble.DIGITS, "18446744073709551615"),
        (chunked([[1], [2]]), Trouble.OBJECTS, "nested values"),
        (chunked([{"a": 1}, None]), Trouble.OBJECTS, "nested values"),
        (chunked([b"a", b"b"]), Trouble.TYPE, "values of type binary"),
        (chunked(["1", "2", "3", "oops"]), Trouble.STRAY, "1 cell is no number, the first 'oops' in row 4"),
        (
            chunked([None, "1", "2", "x" * 99]),
            Trouble.STRAY,
            f"1 cell is no number, the first '{'x' * 29}…' in row 4",
        ),
        (chunked(["1.234,5", "3", None]), Trouble.STRAY, "1 cell is no number, the first '1.234,5' in row 1"),
        (
            chunked(["01.02.20", "02.02.20", ""]),
            Trouble.MARKS,
            "2 cells are no numbers, the first '01.02.20' in row 1",
        ),
        (chunked([-(2**53) - 1, None]), Trouble.DIGITS, "-9007199254740993"),
    ],
)
def test_everything_else_is_trouble(column, trouble, why):
    cells = judge(column)
    assert (cells.kind, cells.trouble, cells.why) == ("", trouble, why)
