from __future__ import annotations

import datetime as dt
import decimal

import numpy as np
import pyarrow as pa
import pytest

from latentia.tables.cells import Trouble, judge


def chunked(cells, stored=None):
    array = pa.array(cells, stored)
    return pa.chunked_array([array.slice(0, 1), array.slice(1)])


@pytest.mark.parametrize(
    ("column", "kind", "values"),
    [
        (np.array([1, 2, 3], np.int8), "numeric", [1, 2, 3]),
        (np.array([1.5, np.nan], np.float32), "numeric", [1.5, np.nan]),
        (np.array([True, False]), "boolean", [1, 0]),
        (np.array([1, 2.5, None, np.nan], object), "numeric", [1, 2.5, np.nan, np.nan]),
        (np.array([np.float32(0.5), np.int8(2)], object), "numeric", [0.5, 2]),
        (np.array([True, None], object), "boolean", [1, np.nan]),
        (np.array([decimal.Decimal("1.25")], object), "numeric", [1.25]),
        (chunked([1, None, 3]), "numeric", [1, np.nan, 3]),
        (chunked([*range(9), None, 10, None] * 3), "numeric", [*range(9), np.nan, 10, np.nan] * 3),
        (chunked([None, True, False] * 9).slice(10, 9), "boolean", [1, 0, np.nan] * 3),
        (pa.chunked_array([pa.array([], pa.int64()), pa.array([4, None])]), "numeric", [4, np.nan]),
        (chunked([1.5, None, float("inf")]), "numeric", [1.5, np.nan, np.inf]),
        (chunked([1.5, 2.5], pa.float32()), "numeric", [1.5, 2.5]),
        (chunked([True, None, False]), "boolean", [1, np.nan, 0]),
        (chunked([decimal.Decimal("1.25"), None]), "numeric", [1.25, np.nan]),
        (chunked([None, None]), "numeric", [np.nan, np.nan]),
        (chunked([None, None], pa.string()), "numeric", [np.nan, np.nan]),
        (chunked([2**53, -(2**53)]), "numeric", [2.0**53, -(2.0**53)]),
    ],
)
def test_numbers_and_booleans(column, kind, values):
    cells = judge(column)
    assert (cells.kind, cells.trouble) == (kind, None)
    assert cells.values.dtype == np.float64
    np.testing.assert_array_equal(cells.values, values)


@pytest.mark.parametrize(
    ("column", "trouble", "why"),
    [
        (np.array([1j]), Trouble.TYPE, "complex numbers"),
        (np.array([1, "x"], object), Trouble.OBJECTS, "Python objects of type int and str"),
        (np.array([2**70, 1], object), Trouble.OBJECTS, "Python objects of type int"),
        (np.array([dt.date(2020, 1, 1), None], object), Trouble.TYPE, "dates or times"),
        (np.array([{"a": 1}], object), Trouble.OBJECTS, "nested values"),
        (np.array(["2020"], "M8[D]"), Trouble.TYPE, "dates or times"),
        (np.array([5], "m8[s]"), Trouble.TYPE, "durations"),
        (np.array([b"a"]), Trouble.TYPE, "bytes"),
        (np.array(["x", "y", "x"]), Trouble.TEXT, "2 different values such as 'x'"),
        (np.array([2**53 + 1]), Trouble.DIGITS, "9007199254740993"),
        (np.array([2**64 - 1], np.uint64), Trouble.DIGITS, "18446744073709551615"),
        (chunked([dt.date(2020, 1, 1), None]), Trouble.TYPE, "dates or times"),
        (chunked([dt.timedelta(1), None]), Trouble.TYPE, "durations"),
        (chunked([[1], [2]]), Trouble.OBJECTS, "nested values"),
        (chunked([{"a": 1}, None]), Trouble.OBJECTS, "nested values"),
        (chunked([b"a", b"b"]), Trouble.TYPE, "values of type binary"),
        (chunked(["1", "2"]), Trouble.TYPE, "numbers stored as text such as '1'"),
        (chunked(["1", "2", "3", "oops"]), Trouble.STRAY, "1 cell is no number, the first 'oops' in row 4"),
        (chunked(["x", None, "y"], pa.large_string()), Trouble.TEXT, "2 different values such as 'x'"),
        (chunked(["x", "y"], pa.string_view()), Trouble.TEXT, "2 different values such as 'x'"),
        (chunked(["x" * 99, "y"]), Trouble.TEXT, f"2 different values such as '{'x' * 29}…'"),
        (
            pa.chunked_array([pa.array([1, 2, 1]).dictionary_encode()]),
            Trouble.TEXT,
            "2 different values such as '1'",
        ),
        (chunked([-(2**53) - 1, None]), Trouble.DIGITS, "-9007199254740993"),
    ],
)
def test_everything_else_is_trouble(column, trouble, why):
    cells = judge(column)
    assert (cells.values, cells.trouble, cells.why) == (None, trouble, why)
