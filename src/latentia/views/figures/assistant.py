"""A second process that draws some of a study's figures while this one draws the others.

Drawing is most of the time that it takes to write an analysis, and Python draws on one core at a
time. The assistant is started early, loads what it needs while networks train, waits for a study
on its standard input, and returns PNG files. Where it cannot work, its figures are drawn here:
the same study always gives the same bytes.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from latentia.insight.results import Study

# A larger table takes longer to hand over than its figures take to draw.
LARGEST_STUDY = 50_000_000
# A process that has not answered by then is stuck, and its figures are drawn here.
SECONDS_TO_ANSWER = 60.0


class Assistant:
    """A process at work from here until the end of a ``with`` block.

    Examples
    --------
    >>> with Assistant() as assistant:
    ...     assistant.files()
    {}
    """

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._talk: threading.Thread | None = None
        self._asked = False
        self._process = _started()

    def __enter__(self) -> Self:
        """Return this assistant."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send the process away, whatever it is at."""
        if self._process is None:
            return
        self._process.kill()
        if self._talk is not None:
            self._talk.join()
        elif not self._asked:
            self._process.communicate()

    def draw(self, study: Study, names: Sequence[str]) -> None:
        """Ask for figures of a study, once; nothing is waited for."""
        if self._process is None or self._asked or study.values.nbytes > LARGEST_STUDY:
            return
        self._asked = True
        self._talk = threading.Thread(target=self._ask, args=(self._process, study, tuple(names)))
        self._talk.start()

    def files(self) -> dict[str, bytes]:
        """Return the PNG files by name, when they are there; none if something went wrong."""
        if self._talk is not None:
            self._talk.join(SECONDS_TO_ANSWER)
            if self._talk.is_alive() and self._process is not None:
                self._process.kill()
            self._talk.join()
            self._talk = None
        return self._files

    def _ask(self, process: subprocess.Popen[bytes], study: Study, names: tuple[str, ...]) -> None:
        try:
            answer, _ = process.communicate(pickle.dumps((study, names)))
            if process.returncode == 0:
                # From our own process, over a pipe that nobody else can write to.
                self._files = pickle.loads(answer)  # noqa: S301
        except (OSError, ValueError, pickle.PickleError, EOFError):
            self._files = {}


def _started() -> subprocess.Popen[bytes] | None:
    """Start the process; None where there is no second core or no interpreter to start."""
    if (os.cpu_count() or 1) < 2 or not sys.executable:  # noqa: PLR2004 - one for each of us
        return None
    home = str(Path(__file__).parents[3])
    paths = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "latentia.views.figures.assistant"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": paths},
        )
    except OSError:
        return None


def main() -> None:
    """Draw what is asked for on standard input; end quietly when nothing is."""
    from latentia.views.figures.album import Album

    asked = sys.stdin.buffer.read()
    if not asked:
        return
    study, names = pickle.loads(asked)  # noqa: S301 - from the process that started this one
    album = Album(study)
    sys.stdout.buffer.write(pickle.dumps({name: album.png(name) for name in names}))


if __name__ == "__main__":
    main()
