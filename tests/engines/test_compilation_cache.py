"""Compiled programs between processes: kept for the user alone, found again, and turned off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jax
import pytest

from latentia.engines import compilation_cache
from latentia.engines.compilation_cache import cache_folder

FIT = """
import jax, numpy as np
from latentia import Autoencoder
X = np.random.default_rng(0).normal(size=(20, 3))
print(Autoencoder(1, hidden_layer_sizes=(), max_epochs=1, random_state=0).fit(X).transform(X).sum())
print(jax.config.jax_compilation_cache_dir)
"""


@pytest.fixture
def anew(monkeypatch):
    """Return the function as in a new process that has set up no cache, and what it sets."""
    settings = {}
    monkeypatch.setattr(compilation_cache, "_forget_earlier_decision", lambda: None)
    monkeypatch.setattr(jax.config, "update", settings.__setitem__)
    before = jax.config.jax_compilation_cache_dir
    jax.config.__class__.update(jax.config, "jax_compilation_cache_dir", None)
    yield compilation_cache.use_compilation_cache.__wrapped__, settings
    jax.config.__class__.update(jax.config, "jax_compilation_cache_dir", before)


@pytest.mark.parametrize("word", ["off", "OFF", "0", "false", "no"])
def test_a_word_turns_it_off(monkeypatch, word, anew):
    monkeypatch.setenv("LATENTIA_CACHE", word)
    assert cache_folder() is None
    assert anew[0]() is None
    assert anew[1] == {}


def test_the_folder_is_the_users(monkeypatch, tmp_path):
    monkeypatch.setenv("LATENTIA_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.delenv("LATENTIA_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "latentia" / "programs"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert cache_folder() == tmp_path / ".cache" / "latentia" / "programs"


def test_it_is_made_for_the_user_alone(monkeypatch, tmp_path, anew):
    use, settings = anew
    monkeypatch.setenv("LATENTIA_CACHE", str(tmp_path / "a" / "b"))
    assert use() == tmp_path / "a" / "b"
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    assert settings["jax_compilation_cache_dir"] == str(tmp_path / "a" / "b")


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_folder_that_others_can_write_to_is_not_used(monkeypatch, tmp_path, anew, mode):
    tmp_path.chmod(mode)
    monkeypatch.setenv("LATENTIA_CACHE", str(tmp_path))
    assert anew[0]() is None
    assert anew[1] == {}


def test_a_folder_of_somebody_else_is_not_used(monkeypatch, tmp_path, anew):
    monkeypatch.setenv("LATENTIA_CACHE", str(tmp_path))
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    assert anew[0]() is None


def test_a_place_that_cannot_be_made_does_without(monkeypatch, tmp_path, anew):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LATENTIA_CACHE", str(tmp_path / "file" / "programs"))
    assert anew[0]() is None


def test_a_cache_that_the_program_has_set_up_is_left_alone(monkeypatch, tmp_path, anew):
    use, settings = anew
    monkeypatch.setenv("LATENTIA_CACHE", str(tmp_path))
    jax.config.__class__.update(jax.config, "jax_compilation_cache_dir", "/somewhere/else")
    assert use() is None
    assert settings == {}


@pytest.mark.slow
def test_programs_are_kept_and_change_nothing(tmp_path):
    """A first process compiles, a second finds; a third does without and has the same numbers."""

    def fit(cache):
        run = subprocess.run(
            [sys.executable, "-c", FIT],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "LATENTIA_CACHE": cache, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        return run.stdout.split()

    folder = tmp_path / "programs"
    first = fit(str(folder))
    assert first[1] == str(folder)
    kept = set(folder.glob("*-cache"))
    assert kept
    assert fit(str(folder)) == first
    assert set(folder.glob("*-cache")) == kept
    assert fit("off") == [first[0], "None"]
