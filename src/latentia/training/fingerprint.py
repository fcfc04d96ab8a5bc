"""What the bytes of a fit depend on: enough to tell whether two fits would end alike.

The same seed gives the same weights only on the same table, with the same settings, and by the same
versions on the same devices with as many threads: XLA divides a sum among its threads, and a sum
of numbers in another order is another number.
"""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from latentia import __version__
from latentia.errors import RecipeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from latentia.recipe import Recipe

version = cache(metadata.version)  # every fit asks, and the answer is in files of installed packages
LIBRARIES = ("jax", "jaxlib", "equinox", "optax", "numpy", "scikit-learn")
# Another table has other automatic settings, too: what comes first explains what comes after it.
ORDER = (
    ("data",),
    ("random_state",),
    ("settings",),
    ("inputs",),
    ("versions", "devices", "threads", "platform", "environment"),
)
# A system that was updated in the meantime is no reason to lose a fit.
OF_A_FIT = ("versions", "devices", "threads")
# Settings of the libraries that change what they compute, or in which order.
ENVIRONMENT = ("JAX_", "XLA_", "NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
NO_SETTINGS = ("CACHE", "DIR", "COORDINATOR", "PROCESS_ID")
INPUTS = {
    "split": "other rows are held out",
    "rows": "rows have other weights",
    "monitors": "other rows judge it",
    "networks": "it starts from other weights",
    "dials": "its networks have other numbers in their settings",
}


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where and of what a model was made; None where a file of the first version does not say.

    Parameters
    ----------
    data : str or None
        Hash of the table as the networks see it; None also where it came in several parts.
    versions : mapping of str to str
        Of all that computed.
    devices : str or None
        What it was computed on.
    threads : int or None
        By how many threads.
    """

    data: str | None
    versions: Mapping[str, str]
    devices: str | None
    threads: int | None


def origin_of(data: Any) -> Origin:
    """Return the origin of a model that is made now of a table, or of the hash of one."""
    now = {name: value for name, value in surroundings().items() if name in OF_A_FIT}
    return Origin(data=digest(data), **now)


def fingerprint_of(recipe: Recipe, seed: int, *, data: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a fit depends on, as plain JSON-ready values.

    Parameters
    ----------
    recipe : Recipe
        Without an "auto".
    seed : int
    data : ndarray
        The table.
    inputs : mapping of str to tree of ndarray
        What is made of it and of the settings, and whatever else the training is given, by name.

    Raises
    ------
    RecipeError
        When a setting is an object, of which nothing can tell later whether it is the same.
    """
    settings = recipe.to_dict()
    own = [name for name, value in settings.items() if value == "custom"]
    if own:
        raise RecipeError(
            f"{own[0]} is an object, and no later fit could tell whether it goes on with the same; "
            "choose one by its name, or keep no checkpoints."
        )
    return {
        "data": digest(data),
        "random_state": seed,
        "settings": json.loads(json.dumps(settings)),
        "inputs": {name: digest(tree) for name, tree in inputs.items()},
        **{name: value for name, value in surroundings().items() if name in OF_A_FIT},
    }


def surroundings() -> dict[str, Any]:
    """Return what numbers depend on beside the fit: versions, devices, threads, system, environment."""
    kinds = [_processor() if device.platform == "cpu" else device.device_kind for device in jax.devices()]
    return {
        "versions": versions(),
        "devices": ", ".join(kinds),
        "threads": threads(),
        "platform": platform.platform(),
        "environment": {
            name: value
            for name, value in sorted(os.environ.items())
            if name.startswith(ENVIRONMENT) and not any(word in name for word in NO_SETTINGS)
        },
    }


def versions() -> dict[str, str]:
    """Return the versions of all that computes."""
    return {"python": platform.python_version(), "latentia": __version__} | {
        name: version(name) for name in LIBRARIES
    }


def threads() -> int:
    """Return how many threads XLA computes with on this machine: ``$NPROC``, or one per core."""
    told = os.environ.get("NPROC", "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Say in words what differs between two fingerprints; empty when nothing does.

    Examples
    --------
    >>> differences({"settings": {"dropout": 0.0}}, {"settings": {"dropout": 0.1}})
    ['dropout is 0.1 and was 0.0']
    """
    for kinds in ORDER:
        found = [words for kind in kinds for words in _compared(kind, was.get(kind), now.get(kind))]
        if found:
            return found
    return [] if was == now else ["it was written by another version"]


def digest(tree: Any) -> str:
    """Return a hash of a tree of arrays: of their places, types, shapes and values.

    Examples
    --------
    >>> digest([np.ones(3)]) == digest([np.ones(3)]) != digest([np.ones(4)])
    True
    """
    hashed = blake2b(digest_size=16)
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        array = np.asarray(leaf, order="C")
        hashed.update(f"{jax.tree_util.keystr(path)} {array.dtype} {array.shape}\n".encode())
        hashed.update(np.atleast_1d(array).view(np.uint8).data)
    return hashed.hexdigest()


def _compared(kind: str, was: Any, now: Any) -> Iterator[str]:
    """Yield what differs between two values of one kind, in words."""
    if was == now:
        return
    if kind == "data":
        yield "the table is another one"
    elif isinstance(was, dict) and isinstance(now, dict):
        for name in sorted({*was, *now}):
            if was.get(name) != now.get(name):
                yield INPUTS.get(str(name), str(name)) if kind == "inputs" else _told(name, was, now)
    else:
        yield _told(kind, {kind: was}, {kind: now})


def _told(name: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    hint = f"; set NPROC={was[name]} before starting" if name == "threads" else ""
    return f"{name} is {_plainly(now.get(name))} and was {_plainly(was.get(name))}{hint}"


def _plainly(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


@cache
def _processor() -> str:
    """Return the name of the processor: XLA compiles for what this one can do."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
