"""An analysis is made again from its manifest, and every number is held against the old one."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

import latentia
from latentia import record
from latentia.cli import app
from latentia.errors import InputError
from latentia.modelfiles.container import read_container, write_container
from latentia.record import read_record
from latentia.rerunning import rerun
from problems import BRIEF, N_COLUMNS, N_FEW_ROWS, curved
from undrawn import undrawn

NAMES = "abcdefghijklm"


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return the folder of an analysis of a file, which lies beside it."""
    place = tmp_path_factory.mktemp("written")
    rows = curved(N_FEW_ROWS, N_COLUMNS + 1)[0]
    text = "\n".join([",".join(NAMES + "z"), *(",".join(map(str, row)) for row in rows)])
    (place / "made.csv").write_text(text + "\n")
    with undrawn():
        latentia.analyze(place / "made.csv", **BRIEF, drop="z", delimiter=",").save(place / "out")
    return place / "out"


@pytest.fixture
def folder(written, tmp_path):
    """Return a copy that a test may spoil."""
    return shutil.copytree(written, tmp_path / "out")


def edited(folder, change):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    return path


def test_every_number_comes_out_the_same(folder, tmp_path):
    with undrawn():
        done = run("rerun", folder / "manifest.json", "-q", "-o", tmp_path / "again", "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["same"] is True
    assert document["n_different"] == 0
    assert document["n_compared"] > 1000
    assert document["changed"] == []
    for name in ("latents.csv", "latents.parquet", "model.latentia"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_what_differs_is_told_with_its_size_and_why_it_may(folder):
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["quality"]["held_out"]["r2"] += 0.5
    metrics["seconds"] = {"Reading": 1e9}  # times are nobody's fault
    (folder / "metrics.json").write_text(json.dumps(metrics))
    table = parquet.read_table(folder / "latents.parquet")
    moved = np.asarray(table.column("factor_1")).copy()
    moved[3] += 0.25
    at = table.column_names.index("factor_1")
    parquet.write_table(table.set_column(at, "factor_1", pa.array(moved)), folder / "latents.parquet")
    manifest, arrays = read_container(folder / "model.latentia")
    arrays["encoder/0/weight"][0, 0, :2] += 0.125
    write_container(folder / "model.latentia", manifest, arrays)

    def elsewhere(manifest):
        manifest["versions"]["jax"] = "0.0.1"
        manifest["machine"]["threads"] = 99

    done = run("rerun", edited(folder, elsewhere), "-q")
    assert done.exit_code == 1
    said = done.stdout
    assert said.startswith("4 came out otherwise. ")
    assert "metrics.json: quality.held_out.r2: was " in said
    assert "latents.parquet: factor_1: was " in said
    assert "model.latentia: encoder/0/weight: was " in said
    assert "(2 cells; the largest difference)" in said
    assert "The same bytes are promised only where all of this is as it was, and it is not:" in said
    assert "threads is " in said
    assert "and was 99; set NPROC=99 before starting" in said
    assert "and was 0.0.1" in said


def test_a_difference_without_a_reason_is_not_explained_away(folder):
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["quality"]["held_out"]["r2"] = None
    (folder / "metrics.json").write_text(json.dumps(metrics))
    found = rerun(folder / "manifest.json")
    assert [one.where for one in found.differences] == ["metrics.json: quality.held_out.r2"]
    assert found.to_dict()["differences"][0]["difference"] is None
    assert found.changed == ()
    assert "either a file of the analysis was changed, or this is a mistake in Latentia" in (
        run("rerun", folder / "manifest.json", "-q").stdout
    )


def test_a_table_that_changed_is_refused_before_any_work(folder, written, tmp_path, monkeypatch):
    monkeypatch.setattr("latentia.rerunning.analyze", None)
    table = (written.parent / "made.csv").read_text()
    (tmp_path / "made.csv").write_text(table.replace("\n", "\n" + ",".join("0" * (N_COLUMNS + 1)) + "\n", 1))
    with pytest.raises(InputError, match=r"made.csv is no longer the one that was analysed \(its hash is"):
        rerun(folder / "manifest.json", data=tmp_path / "made.csv")
    done = run("rerun", folder / "manifest.json", "--data", tmp_path / "made.csv")
    assert done.exit_code == 2


def test_a_table_that_has_moved_is_named(folder, written, tmp_path):
    (tmp_path / "moved.csv").write_bytes((written.parent / "made.csv").read_bytes())
    path = edited(folder, lambda manifest: manifest["request"].update(data="nowhere.csv"))
    with pytest.raises(InputError, match=r"There is no file 'nowhere.csv'"):
        rerun(path)
    assert rerun(path, data=tmp_path / "moved.csv").same


def test_rows_in_memory_are_to_be_passed_again_in_python(tmp_path):
    rows = curved(N_FEW_ROWS, N_COLUMNS)[0]
    with undrawn():
        latentia.analyze(rows, **BRIEF).save(tmp_path)
    with pytest.raises(
        InputError, match=r"rows in memory .* repeat it in Python with latentia.analyze\(data"
    ):
        rerun(tmp_path / "manifest.json")


def test_a_sample_is_of_as_many_rows_as_it_was(tmp_path, monkeypatch):
    rows = curved(200, N_COLUMNS)[0]
    parquet.write_table(
        pa.table({name: rows[:, at] for at, name in enumerate(NAMES)}), tmp_path / "t.parquet"
    )
    with monkeypatch.context() as patch:
        patch.setattr("latentia.tables.sampling.MOST_ROWS", N_FEW_ROWS)
        patch.setattr("latentia.tables.sampling.FEWEST_ROWS", N_FEW_ROWS)
        with undrawn():
            latentia.analyze(str(tmp_path / "t.parquet"), **BRIEF).save(tmp_path / "out")
    assert read_record(tmp_path / "out" / "manifest.json").data.rows_of_all == 200
    found = rerun(tmp_path / "out" / "manifest.json")
    assert found.same
    assert len(found.analysis.latents) == N_FEW_ROWS


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda manifest: manifest.update(more=1), "unknown field `more`"),
        (lambda manifest: manifest.pop("versions"), "missing required field `versions`"),
        (lambda manifest: manifest["machine"].update(threads="2"), "Expected `int`, got `str`"),
        (lambda manifest: manifest["request"].update(drop="z"), "Expected `array`, got `str`"),
        (lambda manifest: manifest["request"].update(types=[]), "Expected `object`, got `array`"),
        (lambda manifest: manifest.update(made_by="somebody"), "Invalid enum value 'somebody'"),
        (
            lambda manifest: manifest.update(format=2),
            "format version 2 and this Latentia reads up to version 1",
        ),
        (lambda manifest: manifest["request"].update(progress=1), "has progress among the settings"),
        (lambda manifest: manifest["request"].update(engine="rm -rf"), "engine='rm -rf' is not known"),
        (lambda manifest: manifest["request"].update(activaton="tanh"), "did you mean 'activation'"),
        (lambda manifest: manifest["request"]["reading"].update(sheet="1"), "sheet .* is about workbooks"),
        (lambda manifest: manifest["request"]["reading"].update(n_seeds=1), "unknown field `n_seeds`"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(folder, change, sentence):
    done = run("rerun", edited(folder, change), "-q")
    assert done.exit_code == 2, done.output
    with pytest.raises(latentia.LatentiaError, match=sentence):
        rerun(folder / "manifest.json")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("metrics.json", "has no metrics.json, so there is nothing to compare with"),
        ("latents.parquet", "has no latents.parquet"),
        ("model.latentia", "There is no model file"),
    ],
)
def test_an_old_result_that_is_missing_or_damaged_is_named(folder, name, sentence):
    (folder / name).write_bytes(b"{")
    with pytest.raises(latentia.LatentiaError, match=r"cannot be read|not a Latentia model file"):
        rerun(folder / "manifest.json")
    (folder / name).unlink()
    with pytest.raises(latentia.LatentiaError, match=sentence):
        rerun(folder / "manifest.json")


def test_the_manifest_keeps_all_that_bytes_depend_on(folder, monkeypatch):
    kept = read_record(folder / "manifest.json")
    assert {"python", "latentia", "jax", "jaxlib", "numpy", "scipy", "scikit-learn"} <= set(kept.versions)
    assert kept.machine.threads >= 1
    assert kept.machine.devices
    assert kept.request["drop"] == ["z"]
    assert kept.request["reading"] == {"delimiter": ","}
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "/elsewhere")
    environment = record.surroundings_of_all()["environment"]
    assert environment["XLA_FLAGS"] == "--xla_cpu_enable_fast_math=true"
    assert "JAX_COMPILATION_CACHE_DIR" not in environment
