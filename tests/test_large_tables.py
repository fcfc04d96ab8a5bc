"""Tables too large for memory, or to look at every row: fitted from disk, analysed by a sample."""

import json

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from sklearn.datasets import load_wine
from typer.testing import CliRunner

import latentia
from latentia.cli import app
from latentia.tables import sampling, scan
from latentia.tables.hashing import drawn
from latentia.tables.splits import hold_out
from problems import BRIEF, N_COLUMNS, N_FEW_ROWS, N_ROWS
from undrawn import undrawn

BRIEFLY = ["--components", "2", "--max-epochs", "10", "--set", "hidden_layer_sizes=[16]"]
NAMES = [f"x{at}" for at in range(N_COLUMNS)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two files of one table: 900 rows with classes, one of them far from all others."""
    generator = np.random.default_rng(5)
    hidden = generator.normal(size=(900, 2))
    rows = np.tanh(hidden @ generator.normal(size=(2, N_COLUMNS)))
    rows += 0.1 * generator.normal(size=rows.shape)
    sampled = np.sort(np.argsort(drawn(0, np.arange(900)))[:N_ROWS])
    rows[sampled[hold_out(N_ROWS, 0.2, 0).held_out[7]]] += 9.0 * (-1.0) ** np.arange(N_COLUMNS)
    columns = {name: rows[:, at] for at, name in enumerate(NAMES)}
    columns["class"] = np.where(hidden[:, 0] > 0, "high", "low")
    table = pa.table(columns)
    place = tmp_path_factory.mktemp("tables") / "large"
    place.mkdir()
    parquet.write_table(table.slice(0, 500), place / "a.parquet", row_group_size=90)
    parquet.write_table(table.slice(500), place / "b.parquet", row_group_size=90)
    return place


@pytest.fixture(scope="module")
def sampled(folder, tmp_path_factory):
    analysis = latentia.analyze(folder, label="class", sample=N_ROWS, **BRIEF)
    with undrawn():
        return analysis, analysis.save(tmp_path_factory.mktemp("results") / "out")


def test_a_sample_is_analysed_and_said_so(sampled):
    analysis, home = sampled
    positions = np.sort(np.argsort(drawn(0, np.arange(900)))[:N_ROWS])
    assert analysis.latents.shape == (N_ROWS, 2)
    assert f"{N_ROWS} of 900 rows × {N_COLUMNS} columns" in analysis.summary()
    told = analysis.to_dict()
    assert (told["table"]["rows"], told["table"]["rows_of_all"]) == (N_ROWS, 900)
    assert f"A random sample of {N_ROWS} rows was analysed." in told["methods"]
    assert told["source"]["notes"][0].startswith(f"A sample of {N_ROWS} of the 900 rows is analysed")
    report = (home / "report.html").read_text(encoding="utf-8")
    assert f"{N_ROWS} of 900 rows, drawn at random, × {N_COLUMNS} columns" in report
    assert json.loads((home / "manifest.json").read_text())["data"]["rows_of_all"] == 900
    assert f"--sample {N_ROWS}" in analysis.study.command
    np.testing.assert_array_equal(analysis.study.positions, positions)


def test_all_rows_get_hidden_variables(sampled, folder):
    analysis, home = sampled
    latents = parquet.read_table(home / "latents.parquet")
    assert latents.column_names == ["row", "class", "factor_1", "factor_2", "held_out", "sampled"]
    np.testing.assert_array_equal(latents["row"], np.arange(900))
    whole = parquet.read_table(folder)
    assert latents["class"].to_pylist() == whole["class"].to_pylist()
    codes = np.column_stack([latents["factor_1"], latents["factor_2"]])
    np.testing.assert_array_equal(codes, analysis.model.transform(whole.drop_columns(["class"])))
    positions = analysis.study.positions
    np.testing.assert_allclose(codes[positions], analysis.latents, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(np.flatnonzero(latents["sampled"]), positions)
    learned = positions[analysis.study.training_rows]
    np.testing.assert_array_equal(np.flatnonzero(~np.asarray(latents["held_out"])), learned)
    assert not (home / "latents.csv").exists()


def test_rows_are_called_by_their_place_in_the_whole_table(sampled, folder):
    analysis, _ = sampled
    strangest = analysis.study.strange_rows[0]
    values = np.column_stack([column.to_numpy() for column in parquet.read_table(folder).columns[:N_COLUMNS]])
    assert strangest.row == np.abs(values).max(axis=1).argmax()


def test_large_tables_are_sampled_unless_all_rows_are_asked_for(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(sampling, "MOST_ROWS", N_FEW_ROWS)
    monkeypatch.setattr(sampling, "FEWEST_ROWS", 10)
    path = tmp_path / "t.parquet"
    parquet.write_table(parquet.read_table(folder).slice(0, N_ROWS), path, row_group_size=50)
    assert latentia.analyze(path, label="class", **BRIEF).latents.shape == (N_FEW_ROWS, 2)
    assert latentia.analyze(path, label="class", sample="all", **BRIEF).latents.shape == (N_ROWS, 2)


@pytest.mark.parametrize("sample", [0, 5, "some", 7.5])
def test_samples_that_cannot_be_are_refused(folder, sample):
    with pytest.raises(
        latentia.RecipeError, match=r"sample=.* must be a whole number of at least 6, or 'auto', or 'all'"
    ):
        latentia.analyze(folder, sample=sample, **BRIEF)


def run(*words):
    result = CliRunner().invoke(app, [*map(str, words)])
    return result.exit_code, result.stdout, result.stderr


def test_a_table_on_disk_is_fitted_from_there_when_asked(folder, tmp_path):
    code, out, told = run(
        "fit", folder, "-o", tmp_path / "m.latentia", "--label", "class", "--stream", *BRIEFLY
    )
    assert code == 0, told
    assert "Writing: scaled rows to a temporary file" in told
    assert "Model:" in out
    model = latentia.load(tmp_path / "m.latentia")
    assert model.trained_.split.n_rows == 900
    assert run("encode", tmp_path / "m.latentia", folder, "-o", tmp_path / "z.parquet")[0] == 0
    assert parquet.read_metadata(tmp_path / "z.parquet").num_rows == 900


def test_a_table_on_disk_is_fitted_from_there_when_memory_is_short(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(scan, "available_memory", lambda: 100_000)
    words = ["fit", folder, "-o", tmp_path / "m.latentia", "--label", "class", *BRIEFLY]
    assert "Writing: scaled rows" in run(*words)[2]
    assert "Writing: scaled rows" not in run(*words, "--no-stream")[2]
    monkeypatch.setattr(scan, "available_memory", lambda: 10**9)
    assert "Writing: scaled rows" not in run(*words)[2]


def test_what_was_decided_about_a_table_on_disk_is_told(folder, tmp_path):
    table = parquet.read_table(folder).append_column("same", pa.array(np.ones(900)))
    parquet.write_table(table, tmp_path / "t.parquet")
    code, _, told = run("fit", tmp_path / "t.parquet", "-o", tmp_path / "m.latentia", "--stream", *BRIEFLY)
    assert code == 0
    assert "1 column is left out: 'same' (the same in every row)." in told


def test_what_cannot_stay_on_disk_is_refused(tmp_path):
    code, _, told = run("fit", "wine", "-o", tmp_path / "m.latentia", "--stream", *BRIEFLY)
    assert code == 2
    assert "cannot be read in blocks" in told
    assert not (tmp_path / "m.latentia").exists()


@pytest.mark.parametrize("kind", ["built in", "npz"])
def test_classes_that_stand_beside_the_columns_go_with_all_rows(kind, tmp_path):
    wine = load_wine()
    np.savez(tmp_path / "t.npz", X=wine.data, y=wine.target)
    data, label = ("wine", "class") if kind == "built in" else (tmp_path / "t.npz", "y")
    analysis = latentia.analyze(data, label=label, sample=N_FEW_ROWS, **BRIEF)
    with undrawn():
        latents = parquet.read_table(analysis.save(tmp_path / "out") / "latents.parquet")
    named = wine.target_names[wine.target] if kind == "built in" else wine.target.astype(str)
    assert latents[label].to_pylist() == named.tolist()
    assert sum(latents["sampled"].to_pylist()) == N_FEW_ROWS
