"""Compiled programs kept between processes, so that the second run starts at once.

The folder is ``latentia/programs`` in the user's cache folder (``$XDG_CACHE_HOME``, or
``~/.cache``), readable by that user alone: a compiled program is code, and a folder that others
can write to would let them run theirs. ``LATENTIA_CACHE=off`` turns it off, any other value
names another folder. A cache that the user's own program has set up for JAX is left alone.
"""

from __future__ import annotations

import os
import stat
from functools import cache
from pathlib import Path

import jax


def cache_folder() -> Path | None:
    """Return the folder for compiled programs, or None when the cache is turned off."""
    setting = os.environ.get("LATENTIA_CACHE", "")
    if setting.lower() in {"off", "0", "false", "no"}:
        return None
    if setting:
        return Path(setting)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "latentia" / "programs"


@cache
def use_compilation_cache() -> Path | None:
    """Make JAX keep compiled programs in the user's folder, once per process.

    Returns
    -------
    Path or None
        The folder in use; None when it is off, not private, or set up by somebody else.
    """
    if jax.config.jax_compilation_cache_dir is not None:  # pyright: ignore[reportAttributeAccessIssue]
        return None
    folder = cache_folder()
    if folder is None or not _make_private(folder):
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    # Small networks compile in half a second; JAX would only keep what took a second.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    _forget_earlier_decision()
    return folder


def _make_private(folder: Path) -> bool:
    """Create the folder for its owner alone; False when it cannot be, or belongs to others."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError:
        return False
    if hasattr(os, "getuid") and status.st_uid != os.getuid():
        return False
    return not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _forget_earlier_decision() -> None:
    # JAX decides once per process, at its first compilation, whether there is a cache; a program
    # that has used JAX before its first fit here would go without.
    from jax.experimental.compilation_cache import compilation_cache

    compilation_cache.reset_cache()
