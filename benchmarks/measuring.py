"""What the benchmarks share: timing in turns, and results as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

RESULTS = Path(__file__).parent / "results"


def in_turns(
    tasks: Mapping[str, Callable[[], object]], rounds: int, pause: float = 0.0
) -> dict[str, list[float]]:
    """Time every task once per round, one after the other, so that a slow spell hits all alike.

    Threads of some libraries keep a core busy for a while after their work is done; a pause in seconds before
    each task lets them come to rest, or the next one pays for it.
    """
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            time.sleep(pause)
            begun = time.perf_counter()
            task()
            seconds[name].append(time.perf_counter() - begun)
    return seconds


def paired_ratio(of: Sequence[float], to: Sequence[float]) -> float:
    """Return the median over rounds of how many times longer `to` took than `of`."""
    return median(b / a for a, b in zip(of, to, strict=True))


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a Markdown table."""
    print(f"\n{title}\n")
    print("| " + " | ".join(header) + " |")
    print("|" + "|".join(" --- " for _ in header) + "|")
    for row in rows:
        print(
            "| "
            + " | ".join(f"{value:.4g}" if isinstance(value, float) else str(value) for value in row)
            + " |"
        )


def keep(name: str, figures: Mapping[str, Any]) -> None:
    """Write the figures of a run, with the machine they were measured on."""
    RESULTS.mkdir(exist_ok=True)
    machine = {
        "python": platform.python_version(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "versions": _versions(),
    }
    text = json.dumps({"machine": machine, **figures}, indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for package in ("jax", "numpy", "scikit-learn", "torch", "keras", "onnxruntime"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
