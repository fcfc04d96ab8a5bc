"""Ctrl-C while a compiled program runs: noted at once, acted on between two segments."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Interruption:
    """Whether the user has asked to stop."""

    def __init__(self) -> None:
        self.asked = False

    def ask(self, *_: object) -> None:
        """Ask to stop; a second time stops at once, as Python does by itself."""
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


@contextmanager
def noticing_interruption() -> Iterator[Interruption]:
    """Catch Ctrl-C inside the block, where signals can be caught at all (the main thread).

    A handler that somebody else has set is respected: only Python's own is replaced.
    """
    interruption = Interruption()
    own = threading.current_thread() is threading.main_thread()
    if not own or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield interruption
        return
    previous = signal.signal(signal.SIGINT, interruption.ask)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, previous)
