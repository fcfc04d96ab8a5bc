"""All figures of a study, by name, each drawn once, and their way into a folder."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentia.views.figures.baselines import explained, plot_baselines
from latentia.views.figures.candidates import plot_candidates
from latentia.views.figures.clusters import plot_clustering, plot_clusterings
from latentia.views.figures.columns import plot_ablation, plot_columns
from latentia.views.figures.contingency import plot_contingency
from latentia.views.figures.curves import plot_loss
from latentia.views.figures.effects import plot_effects
from latentia.views.figures.groups import MOST_POINTS, class_groups
from latentia.views.figures.k_distances import plot_k_distances
from latentia.views.figures.latent_space import plot_codes, plot_pairs
from latentia.views.figures.learning_rate import plot_rates
from latentia.views.figures.missing_cells import plot_missing_cells
from latentia.views.figures.outliers import plot_strange_rows
from latentia.views.figures.sizes import plot_sizes
from latentia.views.figures.splits import plot_splits
from latentia.views.figures.stability import plot_stability
from latentia.views.figures.traversals import plot_traversals
from latentia.views.figures.weights import plot_weight_bars, plot_weight_map
from latentia.views.shown_factors import factor_order, named_factors
from latentia.views.style import save
from latentia.views.writing import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from os import PathLike

    from matplotlib.figure import Figure

    from latentia.insight.results import Baseline, Study

    Pages = dict[str, Callable[[], Any]]


class Album(Mapping[str, "Figure"]):
    """The figures of a study by name, in the order of reading; each is drawn when first looked at.

    Folder and report share one album, so that no figure is drawn twice.

    Parameters
    ----------
    study : Study
    """

    def __init__(self, study: Study) -> None:
        self._pages = _pages(study)
        self._figures: dict[str, Figure] = {}
        self._files: dict[str, bytes] = {}
        self._elsewhere: tuple[tuple[str, ...], Callable[[], Mapping[str, bytes]]] = ((), dict)

    def __getitem__(self, name: str) -> Figure:
        """Return a figure, drawn now if it has not been."""
        if name not in self._figures:
            self._figures[name] = self._pages[name]()
        return self._figures[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names; nothing is drawn by that."""
        return iter(self._pages)

    def __len__(self) -> int:
        """Return the number of figures."""
        return len(self._pages)

    def await_files(self, names: Sequence[str], files: Callable[[], Mapping[str, bytes]]) -> None:
        """Expect the PNG files of some figures from `files`, called when the first is needed."""
        self._elsewhere = (tuple(names), files)

    def is_awaited(self, name: str) -> bool:
        """Whether a figure's file is still expected from elsewhere."""
        return name in self._elsewhere[0] and name not in self._files

    def png(self, name: str) -> bytes:
        """Return a figure as a PNG file: as it came from elsewhere, or drawn now."""
        if self.is_awaited(name):
            self._files |= self._elsewhere[1]()
            self._elsewhere = ((), dict)
        if name not in self._files:
            save(self[name], buffer := io.BytesIO())
            self._files[name] = buffer.getvalue()
        return self._files[name]


def draw_all(study: Study, folder: str | PathLike[str], *, album: Album | None = None) -> dict[str, Path]:
    """Draw every figure of a study into a folder as PNG.

    Parameters
    ----------
    study : Study
    folder : str or path
        Made if it is not there; files of the same names are replaced.
    album : Album, optional
        The study's, if it was made already: what is drawn in it is not drawn again.

    Returns
    -------
    paths : dict of str to Path
        The file of each figure, by the figure's name.
    """
    pages = Album(study) if album is None else album
    home = Path(folder)
    home.mkdir(parents=True, exist_ok=True)
    paths = {name: home / f"{name}.png" for name in pages}
    for name, path in paths.items():
        path.write_bytes(pages.png(name))
    return paths


def plot_latents(study: Study) -> Any:
    """Draw the network's codes by class."""
    return plot_codes(study.latents, names=study.latent_names, groups=class_groups(study), **_titles(study))


def plot_baseline_codes(study: Study, baseline: Baseline) -> Any:
    """Draw a linear model's codes by class, in the style of the network's."""
    size = counted(baseline.codes.shape[1], "component")
    return plot_codes(
        baseline.codes,
        names=code_names(baseline),
        groups=class_groups(study),
        title=_explained(f"{size} of {baseline.name}", baseline.codes.shape[1], baseline.held_out.r2),
        legend_title=study.label_name or "",
    )


def code_names(baseline: Baseline) -> list[str]:
    """Return the names of a linear model's components."""
    return [f"{baseline.name} {column + 1}" for column in range(baseline.codes.shape[1])]


