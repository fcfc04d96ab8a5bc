"""A well-known kind of autoencoder tutorial on the Wine data, redone step by step.

Such a tutorial builds a 13-3-13 network with Keras, looks at the code, reads the signs of the
weights, clusters the code, and then improves the network: a validation split, an L1 penalty,
another learning rate, more layers. Here every step is made from several seeds, stands beside what
Keras 3 gives for it, and is followed by what `diagnose` says about it.

    python examples/wine_tutorial.py                 the whole story
    python examples/wine_tutorial.py --markdown      the tables of docs/wine_tutorial.md
    python examples/wine_tutorial.py --seeds 3       quicker

Losses are mean squared errors in standard deviations: 1 is what predicting the mean leaves.
"""

from __future__ import annotations

import argparse
import json
import textwrap
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.cluster import DBSCAN, KMeans
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from latentia import Analysis, Autoencoder, Finding, analyze

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SEEDS = 10
VISIBLE = 0.005
KERAS = json.loads(Path(__file__).with_name("wine_with_keras.json").read_text(encoding="utf-8"))
WINE = load_wine()
# The tutorial scales all rows before it splits them, so its held-out rows have a say in the scaling.
# To do the same, scaled rows go in and `scaling=None` leaves them alone; by default Latentia scales
# by the training rows.
ROWS = StandardScaler().fit_transform(WINE.data)
TUTORIAL: dict[str, Any] = {
    "n_components": 3,
    "hidden_layer_sizes": (),
    "activation": "relu",
    "bottleneck": "relu",
    "output_activation": "sigmoid",
    "corruption": None,
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "batch_size": 16,
    "max_epochs": 200,
    "patience": None,
    "scaling": None,
}
DEEP: dict[str, Any] = {"hidden_layer_sizes": (32, 16), "penalty": {"l1_activations": 1e-4}}
STEPS = {
    "shallow": "13-3-13, ReLU code, sigmoid output: 100 epochs on all rows",
    "longer": "the same network for 200 epochs more",
    "split_warm": "the same network goes on, a fifth of the rows now held out",
    "split_fresh": "a fresh network, a fifth of the rows held out from the start",
    "l1": "fresh, L1 penalty of 1e-4 on the code",
    "rate_1_warm": "the penalised network goes on at learning rate 1",
    "rate_1_fresh": "fresh, L1 penalty, learning rate 1",
    "deep": "13-32-16-3-16-32-13, L1 penalty on every encoder layer",
    "linear_output": "13-3-13 with a linear output",
    "deep_linear_output": "the deep network with a linear output",
    "defaults": "Latentia's defaults, three components",
    "pca": "PCA, three components",
}


@dataclass(frozen=True)
class Fit:
    """What is kept of one fit: losses, and what the tool said."""

    training: float
    held_out: float = np.nan
    held_out_first: float = np.nan
    held_out_lowest: float = np.nan
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, model: Autoencoder) -> Fit:
        """Read the loss curves at their end, as one sees them in a plot."""
        curves = model.history_
        return cls(
            training=float(curves["loss"][-1]),
            held_out=float(curves["val_loss"][-1]),
            held_out_first=float(curves["val_loss"][0]),
            held_out_lowest=float(np.min(curves["val_loss"])),
            findings=tuple(model.diagnose()),
        )

    @property
    def rose(self) -> bool:
        """Whether the held-out loss ends clearly above its lowest point, as one sees in a plot."""
        return self.held_out > self.held_out_lowest + VISIBLE


@dataclass(frozen=True)
class Reading:
    """What the tutorial reads from its first network: clusters, and columns with positive weights."""

    kmeans_ari: float
    dbscan_ari: float
    dbscan_clusters: int
    positive: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, model: Autoencoder) -> Reading:
        """Cluster the code and list the columns of each factor with a positive weight."""
        code = model.transform(ROWS)
        kmeans = KMeans(3, n_init=10, random_state=0).fit_predict(code)
        dbscan = DBSCAN(eps=1.80, min_samples=5).fit_predict(code)
        names = np.asarray(WINE.feature_names)
        return cls(
            kmeans_ari=adjusted_rand_score(WINE.target, kmeans),
            dbscan_ari=adjusted_rand_score(WINE.target, dbscan),
            dbscan_clusters=len(set(dbscan) - {-1}),
            positive=tuple(tuple(map(str, names[weights > 0])) for weights in model.encoder_weights_.T),
        )

    @property
    def never_positive(self) -> tuple[str, ...]:
        """Columns without a positive weight in any factor."""
        listed = {name for names in self.positive for name in names}
        return tuple(name for name in WINE.feature_names if name not in listed)


