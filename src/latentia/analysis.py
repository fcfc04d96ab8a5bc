"""The whole path: a table in, an answer with its evidence out."""

from __future__ import annotations

import platform
import shlex
import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from latentia import __version__
from latentia.autoencoder import Autoencoder
from latentia.engines import engine_named
from latentia.errors import InputError
from latentia.insight.gathering import study_of
from latentia.insight.trials import sweep_sizes, try_recipes
from latentia.output_folder import claim_folder, write_analysis, write_report
from latentia.recipe import Recipe
from latentia.tables.sources import read_table
from latentia.tables.splits import hold_out
from latentia.training.progress import Silent
from latentia.views.figures.album import draw_all
from latentia.views.report.summary import plain, summarise
from latentia.views.report.text import summary_text

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from latentia.insight.findings import Finding
    from latentia.insight.results import Study
    from latentia.tables.table import Table
    from latentia.training.progress import Progress

__all__ = ["Analysis", "analyze", "claim_folder"]

HELD_OUT_SHARE = 0.2
LIBRARIES = ("jax", "jaxlib", "equinox", "optax", "numpy", "scipy", "scikit-learn", "pyarrow", "matplotlib")


@dataclass(frozen=True, eq=False)
class Analysis:
    """Everything about one table: what was found, how sure it is, and the model.

    Parameters
    ----------
    study : Study
        All results as plain values.
    model : Autoencoder
        Fitted on the rows that were not held out.
    manifest : dict
        What it takes to repeat the analysis.
    """

    study: Study
    model: Autoencoder
    manifest: dict[str, Any]

    @property
    def verdict(self) -> str:
        """One or two sentences: what was found and whether to believe it."""
        return self.study.verdict

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was noticed, most severe first."""
        return self.study.findings

    @property
    def latents(self) -> NDArray[np.float64]:
        """Hidden variables of all rows in table order, (n, n_components)."""
        return self.study.latents

    def summary(self) -> str:
        """Return a summary for the terminal."""
        return summary_text(self.study)

    def to_dict(self) -> dict[str, Any]:
        """Return all results as plain JSON-ready values."""
        return summarise(self.study)

    def report(self, path: str | os.PathLike[str]) -> Path:
        """Write the report, one HTML file that works offline, and return its path."""
        return write_report(path, self.study)

    def figures(self, folder: str | os.PathLike[str]) -> dict[str, Path]:
        """Write every figure as PNG and return the paths by name."""
        return draw_all(self.study, folder)

    def save(self, folder: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write the whole output folder: report, latents, model, metrics, figures, manifest.

        Parameters
        ----------
        folder : path-like
            New, empty, or holding an earlier analysis.
        force : bool, default False
            Write into a folder that holds other files.

        Raises
        ------
        OutputError
            When the folder cannot be used; nothing is left half-written.
        """
        home = claim_folder(folder, force=force)
        write_analysis(home, self.study, self.model, self.manifest)
        return home