def _pages(study: Study) -> Pages:
    """Return what draws each figure; nothing is drawn before a value is called."""
    pages: Pages = {
        "baselines": lambda: plot_baselines(study),
        "loss": lambda: plot_loss(study.history, best_epoch=study.best_epoch, loss=loss_of(study)),
        "latent_space": lambda: plot_latents(study),
    }
    if study.latents.shape[1] > 3:  # noqa: PLR2004  three are shown in full by the figure above
        pages["latent_pairs"] = lambda: plot_pairs(
            study.latents, names=study.latent_names, groups=class_groups(study), **_titles(study)
        )
    for baseline in study.baselines:
        if baseline.name == "PCA":
            pages["pca_space"] = lambda base=baseline: plot_baseline_codes(study, base)
    pages |= _meaning(study) | _clusters(study)
    pages |= _again(study)
    if study.sizes is not None:
        pages["sizes"] = lambda: plot_sizes(study.sizes)
    if (rates := study.rates) is not None:
        pages["learning_rate"] = lambda: plot_rates(rates, used=rate_of(study))
    if study.candidates:
        pages["candidates"] = lambda: plot_candidates(study.candidates)
    if (missing := study.missing) is not None:
        pages["missing_cells"] = lambda: plot_missing_cells(missing)
    if study.strange_rows:
        pages["strange_rows"] = lambda: plot_strange_rows(study.strange_rows)
    return pages


def _again(study: Study) -> Pages:
    """Return what draws the figures of everything that was learned anew."""
    pages: Pages = {}
    if study.stability.n_seeds > 1 or study.reproducibility is not None:
        pages["stability"] = lambda: plot_stability(
            study.stability,
            study.reproducibility,
            factor_names=named_factors(study),
            order=factor_order(study),
        )
    if (splits := study.splits) is not None:
        pages["repeated_splits"] = lambda: plot_splits(splits)
    return pages


def _meaning(study: Study) -> Pages:
    names, factors = study.column_names, study.latent_names
    linear = study.baselines[0] if study.baselines else None
    what = "column" if len(names) == len(study.columns) else "input column"
    walks: Pages = {}
    if (found := study.traversals) is not None:
        walks["traversals"] = lambda: plot_traversals(
            found, names, units=study.units, factor_names=named_factors(study), order=factor_order(study)
        )
    return {
        "effects": lambda: plot_effects(
            study.effects,
            names,
            units=study.units,
            factor_names=named_factors(study),
            order=factor_order(study),
        ),
        **walks,
        "columns": lambda: plot_columns(study.held_out, linear, names, what=what),
        "ablation": lambda: plot_ablation(study.ablation, names, factor_names=factors),
        "weight_bars": lambda: plot_weight_bars(study.weights, names),
        "weight_map": lambda: plot_weight_map(study.weights, names),
    }


def _clusters(study: Study) -> Pages:
    """Return the network's clusters in full, PCA's small beside each other, and all by class."""
    pages: Pages = {}
    ours = [one for one in study.clusterings if one.space == "latent"]
    for one in ours:
        pages[f"clusters_{slug(one.method)}"] = lambda one=one: plot_clustering(
            one, study.latents, names=study.latent_names, label_name=study.label_name
        )
    linear = next((base for base in study.baselines if base.name == "PCA"), None)
    theirs = [one for one in study.clusterings if one.space == "PCA"]
    if theirs and linear is not None:
        pages["clusters_on_pca"] = lambda: plot_clusterings(
            theirs, linear.codes, names=code_names(linear), label_name=study.label_name
        )
    if curves := [one for one in study.clusterings if one.curve]:
        pages["k_distances"] = lambda: plot_k_distances(curves)
    if any(one.agreement is not None for one in study.clusterings):
        pages["contingency"] = lambda: plot_contingency(study.clusterings, label_name=study.label_name)
    return pages


def loss_of(study: Study) -> str:
    """Return the name of the loss that a study's network was trained with."""
    loss = study.recipe.get("loss", "mse")
    return str(loss.get("name")) if isinstance(loss, Mapping) else str(loss)


def rate_of(study: Study) -> float | None:
    """Return the learning rate that a study's network was trained with, the peak of a schedule."""
    setting = study.recipe.get("learning_rate")
    return setting.get("rate") if isinstance(setting, Mapping) else None


def slug(method: str) -> str:
    """Return the name of a method as it stands in names of files.

    Examples
    --------
    >>> slug("Gaussian mixture")
    'gaussian_mixture'
    """
    return method.lower().replace(" ", "_")


def _titles(study: Study) -> dict[str, str]:
    n_rows, k = study.latents.shape
    rows = f"{MOST_POINTS:,} of {n_rows:,} rows" if n_rows > MOST_POINTS else counted(n_rows, "row")
    title = _explained(f"{counted(k, 'factor')} of the network", k, study.held_out.r2)
    return {"title": f"{title}; {rows} drawn", "legend_title": study.label_name or ""}


def _explained(what: str, count: int, r2: float) -> str:
    """Say what share of the held-out variation some factors explain.

    Examples
    --------
    >>> _explained("3 components of PCA", 3, 0.637)
    '3 components of PCA explain 64 % of the held-out variation'
    """
    return f"{what} {'explains' if count == 1 else 'explain'} {explained(r2)} of the held-out variation"
