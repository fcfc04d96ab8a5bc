"""Are answers as sure as they say? False alarms where there is nothing to find, power where there is.

    python benchmarks/calibration.py [--tables 200] [--networks 100] [--quick]

Tables are drawn that have no structure (independent columns, normal or with heavy tails), straight structure
only (a Gaussian of low rank and noise, also seen through skewed and stepped columns), curved structure (a
random smooth map of hidden variables, a swiss roll in 20 dimensions) or groups (3 to 6 of them in 20
columns), with 200 to 2,000 rows and several ratios of signal to noise variance. Counted is how often each
question is answered with yes at its level: "structure" (0.02) of all of them, and "curved" (0.05) of those
that hang together. Of the first so many of each kind, because networks take time, it is counted how often
"groups" are seen, with a network of two or three components; how often the size that an analysis would choose
is within one of the number of hidden variables; and, of every tenth, how often the network beats PCA on five
new splits. The tables are shared out over the cores of the machine; what is counted does not depend on how
many there are. With ``--quick`` it takes three minutes on two cores.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from measuring import keep, show
from sklearn.datasets import make_swiss_roll

from latentia import Autoencoder
from latentia.engines import engine_named
from latentia.insight.curvature import LEVEL as CURVATURE_LEVEL
from latentia.insight.curvature import curvature_of
from latentia.insight.diagnosis.clusters import cluster_findings
from latentia.insight.diagnosis.versus_pca import LEVEL as GAIN_LEVEL
from latentia.insight.diagnosis.versus_pca import SMALLEST_GAIN
from latentia.insight.grouping import COMPONENTS, clouds_of, components_of
from latentia.insight.repeated_splits import repeat_splits
from latentia.insight.resampling_results import RepeatedSplits
from latentia.insight.size_trials import sweep_sizes
from latentia.insight.structure import LEVEL as STRUCTURE_LEVEL
from latentia.insight.structure import structure_of
from latentia.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable

TABLES, NETWORK_TABLES, QUICK = 200, 100, 20
ROWS = (200, 500, 2000)
SPLITS = 5
TABLES_PER_NETWORK = 10  # one in so many tables has network and PCA compared


class Drawn(NamedTuple):
    """A table, and how many hidden variables it was drawn from; None where that has no answer."""

    values: np.ndarray
    factors: int | None


class Kind(NamedTuple):
    """What a table is drawn from, and what there is to find."""

    draw: Callable[[np.random.Generator, int], Drawn]
    planted: str  # "none", "straight", "curved" or "groups"


def independent(rng: np.random.Generator, n: int) -> Drawn:
    """Return columns that have nothing to do with each other."""
    return Drawn(rng.normal(size=(n, int(rng.integers(5, 25)))), None)


def heavy(rng: np.random.Generator, n: int) -> Drawn:
    """Return such columns with far outliers (Student's t with two degrees of freedom)."""
    return Drawn(rng.standard_t(2, size=(n, int(rng.integers(5, 25)))), None)


def gaussian(rng: np.random.Generator, n: int, *, ratio: float | None = None) -> Drawn:
    """Return a Gaussian of one to five factors and noise."""
    k, p = int(rng.integers(1, 6)), int(rng.integers(8, 25))
    signal = rng.normal(size=(n, k)) @ rng.normal(size=(k, p))
    return Drawn(with_noise(signal, rng, ratio or float(rng.choice([0.5, 1, 4]))), k)


def skewed(rng: np.random.Generator, n: int) -> Drawn:
    """Return the same, each column seen through an exponential."""
    return Drawn(np.exp(gaussian(rng, n).values), None)


def stepped(rng: np.random.Generator, n: int) -> Drawn:
    """Return the same, seen as ratings from 1 to 5."""
    return Drawn(np.clip(np.round(gaussian(rng, n).values), -2, 2) + 3, None)


def smooth(rng: np.random.Generator, n: int, *, ratio: float) -> Drawn:
    """Return 20 columns of a random smooth map of two hidden variables."""
    hidden = rng.normal(size=(n, 2))
    bumps = np.tanh(1.5 * hidden @ rng.normal(size=(2, 30)) + rng.normal(size=30))
    return Drawn(with_noise(bumps @ rng.normal(size=(30, 20)), rng, ratio), 2)


def roll(rng: np.random.Generator, n: int, *, ratio: float) -> Drawn:
    """Return a swiss roll turned at random in 20 dimensions."""
    points = make_swiss_roll(n, random_state=int(rng.integers(2**31)))[0]
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    return Drawn(with_noise(points @ np.linalg.qr(rng.normal(size=(20, 20)))[0][:3], rng, ratio), 2)


def blobs(rng: np.random.Generator, n: int, *, ratio: float) -> Drawn:
    """Return 3 to 6 round groups of unequal sizes in 20 columns."""
    groups = int(rng.integers(3, 7))
    group = rng.choice(groups, n, p=rng.dirichlet(np.full(groups, 10.0)))
    return Drawn(with_noise(rng.normal(size=(groups, 20))[group], rng, ratio), None)


def with_noise(signal: np.ndarray, rng: np.random.Generator, ratio: float) -> np.ndarray:
    """Add noise that is the same in all columns, with a share of the variance of all together."""
    return signal + np.sqrt(signal.var(axis=0).mean() / ratio) * rng.normal(size=signal.shape)


KINDS: dict[str, Kind] = {
    "independent": Kind(independent, "none"),
    "independent, heavy tails": Kind(heavy, "none"),
    "Gaussian factors": Kind(gaussian, "straight"),
    "Gaussian factors, signal to noise 4": Kind(partial(gaussian, ratio=4), "straight"),
    "Gaussian factors, skewed": Kind(skewed, "straight"),
    "Gaussian factors, rated 1 to 5": Kind(stepped, "straight"),
    **{
        f"{name}, signal to noise {ratio}": Kind(partial(draw, ratio=ratio), planted)
        for name, draw, planted in (
            ("smooth map", smooth, "curved"),
            ("swiss roll", roll, "curved"),
            ("groups", blobs, "groups"),
        )
        for ratio in (0.5, 1, 4)
    },
}


class Answers(NamedTuple):
    """What is said of one table; None for what was not asked."""

    structure: bool
    curved: bool
    groups: bool | None
    groups_in_network_only: bool | None
    size_error: int | None
    beats_pca: bool | None


def answers(name: str, n_networks: int, seed: int) -> Answers:
    """Ask every question of one table; those that need a network only of the first so many."""
    values, factors = KINDS[name].draw(np.random.default_rng(seed), rows_of(seed))
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    structure = structure_of(scaled, np.arange(scaled.shape[1]), seed=seed)
    if structure is None or structure.p_value > STRUCTURE_LEVEL:
        asked = False if seed < n_networks else None
        return Answers(False, False, asked, asked, None, None)  # noqa: FBT003  six answers in a row
    curvature = curvature_of(scaled, 3, seed=seed)
    curved = curvature is not None and curvature.p_value <= CURVATURE_LEVEL
    if seed >= n_networks:
        return Answers(True, curved, None, None, None, None)  # noqa: FBT003
    model = Autoencoder(2 + seed // len(ROWS) % 2, random_state=seed)
    codes = np.asarray(model.fit_transform(values), np.float64)
    clouds = clouds_of(codes, components_of(scaled, COMPONENTS), seed=seed)
    # Nothing is said of groups where most rows are repeated.
    said = next((found.code for found in cluster_findings(clouds, ())), "")
    size = None
    if factors is not None:
        chosen = sweep_sizes(values, Recipe(), engine_named("local"), seed=seed)
        size = None if chosen is None else chosen.chosen - factors
    return Answers(
        structure=True,
        curved=curved,
        groups=said == "clusters",
        groups_in_network_only=said == "clusters_in_network_only",
        size_error=size,
        beats_pca=_beats_pca(model, values, seed) if seed % TABLES_PER_NETWORK == 0 else None,
    )


def rows_of(seed: int) -> int:
    """Return how many rows a table has."""
    return ROWS[seed % len(ROWS)]


def _beats_pca(model: Autoencoder, values: np.ndarray, seed: int) -> bool | None:
    effort = {"splits": SPLITS, "epochs": 1.0, "budget": float("inf"), "seed": seed}
    found = repeat_splits(values, model.recipe_, engine_named("local"), **effort)
    if not isinstance(found, RepeatedSplits):
        return None
    return found.p_value < GAIN_LEVEL and found.gain >= SMALLEST_GAIN


def counted(found: list[Answers]) -> dict[str, float | None]:
    """Return the share of tables of which each thing is said, of those that were asked."""

    def share(said: list[bool | None]) -> float | None:
        known = [one for one in said if one is not None]
        return float(np.mean(known)) if known else None

    errors = [one.size_error for one in found if one.size_error is not None]
    return {
        "structure": share([one.structure for one in found]),
        "curved": share([one.curved for one in found]),
        "groups": share([one.groups for one in found]),
        "groups_in_network_only": share([one.groups_in_network_only for one in found]),
        "size_within_one": float(np.mean(np.abs(errors) <= 1)) if errors else None,
        "size_right": float(np.mean(np.array(errors) == 0)) if errors else None,
        "beats_pca": share([one.beats_pca for one in found]),
    }


def main() -> None:
    """Draw, count, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=TABLES, help="tables of each kind")
    parser.add_argument("--networks", type=int, default=NETWORK_TABLES, help="of these, with networks")
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK} tables of each kind, half with networks"
    )
    asked = parser.parse_args()
    n_tables, n_networks = (QUICK, QUICK // 2) if asked.quick else (asked.tables, asked.networks)
    # A table for each core: a process of its own whose programs stay on it.
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    found, rows, begun = {}, [], time.perf_counter()
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as workers:
        for name, kind in KINDS.items():
            each = list(workers.map(partial(answers, name, n_networks), range(n_tables)))
            told = counted(each)
            found[name] = {
                "planted": kind.planted,
                **told,
                "by_rows": {str(n): counted(each[at :: len(ROWS)]) for at, n in enumerate(ROWS)},
            }
            rows.append((name, kind.planted, *("" if one is None else one for one in told.values())))
            print(f"{name}: {time.perf_counter() - begun:.0f} s", flush=True)
    minutes = (time.perf_counter() - begun) / 60
    keep(
        "calibration",
        {
            "tables": n_tables,
            "tables_with_networks": n_networks,
            "levels": {"structure": STRUCTURE_LEVEL, "curved": CURVATURE_LEVEL, "beats_pca": GAIN_LEVEL},
            "rows": list(ROWS),
            "minutes": minutes,
            "kinds": found,
        },
    )
    header = ("structure", "curved", "groups", "in network only", "size within 1", "size right", "beats PCA")
    show(
        f"Share of {n_tables} tables, or of {n_networks} with networks, of which it is said",
        ("tables", "planted", *header),
        rows,
    )
    print(f"\n{minutes:.0f} minutes")


if __name__ == "__main__":
    main()
