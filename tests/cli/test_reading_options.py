"""What is said about how a table is read holds for every command that takes one."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from latentia.cli import app
from undrawn import undrawn

COMMANDS = ("analyze", "fit", "find-lr", "choose-size", "encode", "impute", "outliers")
ODD = {"delimiter": ":", "decimal": ",", "missing": "-9", "encoding": "cp437"}
OPTIONS = [f"--{name}={value}" for name, value in ODD.items()]


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a table that nobody could guess, the same one plainly, and a model of it."""
    folder = tmp_path_factory.mktemp("odd")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(30, 3)).round(3), columns=["größe", "b", "c"])
    frame["b"] = frame["b"].mask(frame.index == 4)
    frame.to_csv(folder / "plain.csv", index=False)
    text = frame.to_csv(index=False, sep=":", decimal=",", na_rep="-9")
    (folder / "odd.csv").write_bytes(text.encode("cp437"))
    done = run(
        "fit", folder / "odd.csv", *OPTIONS, "-o", folder / "odd.latentia", "--max-epochs=2", "--components=1"
    )
    assert done.exit_code == 0, done.output
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_tells_of_the_options(command):
    text = run(command, "--help").output
    for option in (
        "--layer",
        "--sheet",
        "--dataset",
        "--delimiter",
        "--decimal",
        "--encoding",
        "--missing",
        "--no-header",
    ):
        assert option in text


@pytest.mark.parametrize("command", ["encode", "impute", "outliers"])
def test_rows_pass_through_a_model_as_the_plain_ones_do(command, folder):
    odd, plain = folder / f"{command}-odd.csv", folder / f"{command}-plain.csv"
    assert run(command, folder / "odd.latentia", folder / "odd.csv", "-o", odd, *OPTIONS).exit_code == 0
    assert run(command, folder / "odd.latentia", folder / "plain.csv", "-o", plain).exit_code == 0
    assert odd.read_text(encoding="utf-8") == plain.read_text(encoding="utf-8")


def test_a_learning_rate_is_found_and_the_command_that_takes_it_says_the_same(folder):
    done = run("find-lr", folder / "odd.csv", *OPTIONS, "--quiet")
    assert done.exit_code == 0, done.output
    assert "--delimiter=:" in done.output
    assert "--missing=-9" in done.output


def test_sizes_are_compared_of_what_was_said(folder):
    short = ("--sizes=1,2", "--seeds=1", "--max-epochs=2", "--json", "--quiet")
    odd, plain = (
        run("choose-size", folder / name, *options, *short)
        for name, options in (("odd.csv", OPTIONS), ("plain.csv", ()))
    )
    assert odd.exit_code == 0, odd.output
    assert json.loads(odd.stdout)["r2_by_seed"] == json.loads(plain.stdout)["r2_by_seed"]


def test_a_wrong_value_is_one_sentence_and_exit_code_2(folder):
    done = run("analyze", folder / "odd.csv", "--encoding", "utf-9", "-o", folder / "out")
    assert done.exit_code == 2
    assert done.output.startswith("latentia: The encoding 'utf-9' is not known; pass one that Python knows")
    assert not (folder / "out").exists()
    done = run("fit", "wine", "--delimiter", ";", "-o", folder / "out.latentia")
    assert done.exit_code == 2
    assert done.output.endswith(
        "latentia: delimiter (';') is about text tables, and wine is none; leave it out.\n"
    )


def test_an_analysis_remembers_what_was_said(folder):
    out = folder / "analysed"
    small = (
        "--components=1",
        "--seeds=2",
        "--max-epochs=2",
        "--set",
        "hidden_layer_sizes=[]",
        "--preset=fast",
    )
    with undrawn():
        done = run("analyze", folder / "odd.csv", *OPTIONS, "-o", out, *small)
    assert done.exit_code == 0, done.output
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["request"]["reading"] == {**ODD, "missing": ["-9"]}
    assert manifest["data"]["columns"] == ["größe", "b", "c"]
    assert "--delimiter=: --decimal=, --encoding=cp437 --missing=-9" in manifest["command"]
