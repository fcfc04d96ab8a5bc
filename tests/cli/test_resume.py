"""A `latentia fit` that was stopped in any way goes on with --resume and writes the very same file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import latentia
from latentia.cli import app
from latentia.training import feeds, loop
from problems import curved

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(latentia.__file__).parents[1])}
N_KILLS, N_CHECKPOINTS = 25, 120
SMALL = ("--max-epochs", 30, "--set", "hidden_layer_sizes=[8]", "--seeds", 2, "--checkpoint-every", 0)


def run(*arguments):
    """Run a command in this process."""
    return CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)


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


# Has loaded all that a command needs, but has not begun to use JAX, which must not be forked after that:
# what it starts trains within a second.
PARENT = """
import json, os, sys
import latentia.autoencoder, latentia.cli, latentia.cli.commands, latentia.cli.running

for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if not child:
        told = os.open(asked["told"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(told, 1)
        os.dup2(told, 2)
        sys.argv = ["latentia", *asked["arguments"]]
        latentia.cli.main()
        os._exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Program:
    """A command in a process of its own, which is one of those that a parent starts one after the other."""

    def __init__(self, parent, told, arguments):
        self.parent, self.told = parent, told
        told.write_text("")
        asked = {"arguments": [str(one) for one in arguments], "told": str(told)}
        parent.stdin.write(json.dumps(asked) + "\n")
        parent.stdin.flush()
        self.number, self.ending = int(parent.stdout.readline()), None

    def send(self, what):
        os.kill(self.number, what)

    def wait(self):
        """Wait for the end, and return the exit status."""
        if self.ending is None:
            self.ending = int(self.parent.stdout.readline())
        return self.ending

    def finish(self):
        """Wait for the end, and return what was said on the way."""
        assert self.wait() == 0, self.told.read_text()
        return self.told.read_text()


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Return a way to run a command as a program of its own."""
    told = tmp_path_factory.mktemp("told") / "said.txt"
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as parent:
        yield lambda *arguments: Program(parent, told, arguments)
        parent.stdin.close()


@pytest.fixture(scope="module")
def long_fit(start, tmp_path_factory):
    """Return the arguments of a fit with two checkpoints per epoch, and its model's bytes."""
    folder = tmp_path_factory.mktemp("long")
    np.save(folder / "rows.npy", curved(n_rows=42_000, n_columns=6)[0])
    settings = (
        "--max-epochs",
        N_CHECKPOINTS // 2,
        "--set",
        "hidden_layer_sizes=[16]",
        "--set",
        "patience=null",
    )
    arguments = ("fit", folder / "rows.npy", *settings, "--checkpoint-every", 0)
    start(*arguments, "-o", folder / "whole.latentia").finish()
    return arguments, (folder / "whole.latentia").read_bytes()


def wait_for(program, model, number):
    """Wait until a fit has kept so many checkpoints, the earlier runs' included."""
    until = time.monotonic() + 120
    while newest(model) < number:
        assert time.monotonic() < until, program.told.read_text()
        time.sleep(0.002)


def newest(model):
    files = Path(f"{model}.checkpoints").glob("*.checkpoint")
    return max((int(file.stem) for file in files), default=0)


@pytest.mark.slow
def test_killed_at_25_random_moments_the_file_is_the_same(start, long_fit, tmp_path):
    """A fit that comes near its end is finished and compared, and another begun."""
    arguments, whole = long_fit
    rng, kills, fits = np.random.default_rng(0), 0, 0
    while kills < N_KILLS:
        model = tmp_path / str(fits) / "m.latentia"
        model.parent.mkdir()
        while kills < N_KILLS and newest(model) < N_CHECKPOINTS * 3 // 4:
            kept = newest(model)
            program = start(*arguments, "-o", model, "--resume")
            # At least one checkpoint further: it was training, and had lost nothing.
            wait_for(program, model, kept + rng.integers(1, 5))
            time.sleep(rng.uniform(0.0, 0.03))
            program.send(signal.SIGKILL)
            assert program.wait() == -signal.SIGKILL
            assert kept == 0 or "going on after epoch" in program.told.read_text()
            assert not model.exists()
            kills += 1
        assert "going on after epoch" in start(*arguments, "-o", model, "--resume").finish()
        assert model.read_bytes() == whole
        assert list(model.parent.iterdir()) == [model]
        fits += 1


@pytest.mark.slow
def test_ctrl_c_keeps_the_best_network_and_the_way_on(start, long_fit, tmp_path):
    arguments, whole = long_fit
    model = tmp_path / "m.latentia"
    program = start(*arguments, "-o", model)
    wait_for(program, model, 7)
    program.send(signal.SIGINT)
    assert program.wait() == 130, program.told.read_text()
    said = program.told.read_text()
    assert "the best network so far was kept; repeat the command with --resume to go on." in said
    assert latentia.load(model).ending_ == "interrupted"
    assert "going on after epoch" in start(*arguments, "-o", model, "--resume").finish()
    assert model.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [model]
