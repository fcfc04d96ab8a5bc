"""Does `find_learning_rate` find one? Held-out loss at its suggestion against the best of a grid.

    python benchmarks/learning_rate.py [--white winequality-white.csv] [--schedule constant] [--seeds 3]

On each table and each split a sweep suggests a rate; then networks train at it and, side by side in
the same program with the same starts, at each of twelve rates from 1e-5 to 1e-1. The lowest
held-out loss of each fit is averaged over seeds and splits. The grid is told afterwards which of its
rates was best, the sweep only has its own.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from defaults import tables
from measuring import keep, show

from latentia import Autoencoder
from latentia.engines.compilation_cache import use_compilation_cache
from latentia.recipe import Recipe
from latentia.settings import RULES
from latentia.tables.splits import hold_out
from latentia.training.fit import Task, fit

GRID = np.geomspace(1e-5, 1e-1, 12)


def val_losses(X: np.ndarray, settings: dict, rates: np.ndarray, split_seed: int, seeds: int) -> np.ndarray:
    """Return the lowest held-out loss at every rate, the mean over seeds; all train side by side."""
    recipe = Recipe.from_settings(**settings)
    schedule = settings["learning_rate"]
    paced = [
        replace(recipe, learning_rate=RULES["learning_rate"]("learning_rate", {**schedule, "rate": rate}))
        for rate in rates
    ]
    task = Task(
        seed=split_seed,
        split=hold_out(len(X), recipe.validation_fraction, split_seed),
        variants=[one for one in paced for _ in range(seeds)],
        identities=[seed for _ in paced for seed in range(seeds)],
    )
    outcome = fit(X, recipe, task).outcome
    return outcome.best_val_loss().reshape(len(rates), seeds).mean(axis=1)


def measure(X: np.ndarray, settings: dict, splits: int, seeds: int) -> dict:
    """Return suggestions, mean losses at them and on the grid, and the seconds of a sweep."""
    suggestions, seconds, losses = [], [], []
    for split in range(splits):
        begun = time.perf_counter()
        model = Autoencoder(**settings, random_state=split)
        suggestions.append(model.find_learning_rate(X).suggestion)
        seconds.append(time.perf_counter() - begun)
        losses.append(val_losses(X, settings, np.r_[suggestions[-1], GRID], split, seeds))
    at_suggestion, *on_grid = np.mean(losses, axis=0).tolist()
    best = int(np.nanargmin(on_grid))
    return {
        "suggestions": suggestions,
        "loss": at_suggestion,
        "grid": dict(zip(GRID.tolist(), on_grid, strict=True)),
        "best_rate": float(GRID[best]),
        "ratio": at_suggestion / on_grid[best],
        "seconds": seconds,
    }


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--white", type=Path, help="winequality-white.csv of UCI, to include it")
    parser.add_argument("--schedule", default="constant", help="constant, cosine, one_cycle ...")
    parser.add_argument("--optimizer", default="adamw")
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tables", nargs="+", default=["wine", "digits", "winequality-white"])
    arguments = parser.parse_args()
    use_compilation_cache()
    rows, found = [], {}
    for name, (X, k) in tables(arguments.white).items():
        if name not in arguments.tables:
            continue
        settings = {
            "n_components": k,
            "optimizer": arguments.optimizer,
            "learning_rate": {"schedule": arguments.schedule},
        }
        found[name] = measure(X, settings, arguments.splits, arguments.seeds)
        one = found[name]
        rates = " ".join(f"{rate:.2g}" for rate in one["suggestions"])
        grid = one["grid"][one["best_rate"]]
        rows.append((name, rates, one["loss"], one["best_rate"], grid, one["ratio"], one["seconds"][-1]))
        show(name, HEADER, rows[-1:])
    show(f"{arguments.optimizer}, {arguments.schedule}", HEADER, rows)
    usual = (arguments.optimizer, arguments.schedule) == ("adamw", "constant")
    name = "learning_rate" if usual else f"learning_rate_{arguments.optimizer}_{arguments.schedule}"
    keep(name, {"arguments": {**vars(arguments), "white": None}, "tables": found})


HEADER = (
    "table",
    "suggestions",
    "held-out loss",
    "best of grid",
    "loss there",
    "ratio",
    "sweep, seconds",
)


if __name__ == "__main__":
    main()
