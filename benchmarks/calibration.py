"""Are answers as sure as they say? False alarms where there is nothing to find, power where there is.

    python benchmarks/calibration.py [--tables 200] [--quick]

Tables are drawn that have no structure (independent columns, normal or with heavy tails), straight
structure only (a Gaussian of low rank and noise, also seen through skewed and stepped columns), curved
structure (a random smooth map of hidden variables, a swiss roll in 20 dimensions), or 3 to 6 groups in 20
columns. They have 200 to 2,000 rows and several ratios of signal to noise variance. Counted is how often
each question is answered with yes at the level of 0.05: "structure" of all of them, "curved" of those that
hang together, and groups of all, by PCA and by the codes of a network that is fitted to each table; beside
it, how often only the network shows groups.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from measuring import keep, show
from sklearn.datasets import make_swiss_roll

from latentia import Autoencoder
from latentia.insight.curvature import LEVEL, curvature_of
from latentia.insight.diagnosis.clusters import cluster_findings
from latentia.insight.grouping import clouds_of
from latentia.insight.structure import structure_of

if TYPE_CHECKING:
    from collections.abc import Callable

TABLES, QUICK = 200, 20
ROWS = (200, 500, 2000)


def independent(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return columns that have nothing to do with each other."""
    return rng.normal(size=(n, int(rng.integers(5, 25))))


def heavy(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return such columns with far outliers (Student's t with two degrees of freedom)."""
    return rng.standard_t(2, size=(n, int(rng.integers(5, 25))))


def gaussian(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return a Gaussian of one to five factors and noise."""
    k, p = int(rng.integers(1, 6)), int(rng.integers(8, 25))
    return with_noise(rng.normal(size=(n, k)) @ rng.normal(size=(k, p)), rng, float(rng.choice([0.5, 1, 4])))


def skewed(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return the same, each column seen through an exponential."""
    return np.exp(gaussian(rng, n))


def stepped(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return the same, seen as ratings from 1 to 5."""
    return np.clip(np.round(gaussian(rng, n)), -2, 2) + 3


def smooth(rng: np.random.Generator, n: int, *, ratio: float) -> np.ndarray:
    """Return 20 columns of a random smooth map of two hidden variables."""
    hidden = rng.normal(size=(n, 2))
    bumps = np.tanh(1.5 * hidden @ rng.normal(size=(2, 30)) + rng.normal(size=30))
    return with_noise(bumps @ rng.normal(size=(30, 20)), rng, ratio)


def roll(rng: np.random.Generator, n: int, *, ratio: float) -> np.ndarray:
    """Return a swiss roll turned at random in 20 dimensions."""
    points = make_swiss_roll(n, random_state=int(rng.integers(2**31)))[0]
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    return with_noise(points @ np.linalg.qr(rng.normal(size=(20, 20)))[0][:3], rng, ratio)


def blobs(rng: np.random.Generator, n: int, *, ratio: float) -> np.ndarray:
    """Return 3 to 6 round groups of unequal sizes in 20 columns."""
    groups = int(rng.integers(3, 7))
    group = rng.choice(groups, n, p=rng.dirichlet(np.full(groups, 10.0)))
    return with_noise(rng.normal(size=(groups, 20))[group], rng, ratio)


def with_noise(signal: np.ndarray, rng: np.random.Generator, ratio: float) -> np.ndarray:
    """Add noise that is the same in all columns, with a share of the variance of all together."""
    return signal + np.sqrt(signal.var(axis=0).mean() / ratio) * rng.normal(size=signal.shape)


KINDS: dict[str, tuple[Callable[..., np.ndarray], bool, bool | None]] = {
    "independent": (independent, False, False),
    "independent, heavy tails": (heavy, False, False),
    "Gaussian factors": (gaussian, True, False),
    "Gaussian factors, skewed": (skewed, True, False),
    "Gaussian factors, rated 1 to 5": (stepped, True, False),
    **{
        f"{name}, signal to noise {ratio}": (partial(draw, ratio=ratio), True, True)
        for name, draw in (("smooth map", smooth), ("swiss roll", roll))
        for ratio in (0.5, 1, 4)
    },
    # Whether groups are curved is nobody's question.
    **{
        f"groups, signal to noise {ratio}": (partial(blobs, ratio=ratio), True, None) for ratio in (0.5, 1, 4)
    },
}


def answers(draw: Callable[..., np.ndarray], n: int, seed: int) -> tuple[bool, bool | None]:
    """Return whether a table is said to have structure, and whether curved structure; None if not asked."""
    values = draw(np.random.default_rng(seed), n)
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    structure = structure_of(values, np.arange(values.shape[1]), seed=seed)
    if structure is None or structure.p_value > LEVEL:
        return False, None
    curvature = curvature_of(values, 3, seed=seed)
    return True, curvature is not None and curvature.p_value <= LEVEL


def clusters(draw: Callable[..., np.ndarray], n: int, seed: int) -> str:
    """Return the code of what is said about groups, with a network of two or three components."""
    values = draw(np.random.default_rng(seed), n)
    k = 2 + seed // len(ROWS) % 2
    codes = Autoencoder(n_components=k, random_state=seed).fit_transform(values)
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    clouds = clouds_of(np.asarray(codes, np.float64), scaled, k, seed=seed)
    return cluster_findings(clouds, ())[0].code


def main() -> None:
    """Draw, count, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=TABLES, help="tables of each kind")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} tables of each kind")
    asked = parser.parse_args()
    n_tables = QUICK if asked.quick else asked.tables
    found, rows = {}, []
    for name, (draw, has_structure, is_curved) in KINDS.items():
        begun = time.perf_counter()
        each = [answers(draw, ROWS[seed % len(ROWS)], seed) for seed in range(n_tables)]
        structure = float(np.mean([one for one, _ in each]))
        curved = float(np.mean([bool(two) for _, two in each]))
        said = [clusters(draw, ROWS[seed % len(ROWS)], seed) for seed in range(n_tables)]
        grouped, network_only = (
            float(np.mean([code == one for one in said])) for code in ("clusters", "clusters_in_network_only")
        )
        found[name] = {
            "structure": structure,
            "curved": curved,
            "clusters": grouped,
            "clusters_in_network_only": network_only,
            "clusters_by_rows": {
                str(n): float(np.mean([one == "clusters" for one in said[start :: len(ROWS)]]))
                for start, n in enumerate(ROWS)
            },
            "planted": {
                "structure": has_structure,
                "curved": bool(is_curved),
                "clusters": is_curved is None,
            },
            "by_rows": {
                str(n): [float(np.mean([bool(one[at]) for one in each[start :: len(ROWS)]])) for at in (0, 1)]
                for start, n in enumerate(ROWS)
            },
            "seconds": time.perf_counter() - begun,
        }
        kind = {True: "curved", False: "straight", None: "groups"}[is_curved]
        planted = kind if has_structure else "none"
        rows.append(
            (name, planted, structure, curved, grouped, network_only, found[name]["seconds"] / n_tables)
        )
    keep("calibration", {"tables": n_tables, "level": LEVEL, "rows": list(ROWS), "kinds": found})
    show(
        f"Share of {n_tables} tables of which it is said",
        ("tables", "structure there", "structure", "curved", "clusters", "in network only", "seconds each"),
        rows,
    )


if __name__ == "__main__":
    main()
