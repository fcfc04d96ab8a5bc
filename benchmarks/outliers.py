"""Are outliers found? Against PCA and, where it is installed, PyOD's PCA and AutoEncoder, in the same run.

    python benchmarks/outliers.py FOLDER [--seeds 3]

FOLDER holds npz files with rows `X` and `y`, 1 for outliers. Everybody learns from the first half of
the normal rows in file order, z-scored on these, and is tested on all other rows: AUROC x 100
(Livernoche et al., ICLR 2024). Nobody is tuned by file: all have their defaults. PCA by its
reconstruction error has as many components as the detector took. "share called" is the share of
the normal test rows that the detector calls outliers at its level of 0.05; in a file whose normal
rows change along the way it is larger, since the test rows are not like those learned from.

Then the p-values: of a table with a known law, the share of new ordinary rows at or below a level.
PyOD needs `pip install pyod torch tqdm`.
"""

from __future__ import annotations

import argparse
import time
from importlib.util import find_spec
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

import numpy as np
from measuring import keep, show
from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from latentia import AutoencoderOutlierDetector
from latentia.engines.compilation_cache import use_compilation_cache

if TYPE_CHECKING:
    from collections.abc import Callable

LEVELS = (0.01, 0.05, 0.1, 0.2)
SHAPES = ((100, 8, 3), (400, 8, 3), (400, 30, 5))
DRAWS = 5
LARGEST = 1e300  # PyOD's PCA divides by the variance of constant columns


def tables(folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return rows and labels by name: the files, and tumours of which the malignant are outliers."""
    found = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as held:
            if {"X", "y"} <= set(held) and set(np.unique(held["y"])) == {0, 1}:
                found[path.stem] = held["X"].astype(float), held["y"].astype(int).ravel()
    tumours = load_breast_cancer()
    return {**found, "breast_cancer": (tumours.data, 1 - tumours.target)}


def protocol(rows: np.ndarray, outlier: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows to learn from, those to test on, and which of these are outliers."""
    normal = np.flatnonzero(outlier == 0)
    half = len(normal) // 2
    test = np.r_[normal[half:], np.flatnonzero(outlier == 1)]
    learned = rows[normal[:half]]
    spread = learned.std(axis=0)
    spread[spread < 1e-9 * np.abs(learned).max(axis=0) + 1e-12] = 1.0
    center = learned.mean(axis=0)
    return (learned - center) / spread, (rows[test] - center) / spread, outlier[test]


def auroc(outlier: np.ndarray, strangeness: np.ndarray) -> float:
    """Return the area under the curve times 100."""
    return 100 * float(roc_auc_score(outlier, np.nan_to_num(np.asarray(strangeness, float), posinf=LARGEST)))


def by_residual(learned: np.ndarray, test: np.ndarray, n_components: int) -> np.ndarray:
    """Return the reconstruction errors of PCA."""
    pca = PCA(n_components).fit(learned)
    return np.square(test - pca.inverse_transform(pca.transform(test))).sum(axis=1)


def peers(seed: int) -> dict[str, Callable[[], object]]:
    """Return PyOD's detectors with their defaults, if it is there."""
    if find_spec("pyod") is None or find_spec("torch") is None:
        return {}
    from pyod.models import auto_encoder, pca

    return {
        "PyOD PCA": lambda: pca.PCA(random_state=seed),
        "PyOD AutoEncoder": lambda: auto_encoder.AutoEncoder(random_state=seed, verbose=0),
    }


def measure(rows: np.ndarray, outlier: np.ndarray, seeds: int) -> dict[str, object]:
    """Return the figures of one table, of every seed."""
    learned, test, which = protocol(rows, outlier)
    figures: dict[str, list[float]] = {}
    for seed in range(seeds):
        begun = time.perf_counter()
        detector = AutoencoderOutlierDetector(random_state=seed).fit(learned)
        figures.setdefault("seconds", []).append(time.perf_counter() - begun)
        figures.setdefault("Latentia", []).append(auroc(which, -detector.score_samples(test)))
        called = float((detector.predict(test[which == 0]) == -1).mean())
        figures.setdefault("share called", []).append(called)
        residual = auroc(which, by_residual(learned, test, detector.n_components_))
        figures.setdefault("PCA", []).append(residual)
        for name, made in peers(seed).items():
            peer = made().fit(learned)
            figures.setdefault(name, []).append(auroc(which, peer.decision_function(test)))
    return {"shape": learned.shape, "n_components": detector.n_components_, "figures": figures}


def calibration() -> list[dict[str, object]]:
    """Return how often new ordinary rows have p-values up to each level."""
    found = []
    for n_rows, n_columns, rank in SHAPES:
        shares = []
        for draw in range(DRAWS):
            rng = np.random.default_rng(draw)
            loadings = rng.normal(size=(rank, n_columns))
            factors = rng.normal(size=(n_rows + 5000, rank))
            rows = factors @ loadings + 0.5 * rng.normal(size=(len(factors), n_columns))
            detector = AutoencoderOutlierDetector(random_state=draw).fit(rows[:n_rows])
            given = detector.p_values(rows[n_rows:])
            shares.append([float((given <= level).mean()) for level in LEVELS])
        found.append({"rows": n_rows, "columns": n_columns, "shares": np.mean(shares, axis=0).tolist()})
    return found


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    use_compilation_cache()
    found = {name: measure(*table, asked.seeds) for name, table in tables(asked.folder).items()}
    names = list(next(iter(found.values()))["figures"])
    lines = [
        [name, *(f"{mean(one['figures'][column]):.2f}" for column in names)] for name, one in found.items()
    ]
    show("AUROC x 100, mean over seeds", ["table", *names], lines)
    levels = calibration()
    rows = [[one["rows"], one["columns"], *one["shares"]] for one in levels]
    show("Share of new ordinary rows with a p-value up to", ["rows", "columns", *map(str, LEVELS)], rows)
    keep("outliers", {"auroc": found, "levels": LEVELS, "calibration": levels})


if __name__ == "__main__":
    main()
