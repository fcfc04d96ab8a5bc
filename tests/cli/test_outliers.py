"""Strange rows on the command line: found, counted, and explained, in blocks as at once."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import problems
from latentia import Autoencoder, AutoencoderOutlierDetector, load, row_judging
from latentia.cli import app

NAMES = ["ash", "hue", "acid", "tin"]


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def table(n_rows, seed):
    rng = np.random.default_rng(seed)
    loadings = np.array([[1.0, 1.0, 1.0, -1.0]])
    return pd.DataFrame(
        rng.normal(size=(n_rows, 1)) @ loadings + 0.1 * rng.normal(size=(n_rows, 4)), columns=NAMES
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with ordinary rows, others with two strange ones, and a model."""
    folder = tmp_path_factory.mktemp("strange")
    table(300, 0).to_csv(folder / "ordinary.csv", index=False)
    new = table(200, 1)
    new.loc[7, "acid"] += 5.0
    new.loc[9] = [40.0, 40.0, 40.0, -40.0]  # along the one direction there is
    new.to_csv(folder / "new.csv", index=False)
    table(200, 2).to_csv(folder / "held-back.csv", index=False)
    done = run(
        "fit",
        folder / "ordinary.csv",
        "-o",
        folder / "m.latentia",
        "--components=1",
        "--max-epochs=60",
        "--set",
        "hidden_layer_sizes=[]",
        "--set",
        "activation=linear",
        "--quiet",
    )
    assert done.exit_code == 0, done.output
    return folder


@pytest.mark.parametrize("name", ["found.csv", "found.parquet"])
def test_strange_rows_are_found_near_and_far_with_their_columns(folder, name):
    done = run(
        "outliers",
        folder / "m.latentia",
        folder / "new.csv",
        "-o",
        folder / name,
        "--against",
        folder / "held-back.csv",
        "--json",
        "--quiet",
    )
    assert done.exit_code == 0, done.output
    found = (pd.read_csv if name.endswith("csv") else pd.read_parquet)(folder / name)
    assert list(found.columns) == ["row", "strangeness", "p_value", "outlier", "columns"]
    assert found["row"].tolist() == list(range(200))
    assert set(found.nlargest(2, "strangeness")["row"]) == {7, 9}
    assert found["p_value"][[7, 9]].tolist() == pytest.approx([1 / 201, 1 / 201])
    assert found["columns"][7] == "acid"
    assert 0.01 < found["outlier"].mean() < 0.11
    said = json.loads(done.stdout)
    assert said["rows"] == 200
    assert said["outliers"] == found["outlier"].sum()
    assert said["notes"] == []


def test_without_other_rows_the_table_is_compared_with_itself(folder):
    out = folder / "itself.csv"
    done = run("outliers", folder / "m.latentia", folder / "new.csv", "-o", out, "--level=0.01")
    assert done.exit_code == 0, done.output
    found = pd.read_csv(out)
    # Of 200 rows, the two strangest are the hundredth part; counted among themselves and one more, one is.
    assert found["row"][found["outlier"]].tolist() in ([7], [9])
    assert found["p_value"].min() == pytest.approx(2 / 201)
    assert "of 200 rows have a p-value of at most 0.01" in done.stdout
    assert "--against" in done.stderr
    assert "it may have learned what is strange in them" in " ".join(done.stderr.split())


def test_blocks_make_no_difference_and_a_long_table_is_thinned(folder, monkeypatch, tmp_path):
    model = load(folder / "m.latentia")
    long = pd.concat([table(3000, 3), pd.read_csv(folder / "new.csv")], ignore_index=True)
    long.to_csv(tmp_path / "long.csv", index=False)
    monkeypatch.setattr(row_judging, "MOST_COMPARED", 1000)
    judged = row_judging.judge_table(model, tmp_path / "long.csv", tmp_path / "out.csv")
    found = pd.read_csv(tmp_path / "out.csv")
    assert judged.n_rows == len(found) == 3200
    assert 3007 in found.nlargest(2, "strangeness")["row"].tolist()
    # 800 of the 3200 rows are compared with.
    assert found["p_value"].max() <= 1.0
    assert found["p_value"].mean() == pytest.approx(0.5, abs=0.03)
    assert (1 / found["p_value"].min()) <= 802


