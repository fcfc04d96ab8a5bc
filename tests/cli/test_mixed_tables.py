"""Text, dates and missing cells on the command line: read, encoded, decoded and filled in."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import csv, parquet
from typer.testing import CliRunner

import latentia
from latentia.cli import app
from problems import mixed

BRIEF = ("--max-epochs", 3, "--set", "hidden_layer_sizes=[]", "--quiet")


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a mixed table, the same with gaps, and a model of it."""
    folder = tmp_path_factory.mktemp("mixed")
    whole = mixed().append_column("year", pa.array([2007, 2008, 2009, 2010] * 10))
    csv.write_csv(whole, folder / "whole.csv")
    gaps = pd.read_csv(folder / "whole.csv")
    gaps.loc[3, "size"] = gaps.loc[4, "kind"] = gaps.loc[5, "day"] = None
    gaps.to_csv(folder / "gaps.csv", index=False)
    asked = ("--types", "year=category")
    done = run("fit", folder / "whole.csv", "-o", folder / "m.latentia", *asked, *BRIEF)
    assert done.exit_code == 0, done.stderr
    return folder


def test_encoded_rows_decode_to_the_columns_of_the_table(folder):
    model, codes = folder / "m.latentia", folder / "codes.csv"
    assert run("encode", model, folder / "gaps.csv", "-o", codes).exit_code == 0
    assert not pd.read_csv(codes).isna().any(axis=None)
    assert run("decode", model, codes, "-o", folder / "back.csv").exit_code == 0
    back = csv.read_csv(folder / "back.csv")
    assert back.column_names == ["size", "kind", "day", "year"]
    assert pa.types.is_date(back["day"].type)
    assert set(back["kind"].to_pylist()) <= {"u", "v", "(other)"}
    assert set(back["year"].to_pylist()) <= {2007, 2008, 2009, 2010}


@pytest.mark.parametrize("name", ["filled.csv", "filled.parquet"])
def test_impute_fills_what_is_missing_and_nothing_else(folder, name):
    done = run("impute", folder / "m.latentia", folder / "gaps.csv", "-o", folder / name, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout) == {"out": str(folder / name), "rows": 40, "columns": 4, "notes": []}
    after = csv.read_csv(folder / name) if name.endswith("csv") else parquet.read_table(folder / name)
    before = csv.read_csv(folder / "gaps.csv", convert_options=csv.ConvertOptions(strings_can_be_null=True))
    assert sum(column.null_count for column in before.columns) == 3
    for old, new in zip(before.to_pylist(), after.to_pylist(), strict=True):
        for column, cell in old.items():
            assert new[column] is not None
            assert cell is None or new[column] == cell


def test_what_the_model_does_not_know_is_told(folder, tmp_path):
    frame = pd.read_csv(folder / "gaps.csv").assign(note="x")
    frame.loc[0, "kind"] = "zebra"
    frame.to_csv(tmp_path / "new.csv", index=False)
    done = run("impute", folder / "m.latentia", tmp_path / "new.csv", "-o", tmp_path / "out.csv")
    assert done.exit_code == 0
    assert "('note'); it was kept as it was" in done.stderr
    assert "'kind' has 'zebra' in 1 row, which counts as one of the rare categories" in done.stderr
    assert pd.read_csv(tmp_path / "out.csv").kind[0] == "zebra"
    assert (pd.read_csv(tmp_path / "out.csv").note == "x").all()
    frame.assign(size="heavy").to_csv(tmp_path / "bad.csv", index=False)
    for command in ("impute", "encode"):
        done = run(command, folder / "m.latentia", tmp_path / "bad.csv", "-o", tmp_path / "no.csv")
        assert done.exit_code == 2
        assert "Column 'size' holds something else than the model has learned" in done.stderr
        assert not (tmp_path / "no.csv").exists()


def test_inspect_says_what_the_columns_are(folder):
    described = json.loads(run("inspect", folder / "m.latentia", "--json").stdout)
    assert described["kinds"] == {"numeric": 1, "category": 2, "date": 1}
    assert (described["n_columns"], described["columns"]) == (4, ["size", "kind", "day", "year"])
    assert [one["kind"] for one in described["table"]] == ["numeric", "category", "date", "category"]
    assert len(described["table"][3]["levels"]) == 4
    plain = run("inspect", folder / "m.latentia").stdout
    assert "\n  year: category (" in plain
    assert "; for the network an indicator for each of 4 levels\n" in plain
    assert latentia.load(folder / "m.latentia").trained_.schema.columns[3].categories == (
        "2007",
        "2008",
        "2009",
        "2010",
    )


@pytest.mark.parametrize(
    ("types", "sentence"),
    [
        ("year", "--types 'year' has no '='; write it as NAME=KIND, such as year=category."),
        ("year=word", "'word' is no type of column, but was asked for 'year'; pass one of numeric, boolean,"),
        ("yaer=category", "There is no column 'yaer' to give a type; the nearest name is 'year'"),
    ],
)
@pytest.mark.parametrize("command", ["fit", "analyze", "find-lr", "choose-size"])
def test_types_that_cannot_be_are_refused(folder, tmp_path, command, types, sentence):
    out = {"fit": "m.latentia", "analyze": "results"}.get(command, "figure.png")
    done = run(command, folder / "whole.csv", "--types", types, "-o", tmp_path / out)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert not list(tmp_path.iterdir())


def test_without_a_model_the_table_teaches_how_to_fill_it_in(folder, tmp_path):
    frame = pd.read_csv(folder / "gaps.csv")
    frame.insert(1, "no", [f"row {at}" for at in range(len(frame))])
    frame.to_csv(tmp_path / "gaps.csv", index=False)
    done = run("impute", tmp_path / "gaps.csv", "-o", tmp_path / "out.csv", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["rows"], told["columns"]) == (40, 5)
    assert told["error_to_means"] is None  # of 40 rows, too few are held out
    assert "too few rows to say how well" in done.stderr
    after = pd.read_csv(tmp_path / "out.csv")
    assert list(after) == list(frame)  # what names rows is kept where it stood
    assert not after.isna().any(axis=None)
    there = frame.notna()
    pd.testing.assert_frame_equal(after.where(there).astype(object), frame.where(there).astype(object))


def test_it_says_how_well_it_fills_in(tmp_path):
    rng = np.random.default_rng(0)
    whole = rng.normal(size=(200, 2)) @ rng.normal(size=(2, 6))
    frame = pd.DataFrame(np.where(rng.random(whole.shape) < 0.1, np.nan, whole)).add_prefix("c")
    frame.to_csv(tmp_path / "t.csv", index=False)
    done = run("impute", tmp_path / "t.csv", "-o", tmp_path / "out.csv", "--json", "--random-state", 3)
    told = json.loads(done.stdout)
    assert told["error_to_means"] < 0.2
    assert told["n_components"] in {2, 4}
    assert f"the squared error is {told['error_to_means']:.2f} of that of the means" in done.stderr


def test_what_impute_cannot_do_is_said(folder, tmp_path):
    out, model, gaps = tmp_path / "out.csv", folder / "m.latentia", folder / "gaps.csv"
    for arguments, message in (
        ([model], "impute reads one table, and before it one model file or none"),
        ([model, gaps, gaps], "pass them one at a time"),
        ([model, gaps, "--drop", "size"], "--drop and --types say how to learn"),
        ([gaps, "--drop", "nothing"], "nothing"),
    ):
        done = run("impute", *arguments, "-o", out)
        assert done.exit_code == 2
        assert message in done.stderr
        assert not out.exists()
