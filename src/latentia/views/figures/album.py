"""All figures of a study, by name, and their way into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentia.views.figures.baselines import plot_baselines
from latentia.views.figures.candidates import plot_candidates
from latentia.views.figures.clusters import plot_clustering, plot_contingency
from latentia.views.figures.columns import plot_ablation, plot_columns
from latentia.views.figures.curves import plot_loss
from latentia.views.figures.effects import plot_effects
from latentia.views.figures.groups import MOST_POINTS, class_groups
from latentia.views.figures.latent_space import plot_codes, plot_pairs
from latentia.views.figures.outliers import plot_strange_rows
from latentia.views.figures.sizes import plot_sizes
from latentia.views.figures.stability import plot_stability
from latentia.views.figures.weights import plot_weight_bars, plot_weight_map
from latentia.views.style import save
from latentia.views.writing import counted, score

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from latentia.insight.results import Baseline, Clustering, Study

    Album = dict[str, Callable[[], Any]]


def album(study: Study) -> Album:
    """Return what draws each figure of a study, by the figure's name, in the order of reading.

    Nothing is drawn before a value is called.
    """
    pages: Album = {
        "baselines": lambda: plot_baselines(study),
        "loss": lambda: plot_loss(study.history, best_epoch=study.best_epoch),
        "latent_space": lambda: plot_latents(study),
    }
    if study.latents.shape[1] > 3:  # noqa: PLR2004  three are shown in full by the figure above
        pages["latent_pairs"] = lambda: plot_pairs(
            study.latents, names=study.latent_names, groups=class_groups(study), **_titles(study, "factors")
        )
    for baseline in study.baselines:
        if baseline.name == "PCA":
            pages["pca_space"] = lambda base=baseline: plot_baseline_codes(study, base)
    pages |= _meaning(study) | _clusters(study)
    if study.stability.n_seeds > 1:
        pages["stability"] = lambda: plot_stability(study.stability, factor_names=study.latent_names)
    if study.sizes is not None:
        pages["sizes"] = lambda: plot_sizes(study.sizes)
    if study.candidates:
        pages["candidates"] = lambda: plot_candidates(study.candidates)
    if study.strange_rows:
        pages["strange_rows"] = lambda: plot_strange_rows(study.strange_rows)
    return pages


def draw_all(study: Study, folder: str | PathLike[str]) -> dict[str, Path]:
    """Draw every figure of a study into a folder as PNG.

    Parameters
    ----------
    study : Study
    folder : str or path
        Made if it is not there; files of the same names are replaced.

    Returns
    -------
    paths : dict of str to Path
        The file of each figure, by the figure's name.
    """
    home = Path(folder)
    home.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, draw in album(study).items():
        paths[name] = home / f"{name}.png"
        save(draw(), paths[name])
    return paths


def plot_latents(study: Study) -> Any:
    """Draw the network's codes by class."""
    return plot_codes(
        study.latents, names=study.latent_names, groups=class_groups(study), **_titles(study, "factors")
    )


def plot_baseline_codes(study: Study, baseline: Baseline) -> Any:
    """Draw a linear model's codes by class, in the style of the network's."""
    rows = counted(len(baseline.codes), "row")
    return plot_codes(
        baseline.codes,
        names=code_names(baseline),
        groups=class_groups(study),
        title=f"{rows} on {counted(baseline.codes.shape[1], 'component')} of {baseline.name}: "
        f"held-out R² {score(baseline.held_out.r2)}",
        legend_title=study.label_name or "",
    )


def code_names(baseline: Baseline) -> list[str]:
    """Return the names of a linear model's components."""
    return [f"{baseline.name} {column + 1}" for column in range(baseline.codes.shape[1])]


def codes_of(study: Study, clustering: Clustering) -> tuple[Any, list[str]]:
    """Return the codes that a clustering worked on, with their names."""
    for baseline in study.baselines:
        if baseline.name == clustering.space:
            return baseline.codes, code_names(baseline)
    return study.latents, list(study.latent_names)


def _meaning(study: Study) -> Album:
    names, factors = study.column_names, study.latent_names
    linear = study.baselines[0] if study.baselines else None
    return {
        "effects": lambda: plot_effects(study.effects, names, units=study.units, factor_names=factors),
        "columns": lambda: plot_columns(study.held_out, linear, names),
        "ablation": lambda: plot_ablation(study.ablation, names, factor_names=factors),
        "weight_bars": lambda: plot_weight_bars(study.weights, names),
        "weight_map": lambda: plot_weight_map(study.weights, names),
    }


def _clusters(study: Study) -> Album:
    pages: Album = {}
    for clustering in study.clusterings:
        name = f"{clustering.method} {clustering.space}".lower().replace(" ", "_")
        codes, axes = codes_of(study, clustering)
        pages[f"clusters_{name}"] = lambda one=clustering, codes=codes, axes=axes: plot_clustering(
            one, codes, names=axes, label_name=study.label_name
        )
        if clustering.agreement is not None:
            pages[f"contingency_{name}"] = lambda one=clustering: plot_contingency(
                one, label_name=study.label_name
            )
    return pages


def _titles(study: Study, noun: str) -> dict[str, str]:
    n_rows, k = study.latents.shape
    drawn = f" ({MOST_POINTS:,} drawn)" if n_rows > MOST_POINTS else ""
    rows = counted(n_rows, "row") + drawn
    return {
        "title": f"{rows} on {counted(k, noun.removesuffix('s'))} of the network: "
        f"held-out R² {score(study.held_out.r2)}",
        "legend_title": study.label_name or "",
    }