def test_one_row_cannot_be_compared_with_itself(folder, tmp_path):
    table(1, 0).to_csv(tmp_path / "one.csv", index=False)
    done = run("outliers", folder / "m.latentia", tmp_path / "one.csv", "-o", tmp_path / "out.csv")
    assert done.exit_code == 2
    assert "--against TABLE" in done.stderr
    assert not (tmp_path / "out.csv").exists()


@pytest.fixture
def brief(monkeypatch):
    """Let networks that learn now be small, and learn for a short time."""
    small = Autoencoder(max_epochs=150, hidden_layer_sizes=(16,))
    detector = lambda **settings: AutoencoderOutlierDetector(1, autoencoder=small, n_folds=2, **settings)  # noqa: E731
    monkeypatch.setattr(row_judging, "AutoencoderOutlierDetector", detector)


@pytest.mark.usefixtures("brief")
def test_without_a_model_each_row_is_judged_by_what_has_not_learned_from_it(folder, tmp_path):
    outs = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for out in outs:
        done = run("outliers", folder / "new.csv", "-o", out, "--level=0.02", "--random-state=3")
        assert done.exit_code == 0, done.output
    assert outs[0].read_bytes() == outs[1].read_bytes()
    found = pd.read_csv(outs[0])
    assert list(found.columns) == ["row", "strangeness", "p_value", "outlier", "columns"]
    assert set(found.nlargest(2, "strangeness")["row"]) == {7, 9}
    assert found["columns"][7] == "acid"
    assert found["p_value"].min() == pytest.approx(1 / 200)
    assert found["outlier"].tolist() == (found["p_value"] <= 0.02).tolist()
    assert "4 of 200 rows have a p-value of at most 0.02" in done.stdout
    assert "compared with each other" in done.stderr
    assert "has learned from these rows" not in done.stderr


@pytest.mark.usefixtures("brief")
def test_without_a_model_networks_may_learn_from_other_rows(folder, tmp_path):
    new, out = folder / "new.csv", tmp_path / "out.parquet"
    done = run("outliers", new, "-o", out, "--against", folder / "ordinary.csv", "--json", "--quiet")
    assert done.exit_code == 0, done.output
    found = pd.read_parquet(out)
    assert set(found.nlargest(2, "strangeness")["row"]) == {7, 9}
    assert found["p_value"][[7, 9]].tolist() == pytest.approx([1 / 301, 1 / 301])
    assert 0.01 < found["outlier"].mean() < 0.11
    said = json.loads(done.stdout)
    assert said["rows"] == 200
    assert said["notes"] == []


def test_columns_that_are_missing_are_told_before_anything_is_learned(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(AutoencoderOutlierDetector, "fit", None)
    (tmp_path / "short.csv").write_text("acid,other\n1,2\n3,4\n")
    out = tmp_path / "out.csv"
    done = run("outliers", tmp_path / "short.csv", "-o", out, "--against", folder / "ordinary.csv")
    assert done.exit_code == 2
    assert "short.csv lacks" in done.stderr
    assert not out.exists()


@pytest.mark.usefixtures("brief")
def test_without_a_model_text_is_read_and_columns_may_be_left_out(tmp_path):
    birds = problems.mixed(120).to_pandas()
    birds.to_csv(tmp_path / "birds.csv", index=False)
    left, out = "day", tmp_path / "out.csv"
    done = run("outliers", tmp_path / "birds.csv", "-o", out, "--drop", left, "--level=0.2")
    assert done.exit_code == 0, done.output
    found = pd.read_csv(out)
    blamed = {name for names in found["columns"].dropna() for name in names.split(", ")}
    assert blamed
    assert blamed <= set(birds.columns) - {left}
    done = run("outliers", tmp_path / "birds.csv", "-o", out, "--against", tmp_path / "birds.csv")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["m.latentia"], "outliers reads one table, and before it one model file or none"),
        (["new.csv", "held-back.csv", "ordinary.csv"], "pass them one at a time"),
        (["m.latentia", "new.csv", "--drop=ash"], "--drop and --types say how to learn, but"),
        (["nowhere.csv"], "nowhere.csv"),
        (["few.csv"], "few.csv has 3 rows, but at least 4 are needed"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_a_sentence(folder, tmp_path, arguments, said):
    table(3, 0).to_csv(folder / "few.csv", index=False)
    paths = [one if one.startswith("--") else folder / one for one in arguments]
    done = run("outliers", *paths, "-o", tmp_path / "out.csv")
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())
    assert not (tmp_path / "out.csv").exists()
