"""What many members cost beside one: k networks trained side by side, with one batch order for all.

    python benchmarks/ensemble.py [--rounds 5]

For each table and network the time of the training loop with k members is divided by that with
one, in turns so that a slow spell of the machine hits all alike. A network so small that starting
its kernels costs more than what they compute gains most from company; a large one is bound by
arithmetic, and its members can only share the cores. Noise is drawn for every member by itself, and
is a good part of what a member of the smallest networks costs.
"""

from __future__ import annotations

import argparse
from statistics import median
from typing import TYPE_CHECKING, Any

from measuring import keep, show
from sklearn.datasets import load_digits, load_wine

from latentia.recipe import Recipe
from latentia.training.fit import Task, fit

if TYPE_CHECKING:
    import numpy as np

MEMBERS = (1, 8, 32, 128)
NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    "wine 13-3-13, no noise": ("wine", {"hidden_layer_sizes": (), "n_components": 3, "corruption": None}),
    "wine 13-3-13": ("wine", {"hidden_layer_sizes": (), "n_components": 3}),
    "wine 13-32-16-3": ("wine", {"hidden_layer_sizes": (32, 16), "n_components": 3}),
    "digits 64-32-10, no noise": (
        "digits",
        {"hidden_layer_sizes": (32,), "n_components": 10, "corruption": None},
    ),
    "digits 64-32-10": ("digits", {"hidden_layer_sizes": (32,), "n_components": 10}),
    "wine, defaults": ("wine", {"n_components": 3}),
}
EPOCHS = {"wine": 100, "digits": 8}


def seconds(rows: np.ndarray, members: int, settings: dict[str, Any]) -> float:
    """Return the seconds of the training loop."""
    recipe = Recipe.from_settings(n_seeds=members, patience=None, batch_size=16, **settings)
    return fit(rows, recipe, Task(seed=0)).outcome.seconds


def measure(table: str, settings: dict[str, Any], rounds: int) -> dict[int, list[float]]:
    """Return the seconds of every round by the number of members."""
    rows = {"wine": load_wine, "digits": load_digits}[table]().data
    settings = {**settings, "max_epochs": EPOCHS[table]}
    for members in MEMBERS:
        seconds(rows, members, settings)  # compiles
    taken: dict[int, list[float]] = {members: [] for members in MEMBERS}
    for _ in range(rounds):
        for members in MEMBERS:
            taken[members].append(seconds(rows, members, settings))
    return taken


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    header = ("network", "one, s", *(f"{members} members" for members in MEMBERS[1:]))
    rows, kept = [], {}
    for name, (table, settings) in NETWORKS.items():
        taken = measure(table, settings, arguments.rounds)
        ratios = {
            members: median(b / a for a, b in zip(taken[1], taken[members], strict=True))
            for members in MEMBERS[1:]
        }
        rows.append((name, median(taken[1]), *ratios.values()))
        kept[name] = {"seconds_of_one": median(taken[1]), "ratios": {str(k): r for k, r in ratios.items()}}
    show("Cost of k members beside one", header, rows)
    keep("ensemble", {"networks": kept})


if __name__ == "__main__":
    main()
