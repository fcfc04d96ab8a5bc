"""How all tests run: one folder of compiled programs, no check left out."""

from __future__ import annotations

import os
import signal

# Before JAX or SciPy is imported, because both read these once. Processes that a test starts inherit them.
os.environ.setdefault("SCIPY_ARRAY_API", "1")  # scikit-learn leaves a check out without it
os.environ.setdefault("MPLBACKEND", "Agg")

from pathlib import Path

from hypothesis import settings

# A busy machine is no failing test; and the same examples every time, so that a failure is nobody's luck.
settings.register_profile("steady", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("steady")

MOST_MAPS = 20_000


def pytest_configure(config):
    """Keep compiled programs beside pytest's own cache, and let Ctrl-C be what it is in a terminal."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell that starts the tests in the background has it ignored, here and in what tests start.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if "LATENTIA_CACHE" not in os.environ:
        folder = Path(config.rootpath, ".pytest_cache", "programs")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ["LATENTIA_CACHE"] = str(folder)


def pytest_runtest_teardown(item, nextitem):
    """Let go of compiled programs between two files, before the system has no room for their code.

    Linux gives a process 65,530 pieces of memory, a program takes several, and beyond them it crashes.
    """
    maps = Path("/proc/self/maps")
    if nextitem is None or nextitem.path == item.path or not maps.exists():
        return
    if maps.read_bytes().count(b"\n") > MOST_MAPS:
        import jax

        jax.clear_caches()
