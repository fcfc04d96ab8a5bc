"""latentia export: two files, how far they are off, and one sentence where it cannot be."""

from __future__ import annotations

import json
import sys

import pytest
from typer.testing import CliRunner

from latentia import Autoencoder
from latentia.cli import app
from problems import linear

pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

ROWS = linear(n_rows=60, n_columns=5)[0]


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Return the path of a model file."""
    path = tmp_path_factory.mktemp("export") / "m.latentia"
    Autoencoder(2, hidden_layer_sizes=(6,), max_epochs=3, random_state=0).fit(ROWS).save(path)
    return path


def test_it_names_both_files_and_how_far_they_are_off(model, tmp_path):
    done = run("export", model, "-o", tmp_path / "m.onnx")
    assert done.exit_code == 0
    rows, codes, compared = done.stdout.splitlines()
    assert rows == f"From rows: {tmp_path / 'm.onnx'}"
    assert codes == f"From hidden variables: {tmp_path / 'm.decoder.onnx'}"
    assert compared.startswith("Compared with the model on 308 rows: at most ")
    told = onnxruntime.InferenceSession(tmp_path / "m.onnx").run(["codes"], {"X": ROWS})[0]
    assert told.shape == (60, 2)


def test_the_document_has_the_same(model, tmp_path):
    done = run("export", model, "-o", tmp_path / "m.onnx", "--json", "--quiet")
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert document.pop("difference") < 1e-5
    assert document == {
        "rows": str(tmp_path / "m.onnx"), "codes": str(tmp_path / "m.decoder.onnx"), "compared": 308
    }  # fmt: skip


@pytest.mark.parametrize(("name", "sentence"), [
    ("m.pt", "latentia: '{}' ends in '.pt', and that tells no format to write; let it end in .onnx."),
    ("no/m.onnx", "latentia: '{}' cannot be written because the folder"),
])  # fmt: skip
def test_a_place_that_cannot_be_is_one_sentence(model, tmp_path, name, sentence):
    done = run("export", model, "-o", tmp_path / name)
    assert done.exit_code == 2
    assert sentence.format(tmp_path / name) in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_one_sentence_has_the_command(model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    done = run("export", model, "-o", tmp_path / "m.onnx", "--quiet")
    assert done.exit_code == 2
    assert done.stderr == (
        "latentia: Exporting to ONNX needs the package onnx, which is not installed; run pip install "
        "'latentia[onnx]'.\n"
    )