def experiments(seed: int) -> tuple[dict[str, Fit], Reading]:
    """Make every step with one seed: its own start, order of batches and held-out fifth."""

    def fresh(**changes: Any) -> Autoencoder:
        return Autoencoder(**{**TUTORIAL, "random_state": seed, **changes}).fit(ROWS)

    def going_on(model: Autoencoder, **changes: Any) -> Autoencoder:
        return model.set_params(warm_start=True, **changes).fit(ROWS)

    fits = {}
    shallow = fresh(max_epochs=100, validation_fraction=0.0)
    fits["shallow"], reading = Fit.of(shallow), Reading.of(shallow)
    fits["longer"] = Fit.of(going_on(shallow, max_epochs=200))
    fits["split_warm"] = Fit.of(going_on(shallow, validation_fraction=0.2))
    fits["split_fresh"] = Fit.of(fresh())
    penalised = fresh(penalty={"l1_codes": 1e-4})
    fits["l1"] = Fit.of(penalised)
    fits["rate_1_warm"] = Fit.of(going_on(penalised, learning_rate=1.0))
    fits["rate_1_fresh"] = Fit.of(fresh(penalty={"l1_codes": 1e-4}, learning_rate=1.0))
    fits["deep"] = Fit.of(fresh(**DEEP))
    fits["linear_output"] = Fit.of(fresh(output_activation="linear"))
    fits["deep_linear_output"] = Fit.of(fresh(**DEEP, output_activation="linear"))
    fits["defaults"], fits["pca"] = with_defaults(seed)
    return fits, reading


def with_defaults(seed: int) -> tuple[Fit, Fit]:
    """Fit the table as it is with our defaults, and PCA on the same rows in the same scaling."""
    model = Autoencoder(3, random_state=seed).fit(WINE.data)
    split = model.trained_.split
    training, held_out = WINE.data[split.training], WINE.data[split.held_out]
    ours = Fit(
        training=-float(model.score_samples(training).mean()),
        held_out=-float(model.score_samples(held_out).mean()),
        held_out_first=float(model.history_["val_loss"][0]),
        findings=tuple(model.diagnose()),
    )
    scaler = StandardScaler().fit(training)
    training, held_out = scaler.transform(training), scaler.transform(held_out)
    pca = PCA(3).fit(training)

    def error(rows: np.ndarray) -> float:
        return float(np.mean((pca.inverse_transform(pca.transform(rows)) - rows) ** 2))

    return ours, Fit(training=error(training), held_out=error(held_out))


def tutorial_network_in_full() -> Analysis:
    """Analyse the table with the tutorial's network from eight starts, as one fit cannot see chance."""
    settings = {name: value for name, value in TUTORIAL.items() if name not in {"n_components", "scaling"}}
    return analyze("wine", n_components=3, n_clusters=3, eps=1.80, **settings)


def spread(values: Iterable[float]) -> str:
    """Write the median and the range of several seeds."""
    known = np.asarray([value for value in values if np.isfinite(value)])
    if not len(known):
        return ""
    low, middle, high = (round(float(at), 2) + 0.0 for at in np.quantile(known, (0, 0.5, 1)))
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def keras(step: str, figure: str) -> tuple[str, str]:
    """Return Keras' figures for a step: on TensorFlow with three seeds, and on JAX with more."""
    at = {"training": 1, "held_out": -1}[figure]
    shortest = {"training": 2, "held_out": 5}[figure]

    def told(runs: list[dict[str, Any]]) -> str:
        found = [run[step] for run in runs if step in run]
        return spread(losses[at] for losses in found if len(losses) >= shortest)

    return told(KERAS["tensorflow"]["runs"]), told(KERAS["jax"]["runs"])


def losses_table(runs: list[dict[str, Fit]], figure: str) -> list[list[str]]:
    """Return a row per step: ours, and Keras' figures beside it."""
    heads = ["step", f"Latentia, {len(runs)} seeds"]
    for kind, backend in (("tensorflow", "TensorFlow"), ("jax", "JAX")):
        heads.append(f"Keras 3 on {backend}, {len(KERAS[kind]['runs'])} seeds")
    rows = [heads]
    for step, words in STEPS.items():
        ours = spread(getattr(run[step], figure) for run in runs)
        if ours:
            rows.append([words, ours, *keras(step, figure)])
    return rows


def rises_table(runs: list[dict[str, Fit]]) -> list[list[str]]:
    """Return what a plot of the held-out loss shows: where it begins, ends, and whether it rose."""
    rows = [["step", "first epoch", "last epoch", f"seeds of {len(runs)} in which it rose"]]
    for step in ("split_warm", "split_fresh", "l1", "deep"):
        fits = [run[step] for run in runs]
        first, last = spread(fit.held_out_first for fit in fits), spread(fit.held_out for fit in fits)
        rows.append([STEPS[step], first, last, str(sum(fit.rose for fit in fits))])
    return rows


