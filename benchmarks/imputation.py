"""Do gaps get filled well? Errors on removed cells against means, modes and scikit-learn's IterativeImputer.

    python benchmarks/imputation.py [--white winequality-white.csv] [--penguins penguins.csv] [--draws 5]

A fifth of the cells is removed at random, five times. Everybody learns from the cells that are left
and fills the others in. Numbers are judged by the mean squared error in standard deviations of their
column, categories by the share of cells that are wrong. The network has its default settings, but
for the number of components and, in a second row, the number of networks. IterativeImputer knows no
categories; it is given their codes, and the nearest code is taken.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
from measuring import keep, show
from sklearn.datasets import load_breast_cancer
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - unlocks the next import
from sklearn.impute import IterativeImputer, SimpleImputer

from latentia import Autoencoder
from latentia.engines.compilation_cache import use_compilation_cache

REMOVED = 0.2
ENSEMBLE = 8


def tables(white: Path | None, penguins: Path | None) -> dict[str, tuple[pd.DataFrame, int]]:
    """Return the tables, each with a number of components: about two thirds of what a network sees."""
    found = {"breast_cancer": (load_breast_cancer(as_frame=True).data, 20)}
    if white is not None:
        found["winequality-white"] = (pd.read_csv(white, sep=";").drop(columns="quality"), 8)
    if penguins is not None:
        found["penguins"] = (pd.read_csv(penguins).dropna(ignore_index=True), 8)
    return found


def with_holes(table: pd.DataFrame, draw: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the table without a fifth of its cells, and which these are."""
    holes = np.random.default_rng(draw).random(table.shape) < REMOVED
    return table.mask(holes), holes


def by_columns(holed: pd.DataFrame) -> pd.DataFrame:
    """Fill with means and with the most frequent categories."""
    filled = holed.copy()
    for name in holed:
        words = not pd.api.types.is_numeric_dtype(holed[name])
        imputer = SimpleImputer(strategy="most_frequent" if words else "mean")
        filled[name] = imputer.fit_transform(holed[[name]])[:, 0]
    return filled


def by_iteration(holed: pd.DataFrame) -> pd.DataFrame:
    """Fill by regressions of every column on all others; categories by their codes."""
    coded, categories = holed.copy(), {}
    for name in holed:
        if not pd.api.types.is_numeric_dtype(holed[name]):
            codes, categories[name] = pd.factorize(holed[name], sort=True)
            coded[name] = np.where(codes < 0, np.nan, codes)
    made = IterativeImputer(random_state=0).fit_transform(coded)
    filled = pd.DataFrame(made, columns=holed.columns)
    for name, known in categories.items():
        filled[name] = known[filled[name].round().clip(0, len(known) - 1).astype(int)]
    return filled


def by_network(holed: pd.DataFrame, n_components: int, n_seeds: int, draw: int) -> pd.DataFrame:
    """Fill by what autoencoders make of the cells that are left."""
    model = Autoencoder(n_components, n_seeds=n_seeds, random_state=draw)
    return model.fit(holed).impute(holed)


def errors(table: pd.DataFrame, filled: pd.DataFrame, holes: np.ndarray) -> tuple[float, float]:
    """Return the squared error of numbers in standard deviations, and the share of wrong categories."""
    squares, wrong = [], []
    for at, name in enumerate(table):
        gone = holes[:, at]
        if pd.api.types.is_numeric_dtype(table[name]):
            off = (filled[name] - table[name]).to_numpy(float)[gone] / table[name].std(ddof=0)
            squares.append(np.square(off))
        else:
            wrong.append((filled[name] != table[name]).to_numpy()[gone])
    share = float(np.concatenate(wrong).mean()) if wrong else float("nan")
    return float(np.concatenate(squares).mean()), share


def measure(table: pd.DataFrame, n_components: int, draws: int) -> dict[str, dict]:
    """Return the errors of everybody, the mean over draws, and the seconds of the last."""
    ways = {
        "means and modes": lambda holed, _draw: by_columns(holed),
        "IterativeImputer": lambda holed, _draw: by_iteration(holed),
        "network": lambda holed, draw: by_network(holed, n_components, 1, draw),
        f"{ENSEMBLE} networks": lambda holed, draw: by_network(holed, n_components, ENSEMBLE, draw),
    }
    found = {name: {"squared_error": [], "wrong_categories": []} for name in ways}
    for draw in range(draws):
        holed, holes = with_holes(table, draw)
        for name, fill in ways.items():
            begun = time.perf_counter()
            filled = fill(holed, draw)
            found[name]["seconds"] = time.perf_counter() - begun
            square, wrong = errors(table, filled, holes)
            found[name]["squared_error"].append(square)
            found[name]["wrong_categories"].append(None if np.isnan(wrong) else wrong)
    return found


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--white", type=Path, help="winequality-white.csv of UCI, to include it")
    parser.add_argument("--penguins", type=Path, help="penguins.csv of palmerpenguins, to include it")
    parser.add_argument("--draws", type=int, default=5)
    arguments = parser.parse_args()
    use_compilation_cache()
    results = {}
    for name, (table, n_components) in tables(arguments.white, arguments.penguins).items():
        results[name] = {"n_components": n_components, "ways": measure(table, n_components, arguments.draws)}
        rows = []
        for way, one in results[name]["ways"].items():
            wrong = [share for share in one["wrong_categories"] if share is not None]
            shown = f"{np.mean(wrong):.3f}" if wrong else "–"
            rows.append((way, float(np.mean(one["squared_error"])), shown, one["seconds"]))
        show(f"{name}, {n_components} components", ("filled by", "squared error", "wrong", "seconds"), rows)
    keep("imputation", {"removed": REMOVED, "draws": arguments.draws, "tables": results})


if __name__ == "__main__":
    main()
