"""Bad days: a kill at any moment, a full disk, two runs at once, too little memory, an absent device.

Each ends in one sentence, nothing that was there before is lost, and what was begun can be gone on with.
What happens to a `latentia fit` that is killed or interrupted is in cli/test_resume.py, and to files that
change while they are read in tables/test_bad_tables.py.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np
import pytest
from typer.testing import CliRunner

import latentia
from latentia import Autoencoder
from latentia.cli import app
from latentia.engines import LocalEngine, devices
from latentia.errors import InputError, OutputError
from latentia.modelfiles.container import read_container, write_container
from latentia.output_folder import LOCK, held_folder
from latentia.tables import memory
from latentia.training import room
from problems import curved

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(latentia.__file__).parents[1])}
ROWS = curved(n_rows=60, n_columns=4)[0]
SAVES_FOR_EVER = """
import sys
import numpy as np
from latentia.modelfiles.container import write_container
number = 0
while True:
    number += 1
    write_container(sys.argv[1], {"number": number}, {"weights": np.full((300, 100), float(number))})
    if number == 1:
        print("begun", flush=True)
"""
UNTIL_THE_DISK_IS_FULL = """
import resource, sys
from latentia.cli import main
import latentia.analysis, matplotlib.pyplot  # what is loaded and compiled may be of any size
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
main()
"""


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def program(source, *arguments, **environment):
    command = [sys.executable, "-c", source, *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env={**ENVIRONMENT, **environment}, **pipes)


def fitted(**settings):
    return Autoencoder(hidden_layer_sizes=(4,), max_epochs=2, random_state=0, **settings)


@pytest.mark.slow
def test_killed_at_25_random_moments_while_saving_a_file_is_the_old_or_the_new_one(tmp_path):
    rng, path, numbers = np.random.default_rng(0), tmp_path / "m.latentia", []
    for kill in 12 * [signal.SIGKILL, signal.SIGTERM] + [signal.SIGKILL]:
        path.unlink(missing_ok=True)
        saving = program(SAVES_FOR_EVER, path)
        assert saving.stdout.readline() == "begun\n"
        time.sleep(rng.uniform(0.0, 0.05))
        saving.send_signal(kill)
        saving.communicate(timeout=60)
        manifest, arrays = read_container(path)
        assert (arrays["weights"] == manifest["number"]).all()
        numbers.append(manifest["number"])
    assert len(set(numbers)) > 5  # not always the same moment
    write_container(path, {"number": 0}, {})
    assert read_container(path)[0] == {"number": 0}


def test_a_full_disk_leaves_the_old_model_whole_and_says_so(tmp_path):
    model = tmp_path / "m.latentia"
    fitted().fit(ROWS).save(model)
    before = model.read_bytes()
    arguments = ("fit", "wine", "-o", model, "--max-epochs", 2, "--set", "hidden_layer_sizes=[64]", "-q")
    # No compiled program can be kept, either.
    full = program(UNTIL_THE_DISK_IS_FULL, *arguments, LATENTIA_CACHE="off")
    _, said = full.communicate(timeout=120)
    assert full.returncode == 2, said
    assert said.splitlines()[-1] == (
        f"latentia: '{model}' could not be written (File too large), and what was there before is unchanged; "
        "choose another place or free some room there."
    )
    assert "Traceback" not in said
    assert model.read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_read_only_folder_is_refused_before_any_work(tmp_path):
    tmp_path.chmod(0o500)
    done = run("analyze", "iris", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "is read-only; choose another place." in done.stderr
    assert "Reading" not in done.stderr


def test_the_second_of_two_runs_into_one_folder_is_refused_before_any_work(tmp_path):
    out = tmp_path / "new" / "out"
    with held_folder(out) as home:
        assert home == out
        done = run("analyze", "iris", "-o", out, "--force")
        assert done.exit_code == 2
        assert done.stderr.splitlines()[-1] == (
            f"latentia: Another analysis is going into the folder {out}; wait for its end, or give another "
            "name with --out."
        )
        assert "Reading" not in done.stderr
        assert [item.name for item in out.iterdir()] == [LOCK]
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_locked_is_free_again(tmp_path):
    (tmp_path / LOCK).touch()
    with held_folder(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_stays_held_while_its_results_are_written(tmp_path, monkeypatch):
    tried = []

    def write(home, *_, **__):
        with pytest.raises(OutputError, match="Another analysis is going into the folder"), held_folder(home):
            pass
        tried.append(home)

    monkeypatch.setattr("latentia.analysis.write_analysis", write)
    analysis = latentia.analysis.Analysis(None, None, {})
    analysis.save(tmp_path / "out")
    assert tried == [tmp_path / "out"]
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_leaves_no_room_to_train_is_refused_with_the_advice_to_stream(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 2_000_000_000)
    with pytest.raises(InputError) as refusal:
        room.refuse_large_table(3_200_000_000, (4_000_000, 100))
    assert str(refusal.value) == (
        "A fit to 4000000 rows of 100 columns in memory needs 4.8 GB of memory beside the table, and 2.0 GB "
        "are free; leave the table on disk: write it to a .parquet or .npy file and pass "
        "latentia.scan_table(PATH) to fit, or use `latentia fit --stream`."
    )
    room.refuse_large_table(1_300_000_000, (1_625_000, 100))
    monkeypatch.setattr(room, "SMALL", 0)
    monkeypatch.setattr(memory, "available_memory", lambda: 1000)
    with pytest.raises(InputError, match="A fit to 60 rows of 4 columns in memory needs"):
        fitted().fit(ROWS)


def test_networks_that_leave_no_room_are_refused_before_they_are_made(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 4_000_000_000)
    wide = Autoencoder(hidden_layer_sizes=(20_000, 20_000), max_epochs=1, n_seeds=2)
    sentence = r"Training 2 of 2 networks of 800\d{6} weights each at a time needs 32\.\d GB of memory"
    with pytest.raises(InputError, match=sentence):
        wide.fit(ROWS)
    with pytest.raises(InputError, match=r"Training a network of .* choose narrower hidden_layer_sizes or"):
        wide.set_params(n_seeds=1).fit(ROWS)


@pytest.mark.parametrize("platform", ["cuda", "nonsense"])
def test_a_device_that_is_asked_for_and_absent_is_named(tmp_path, platform):
    if any(device.platform == "gpu" for device in jax.devices()):
        pytest.skip("there is a GPU")
    source = "from latentia.cli import main; main()"
    asked = program(source, "fit", "wine", "-o", tmp_path / "m.latentia", "-q", JAX_PLATFORMS=platform)
    _, said = asked.communicate(timeout=120)
    assert asked.returncode == 2
    assert said == (
        f"latentia: JAX_PLATFORMS='{platform}' asks for a device that JAX does not find here; install JAX "
        "for that device, or unset JAX_PLATFORMS to compute with what there is.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_device_with_too_little_memory_says_what_to_change(monkeypatch):
    def fit(*_):
        raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 1 byte.")

    monkeypatch.setattr("latentia.engines.local.fit", fit)
    with pytest.raises(
        InputError, match=r"The device \(.+\) has too little memory .* smaller batch_size, fewer"
    ):
        LocalEngine().fit(ROWS, None, None)


def test_another_failure_of_a_device_is_not_taken_for_it():
    with pytest.raises(jax.errors.JaxRuntimeError, match="INTERNAL"), devices.told_if_too_small():
        raise jax.errors.JaxRuntimeError("INTERNAL: something else")


def _transformed(model):
    return model.transform(ROWS)


def test_a_fresh_process_after_jax_has_begun_gives_the_same_codes(tmp_path):
    """A forked one may hang, as JAX says itself; joblib starts fresh ones."""
    from joblib import Parallel, delayed

    model = fitted().fit(ROWS)
    codes = Parallel(n_jobs=2)(delayed(_transformed)(model) for _ in range(2))
    for found in codes:
        np.testing.assert_array_equal(found, model.transform(ROWS))
