"""A model becomes two ONNX files that give what the estimator gives, or nothing is written."""

from __future__ import annotations

import json
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

import latentia
from latentia import (
    Autoencoder,
    InputError,
    LatentiaWarning,
    MissingExtraError,
    ModelFileError,
    OutputError,
    export_onnx,
    exporting,
)
from latentia.modelfiles.container import read_manifest
from problems import counts, linear

pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

RNG = np.random.default_rng(0)
N = 90
SIZE = RNG.normal(size=N)
FRAME = pd.DataFrame(
    {
        "island": np.where(np.arange(N) % 11 == 3, None, RNG.choice(["Biscoe", "Dream", "Torgersen"], N)),
        "mass [g]": np.where(np.arange(N) % 9 == 4, np.nan, 4000 + 500 * SIZE),
        "day": pd.to_datetime("2007-01-01") + pd.to_timedelta(np.arange(N) % 50, unit="D"),
        "tagged": SIZE > 0,
        "eggs": np.rint(5 + SIZE).astype(int),
        "ring": pd.Categorical(np.where(np.arange(N) % 20 == 0, "gold", RNG.choice(["red", "blue"], N))),
    }
)
NUMBERS, CATEGORIES = ["mass [g]", "day", "tagged", "eggs"], ["island", "ring"]
SMALL = {"hidden_layer_sizes": (6,), "max_epochs": 3, "random_state": 0}


@pytest.fixture(scope="module")
def model():
    return Autoencoder(2, n_seeds=2, **SMALL).fit(FRAME)


def feed(frame):
    """Return a frame as it goes into a graph: dates as days, and text without gaps."""
    numbers = frame[NUMBERS].copy()
    numbers["day"] = (numbers["day"] - pd.Timestamp(0)) / pd.Timedelta(days=1)
    return {
        "X": numbers.to_numpy(np.float64),
        "categories": frame[CATEGORIES].astype(object).where(frame[CATEGORIES].notna(), "").to_numpy(),
    }


def run(path, rows):
    session = onnxruntime.InferenceSession(path)
    return dict(zip([output.name for output in session.get_outputs()], session.run(None, rows), strict=True))


def test_the_files_give_what_the_estimator_gives(model, tmp_path):
    exported = export_onnx(model, tmp_path / "m.onnx")
    assert sorted(tmp_path.iterdir()) == [tmp_path / "m.decoder.onnx", tmp_path / "m.onnx"]
    new = FRAME.copy()
    new.loc[3, "island"] = "Elsewhere"
    new["ring"] = new["ring"].cat.add_categories("green")
    new.loc[4, "ring"] = "green"
    told = run(exported.rows, feed(new))
    with pytest.warns(LatentiaWarning, match="'Elsewhere' in 1 row.*'green' in 1 row"):
        codes = model.transform(new)
    np.testing.assert_allclose(told["codes"], codes, atol=1e-5)
    with pytest.warns(LatentiaWarning, match="not seen"):
        np.testing.assert_allclose(told["score"], model.score_samples(new), atol=1e-5)
    with pytest.warns(LatentiaWarning, match="not seen"):
        assert_same_rows(told, model.reconstruct(new))
    assert_same_rows(run(exported.codes, {"codes": told["codes"]}), model.inverse_transform(codes))


def assert_same_rows(told, rows):
    """Compare what a graph makes of rows with a frame, whose whole numbers are rounded."""
    np.testing.assert_allclose(told["reconstruction"][:, 0], rows["mass [g]"], rtol=1e-5)
    np.testing.assert_array_equal(np.rint(told["reconstruction"][:, 3]), rows["eggs"])
    days = pd.to_datetime(np.rint(told["reconstruction"][:, 1]), unit="D").astype(str)
    assert list(days) == list(pd.to_datetime(rows["day"]).dt.round("D").astype(str))
    np.testing.assert_array_equal(told["reconstructed_categories"], rows[CATEGORIES].astype(str))


def test_counts_with_gaps_and_sizes(tmp_path):
    rows = counts(n_rows=60, n_columns=6).table
    rows[::7, 2] = np.nan
    model = Autoencoder(2, loss="poisson", **SMALL).fit(rows)
    told = run(export_onnx(model, tmp_path / "m.onnx").rows, {"X": 5 * rows})
    np.testing.assert_allclose(told["codes"], model.transform(5 * rows), atol=1e-5)
    np.testing.assert_allclose(told["reconstruction"], model.reconstruct(5 * rows), rtol=1e-5)


