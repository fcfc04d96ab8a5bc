"""Rows for an estimator: what scikit-learn would misread or refuse obscurely is one sentence."""

from __future__ import annotations

import decimal
import pathlib

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA

from latentia.errors import InputError, LatentiaWarning
from latentia.tables.estimator_rows import checked_codes, checked_rows, first_rows
from latentia.tables.sources import read_table

X = np.random.default_rng(0).normal(size=(6, 3))
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])
DAYS = np.arange(6).astype("M8[D]")


class Plain(BaseEstimator):
    """An estimator that only remembers what scikit-learn's checks tell it."""


def checked(data):
    return first_rows(Plain(), data)[0]


@pytest.mark.parametrize(
    "data",
    [
        X,
        X.tolist(),
        X.astype(object),
        np.asfortranarray(X),
        FRAME,
        FRAME.convert_dtypes(),
        FRAME.convert_dtypes(dtype_backend="pyarrow"),
        pl.from_pandas(FRAME),
        pa.table(FRAME),
        pa.RecordBatch.from_pandas(FRAME),
        sparse.csr_array(X),
        sparse.coo_matrix(X),
    ],
)
def test_the_same_numbers_from_every_library(data):
    np.testing.assert_array_equal(checked(data), X)


def test_single_precision_and_booleans_stay_what_they_are():
    assert checked(X.astype(np.float32)).dtype == np.float32
    np.testing.assert_array_equal(checked(FRAME > 0), X > 0)
    np.testing.assert_array_equal(checked(np.ma.masked_array(X)), X)


def test_names_and_number_of_columns_are_learned_and_compared():
    estimator = Plain()
    first_rows(estimator, FRAME)
    assert list(estimator.feature_names_in_) == ["a", "b", "c"]
    np.testing.assert_array_equal(checked_rows(estimator, FRAME.iloc[:1]), X[:1])
    with pytest.raises(InputError, match="feature names should match"):
        checked_rows(estimator, FRAME[["c", "b", "a"]].iloc[:1])
    nameless = Plain()
    first_rows(nameless, X)
    with pytest.raises(InputError, match="X has 2 features, but Plain is expecting 3"):
        checked_rows(nameless, X[:, :2])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        # What scikit-learn would take for numbers.
        (
            FRAME.assign(i=2**60 + np.arange(6)),
            r"Column 'i' has integers beyond ±2\^53 \(1152921504606846981\)",
        ),
        (np.arange(2**60, 2**60 + 4).reshape(2, 2), r"integers beyond ±2\^53"),
        # What it would refuse without naming the column, or in words of NumPy.
        (FRAME.assign(s=[1, 2, 3, "x", 5, 6]), "Python objects of type int and str"),
        (FRAME.assign(s=[[1]] * 6), "nested values"),
        (FRAME.assign(z=X[:, 0] + 1j), "complex numbers"),
        (X + 1j, "Complex data not supported, only real numbers"),
        (
            FRAME.assign(a=FRAME.a.where(FRAME.index > 2, np.inf), s=list("uvuvuv")),
            "'a' has infinite .*3 inf",
        ),
        (FRAME.assign(n=["1", "2", "3", "4", "x", "y"]), "'n' has text among the numbers .2 cells are no"),
        (FRAME.assign(a=np.inf), "Column 'a' .*6 infinite; in 6 of 6 rows, the first is row 1"),
        (FRAME.set_axis(["a", "b", "a"], axis=1), r"stands above more than one column \('a'\)"),
        (FRAME.set_axis(["a", 1, 2], axis=1), r"names are of the types int and str.*astype\(str\)"),
        (X * 1e200, "Column 'column .' reaches .*e\\+200, and squares overflow"),
        # What is no table.
        (FRAME.a, "pandas Series is a single column"),
        (pl.Series(X[:, 0]), "polars Series is a single column"),
        (pl.LazyFrame({"a": X[:, 0]}), "polars LazyFrame is lazy"),
        (X[:, 0], r"X has shape \(6,\).*X.reshape\(-1, 1\) if it is one column"),
        (X.reshape(3, 3, 2), r"X has shape \(3, 3, 2\).*X.reshape\(len\(X\), -1\)\.$"),
        ([1.0, 2.0], r"shape \(2,\)"),
        ([[1, 2], [3]], "rows of different lengths"),
        ([{"a": 1}, {"a": 2}], "list of 2 objects and not of rows"),
        ("wine", "'wine' is text and not rows; read the file first.*latentia.analyze"),
        (pathlib.Path("wine.csv"), "'wine.csv' is text and not rows"),
        (FRAME.to_dict("list"), "An object of type dict has no rows and columns"),
        (None, "An object of type NoneType has no rows and columns"),
        (5, "An object of type int has no rows and columns"),
        ((row for row in X), "An object of type generator has no rows and columns"),
        # Too little to learn from.
        (pd.DataFrame(), "no rows in X"),
        (FRAME[[]], "no column in X"),
        (X[:1], r"1 sample\(s\)"),
        (np.ones((4, 2)), "All 4 rows of X are the same"),
    ],
)
def test_one_sentence_for_what_is_wrong(data, sentence):
    with pytest.raises(InputError, match=sentence) as refusal:
        checked(data)
    message = str(refusal.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert "(--" not in message
    # No traceback of another library stands above ours.
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


def test_large_floats_and_ordinary_integers_are_fine():
    np.testing.assert_array_equal(checked(X * 1e100), X * 1e100)
    np.testing.assert_array_equal(
        checked(2**24 + np.arange(4).reshape(2, 2)), 2.0**24 + np.array([[0, 1], [2, 3]])
    )


def test_only_a_fit_needs_rows_that_differ():
    estimator = Plain()
    first_rows(estimator, X)
    np.testing.assert_array_equal(checked_rows(estimator, np.ones((2, 3))), np.ones((2, 3)))


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (np.where(np.arange(6) == 2, np.nan, X[:, 0]), None),
        (pd.array([1, None] * 3, dtype="Int64"), [1, np.nan] * 3),
        (pd.array([True, None] * 3, dtype="boolean"), [1, np.nan] * 3),
        (pd.array([1.5, None] * 3, dtype="double[pyarrow]"), [1.5, np.nan] * 3),
        (pd.array([1, None] * 3, dtype="object"), [1, np.nan] * 3),
        (pd.to_timedelta([1, None] * 3, unit="s"), [1, np.nan] * 3),
        ([decimal.Decimal("0.5"), None] * 3, [0.5, np.nan] * 3),
        (["0.5", " 2 ", None, "1e3", "", "7"], [0.5, 2, np.nan, 1000, np.nan, 7]),
    ],
)
@pytest.mark.filterwarnings("ignore::latentia.LatentiaWarning")
def test_gaps_and_numbers_of_other_types_are_numbers(column, expected):
    values, schema = first_rows(Plain(), FRAME.assign(b=column))
    np.testing.assert_array_equal(values[:, 1], column if expected is None else expected)
    np.testing.assert_array_equal(values[:, [0, 2]], X[:, [0, 2]])
    assert schema is None


