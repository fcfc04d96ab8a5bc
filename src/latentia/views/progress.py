"""How far the work has come, on standard error: bars in a terminal, plain lines elsewhere.

Both take what training and analysis tell: ``stage`` when a part of the work begins, ``epochs``
while a network learns, ``rows`` while a table is read or written, ``close`` at the end.
"""

from __future__ import annotations

import math
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from latentia.training.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from latentia.training.progress import Progress as Told

SECONDS_BETWEEN_LINES = 5.0  # of the plain progress: few enough for a log file


def progress_on(stream: TextIO | None = None) -> RichProgress | PlainProgress:
    """Return bars if the stream is a terminal, else plain lines; standard error by default."""
    shown_on: TextIO = sys.stderr if stream is None else stream
    return RichProgress(shown_on) if shown_on.isatty() else PlainProgress(shown_on)


@contextmanager
def telling(progress: Told | None, *, verbose: bool) -> Iterator[Told]:
    """Yield who is told how the work goes: who was given, else standard error if `verbose`, else nobody.

    What is begun here is closed here, so that the terminal is given back whatever happens.

    Examples
    --------
    >>> with telling(None, verbose=False) as told:
    ...     told.stage("Training")
    """
    if progress is not None or not verbose:
        yield progress or Silent()
        return
    own = progress_on()
    try:
        yield own
    finally:
        own.close()


class PlainProgress:
    """One line per stage, and one now and then while a network learns.

    Parameters
    ----------
    stream : text stream, optional
        Where the lines go; standard error by default.
    clock : callable, default time.monotonic
        Returns seconds.

    Examples
    --------
    >>> progress = PlainProgress(sys.stdout)
    >>> progress.stage("Training", "8 networks")
    Training: 8 networks
    """

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._last_line = clock()

    def stage(self, name: str, detail: str = "") -> None:
        """Say that a new part of the work begins."""
        self._say(f"{name}: {detail}" if detail else name)

    def epochs(self, done: int, total: int, loss: float, val_loss: float) -> None:
        """Say how far training has come, if nothing was said for a while."""
        if self._clock() - self._last_line >= SECONDS_BETWEEN_LINES:
            self._say(f"  epoch {done} of {total}, {_losses(loss, val_loss)}")

    def rows(self, name: str, done: int) -> None:
        """Say how many rows are done, if nothing was said for a while."""
        if self._clock() - self._last_line >= SECONDS_BETWEEN_LINES:
            self._say(f"{name}: {done:,} rows")

    def resamples(self, what: str, done: int, total: int) -> None:
        """Say how many were drawn, if nothing was said for a while."""
        if self._clock() - self._last_line >= SECONDS_BETWEEN_LINES:
            self._say(f"  {what} {done} of {total}")

    def close(self) -> None:
        """Do nothing: every line is written already."""

    def _say(self, line: str) -> None:
        print(line, file=self._stream, flush=True)
        self._last_line = self._clock()


class RichProgress:
    """A bar for the stage at work; stages that are done stay as lines with their seconds.

    Parameters
    ----------
    stream : text stream, optional
        A terminal; standard error by default.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        # Not loaded for plain lines, which are there at once.
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._console = Console(file=stream) if stream is not None else Console(stderr=True)
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[losses]}", style="dim", markup=False),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._task = None

    def stage(self, name: str, detail: str = "") -> None:
        """Turn the bar of the last stage into a line, and begin a new one."""
        self._finish()
        self._bar.start()
        described = f"{name}: {detail}" if detail else name
        self._task = self._bar.add_task(described, total=None, losses="")

    def epochs(self, done: int, total: int, loss: float, val_loss: float) -> None:
        """Move the bar."""
        if self._task is None:
            self.stage("Training")
        assert self._task is not None  # noqa: S101 - stage() has just made it
        losses = f"epoch {done} of {total}, {_losses(loss, val_loss)}"
        self._bar.update(self._task, completed=done, total=total, losses=losses)

    def rows(self, name: str, done: int) -> None:
        """Count on."""
        if self._task is None:
            self.stage(name)
        assert self._task is not None  # noqa: S101 - stage() has just made it
        self._bar.update(self._task, description=f"{name}: {done:,} rows")

    def resamples(self, what: str, done: int, total: int) -> None:
        """Move the bar."""
        if self._task is None:
            self.stage("Resampling")
        assert self._task is not None  # noqa: S101 - stage() has just made it
        self._bar.update(self._task, completed=done, total=total, losses=f"{what} {done} of {total}")

    def close(self) -> None:
        """Finish the last stage and give the terminal back."""
        self._finish()
        self._bar.stop()

    def _finish(self) -> None:
        if self._task is None:
            return
        task = next(task for task in self._bar.tasks if task.id == self._task)
        self._bar.remove_task(self._task)
        self._task = None
        self._console.print(
            f"✓ {task.description} ({task.elapsed or 0.0:.1f} s)", style="dim", markup=False, highlight=False
        )


def _losses(loss: float, val_loss: float) -> str:
    """Return the two losses in words; without validation rows there is one."""
    if math.isnan(val_loss):
        return f"loss {loss:.4f}"
    return f"loss {loss:.4f}, on validation rows {val_loss:.4f}"
