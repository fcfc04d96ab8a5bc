"""Do gaps get filled well? Errors on removed cells against means, modes and scikit-learn's IterativeImputer.

    python benchmarks/imputation.py [--white winequality-white.csv] [--penguins penguins.csv] [--draws 5]

A fifth of the cells is removed at random, five times. Everybody learns from the cells that are left
and fills the others in. Numbers are judged by the mean squared error in standard deviations of their
column, categories by the share of cells that are wrong. AutoencoderImputer has its default settings
and, in a second row, more networks. IterativeImputer knows no categories; it is given their codes, and
the nearest code is taken.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from measuring import keep, show
from sklearn.datasets import load_breast_cancer
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - unlocks the next import
from sklearn.impute import IterativeImputer, SimpleImputer

from latentia import Autoencoder, AutoencoderImputer
from latentia.engines.compilation_cache import use_compilation_cache

REMOVED = 0.2
ENSEMBLE = 8


def tables(white: Path | None, penguins: Path | None) -> dict[str, pd.DataFrame]:
    """Return the tables: real ones, and noise, of which nothing but means can be known."""
    found = {"breast_cancer": load_breast_cancer(as_frame=True).data}
    if white is not None:
        found["winequality-white"] = pd.read_csv(white, sep=";").drop(columns="quality")
    if penguins is not None:
        found["penguins"] = pd.read_csv(penguins).dropna(ignore_index=True)
    found["noise"] = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 12))).add_prefix("column ")
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


def by_networks(holed: pd.DataFrame, draw: int, **settings: int) -> pd.DataFrame:
    """Fill by what autoencoders make of the cells that are left."""
    networks = Autoencoder(**settings) if settings else None
    return AutoencoderImputer(autoencoder=networks, random_state=draw).fit_transform(holed)


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


def measure(table: pd.DataFrame, draws: int) -> dict[str, dict]:
    """Return the errors of everybody, the mean over draws, and the seconds of the last."""
    ways = {
        "means and modes": lambda holed, _draw: by_columns(holed),
        "IterativeImputer": lambda holed, _draw: by_iteration(holed),
        "AutoencoderImputer": by_networks,
        f"the same, {ENSEMBLE} starts": partial(by_networks, n_seeds=ENSEMBLE),
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
    for name, table in tables(arguments.white, arguments.penguins).items():
        results[name] = {"ways": measure(table, arguments.draws)}
        rows = []
        for way, one in results[name]["ways"].items():
            wrong = [share for share in one["wrong_categories"] if share is not None]
            shown = f"{np.mean(wrong):.3f}" if wrong else "–"
            rows.append((way, float(np.mean(one["squared_error"])), shown, one["seconds"]))
        show(name, ("filled by", "squared error", "wrong", "seconds"), rows)
    keep("imputation", {"removed": REMOVED, "draws": arguments.draws, "tables": results})


if __name__ == "__main__":
    main()