@pytest.mark.parametrize(
    "data",
    [
        np.array([[1.5, None], [2.0, np.nan], [pd.NA, 3]], object),
        np.ma.masked_array([[1.5, 9], [2, 9], [9, 3]], [[0, 1], [0, 1], [1, 0]]),
        [[1.5, None], [2.0, np.nan], [None, 3]],
        pl.DataFrame({"a": [1.5, 2, None], "b": [None, None, 3]}),
        pa.table({"a": [1.5, 2, None], "b": [None, None, 3]}),
        pl.DataFrame({"a": [1.5, 2, None], "b": [None, None, 3]}, schema={"a": pl.Float32, "b": pl.Int8}),
    ],
)
def test_gaps_of_every_container_are_nan(data):
    np.testing.assert_array_equal(checked(data), [[1.5, np.nan], [2, np.nan], [np.nan, 3]])


def test_numbers_in_text_are_told():
    with pytest.warns(LatentiaWarning, match="Column 'n' holds numbers stored as text; they are"):
        assert checked(FRAME.assign(n=[str(row) for row in range(6)]))[5, 3] == 5
    with pytest.warns(LatentiaWarning, match="Columns 'column 1', 'column 2', 'column 3' hold numbers"):
        np.testing.assert_array_equal(checked(X.astype(str)), X)


MIXED = pd.DataFrame(
    {
        "mass": [1.5, None, 3.0, 4.0] * 5,
        "island": ["Dream", "Biscoe", None, "Dream"] * 5,
        "day": pd.to_datetime(["2007-01-01", None, "2007-01-03", "2007-01-04"] * 5),
    }
)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas])
def test_mixed_frames_are_codes_days_and_numbers(make):
    estimator = Plain()
    values, schema = first_rows(estimator, make(MIXED))
    nan = np.nan
    np.testing.assert_array_equal(
        values[:4], [[1.5, 1, 13514], [nan, 0, nan], [3, nan, 13516], [4, 1, 13517]]
    )
    assert [column.kind for column in schema.columns] == ["numeric", "category", "date"]
    assert list(estimator.feature_names_in_) == list(MIXED.columns)
    assert estimator.n_features_in_ == 3
    learned = schema.learned(values)
    expanded = checked_rows(estimator, make(MIXED.iloc[:3]), schema=learned)
    np.testing.assert_array_equal(expanded, [[1.5, 0, 1, 13514], [nan, 1, 0, nan], [3, nan, nan, 13516]])


