"""latentia analyze and demo: a folder with everything, repeatable, and nobody else's files in danger."""

from __future__ import annotations

import json
import shlex

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import latentia
from latentia.cli import app
from problems import BRIEFLY, N_COLUMNS, N_ROWS
from undrawn import undrawn

FILES = {
    "report.html",
    "latents.csv",
    "latents.parquet",
    "model.latentia",
    "metrics.json",
    "manifest.json",
    "figures",
}
SHORT = [*BRIEFLY, "--eps", 0.7, "--clusters", 3]


def run(*arguments):
    """Run a command in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def analysed(tmp_path_factory):
    """Return a folder that an analysis of the wines wrote, and what the command said."""
    folder = tmp_path_factory.mktemp("analyze") / "wines"
    with undrawn():
        done = run("analyze", "wine", "-o", folder, *SHORT, "--json")
    assert done.exit_code == 0, done.output
    return folder, done


def test_the_folder_is_complete(analysed):
    folder, _ = analysed
    assert {path.name for path in folder.iterdir()} == FILES
    assert list((folder / "figures").glob("*.png"))


def test_json_is_alone_on_standard_output(analysed):
    folder, done = analysed
    document = json.loads(done.stdout)
    assert document == json.loads((folder / "metrics.json").read_text())
    assert done.stderr.splitlines()[0].startswith("Starting")
    assert any(line.startswith("Writing") for line in done.stderr.splitlines())


def test_the_settings_arrive(analysed):
    folder, _ = analysed
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["recipe"]["n_components"] == 2
    assert manifest["recipe"]["max_epochs"] == 20
    assert manifest["request"]["eps"] == 0.7
    assert manifest["request"]["n_clusters"] == 3


def test_encode_gives_the_same_codes_and_decode_takes_them(analysed, tmp_path):
    folder, _ = analysed
    latents = pd.read_csv(folder / "latents.csv")
    assert run("encode", folder / "model.latentia", "wine", "-o", tmp_path / "codes.csv").exit_code == 0
    codes = pd.read_csv(tmp_path / "codes.csv")
    # Encoded without JAX, which rounds elsewhere.
    np.testing.assert_allclose(codes, latents[codes.columns], rtol=1e-5, atol=1e-5)
    done = run("decode", folder / "model.latentia", folder / "latents.csv", "-o", tmp_path / "back.csv")
    assert done.exit_code == 0
    assert "left out" in done.stderr
    model = latentia.load(folder / "model.latentia")
    np.testing.assert_allclose(
        pd.read_csv(tmp_path / "back.csv"), model.inverse_transform(codes.to_numpy()), rtol=1e-5, atol=1e-6
    )


@pytest.mark.slow
def test_the_command_in_the_manifest_repeats_the_analysis(analysed, tmp_path):
    folder, _ = analysed
    command = shlex.split(json.loads((folder / "manifest.json").read_text())["command"])
    assert command[0] == "latentia"
    with undrawn():
        done = run(*command[1:], "-o", tmp_path / "again", "--quiet")
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    assert (tmp_path / "again" / "latents.csv").read_bytes() == (folder / "latents.csv").read_bytes()


def test_a_folder_of_somebody_else_is_refused_before_any_work(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    done = run("analyze", "iris", "-o", tmp_path, *SHORT)
    assert done.exit_code == 2
    assert "--force" in done.stderr
    assert "Reading" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["iris", "--set", "activaton=tanh"], "did you mean 'activation'"),
        (["iris", "--components", "many"], "n_components='many'"),
        (["iris", "--label", "clas"], "'class'"),
        (["nowhere.csv"], "There is no file"),
    ],
)
def test_a_mistake_leaves_no_folder(tmp_path, arguments, sentence):
    done = run("analyze", *arguments, "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_demo_prints_its_verdict_and_may_be_run_twice(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = run("demo", "--quiet")
    assert first.exit_code == 0, first.output
    assert first.stderr == ""
    verdict = json.loads((tmp_path / "latentia-demo" / "manifest.json").read_text())["verdict"]
    assert " ".join(verdict.split()) in " ".join(first.stdout.split())
    assert "Report: latentia-demo/report.html" in first.stdout
    latents = (tmp_path / "latentia-demo" / "latents.csv").read_bytes()
    with undrawn():
        assert run("demo", "--quiet").exit_code == 0
    assert (tmp_path / "latentia-demo" / "latents.csv").read_bytes() == latents
    assert {path.name for path in (tmp_path / "latentia-demo").iterdir()} == FILES


def test_nuisances_are_named_on_the_command_line_and_the_command_repeats_them(tmp_path):
    rows = np.random.default_rng(0).normal(size=(N_ROWS, N_COLUMNS))
    frame = pd.DataFrame(rows, columns=list("abcdefghijklm"))
    frame = frame.assign(batch=["u", "v"] * (N_ROWS // 2), day=np.arange(N_ROWS) % 7)
    frame.to_csv(tmp_path / "made.csv", index=False)
    options = ["--nuisance", "batch", "--nuisance", "day", *SHORT]
    with undrawn():
        done = run("analyze", tmp_path / "made.csv", "-o", tmp_path / "out", *options, "--json")
    assert done.exit_code == 0, done.output
    suspects = {one["suspect"] for one in json.loads(done.stdout)["following"]}
    assert {"batch", "day"} < suspects
    again = shlex.split(json.loads((tmp_path / "out" / "manifest.json").read_text())["command"])
    with undrawn():
        assert run(*again[1:], "-o", tmp_path / "again").exit_code == 0
    first, second = (tmp_path / name / "metrics.json" for name in ("out", "again"))
    assert json.loads(first.read_text())["following"] == json.loads(second.read_text())["following"]


def test_a_nuisance_that_is_not_there_is_refused_in_a_sentence(tmp_path):
    done = CliRunner().invoke(app, ["analyze", "iris", "-o", str(tmp_path / "out"), "--nuisance", "clas"])
    assert done.exit_code != 0
    assert not (tmp_path / "out").exists()
