"""Frames of pandas, Polars and Arrow: the same numbers in, and the kind asked for out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.datasets import load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import latentia
from latentia import Autoencoder, InputError
from problems import BRIEF

FRAME = load_wine(as_frame=True).data
MAKERS = {"pandas": pd.DataFrame, "polars": pl.from_pandas, "arrow": pa.Table.from_pandas}
FACTORS = ["factor_1", "factor_2"]


def brief(**settings):
    return Autoencoder(2, hidden_layer_sizes=(16,), max_epochs=4, random_state=0, **settings)


@pytest.fixture(scope="module")
def expected():
    """Return the codes of the plain numbers."""
    return brief().fit_transform(FRAME.to_numpy())


@pytest.fixture(params=MAKERS)
def frame(request):
    return MAKERS[request.param](FRAME)


def test_the_library_makes_no_difference(frame, expected):
    model = brief().fit(frame)
    codes = model.transform(frame)
    assert type(codes) is np.ndarray
    np.testing.assert_array_equal(codes, expected)
    assert list(model.feature_names_in_) == list(FRAME.columns)
    assert model.score(frame) == model.score(FRAME)
    assert model.score_samples(frame).shape == (178,)


@pytest.mark.parametrize(("kind", "wanted"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame)])
def test_codes_come_out_as_the_kind_asked_for(frame, kind, wanted, expected):
    model = brief().set_output(transform=kind)
    for codes in (model.fit_transform(frame), model.transform(frame)):
        assert type(codes) is wanted
        assert list(codes.columns) == FACTORS
        np.testing.assert_array_equal(codes.to_numpy(), expected)
    # What comes out is taken back.
    made = model.inverse_transform(codes)
    np.testing.assert_array_equal(made, model.inverse_transform(expected))


def test_a_pandas_index_is_kept_and_not_learned_from(expected):
    dated = FRAME.set_index(pd.date_range("2020-01-01", periods=len(FRAME), name="day"))
    codes = brief().set_output(transform="pandas").fit_transform(dated)
    assert codes.index.equals(dated.index)
    np.testing.assert_array_equal(codes, expected)


def test_single_precision_comes_out_of_a_frame_too():
    codes = brief().set_output(transform="pandas").fit_transform(FRAME.astype(np.float32))
    assert set(codes.dtypes) == {np.dtype(np.float32)}


def test_names_go_through_a_pipeline():
    steps = make_pipeline(StandardScaler(), brief()).set_output(transform="pandas").fit(FRAME)
    assert list(steps.transform(FRAME).columns) == FACTORS
    assert list(steps.get_feature_names_out()) == FACTORS
    assert list(steps[-1].feature_names_in_) == list(FRAME.columns)


def test_columns_in_another_order_are_refused(frame):
    model = brief().fit(frame)
    turned = (
        frame.select(FRAME.columns[::-1].tolist()) if hasattr(frame, "select") else frame[FRAME.columns[::-1]]
    )
    with pytest.raises(InputError, match="same order"):
        model.transform(turned)
    with pytest.raises(InputError, match="feature names"):
        model.transform(FRAME.rename(columns={"hue": "colour"}))
    with pytest.raises(InputError, match="feature names"):
        model.transform(FRAME.iloc[:, :12])


def test_findings_name_the_columns():
    frame = FRAME.assign(copy=2 * FRAME.hue, flat=1.0)
    found = {one.code: one for one in brief().fit(frame).diagnose()}
    assert found["duplicate_columns"].evidence["groups"] == [["hue", "copy"]]
    assert found["nearly_constant_column"].evidence["columns"] == ["flat"]


def test_a_model_file_knows_the_names(tmp_path):
    brief().fit(FRAME).save(tmp_path / "wine.latentia")
    again = latentia.load(tmp_path / "wine.latentia")
    assert again.describe()["columns"] == list(FRAME.columns)
    with pytest.raises(InputError, match="same order"):
        again.transform(FRAME[FRAME.columns[::-1]])


def test_an_analysis_takes_every_kind(frame):
    """The same table, whatever it was held in; the columns are named and the source is not a file."""
    one, plain = (latentia.analyze(data, **BRIEF) for data in (frame, FRAME))
    np.testing.assert_array_equal(one.latents, plain.latents)
    assert one.study.column_names == tuple(FRAME.columns)
    assert one.study.source["sha256"] == plain.study.source["sha256"]
    assert one.study.source["path"] is None