def test_categories_of_new_rows_are_matched_by_their_text():
    estimator = Plain()
    values, schema = first_rows(estimator, MIXED)
    learned = schema.learned(values)
    turned = MIXED.assign(
        island=pd.Categorical(MIXED.island, categories=["Torgersen", "Dream", "Biscoe"], ordered=True)
    )
    np.testing.assert_array_equal(
        checked_rows(estimator, turned, schema=learned), checked_rows(estimator, MIXED, schema=learned)
    )
    new = MIXED.iloc[:3].assign(island=["Elba", "Dream", "Elba"])
    with pytest.warns(LatentiaWarning) as caught:
        expanded = checked_rows(estimator, new, schema=learned)
    assert [str(one.message) for one in caught] == [
        "The model has not seen these categories: 'island' has 'Elba' in 2 rows, which counts as missing."
    ]
    np.testing.assert_array_equal(expanded[:, 1:3], [[np.nan] * 2, [0, 1], [np.nan] * 2])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"mass": ["u"] * 20},
            "Column 'mass' holds something else .*text, where the model has learned numbers",
        ),
        ({"day": X[0, 0]}, "numbers, where the model has learned dates"),
        ({"mass": np.inf}, "Column 'mass' has infinite cells"),
    ],
)
def test_new_rows_of_other_kinds_are_refused(change, sentence):
    estimator = Plain()
    values, schema = first_rows(estimator, MIXED)
    with pytest.raises(InputError, match=sentence):
        checked_rows(estimator, MIXED.assign(**change), schema=schema.learned(values))


def test_new_rows_need_the_columns_of_the_fit():
    estimator = Plain()
    values, schema = first_rows(estimator, MIXED)
    learned = schema.learned(values)
    for other in (MIXED[["day", "mass", "island"]], MIXED[["mass", "day"]]):
        with pytest.raises(InputError, match="feature names"):
            checked_rows(estimator, other, schema=learned)
    with pytest.raises(InputError, match="no rows in X"):
        checked_rows(estimator, MIXED.iloc[:0], schema=learned)


def test_a_model_of_numbers_refuses_words_and_dates():
    estimator = Plain()
    first_rows(estimator, FRAME)
    with pytest.raises(InputError, match="Column 'b' holds text, where the model has learned numbers"):
        checked_rows(estimator, FRAME.assign(b=list("uvuvuv")))
    with pytest.raises(InputError, match="Column 'b' holds dates or times, where"):
        checked_rows(estimator, FRAME.assign(b=DAYS))


def test_objects_and_words_in_arrays_are_read_like_frames():
    values, schema = first_rows(Plain(), np.array([["u", 1], ["v", 2.5], [None, 3]], object))
    np.testing.assert_array_equal(values, [[0, 1], [1, 2.5], [np.nan, 3]])
    assert schema.columns[0].categories == ("u", "v")
    days, schema = first_rows(Plain(), np.stack([DAYS, DAYS], axis=1))
    np.testing.assert_array_equal(days[:, 0], np.arange(6))
    assert {column.kind for column in schema.columns} == {"date"}


def test_counts_cannot_be_categories_or_dates():
    with pytest.raises(InputError, match=r"2 columns hold no counts .'island' holds categories., and a loss"):
        first_rows(Plain(), MIXED, counts=True)


def test_a_table_as_read_table_returns_it():
    table = read_table(MIXED)
    estimator = Plain()
    values, schema = first_rows(estimator, table)
    np.testing.assert_array_equal(values, table.values)
    assert schema is table.schema
    assert list(estimator.feature_names_in_) == list(MIXED.columns)
    learned = schema.learned(values)
    np.testing.assert_array_equal(
        checked_rows(estimator, table, schema=learned), checked_rows(estimator, MIXED, schema=learned)
    )


def test_codes_are_checked_without_names():
    np.testing.assert_array_equal(checked_codes(FRAME), X)
    np.testing.assert_array_equal(
        checked_codes(PCA(2).set_output(transform="pandas").fit_transform(X)).shape, (6, 2)
    )
    with pytest.raises(
        InputError, match=r"Column 'a' has missing cells .6 missing; in 6 of 6 rows, the first"
    ):
        checked_codes(FRAME.assign(a=np.nan))
