"""The second process draws the same bytes, and where it cannot, they are drawn here."""

from __future__ import annotations

import subprocess
import sys

import pytest

from latentia.views.figures import assistant as module
from latentia.views.figures.album import Album
from latentia.views.figures.assistant import Assistant
from views.example_study import wine_study

NAMES = ("loss", "latent_space")


@pytest.fixture(scope="module")
def study():
    return wine_study()


def drawn_with(assistant, study):
    album = Album(study)
    assistant.draw(study, NAMES)
    album.await_files(NAMES, assistant.files)
    assert album.is_awaited("loss")
    assert not album.is_awaited("sizes")
    return {name: album.png(name) for name in NAMES}


def drawn_here(study):
    album = Album(study)
    return {name: album.png(name) for name in NAMES}


def test_it_draws_the_same_bytes(study):
    with Assistant() as assistant:
        found = drawn_with(assistant, study)
        assert set(assistant.files()) == set(NAMES)
    assert found == drawn_here(study)


def test_without_a_process_everything_is_drawn_here(study, monkeypatch):
    monkeypatch.setattr(module, "_started", lambda: None)
    with Assistant() as assistant:
        found = drawn_with(assistant, study)
        assert assistant.files() == {}
    assert found == drawn_here(study)


@pytest.mark.parametrize("program", ["import sys; sys.exit(3)", "print('no figures')"])
def test_a_process_that_fails_costs_nothing_but_time(study, monkeypatch, program):
    def broken():
        return subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    monkeypatch.setattr(module, "_started", broken)
    with Assistant() as assistant:
        assert drawn_with(assistant, study) == drawn_here(study)


@pytest.mark.parametrize("asked", [False, True])
def test_it_is_gone_when_its_block_ends(study, asked):
    with Assistant() as assistant:
        if asked:
            assistant.draw(study, NAMES)
        process = assistant._process
    assert process.poll() is not None


def test_a_large_table_is_not_handed_over(study, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_STUDY", 10)
    with Assistant() as assistant:
        assistant.draw(study, NAMES)
        assert assistant.files() == {}


def test_a_process_that_never_answers_is_sent_away(study, monkeypatch):
    def stuck():
        return subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(600)"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    monkeypatch.setattr(module, "_started", stuck)
    monkeypatch.setattr(module, "SECONDS_TO_ANSWER", 0.1)
    with Assistant() as assistant:
        assert drawn_with(assistant, study) == drawn_here(study)
        assert assistant._process.poll() is not None