def analyze(
    data: Any,
    *,
    label: str | None = None,
    drop: Sequence[str] = (),
    n_components: int | str = "auto",
    n_seeds: int = 8,
    random_state: int = 0,
    n_clusters: int | None = None,
    eps: float | None = None,
    min_samples: int = 5,
    progress: Progress | None = None,
    **settings: Any,
) -> Analysis:
    """Find the hidden variables behind a table and say whether to believe them.

    A fifth of the rows is held out before anything is learned and judges every claim. The rest
    trains autoencoders from several starts, PCA and factor analysis of the same size, and simpler
    recipes to compare with.

    Parameters
    ----------
    data : str, path, dataframe or array
        A file, the name of a built-in table ("wine", "digits", "breast_cancer", "iris"), or rows
        in memory.
    label : str, optional
        Column of known classes: compared with, never trained on.
    drop : sequence of str
        Columns to leave out.
    n_components : int or "auto"
        Number of hidden variables; "auto" takes the recommendation of a sweep over sizes.
    n_seeds : int, default 8
        Networks trained from different starts.
    random_state : int, default 0
        The only source of chance.
    n_clusters : int, optional
        For KMeans and the Gaussian mixture; chosen from the codes when None.
    eps, min_samples : float, int
        For DBSCAN (eps chosen from the codes when None) and HDBSCAN.
    progress : Progress, optional
        Told how the work goes.
    **settings
        Any other setting of `Autoencoder`.

    Returns
    -------
    Analysis

    Raises
    ------
    InputError, RecipeError
        When the table or a setting cannot be used.

    Examples
    --------
    >>> import latentia
    >>> a = latentia.analyze("wine", n_components=3, n_seeds=2, random_state=0, max_epochs=60)
    >>> a.latents.shape
    (178, 3)
    >>> a.study.held_out.r2 > a.study.baselines[0].held_out.r2
    True
    """
    told, clock = progress or Silent(), _Clock(progress or Silent())
    automatic = isinstance(n_components, str) and n_components == "auto"
    recipe = Recipe.from_settings(
        **{"n_components": 1 if automatic else n_components, "n_seeds": n_seeds, **settings}
    )
    with clock.stage("Reading", str(data) if isinstance(data, str) else ""):
        table = read_table(data, label=label, drop=tuple(drop))
        split = hold_out(table.n_rows, HELD_OUT_SHARE, random_state)
        _check_rows(table)
    learned = table.values[split.training]
    engine = engine_named(recipe.engine)
    with clock.stage(
        "Choosing the number of components", f"{table.n_rows} rows of {table.n_columns} columns"
    ):
        sizes = sweep_sizes(learned, recipe, engine, seed=random_state, progress=told)
    k = sizes.chosen if automatic else recipe.n_components
    with clock.stage("Training", f"{n_seeds} networks with {k} components"):
        model = Autoencoder(k, n_seeds=n_seeds, random_state=random_state, **settings)
        model.fit(_named(learned, table.names), progress=told)
    with clock.stage("Comparing recipes", "simpler networks on the same rows"):
        tried = try_recipes(learned, _with_size(recipe, k), engine, seed=random_state, progress=told)
    with clock.stage("Gathering the evidence"):
        clustering = {"n_clusters": n_clusters, "eps": eps, "min_samples": min_samples}
        study = study_of(
            table, split, model.trained_, sizes=sizes, tried=tried, seed=random_state, clustering=clustering
        )
    request = {
        "data": str(table.source.path or table.source.name),
        "label": label,
        "drop": list(drop),
        "n_components": n_components,
        "n_seeds": n_seeds,
        "random_state": random_state,
        **{name: value for name, value in clustering.items() if value is not None},
        **{name: plain(value) for name, value in settings.items()},
    }
    study = study.told(seconds=clock.seconds, versions=_versions(), command=_command(request))
    return Analysis(study, model, _manifest(study, table, request))


class _Clock:
    """Tells which stage begins, and remembers how long each took."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, detail: str = "") -> Iterator[None]:
        self.progress.stage(name, detail)
        begun = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - begun, 3)


def _check_rows(table: Table) -> None:
    fewest = 5
    if table.n_rows < fewest:
        raise InputError(
            f"The table has {table.n_rows} rows, too few to hold any out and judge a model by; "
            f"give at least {fewest}."
        )


def _with_size(recipe: Recipe, n_components: int) -> Recipe:
    return Recipe.from_settings(**{**recipe.to_dict(), "n_components": n_components})


def _named(values: NDArray[np.float64], names: Sequence[str]) -> Any:
    """Return columns with names, so that the model can check them later."""
    import pyarrow as pa

    return pa.table({name: values[:, index] for index, name in enumerate(names)})


def _versions() -> dict[str, str]:
    own = {"latentia": __version__, "python": platform.python_version()}
    return own | {name: version(name) for name in LIBRARIES}


def _command(request: dict[str, Any]) -> str:
    """Return the command that repeats an analysis."""
    flags = {
        "label": "--label",
        "n_components": "--components",
        "n_seeds": "--seeds",
        "random_state": "--random-state",
        "n_clusters": "--clusters",
        "eps": "--eps",
        "min_samples": "--min-samples",
    }
    words = ["latentia", "analyze", request["data"]]
    for name, value in request.items():
        if name in {"data", "drop"} or value is None:
            continue
        words += [flags[name], str(value)] if name in flags else ["--set", f"{name}={_json(value)}"]
    for column in request["drop"]:
        words += ["--drop", column]
    return shlex.join(words)


def _json(value: Any) -> str:
    import json

    return value if isinstance(value, str) else json.dumps(value)


def _manifest(study: Study, table: Table, request: dict[str, Any]) -> dict[str, Any]:
    import os

    import jax

    return {
        "command": study.command,
        "request": request,
        "data": {
            "name": table.source.name,
            "path": table.source.path,
            "sha256": table.source.sha256,
            "rows": table.n_rows,
            "columns": list(table.names),
            "notes": list(table.source.notes),
        },
        "recipe": dict(study.recipe),
        "random_state": request["random_state"],
        "n_seeds": request["n_seeds"],
        "versions": dict(study.versions),
        "machine": {
            "platform": platform.platform(),
            "devices": [str(device) for device in jax.devices()],
            "cores": os.cpu_count(),
        },
        "seconds": dict(study.seconds),
        "verdict": study.verdict,
    }
