"""latentia choose-size: a table of sizes, a number with its reason, and a picture if asked for."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from latentia import choose_n_components
from latentia.cli import app
from problems import linear

QUICK = ("--max-epochs", 20, "--set", "hidden_layer_sizes=[8]")


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Return a file with a small table of two factors."""
    path = tmp_path_factory.mktemp("choose-size") / "rows.npy"
    np.save(path, linear(n_rows=120, n_columns=6, rank=2, noise=0.2, seed=1)[0])
    return path


@pytest.fixture(scope="module")
def expected(table):
    """Return what Python says of it."""
    return choose_n_components(
        table, sizes=[1, 2, 3], n_seeds=2, max_epochs=20, hidden_layer_sizes=(8,), random_state=3
    )


ASKED = ("--sizes", "1,2,3", "--seeds", 2, "--random-state", 3, *QUICK)


def test_it_prints_the_number_the_reason_and_the_table(table, expected):
    done = run("choose-size", table, *ASKED)
    assert done.exit_code == 0
    first, empty, reason, _, head, *sizes, _, dimension, judges = done.stdout.splitlines()
    number = expected.n_components
    assert (first, empty, reason) == (
        f"recommended: {number} component{'s' if number > 1 else ''}", "", expected.reason,
    )  # fmt: skip
    assert head.split() == ["components", "held-out", "R²", "PCA", "stability"]
    assert len({line.index(".") for line in sizes}) == 1  # the numbers stand below each other
    for at, line in enumerate(sizes):
        found = re.fullmatch(r" +(\d+)  (\S+) ± (\S+) +(\S+) +(\S+)( \*)?", line)
        assert int(found[1]) == at + 1
        figures = (expected.r2_mean, expected.r2_error, expected.r2_pca)
        assert list(map(float, found.group(2, 3, 4))) == pytest.approx([one[at] for one in figures], abs=6e-4)
        assert float(found[5]) == pytest.approx(expected.stability[at], abs=6e-3)
        assert bool(found[6]) == (at + 1 == number)
    assert dimension == f"Intrinsic dimension: {expected.dimension.sentence}"
    assert judges == "24 rows judged that no network has seen; 77 trained, and 19 chose the epochs."
    assert "Comparing sizes: 120 rows of 6 columns" in done.stderr


def test_json_is_one_document_and_quiet_is_quiet(table, expected):
    done = run("choose-size", table, *ASKED, "--json", "-q")
    assert done.stderr == ""
    assert json.loads(done.stdout) == {**expected.to_dict(), "figure": None}


def test_one_seed_has_neither_error_nor_stability(table):
    done = run("choose-size", table, "--sizes", 1, "--seeds", 1, *QUICK, "-q")
    line = done.stdout.splitlines()[5]
    assert "±" not in line
    assert line.endswith("– *")


def test_the_figure_is_written_where_it_is_wanted(table, tmp_path):
    done = run("choose-size", table, *ASKED, "-q", "-o", tmp_path / "sizes.png")
    assert done.stdout.splitlines()[-1] == f"Figure: {tmp_path / 'sizes.png'}"
    with Image.open(tmp_path / "sizes.png") as image:
        assert image.format == "PNG"
    assert [path.name for path in tmp_path.iterdir()] == ["sizes.png"]


def test_columns_can_be_left_out_and_classes_are_not_trained_on(tmp_path):
    path = tmp_path / "a.csv"
    rows = linear(n_rows=40, n_columns=3, rank=1)[0].round(3).tolist()
    lines = ["a,b,c,kind,id", *(f"{','.join(map(str, row))},u,{at}" for at, row in enumerate(rows))]
    path.write_text("\n".join(lines))
    done = run("choose-size", path, "--label", "kind", "--drop", "id", "--seeds", 1, "--max-epochs", 1)
    assert "Comparing sizes: 40 rows of 3 columns" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.csv"], "There is no file"),
        (["wine", "-o", "sizes.jpg"], "let it end in .png"),
        (["wine", "--sizes", "1,x"], "--sizes '1,x' must be whole numbers with commas between them"),
        (["wine", "--sizes", ""], "--sizes '' must be whole numbers"),
        (["wine", "--sizes", "0,1"], "sizes holds 0, but a size must be"),
        (["wine", "--sizes", "14"], "more than the 13 columns"),
        (["wine", "--set", "n_components=2"], "n_components=2 is what is looked for"),
        (["wine", "--set", "activaton=tanh"], "did you mean 'activation'"),
        (["wine", "--label", "clas"], "'class'"),
    ],
)
def test_a_mistake_is_one_sentence(arguments, sentence):
    done = run("choose-size", *arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("latentia: ")]
    assert sentence in line