def findings_table(runs: list[dict[str, Fit]]) -> list[list[str]]:
    """Return a row per step: which findings it gets, and from how many of the seeds."""
    rows = [["step", f"findings, and from how many of {len(runs)} seeds"]]
    for step, words in STEPS.items():
        told = Counter(code for run in runs for code in {finding.code for finding in run[step].findings})
        by_number = sorted(told.items(), key=lambda item: (-item[1], item[0]))
        if told:
            rows.append([words, ", ".join(f"{code} {times}" for code, times in by_number)])
    return rows


def reading_table(readings: list[Reading]) -> list[list[str]]:
    """Return how far the reading of the first network depends on the seed."""
    rows = [["of the first network", f"Latentia, {len(readings)} seeds", "Keras 3 on TensorFlow, 3 seeds"]]
    theirs = KERAS["tensorflow"]["runs"]
    figures: dict[str, Callable[[Any], float]] = {
        "KMeans(3): adjusted Rand index with the classes": lambda run: run["kmeans_ari"],
        "DBSCAN(1.80, 5): adjusted Rand index": lambda run: run["dbscan_ari"],
        "DBSCAN(1.80, 5): clusters": lambda run: run["dbscan_clusters"],
    }
    for words, figure in figures.items():
        rows.append([words, spread(figure(vars(one)) for one in readings), spread(map(figure, theirs))])
    for name in ("alcohol", "proline", "magnesium"):
        ours = sum(name in one.never_positive for one in readings)
        keras_times = sum(name in run["never_positive"] for run in theirs)
        rows.append(
            [
                f"{name} has no positive weight",
                f"{ours} of {len(readings)}",
                f"{keras_times} of {len(theirs)}",
            ]
        )
    sets = len({one.never_positive for one in readings})
    theirs_sets = len({tuple(run["never_positive"]) for run in theirs})
    rows.append(["different sets of columns without a positive weight", str(sets), str(theirs_sets)])
    return rows


def as_markdown(rows: list[list[str]]) -> str:
    """Write a table in Markdown."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def as_text(rows: list[list[str]]) -> str:
    """Write a table in columns, its first one wrapped."""
    width = 34
    others = [max(22, *(len(row[at]) for row in rows)) for at in range(1, len(rows[0]))]
    lines = []
    for row in rows:
        first, *more = textwrap.wrap(row[0], width)
        cells = "  ".join(cell.ljust(size) for cell, size in zip(row[1:], others, strict=True))
        lines += [f"{first.ljust(width)}  {cells}".rstrip(), *(f"  {line}" for line in more)]
    return "\n".join(lines)


def story(runs: list[dict[str, Fit]], readings: list[Reading], full: Analysis) -> None:
    """Tell each step of the first seed, with what the tool says about it."""
    for number, (step, words) in enumerate(STEPS.items(), start=1):
        fit = runs[0][step]
        held_out = ""
        if np.isfinite(fit.held_out_first):
            held_out = f", held-out loss {fit.held_out_first:.3f} -> {fit.held_out:.3f}"
        elif np.isfinite(fit.held_out):
            held_out = f", held-out loss {fit.held_out:.3f}"
        print(f"\n{number}. {words}: training loss {fit.training:.3f}{held_out}")
        for finding in fit.findings:
            print(textwrap.fill(str(finding), 96, initial_indent="   ", subsequent_indent="     "))
        if step == "shallow":
            for seed, reading in enumerate(readings[:3]):
                print(f"   Columns with positive weights, seed {seed}:")
                for factor, names in enumerate(reading.positive, start=1):
                    print(f"     factor {factor}: {', '.join(names)}")
    print("\nThe tutorial's network from eight starts, analysed in full:")
    print(textwrap.indent(full.summary(), "   "))


def tables(runs: list[dict[str, Fit]], readings: list[Reading]) -> dict[str, list[list[str]]]:
    """Return all tables by their titles, as rows of cells with the heads first."""
    return {
        "Training loss at the end": losses_table(runs, "training"),
        "Held-out loss at the end": losses_table(runs, "held_out"),
        "Does the held-out loss rise?": rises_table(runs),
        "Clusters and signs": reading_table(readings),
        "What the tool says": findings_table(runs),
    }


def main(arguments: list[str] | None = None) -> None:
    """Make all steps and print the story or the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="starts per step")
    parser.add_argument("--markdown", action="store_true", help="print only the tables, in Markdown")
    asked = parser.parse_args(arguments)
    made = [experiments(seed) for seed in range(asked.seeds)]
    runs, readings = [fits for fits, _ in made], [reading for _, reading in made]
    if not asked.markdown:
        story(runs, readings, tutorial_network_in_full())
    for title, rows in tables(runs, readings).items():
        print(f"\n{title}\n\n{as_markdown(rows) if asked.markdown else as_text(rows)}")


if __name__ == "__main__":
    main()
