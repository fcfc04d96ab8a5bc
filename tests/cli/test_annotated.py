"""Single-cell files from the command line."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import annotated_files
from latentia.cli import app
from undrawn import undrawn

h5py = pytest.importorskip("h5py")


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cells")
    with h5py.File(folder / "cells.h5ad", "w") as file:
        annotated_files.write(file)
    return folder


def test_a_layer_is_analysed_beside_known_classes_and_encoded(folder):
    cells, out = folder / "cells.h5ad", folder / "out"
    layer = ("--layer", "counts")
    small = (
        "--components=1",
        "--seeds=2",
        "--max-epochs=2",
        "--preset=fast",
        "--set",
        "hidden_layer_sizes=[]",
    )
    with undrawn():
        done = run("analyze", cells, "--label", "louvain", *layer, *small, "-o", out)
    assert done.exit_code == 0, done.output
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["request"]["reading"] == {"layer": "counts"}
    assert "--layer=counts" in manifest["command"]
    latents = pd.read_csv(out / "latents.csv")
    assert list(latents["louvain"])[:3] == ["missing", "B", "T"]
    done = run("encode", out / "model.latentia", cells, *layer, "-o", folder / "codes.csv")
    assert done.exit_code == 0, done.output
    codes = pd.read_csv(folder / "codes.csv")
    np.testing.assert_allclose(codes["factor_1"], latents["factor_1"], rtol=1e-5, atol=1e-6)


def test_an_unknown_layer_is_one_sentence_and_exit_code_2(folder):
    done = run("analyze", folder / "cells.h5ad", "--layer", "count", "-o", folder / "none")
    assert done.exit_code == 2
    assert done.output.splitlines()[-1].startswith(
        "latentia: cells.h5ad has no layer 'count'; the nearest name is 'counts'"
    )
