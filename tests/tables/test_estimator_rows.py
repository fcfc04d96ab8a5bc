"""Rows for an estimator: what scikit-learn would misread or refuse obscurely is one sentence."""

from __future__ import annotations

import datetime as dt
import pathlib

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA

from latentia import Autoencoder
from latentia.errors import InputError
from latentia.tables.estimator_rows import checked_codes, checked_rows

X = np.random.default_rng(0).normal(size=(6, 3))
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])
DAYS = np.arange(6).astype("M8[D]")


class Plain(BaseEstimator):
    """An estimator that only remembers what scikit-learn's checks tell it."""


def checked(data):
    return checked_rows(Plain(), data, fit=True)


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
    checked_rows(estimator, FRAME, fit=True)
    assert list(estimator.feature_names_in_) == ["a", "b", "c"]
    np.testing.assert_array_equal(checked_rows(estimator, FRAME.iloc[:1], fit=False), X[:1])
    with pytest.raises(InputError, match="feature names should match"):
        checked_rows(estimator, FRAME[["c", "b", "a"]].iloc[:1], fit=False)
    nameless = Plain()
    checked_rows(nameless, X, fit=True)
    with pytest.raises(InputError, match="X has 2 features, but Plain is expecting 3"):
        checked_rows(nameless, X[:, :2], fit=False)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        # What scikit-learn would take for numbers.
        (pd.DataFrame({"t": DAYS, "u": DAYS}), "2 columns hold no plain numbers .'t': dates or times"),
        (pl.DataFrame({"t": DAYS, "a": X[:, 0]}), "Column 't' holds no plain numbers .dates or times"),
        (pa.table({"t": DAYS, "a": X[:, 0]}), "Column 't' holds no plain numbers .dates or times"),
        (pd.DataFrame({"t": DAYS - DAYS[0], "u": DAYS - DAYS[1]}), "'u': durations"),
        (np.stack([DAYS, DAYS], axis=1), "dates or times"),
        (FRAME.assign(n=[str(row) for row in range(6)]), "'n' holds .*numbers stored as text such as '0'"),
        (X.astype(str), "3 columns hold .*numbers stored as text"),
        (FRAME.assign(k=pd.Categorical([1, 2] * 3)), "Column 'k' holds text"),
        (
            FRAME.assign(i=2**60 + np.arange(6)),
            r"Column 'i' has integers beyond ±2\^53 \(1152921504606846981\)",
        ),
        (np.arange(2**60, 2**60 + 4).reshape(2, 2), r"integers beyond ±2\^53"),
        (np.ma.masked_array(X, X.max() == X), "missing .NaN. or infinite cells .1 missing"),
        # What it would refuse without naming the column, or in words of NumPy.
        (FRAME.assign(t=DAYS), "Column 't' holds no plain numbers .dates or times"),
        (FRAME.assign(t=pd.date_range("2020", periods=6, tz="UTC")), "Column 't' .*dates or times"),
        (
            FRAME.assign(s=list("uvuvuv")),
            "Column 's' holds text .2 different values such as 'u'.*numbers or leave",
        ),
        (FRAME.assign(s=[1, 2, 3, "x", 5, 6]), "Python objects of type int and str"),
        (FRAME.assign(s=[[1]] * 6), "nested values"),
        (FRAME.assign(z=X[:, 0] + 1j), "complex numbers"),
        (np.array([["u", 1], ["v", 2]], object), "Column 'column 1' holds text"),
        (np.array([[dt.date(2020, 1, 1), 1], [dt.date(2020, 1, 2), 2]], object), "dates or times"),
        (np.array([[pd.NA, 1.0], [2.0, 3.0]], object), "1 missing; in row 1"),
        (X + 1j, "Complex data not supported, only real numbers"),
        (FRAME.mask(FRAME.b.max() == FRAME), "Column 'b' has missing .*1 missing; in row "),
        (FRAME.assign(a=np.inf), "Column 'a' .*6 infinite; in 6 of 6 rows, the first is row 1"),
        (FRAME.assign(i=pd.array([1, None] * 3, dtype="Int64")), "Column 'i' .*3 missing"),
        (FRAME.assign(i=pd.array([True, None] * 3, dtype="boolean")), "Column 'i' .*3 missing"),
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
        (sparse.csr_array(X), r"sparse array cannot be trained on for now; pass X.toarray\(\)"),
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
    checked_rows(estimator, X, fit=True)
    np.testing.assert_array_equal(checked_rows(estimator, np.ones((2, 3)), fit=False), np.ones((2, 3)))


def test_the_autoencoder_asks_before_it_learns_encodes_scores_and_decodes():
    dated = FRAME.assign(a=DAYS)
    model = Autoencoder(1, hidden_layer_sizes=(), max_epochs=1, random_state=0)
    with pytest.raises(InputError, match="dates or times"):
        model.fit(dated)
    assert not hasattr(model, "trained_")
    model.fit(FRAME)
    for method in (model.transform, model.score, model.score_samples):
        with pytest.raises(InputError, match="dates or times"):
            method(dated)
    with pytest.raises(InputError, match="dates or times"):
        model.inverse_transform(dated[["a"]])


def test_codes_are_checked_without_names():
    np.testing.assert_array_equal(checked_codes(FRAME), X)
    np.testing.assert_array_equal(
        checked_codes(PCA(2).set_output(transform="pandas").fit_transform(X)).shape, (6, 2)
    )
    with pytest.raises(InputError, match="Column 'a' has missing"):
        checked_codes(FRAME.assign(a=np.nan))
