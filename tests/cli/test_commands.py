"""The command line as a person and as a script see it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import latentia
from latentia.cli import app
from latentia.errors import LatentiaWarning
from latentia.modelfiles import manifest
from latentia.modelfiles.manifest import describe_file
from problems import counts

SOURCE = str(Path(latentia.__file__).parents[1])
ENVIRONMENT = {**os.environ, "PYTHONPATH": SOURCE}


def run(*arguments):
    """Run a command in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def start(*arguments, **options):
    """Run a command as a program of its own."""
    command = [sys.executable, "-m", "latentia", *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, **options
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a model of the wines."""
    folder = tmp_path_factory.mktemp("cli")
    done = run("fit", "wine", "-o", folder / "wine.latentia", "--components", 3, "--quiet")
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="module")
def wines(folder):
    """Return the wines as a frame, and as a file."""
    from sklearn.datasets import load_wine

    frame = load_wine(as_frame=True).data
    frame.to_csv(folder / "wines.csv", index=False)
    return frame


def test_help_and_version_are_light():
    statement = (
        "import sys; sys.argv = ['latentia', '--help']; from latentia.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'scipy', 'jax', 'sklearn', 'pyarrow', 'pandas', 'matplotlib', 'plotly'}\n"
        "import resource; used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print('HEAVY', sorted(heavy & set(sys.modules))); print('SECONDS', used.ru_utime + used.ru_stime)"
    )
    done = subprocess.run(
        [sys.executable, "-c", statement], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    assert "HEAVY []" in done.stdout
    assert float(done.stdout.rpartition("SECONDS ")[2]) < 0.5
    assert run("--version").stdout.strip() == latentia.__version__


@pytest.mark.parametrize(
    "command", ["demo", "analyze", "fit", "find-lr", "choose-size", "encode", "decode", "inspect"]
)
def test_every_command_has_help(command):
    done = run(command, "--help")
    assert done.exit_code == 0
    assert command == "demo" or f"$ latentia {command}" in done.stdout
    assert "[bold]" not in done.stdout


def test_fit_tells_what_it_did(folder):
    done = run(
        "fit", "wine", "-o", folder / "other.latentia", "--max-epochs", 5, "--set", "hidden_layer_sizes=[8]"
    )
    assert done.exit_code == 0
    assert "13-8-2-8-13" in done.stdout
    assert "epochs: 5" in done.stdout
    assert "Training: 178 rows of 13 columns" in done.stderr


def test_fit_speaks_json_on_standard_output_alone(folder):
    done = run("fit", "iris", "-o", folder / "iris.latentia", "--max-epochs", 3, "--json")
    document = json.loads(done.stdout)
    assert document["epochs"] == 3
    assert isinstance(document["findings"], list)
    assert "Reading: iris" in done.stderr


def test_quiet_is_quiet(folder):
    done = run("fit", "iris", "-o", folder / "iris.latentia", "--max-epochs", 3, "--json", "-q")
    assert done.stderr == ""


def test_encode_decode_is_the_model(folder, wines):
    model = latentia.load(folder / "wine.latentia", backend="numpy")
    assert run("encode", folder / "wine.latentia", "wine", "-o", folder / "codes.csv").exit_code == 0
    codes = pd.read_csv(folder / "codes.csv")
    assert list(codes.columns) == list(model.get_feature_names_out())
    np.testing.assert_array_equal(codes.to_numpy(), model.transform(wines))
    done = run("decode", folder / "wine.latentia", folder / "codes.csv", "-o", folder / "back.parquet")
    assert done.exit_code == 0
    back = pd.read_parquet(folder / "back.parquet")
    assert list(back.columns) == list(wines.columns)
    np.testing.assert_array_equal(back.to_numpy(), model.inverse_transform(model.transform(wines)))


def test_encode_matches_columns_by_name_and_says_so(folder, wines):
    shuffled = wines[wines.columns[::-1]].assign(grower="third")
    shuffled.to_csv(folder / "shuffled.csv", index=False)
    done = run(
        "encode", folder / "wine.latentia", folder / "shuffled.csv", "-o", folder / "again.csv", "--json"
    )
    assert done.exit_code == 0
    assert "'grower'); it was left out" in done.stderr
    assert "another order" in done.stderr
    assert len(json.loads(done.stdout)["notes"]) == 2
    codes = latentia.load(folder / "wine.latentia", backend="numpy").transform(wines)
    np.testing.assert_array_equal(pd.read_csv(folder / "again.csv").to_numpy(), codes)


def test_one_row_can_be_encoded(folder, wines):
    wines.iloc[[7]].to_csv(folder / "one.csv", index=False)
    assert (
        run("encode", folder / "wine.latentia", folder / "one.csv", "-o", folder / "one-code.csv").exit_code
        == 0
    )
    codes = latentia.load(folder / "wine.latentia", backend="numpy").transform(wines)
    np.testing.assert_array_equal(pd.read_csv(folder / "one-code.csv").to_numpy(), codes[[7]])


def test_a_model_of_unnamed_columns_works_all_the_way(folder, recwarn):
    rows = np.random.default_rng(0).normal(size=(40, 4))
    np.save(folder / "rows.npy", rows)
    model = latentia.Autoencoder(max_epochs=2, random_state=0).fit(rows)
    model.save(folder / "unnamed.latentia")
    done = run("encode", folder / "unnamed.latentia", folder / "rows.npy", "-o", folder / "u.csv")
    assert done.exit_code == 0, done.stderr
    np.testing.assert_allclose(pd.read_csv(folder / "u.csv").to_numpy(), model.transform(rows), atol=1e-5)
    assert run("decode", folder / "unnamed.latentia", folder / "u.csv", "-o", folder / "v.csv").exit_code == 0
    assert list(pd.read_csv(folder / "v.csv").columns) == [f"column {place}" for place in (1, 2, 3, 4)]
    assert not recwarn.list


def test_counts_go_all_the_way(folder):
    table = counts(n_rows=60, n_columns=5).table
    pd.DataFrame(table, columns=list("abcde")).to_csv(folder / "counts.csv", index=False)
    model = folder / "counts.latentia"
    few = ["--max-epochs", 3, "--set", "hidden_layer_sizes=[]", "--quiet"]
    assert run("fit", folder / "counts.csv", "-o", model, "--loss", "nb", *few).exit_code == 0
    assert "size factors: yes" in run("inspect", model).stdout
    assert run("encode", model, folder / "counts.csv", "-o", folder / "k.csv").exit_code == 0
    assert run("decode", model, folder / "k.csv", "-o", folder / "m.csv").exit_code == 0
    assert (pd.read_csv(folder / "m.csv").to_numpy() >= 0).all()


def test_inspect_shows_columns_and_settings(folder):
    done = run("inspect", folder / "wine.latentia")
    assert "number of columns: 13\n" in done.stdout
    assert "columns:\n  alcohol: numeric (stored as numbers); for the network the number, " in done.stdout
    assert "  od280/od315_of_diluted_wines: numeric " in done.stdout
    assert done.stdout.endswith("  … and 1 more; --json shows all\n")
    assert "latentia: " in done.stdout.partition("versions:")[2]
    document = json.loads(run("inspect", folder / "wine.latentia", "--json").stdout)
    assert document["recipe"]["n_components"] == 3


def test_inspect_is_light(folder):
    statement = (
        "import sys; from latentia.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted({'scipy', 'jax', 'sklearn', 'pyarrow', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", statement, "inspect", folder / "wine.latentia"],
        capture_output=True,
        text=True,
        check=True,
        env=ENVIRONMENT,
    )
    assert done.stdout.startswith("network: 13-")
    assert done.stdout.endswith("[]\n")


def test_settings_may_be_written_as_python_writes_them(folder):
    model = folder / "settings.latentia"
    settings = ["scaling=None", "corruption=none", "patience=null", "tied=False"]
    pairs = [part for setting in settings for part in ("--set", setting)]
    done = run("fit", "iris", "-o", model, "--max-epochs", 1, *pairs)
    assert done.exit_code == 0, done.stderr
    kept = json.loads(run("inspect", model, "--json").stdout)["recipe"]
    assert {name: kept[name] for name in ("scaling", "corruption", "patience", "tied")} == {
        "scaling": None,
        "corruption": None,
        "patience": None,
        "tied": False,
    }


def test_a_terminal_that_lacks_a_sign_gets_a_question_mark(folder):
    rows = pd.DataFrame({"Ω": [1.0, 2.0, 4.0], "α\nβ": [2.0, 1.0, 5.0]})
    latentia.Autoencoder(1, max_epochs=1, random_state=0).fit(rows).save(folder / "greek.latentia")
    done = subprocess.run(
        [sys.executable, "-m", "latentia", "inspect", folder / "greek.latentia"],
        capture_output=True,
        check=True,
        env={**ENVIRONMENT, "PYTHONIOENCODING": "cp1252"},
    )
    assert b"columns:\n  ?: numeric (numbers); for the network the number, standardised\n" in done.stdout
    assert b"\n  '?\\n?': numeric (numbers); for the network " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fit", "nowhere.csv", "-o", "{}/m.latentia"], "There is no file"),
        (["fit", "wine", "-o", "{}/m.csv"], "let it end in .latentia"),
        (["fit", "wine", "-o", "{}/no/m.latentia"], "does not exist; make it first"),
        (["fit", "wine", "-o", "{}/m.latentia", "--label", "clas"], "'class'"),
        (["fit", "wine", "-o", "{}/m.latentia", "--set", "activaton=tanh"], "did you mean 'activation'"),
        (["fit", "wine", "-o", "{}/m.latentia", "--set", "activation"], "write it as NAME=VALUE"),
        (["fit", "wine", "-o", "{}/m.latentia", "--set", "dropout=2"], "dropout=2"),
        (["fit", "wine", "-o", "{}/m.latentia", "--set", "n_components=0"], "n_components=0"),
        (["analyze", "wine", "-o", "{}/a", "--components", "many"], "n_components='many'"),
        (["encode", "{}/wine.latentia", "iris", "-o", "{}/c.csv"], "lacks 13 of the 13 columns"),
        (["encode", "{}/wine.latentia", "wine", "-o", "{}/c.xlsx"], "let it end in .csv or .parquet"),
        (["encode", "{}/gone.latentia", "wine", "-o", "{}/c.csv"], "There is no model file"),
        (["encode", "{}/wines.csv", "wine", "-o", "{}/c.csv"], "is not a Latentia model file"),
        (["encode", "{}/wine.latentia", "{}/wines.csv", "-o", "{}/wines.csv"], "would destroy it"),
        (["decode", "{}/wine.latentia", "{}/wines.csv", "-o", "{}/c.csv"], "lacks 3 of the 3 columns"),
        (
            ["decode", "{}/wine.latentia", "wine", "-o", "{}/c.csv"],
            "or pass what encode wrote with this model",
        ),
        (["inspect", "{}"], "is not a file"),
    ],
)
def test_a_mistake_is_one_sentence_and_writes_nothing(folder, wines, arguments, sentence):
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    done = run(*[argument.format(folder) for argument in arguments])
    assert done.exit_code == 2
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if line.startswith("latentia: ")]
    assert len(lines) == 1
    assert sentence in lines[0]
    assert "Traceback" not in done.stderr
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    "arguments", [["fit", "wine"], ["frob"], ["fit", "wine", "--components", "x", "-o", "m"]]
)
def test_a_wrong_call_ends_with_two(arguments):
    done = run(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""


def test_our_warnings_are_lines_and_others_are_not(folder, monkeypatch):
    def describe_with_a_warning(path):
        warnings.warn("the net is small", LatentiaWarning, stacklevel=2)
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("an array was copied", UserWarning, stacklevel=2)
        return describe_file(path)

    monkeypatch.setattr(manifest, "describe_file", describe_with_a_warning)
    done = run("inspect", folder / "wine.latentia")
    assert done.stderr == "Warning: the net is small\n"


def test_a_program_of_its_own_ends_with_its_code(folder, wines):
    program = start("encode", folder / "wine.latentia", "iris", "-o", folder / "x.csv")
    out, err = program.communicate(timeout=60)
    assert (program.returncode, out) == (2, "")
    assert err.startswith("latentia: iris lacks")
    assert err.count("\n") == 1


def test_ctrl_c_before_there_is_a_network_ends_with_130(folder, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(manifest, "describe_file", interrupt)
    done = run("inspect", folder / "wine.latentia")
    assert done.exit_code == 130
    assert done.stderr == "latentia: interrupted.\n"


@pytest.mark.slow
def test_ctrl_c_keeps_the_best_network_and_ends_with_130(folder):
    rows = np.random.default_rng(0).normal(size=(20_000, 40))
    np.save(folder / "many.npy", rows)
    model = folder / "interrupted.latentia"
    program = start(
        "fit", folder / "many.npy", "-o", model, "--max-epochs", 100_000, "--set", "patience=null"
    )
    while "epoch" not in (line := program.stderr.readline()):
        assert line, "the program ended before it had trained for a while"
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=60)
    assert program.returncode == 130, err
    assert "the best network so far was kept" in err
    assert "interrupted" in out
    assert latentia.load(model).ending_ == "interrupted"