def test_a_file_and_its_model_give_the_same_bytes_with_the_checksum_of_the_file(model, tmp_path):
    model.save(tmp_path / "m.latentia")
    for name, source in (("a", model), ("b", tmp_path / "m.latentia"), ("c", str(tmp_path / "m.latentia"))):
        export_onnx(source, tmp_path / f"{name}.onnx")
    for ending in ("onnx", "decoder.onnx"):
        assert len({(tmp_path / f"{name}.{ending}").read_bytes() for name in "abc"}) == 1
        session = onnxruntime.InferenceSession(tmp_path / f"a.{ending}")
        told = session.get_modelmeta().custom_metadata_map
        assert [column["name"] for column in json.loads(told["columns"])] == list(FRAME.columns)
        assert told["latentia_version"] == latentia.__version__
        assert told["model_sha256"].encode() in (tmp_path / "m.latentia").read_bytes()
    assert read_manifest(tmp_path / "m.latentia", verify=True)["columns"] == list(FRAME.columns)


def test_no_row_of_the_table_is_in_the_files(tmp_path):
    rows = linear(n_rows=50, n_columns=4)[0]
    export_onnx(Autoencoder(2, **SMALL).fit(rows), tmp_path / "m.onnx")
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(row.astype(kind).tobytes() in content for row in rows for kind in (np.float64, np.float32))


def test_how_far_it_is_off_is_told(model, tmp_path):
    exported = export_onnx(model, tmp_path / "m.onnx")
    assert 0 < exported.difference < 1e-5
    assert exported.n_compared == 308


def test_what_differs_from_the_model_is_not_written(model, tmp_path, monkeypatch):
    (tmp_path / "m.onnx").write_text("old")
    for off in (1.1e-5, np.inf, np.nan):
        monkeypatch.setattr(exporting, "largest_difference", lambda *_, off=off: off)
        with pytest.raises(
            OutputError, match=r"differs from the model by .* where 1e-05 is allowed, so that"
        ):
            export_onnx(model, tmp_path / "m.onnx")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize(("name", "sentence"), [
    ("m.json", r"'m\.json' ends in '\.json', .*; let it end in \.onnx\."),
    ("m", r"'m' has no ending, .*; let it end in \.onnx\."),
    ("nowhere/m.onnx", "the folder '.*nowhere' does not exist; make it first"),
    ("taken.onnx", r"'.*taken\.decoder\.onnx' is a folder"),
])  # fmt: skip
def test_a_place_that_cannot_be_written_is_refused_at_once(model, tmp_path, monkeypatch, name, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.decoder.onnx").mkdir()
    monkeypatch.setattr(exporting, "rows_model", None)
    with pytest.raises(OutputError, match=sentence):
        export_onnx(model, name)


@pytest.mark.parametrize(
    ("package", "doing"), [("onnx", "Exporting to ONNX"), ("onnxruntime", "Checking what")]
)
def test_without_a_package_one_sentence_has_the_command(model, tmp_path, monkeypatch, package, doing):
    monkeypatch.setitem(sys.modules, package, None)
    sentence = rf"^{doing}.* needs the package {package}, .*; run pip install 'latentia\[onnx\]'\.$"
    with pytest.raises(MissingExtraError, match=sentence):
        export_onnx(model, tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_fitted_model_is_refused(tmp_path):
    with pytest.raises(
        InputError, match="type int cannot be exported; pass a fitted Autoencoder, or the path"
    ):
        export_onnx(3, tmp_path / "m.onnx")
    with pytest.raises(NotFittedError):
        export_onnx(Autoencoder(), tmp_path / "m.onnx")
    with pytest.raises(ModelFileError, match="There is no model file"):
        export_onnx(tmp_path / "m.latentia", tmp_path / "m.onnx")
    (tmp_path / "m.latentia").write_bytes(b"no model")
    with pytest.raises(ModelFileError, match="is not a Latentia model file"):
        export_onnx(tmp_path / "m.latentia", tmp_path / "m.onnx")


def test_onnx_is_not_needed_to_load_and_use_latentia(model, monkeypatch):
    for package in ("onnx", "onnxruntime"):
        monkeypatch.setitem(sys.modules, package, None)
    assert callable(latentia.export_onnx)
    assert model.transform(FRAME).shape == (N, 2)
