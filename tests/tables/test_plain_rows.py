"""Rows are checked by scikit-learn's rules, in its words, without it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from latentia.tables.plain_rows import LikeLearned, floats


class Autoencoder(BaseEstimator):
    """An estimator that has learned columns, and nothing else."""

    def __init__(self, names=None, n_columns=2):
        self.n_features_in_ = n_columns
        if names is not None:
            self.feature_names_in_ = np.asarray(names, dtype=object)


def of_scikit_learn(rows, names):
    settings = {"dtype": (np.float64, np.float32), "ensure_all_finite": "allow-nan", "reset": False}
    return validate_data(Autoencoder(names), X=rows, **settings)


FRAME = pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan]})


@pytest.mark.parametrize(
    "rows", [FRAME, pa.Table.from_pandas(FRAME), FRAME[["a"]].astype(np.float32).assign(b=1)]
)
def test_frames_come_as_scikit_learn_gives_them(rows):
    expected = of_scikit_learn(rows, ["a", "b"])
    made = LikeLearned(["a", "b"], 2, "Autoencoder")(rows)
    np.testing.assert_array_equal(made, expected)
    assert made.dtype == expected.dtype


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int8, bool, object])
def test_arrays_come_in_single_precision_or_double(kind):
    rows = np.ones((3, 2), kind)
    assert floats(rows).dtype == of_scikit_learn(rows, None).dtype


@pytest.mark.parametrize(
    "rows",
    [FRAME[["b", "a"]], FRAME.rename(columns={"a": "c"}), FRAME.assign(c=1), FRAME[["a"]]],
    ids=["another order", "another name", "one more", "one less"],
)
def test_names_are_compared_in_the_same_words(rows):
    said = []
    for check in (LikeLearned(["a", "b"], 2, "Autoencoder"), lambda rows: of_scikit_learn(rows, ["a", "b"])):
        with pytest.raises(ValueError, match="feature names should match") as caught:
            check(rows)
        said.append(str(caught.value))
    assert said[0] == said[1]


def test_many_names_are_cut_short():
    names = [f"x{at}" for at in range(9)]
    with pytest.raises(ValueError, match=r"- x4\n- \.\.\.\n$"):
        LikeLearned(names, 9, "Autoencoder")(pd.DataFrame({"y": [1.0]}))


@pytest.mark.parametrize("rows", [np.ones(2), np.ones((1, 2, 2)), np.empty((0, 2)), np.array([[1, np.inf]])])
def test_what_scikit_learn_refuses_is_refused(rows):
    for check in (floats, lambda rows: of_scikit_learn(rows, None)):
        with pytest.raises(ValueError, match=r"."):
            check(rows)


def test_sums_that_overflow_are_no_infinite_cells():
    rows = np.full((3, 2), 1.5e308)
    np.testing.assert_array_equal(floats(rows), rows)
