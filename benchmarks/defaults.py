"""Do the default settings deserve trust? Held-out error against PCA of the same size.

    python benchmarks/defaults.py [--white winequality-white.csv] [--seeds 3]

Five splits 80/20, mean over splits and seeds. "Unseen rows" is the honest figure: a fifth of the
rows is set aside, the default fit (which holds out a fifth of what it gets, to choose its best
epoch) never sees them, and PCA is fitted to all the others. "Own held-out rows" is what one fit
on all rows says about itself at its best epoch, beside PCA fitted to the same training rows.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from measuring import keep, show
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.decomposition import PCA

from latentia import Autoencoder
from latentia.tables.splits import hold_out

SPLITS = 5


def tables(white: Path | None) -> dict[str, tuple[np.ndarray, int]]:
    """Return each table with its number of components."""
    found = {
        "wine": (load_wine().data, 3),
        "breast_cancer": (load_breast_cancer().data, 3),
        "digits": (load_digits().data, 10),
    }
    if white is not None:
        from latentia.tables.sources import read_table

        found["winequality-white"] = (read_table(white, label="quality").values, 3)
    return found


def pca_error(learned: np.ndarray, judged: np.ndarray, k: int) -> float:
    """Return PCA's error on scaled rows."""
    pca = PCA(k).fit(learned)
    return float(np.square(pca.inverse_transform(pca.transform(judged)) - judged).mean())


def measure(X: np.ndarray, k: int, split_seed: int, seeds: int) -> tuple[float, ...]:
    """Return error and PCA's error on unseen rows, then on a fit's own held-out rows."""
    outer = hold_out(len(X), 0.2, split_seed)
    learned, judged = X[outer.training], X[outer.held_out]
    center, spread = learned.mean(axis=0), learned.std(axis=0)
    spread[spread == 0] = 1.0
    linear = pca_error((learned - center) / spread, (judged - center) / spread, k)
    errors, own, own_linear = [], [], []
    for seed in range(seeds):
        model = Autoencoder(k, random_state=100 * split_seed + seed).fit(learned)
        made = model.inverse_transform(model.transform(judged))
        errors.append(float(np.square((made - judged) / spread).mean()))
        full = Autoencoder(k, random_state=100 * split_seed + seed).fit(X)
        trained = full.trained_
        scaled = trained.scale(X)
        inside, outside = scaled[trained.split.training], scaled[trained.split.held_out]
        own.append(float(trained.outcome.best_val_loss()[trained.chosen]))
        own_linear.append(pca_error(inside, outside, k))
    return float(np.mean(errors)), linear, float(np.mean(own)), float(np.mean(own_linear))


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--white", type=Path, help="winequality-white.csv of UCI, to include it")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    rows = []
    for name, (X, k) in tables(arguments.white).items():
        figures = np.array([measure(X, k, split, arguments.seeds) for split in range(SPLITS)])
        wins = int((figures[:, 0] < figures[:, 1]).sum())
        rows.append((name, k, *map(float, figures.mean(axis=0)), f"{wins}/{SPLITS}"))
        show(name, HEADER, rows[-1:])
    show("Default settings, mean over splits and seeds", HEADER, rows)
    keep(
        "defaults", {"rows": [dict(zip(HEADER, row, strict=True)) for row in rows], "seeds": arguments.seeds}
    )


HEADER = (
    "table",
    "components",
    "error, unseen rows",
    "PCA",
    "error, own held-out rows",
    "PCA there",
    "splits won",
)


if __name__ == "__main__":
    main()
