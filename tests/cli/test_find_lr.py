"""latentia find-lr: a rate, a reason, how to use it, and a picture if asked for."""

from __future__ import annotations

import json
import shlex

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from latentia import Autoencoder
from latentia.cli import app
from problems import curved


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Return a file with a small table."""
    path = tmp_path_factory.mktemp("find-lr") / "rows with a space.npy"
    np.save(path, curved(n_rows=90, n_columns=5)[0])
    return path


def test_it_prints_the_rate_why_and_how_to_train_with_it(table, tmp_path):
    done = run("find-lr", table, "--set", "hidden_layer_sizes=[8]")
    assert done.exit_code == 0
    model = Autoencoder(2, hidden_layer_sizes=(8,), random_state=0)
    expected = model.find_learning_rate(np.load(table))
    first, empty, reason, use = done.stdout.splitlines()
    assert (first, empty, reason) == (f"learning rate: {expected.suggestion:g}", "", expected.reason)
    assert "Sweeping: learning rates" in done.stderr
    program, *arguments = shlex.split(use.removeprefix("Train with it: "))
    assert program == "latentia"
    arguments[arguments.index("MODEL")] = tmp_path / "m.latentia"
    fitted = run(*arguments, "--max-epochs", 2, "--json", "-q")
    assert json.loads(fitted.stdout)["recipe"]["learning_rate"]["rate"] == expected.suggestion


def test_a_schedule_keeps_its_place_around_the_rate(table):
    done = run("find-lr", table, "--set", "learning_rate=cosine", "--networks", 2, "-q")
    assert """'learning_rate={"schedule": "cosine", "rate": """ in done.stdout


def test_json_is_one_document_and_quiet_is_quiet(table):
    done = run("find-lr", table, "--json", "-q", "--networks", 3)
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert document["setting"] == document["suggestion"]
    assert len(document["rates"]) == len(document["losses"])
    assert len(document["losses"][0]) == 3
    assert document["figure"] is None


def test_the_figure_is_written_where_it_is_wanted(table, tmp_path):
    done = run("find-lr", table, "--out", tmp_path / "rates.png", "--networks", 2, "-q")
    assert done.stdout.splitlines()[-1] == f"Figure: {tmp_path / 'rates.png'}"
    with Image.open(tmp_path / "rates.png") as image:
        assert image.format == "PNG"
    assert [path.name for path in tmp_path.iterdir()] == ["rates.png"]


def test_no_rate_that_helps_is_said_and_nothing_to_use_is_shown(table):
    # Noise a million times as large as the table leaves nothing to learn.
    done = run("find-lr", table, "-q", "--set", 'corruption={"gaussian": 1e6}', "--networks", 2)
    assert done.exit_code == 0
    assert "fell at no rate" in done.stdout
    assert "Train with it" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.csv"], "There is no file"),
        (["wine", "--out", "rates.jpg"], "let it end in .png"),
        (["wine", "--set", "learning_rat=1"], "did you mean 'learning_rate'"),
        (["wine", "--label", "clas"], "'class'"),
    ],
)
def test_a_mistake_is_one_sentence(arguments, sentence):
    done = run("find-lr", *arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if line.startswith("latentia: ")]
    assert len(lines) == 1
    assert sentence in lines[0]


def test_help_has_examples():
    done = run("find-lr", "--help")
    assert "$ latentia find-lr wine" in done.stdout


def test_the_command_to_train_with_keeps_label_and_settings():
    from latentia.cli.answers import rate_lines

    found = {"reason": "It falls.", "setting": 0.01, "suggestion": 0.01, "figure": None}
    line = rate_lines("a b.csv", found, ["--label=kind of", "--loss=mae"])[-1]
    command = shlex.split(line.removeprefix("Train with it: "))
    assert command[:6] == ["latentia", "fit", "a b.csv", "-o", "MODEL", "--label=kind of"]
    assert command[6:] == ["--loss=mae", "--set", "learning_rate=0.01"]
