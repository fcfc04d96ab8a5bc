"""Giving memory back to the system when a large part of the work is done."""

from __future__ import annotations

import ctypes
import sys


def give_memory_back() -> None:
    """Return what is free but kept for later use.

    The C library of Linux keeps what was freed, in many places and too small for what comes next, so
    that a process grows with every part of its work; and so does Arrow, which reads tables.

    Examples
    --------
    >>> give_memory_back()
    """
    if (arrow := sys.modules.get("pyarrow")) is not None:
        arrow.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc only
        if trim is not None:
            trim(0)
