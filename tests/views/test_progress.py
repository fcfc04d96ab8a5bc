"""Progress: told on a stream, in lines or as a bar, and never in the way."""

from __future__ import annotations

import io
import math

import pytest

from latentia.training.progress import Silent
from latentia.views import progress
from latentia.views.progress import PlainProgress, RichProgress, progress_on, telling


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def work(progress):
    """Tell what a small analysis would tell."""
    progress.stage("Reading", "wine [red]")
    progress.stage("Training", "8 networks")
    for epoch in (50, 100):
        progress.epochs(epoch, 200, 0.51234, 0.6)
    progress.close()


def test_plain_lines_name_the_stages():
    stream = io.StringIO()
    work(PlainProgress(stream))
    assert stream.getvalue() == "Reading: wine [red]\nTraining: 8 networks\n"


def test_plain_lines_tell_of_epochs_now_and_then():
    stream, seconds = io.StringIO(), iter(range(0, 100, 3))
    progress = PlainProgress(stream, clock=lambda: next(seconds))
    for epoch in range(1, 7):
        progress.epochs(epoch, 200, 0.51234, math.nan)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "  epoch 2 of 200, loss 0.5123"
    assert 1 < len(lines) < 6


def test_plain_lines_tell_of_rows_now_and_then():
    stream, seconds = io.StringIO(), iter(range(0, 100, 3))
    progress = PlainProgress(stream, clock=lambda: next(seconds))
    for done in range(1000, 4000, 1000):
        progress.rows("Encoding", done)
    assert stream.getvalue() == "Encoding: 2,000 rows\n"


def test_a_bar_counts_rows():
    stream = Terminal()
    progress = RichProgress(stream)
    progress.rows("Encoding", 1000)
    progress.rows("Encoding", 2000)
    progress.close()
    assert "✓ Encoding: 2,000 rows (" in stream.getvalue()


def test_a_bar_leaves_one_line_per_stage():
    stream = Terminal()
    work(RichProgress(stream))
    shown = stream.getvalue()
    assert "✓ Reading: wine [red] (" in shown
    assert "✓ Training: 8 networks (" in shown
    assert shown.count("✓") == 2


def test_a_bar_may_begin_with_epochs_and_be_closed_twice():
    stream = Terminal()
    progress = RichProgress(stream)
    progress.epochs(1, 2, 0.5, math.nan)
    progress.close()
    progress.close()
    assert "✓ Training (" in stream.getvalue()


@pytest.mark.parametrize(("stream", "kind"), [(Terminal(), RichProgress), (io.StringIO(), PlainProgress)])
def test_the_stream_decides(stream, kind):
    assert type(progress_on(stream)) is kind


def test_standard_output_stays_clean(capsys):
    work(progress_on())
    out, err = capsys.readouterr()
    assert out == ""
    assert "Training: 8 networks" in err


@pytest.mark.parametrize("kind", [PlainProgress, RichProgress])
def test_all_of_them_can_be_told_what_the_silent_one_can(kind):
    told = {name for name in vars(Silent) if not name.startswith("_")}
    assert told <= set(dir(kind))


def test_who_was_given_is_told_and_left_open():
    given = PlainProgress(io.StringIO())
    for verbose in (True, False):
        with telling(given, verbose=verbose) as told:
            assert told is given


def test_nobody_is_told_unless_asked_for(capsys):
    with telling(None, verbose=False) as told:
        work(told)
    assert capsys.readouterr() == ("", "")


def test_what_was_begun_is_closed_whatever_happens(monkeypatch):
    stream = Terminal()
    bars = RichProgress(stream)
    monkeypatch.setattr(progress, "progress_on", lambda: bars)

    def interrupted():
        with telling(None, verbose=True) as told:
            told.stage("Training")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "✓ Training (" in stream.getvalue()
    assert not bars._bar.live.is_started
