"""A `latentia fit` that was stopped in any way goes on with --resume and writes the very same file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import latentia
from latentia.cli import app
from latentia.training import feeds, loop
from problems import curved

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(latentia.__file__).parents[1])}
SMALL = ("--max-epochs", 30, "--set", "hidden_layer_sizes=[8]", "--seeds", 2, "--checkpoint-every", 0)


def run(*arguments):
    """Run a command in this process."""
    return CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)


def start(*arguments):
    """Run a command as a program of its own, until it begins to train."""
    command = [sys.executable, "-m", "latentia", *map(str, arguments)]
    program = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    said = []
    while not said or not said[-1].startswith("Training: "):
        said.append(program.stderr.readline())
        assert said[-1], said
    return program


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the bytes of the model of a fit that was never stopped."""
    model = tmp_path_factory.mktemp("whole") / "m.latentia"
    assert run("fit", "wine", "-o", model, *SMALL).exit_code == 0
    assert list(model.parent.iterdir()) == [model]
    return model.read_bytes()


@pytest.fixture
def stopped(tmp_path, monkeypatch):
    """Return the path of a model whose fit was stopped before it was written."""
    monkeypatch.setattr(feeds, "SECONDS_PER_SEGMENT", 0.0)
    model, report = tmp_path / "m.latentia", loop._report

    def stop(progress, done, total, record):
        if done >= 12:
            raise MemoryError
        return report(progress, done, total, record)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "_report", stop)
        with pytest.raises(MemoryError):
            run("fit", "wine", "-o", model, *SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["m.latentia.checkpoints"]
    return model


def test_resume_goes_on_and_writes_the_same_file(stopped, whole):
    done = run("fit", "wine", "-o", stopped, *SMALL, "--resume")
    assert done.exit_code == 0
    assert "Training: going on after epoch " in done.stderr
    assert stopped.read_bytes() == whole
    assert list(stopped.parent.iterdir()) == [stopped]


def test_nothing_is_lost_by_a_forgotten_flag(stopped, whole):
    done = run("fit", "wine", "-o", stopped, *SMALL)
    assert done.exit_code == 2
    sentence = (
        f"latentia: '{stopped}.checkpoints' holds the checkpoints of a fit that was stopped; add --resume to "
        "go on with it, or --restart to begin anew without them."
    )
    assert done.stderr.splitlines()[-1] == sentence
    done = run("fit", "wine", "-o", stopped, *SMALL, "--restart")
    assert done.exit_code == 0
    assert "going on" not in done.stderr
    assert stopped.read_bytes() == whole
    assert list(stopped.parent.iterdir()) == [stopped]


@pytest.mark.parametrize(
    ("data", "more", "words"),
    [
        ("iris", [], "the table is another one"),
        ("wine", ["--random-state", 5], "random_state is 5 and was 0"),
        ("wine", ["--set", "dropout=0.25"], "dropout is 0.25 and was 0.0"),
        ("wine", ["--drop", "alcohol"], "the table is another one"),
    ],
)
def test_another_fit_is_refused_in_one_sentence(stopped, data, more, words):
    done = run("fit", data, "-o", stopped, *SMALL, *more, "--resume")
    assert done.exit_code == 2
    assert done.stdout == ""
    last = done.stderr.splitlines()[-1]
    assert last.startswith(
        f"latentia: The checkpoints in '{stopped}.checkpoints' are of another fit ({words})"
    )
    assert last.endswith("or remove the folder to start afresh.")
    assert not stopped.exists()


def test_a_damaged_checkpoint_gives_way_with_a_warning(stopped, whole):
    newest = max(Path(f"{stopped}.checkpoints").glob("*.checkpoint"))
    newest.write_bytes(newest.read_bytes()[:-1])
    done = run("fit", "wine", "-o", stopped, *SMALL, "--resume")
    assert done.exit_code == 0
    assert f"Warning: '{newest}' is damaged" in done.stderr
    assert stopped.read_bytes() == whole


def test_resume_without_a_checkpoint_begins_anew_and_says_so(tmp_path, whole):
    place, model = tmp_path / "elsewhere", tmp_path / "m.latentia"
    done = run("fit", "wine", "-o", model, *SMALL, "--checkpoint", place, "--resume")
    assert done.exit_code == 0
    assert f"Note: There is no checkpoint in {place}, so training begins anew." in done.stderr
    assert model.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [model]


def test_the_model_is_written_before_the_checkpoints_go(tmp_path, monkeypatch):
    """A model that cannot be written, for want of room, costs no training."""
    from latentia.errors import OutputError

    def full(*_):
        raise OutputError("no room")

    with monkeypatch.context() as patch:
        patch.setattr("latentia.modelfiles.model.write_container", full)
        done = run("fit", "wine", "-o", tmp_path / "m.latentia", *SMALL)
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (2, "latentia: no room")
    assert (tmp_path / "m.latentia.checkpoints").is_dir()


@pytest.fixture(scope="module")
def long_fit(tmp_path_factory):
    """Return the arguments of a fit with two checkpoints per epoch, 60 in all, and its model's bytes."""
    folder = tmp_path_factory.mktemp("long")
    np.save(folder / "rows.npy", curved(n_rows=42_000, n_columns=6)[0])
    settings = ("--max-epochs", 30, "--set", "hidden_layer_sizes=[16]", "--set", "patience=null")
    arguments = ("fit", folder / "rows.npy", *settings, "--checkpoint-every", 0)
    finish(start(*arguments, "-o", folder / "whole.latentia"))
    return arguments, (folder / "whole.latentia").read_bytes()


def finish(program):
    """Wait for the end of a program, and return what it said on the way."""
    _, said = program.communicate(timeout=300)
    assert program.returncode == 0, said
    return said


def wait_for(program, model, number):
    """Wait until a fit has kept so many checkpoints, the earlier runs' included."""
    while newest(model) < number:
        with pytest.raises(subprocess.TimeoutExpired):
            program.wait(timeout=0.01)


def newest(model):
    files = Path(f"{model}.checkpoints").glob("*.checkpoint")
    return max((int(file.stem) for file in files), default=0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0])
def test_killed_at_random_moments_again_and_again_the_file_is_the_same(long_fit, tmp_path, seed):
    arguments, whole = long_fit
    model, rng = tmp_path / "m.latentia", np.random.default_rng(seed)
    for number in sorted(rng.integers(0, 50, size=5)):
        program = start(*arguments, "-o", model, "--resume")
        wait_for(program, model, number)
        with pytest.raises(subprocess.TimeoutExpired):
            program.wait(timeout=rng.uniform(0.0, 0.1))
        program.kill()
        program.communicate(timeout=60)
        assert not model.exists()
    assert newest(model) > 1
    assert "going on after epoch" in finish(start(*arguments, "-o", model, "--resume"))
    assert model.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [model]


@pytest.mark.slow
def test_ctrl_c_keeps_the_best_network_and_the_way_on(long_fit, tmp_path):
    arguments, whole = long_fit
    model = tmp_path / "m.latentia"
    program = start(*arguments, "-o", model)
    wait_for(program, model, 7)
    program.send_signal(signal.SIGINT)
    _, said = program.communicate(timeout=60)
    assert program.returncode == 130, said
    assert "the best network so far was kept; repeat the command with --resume to go on." in said
    assert latentia.load(model).ending_ == "interrupted"
    assert "going on after epoch" in finish(start(*arguments, "-o", model, "--resume"))
    assert model.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [model]
