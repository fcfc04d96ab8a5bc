"""The whole path: a table in, an answer with its evidence out."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from latentia.autoencoder import Autoencoder
from latentia.engines import engine_named
from latentia.errors import InputError
from latentia.insight.bootstraps import bootstrap_factors
from latentia.insight.gathering import study_of
from latentia.insight.presets import preset_named
from latentia.insight.repeated_splits import repeat_splits
from latentia.insight.size_trials import sweep_sizes
from latentia.insight.trials import try_others
from latentia.output_folder import Whole, claim_folder, held_folder, write_analysis, write_report
from latentia.record import record_of, versions_of_all
from latentia.request import AUTO, Request, checked_recipe
from latentia.split_table import read_and_hold_out
from latentia.tables.reading import Reading
from latentia.training.returning import give_memory_back
from latentia.training.settling import check_size
from latentia.views.figures.album import draw_all
from latentia.views.figures.assistant import Assistant
from latentia.views.notebook import analysis_html
from latentia.views.progress import telling
from latentia.views.report.summary import summarise
from latentia.views.report.text import summary_text
from latentia.views.writing import counted

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from latentia.insight.findings import Finding
    from latentia.insight.results import SizeSweep, Study
    from latentia.recipe import Recipe
    from latentia.training.progress import Progress

__all__ = ["Analysis", "analyze", "claim_folder"]


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
    whole : Whole or None
        The table whose rows are a sample of; None where all of them were analysed.
    """

    study: Study
    model: Autoencoder
    manifest: dict[str, Any]
    whole: Whole | None = None

    def __repr__(self) -> str:
        """Return size and verdict; `summary` says more."""
        rows, columns = len(self.study.values), len(self.study.columns)
        size = f"{counted(rows, 'row')} × {counted(columns, 'column')}"
        return f"<Analysis of {self.study.title}: {size}. {self.verdict}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: verdict, evidence and findings."""
        return analysis_html(self.study)

    @property
    def verdict(self) -> str:
        """Two or three sentences: what was found and whether to believe it."""
        return self.study.verdict

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was noticed, most severe first."""
        return self.study.findings

    @property
    def latents(self) -> NDArray[np.float64]:
        """Hidden variables of the rows that were analysed, in table order, (n, n_components)."""
        return self.study.latents

    def summary(self) -> str:
        """Return a summary for the terminal."""
        return summary_text(self.study)

    def to_dict(self, *, brief: bool = False) -> dict[str, Any]:
        """Return all results as plain JSON-ready values.

        Parameters
        ----------
        brief : bool, default False
            Whether to list only the most telling columns if there are more than a thousand, as
            ``metrics.json`` does.
        """
        return summarise(self.study, brief=brief)

    def report(self, path: str | os.PathLike[str]) -> Path:
        """Write the report, one HTML file that works offline, and return its path."""
        return write_report(path, self.study)

    def figures(self, folder: str | os.PathLike[str]) -> dict[str, Path]:
        """Write every figure as PNG and return the paths by name."""
        return draw_all(self.study, folder)

    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        force: bool = False,
        assistant: Assistant | None = None,
        progress: Progress | None = None,
    ) -> Path:
        """Write the whole output folder: report, latents, model, metrics, figures, manifest.

        Parameters
        ----------
        folder : path-like
            New, empty, or holding an earlier analysis.
        force : bool, default False
            Write into a folder that holds other files.
        assistant : Assistant, optional
            A second process that draws some of the figures; by default one is started.
        progress : Progress, optional
            Told how many rows of a large table are encoded.

        Raises
        ------
        OutputError
            When the folder cannot be used; nothing is left half-written.
        """
        with held_folder(folder, force=force) as home, assistant or Assistant() as drawing:
            self.write(home, drawing, progress)
        return home

    def write(self, home: Path, drawing: Assistant | None = None, progress: Progress | None = None) -> None:
        """Write into a folder that is held already; see `latentia.output_folder.held_folder`."""
        write_analysis(
            home, self.study, self.model, self.manifest, drawing, whole=self.whole, progress=progress
        )


def analyze(
    data: Any,
    *,
    label: str | None = None,
    drop: Sequence[str] = (),
    types: Mapping[str, str] | None = None,
    nuisance: Sequence[str] = (),
    sample: int | str = AUTO,
    n_components: int | str = AUTO,
    n_seeds: int = 8,
    random_state: int = 0,
    n_clusters: int | None = None,
    eps: float | None = None,
    min_samples: int = 5,
    preset: str = "standard",
    verbose: bool = False,
    progress: Progress | None = None,
    **settings: Any,
) -> Analysis:
    """Find the hidden variables behind a table and say whether to believe them.

    A fifth of the rows is held out before anything is learned and judges every claim. The rest
    trains autoencoders from several starts, PCA and factor analysis of the same size, and simpler
    recipes to compare with.

    Parameters
    ----------
    data : str, path, dataframe, array or sparse array
        A file, the name of a built-in table ("wine", "digits", "breast_cancer", "iris"), or rows
        in memory; at least six rows.
    label : str, optional
        Column of known classes: compared with, never trained on.
    drop : str or sequence of str
        Columns to leave out.
    types : mapping of str to str, optional
        What columns are, by name: "numeric", "boolean", "date" or "category", where that is not to
        follow from how they are stored.
    nuisance : str or sequence of str
        Columns that rows differ in without being of interest, such as a batch or the day of a
        measurement: never trained on; a factor that follows one is named.
    sample : int, "auto" or "all"
        How many rows are analysed, drawn by `random_state`. "auto" takes all of what is in memory
        already, and of a table on disk up to 100,000, fewer where an analysis of them would not fit
        into memory. `Analysis.save` then writes the hidden variables of all rows.
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
    preset : str, default "standard"
        How much evidence is gathered: "fast", "standard" or "thorough" draw rows anew 10, 20 or 100
        times, and split them 5, 10 or 30 times, large tables less often. The questions are the same; one
        that a large table leaves no room for is named in the report.
    verbose : bool, default False
        Whether to say on standard error how far the work is.
    progress : Progress, optional
        Told how the work goes, in place of standard error.
    **settings
        Any other setting of `Autoencoder` that shapes the networks; and how a file is to be read, where
        that is not to be found out: layer, sheet, dataset, delimiter, decimal,
        encoding, missing, header.

    Returns
    -------
    Analysis

    Raises
    ------
    InputError, RecipeError
        When the table or a setting cannot be used.

    Notes
    -----
    Ctrl-C ends the part at work. While networks of several sizes are compared there is nothing to
    keep yet, and KeyboardInterrupt is raised; in the main training the best weights until then
    are kept, and `study.ending` is "interrupted"; of the simpler recipes, those that are trained
    by then are compared with; and a sweep over learning rates is left out.

    Examples
    --------
    >>> import latentia
    >>> a = latentia.analyze("wine", n_components=3, n_seeds=4, random_state=0, max_epochs=60)
    >>> a.latents.shape
    (178, 3)
    >>> a.study.held_out.r2 > a.study.baselines[0].held_out.r2
    True
    """
    reading, settings = Reading.taken_from(settings)
    request = Request.of(
        data,
        reading=reading,
        label=label,
        drop=drop,
        types=types,
        nuisance=nuisance,
        sample=sample,
        n_components=n_components,
        n_seeds=n_seeds,
        random_state=random_state,
        n_clusters=n_clusters,
        eps=eps,
        min_samples=min_samples,
        preset=preset,
        settings=settings,
    )
    with telling(progress, verbose=verbose) as told:
        return _analysed(data, request, _Clock(told))


def _analysed(data: Any, request: Request, clock: _Clock) -> Analysis:
    """Go the whole path, one stage after the other."""
    recipe, engine, seed = (
        _recipe(request),
        engine_named(request.settings.get("engine", "local")),
        request.random_state,
    )
    clock.stage("Reading", request.data or "")
    known = read_and_hold_out(data, request, counts=recipe.of_counts)
    read, table, split, schema = known.read, known.table, known.split, known.schema
    learned, told = table.values[split.training], clock.progress
    # Where no column has categories the networks see the very same rows.
    if schema.is_plain:
        taken = replace(read, values=learned, labels=None, nuisances=())
    else:
        taken = read.take(split.training)
    clock.stage(
        "How many components?", f"{counted(read.n_rows, 'row')} of {counted(read.n_columns, 'column')}"
    )
    given = None if request.n_components == AUTO else recipe.n_components
    if given is not None:
        check_size(recipe, learned.shape)  # before sizes around it are compared
    sizes = sweep_sizes(learned, recipe, engine, seed=seed, around=given, schema=schema, progress=told)
    recipe = replace(recipe, n_components=_size(request, sizes))
    networks, size = counted(recipe.n_seeds, "network"), counted(recipe.n_components, "component")
    clock.stage("Training", f"{networks} with {size}")
    model = Autoencoder(
        recipe.n_components, n_seeds=recipe.n_seeds, random_state=seed, **request.settings
    ).fit(cast("Any", replace(taken, schema=schema)), progress=told)
    clock.stage("Would a simpler network do, or another learning rate?", "others on the same rows")
    tried, rates = try_others(learned, recipe, model.recipe_, engine, seed=seed, schema=schema, progress=told)
    preset = preset_named(request.preset)
    effort = {"budget": preset.budget, "seed": seed, "progress": told}
    outcome = model.trained_.outcome
    splits = repeat_splits(
        table.values,
        model.recipe_,
        engine,
        splits=preset.splits,
        epochs=float(outcome.epochs_run.mean()),
        schema=schema,
        begin=partial(clock.stage, "Does the network beat PCA?"),
        **effort,
    )
    bootstrapped = bootstrap_factors(
        table.values,
        split,
        model.trained_,
        engine,
        resamples=preset.bootstraps,
        begin=partial(clock.stage, "Which factors come back?"),
        **effort,
    )
    study = study_of(
        table,
        split,
        model.trained_,
        sizes=sizes,
        rates=rates,
        tried=tried,
        seed=seed,
        clustering=request.clustering,
        splits=splits,
        bootstrapped=bootstrapped,
        preset=preset,
        ask=clock.stage,
    )
    clock.end()
    study = study.told(seconds=clock.seconds, versions=versions_of_all(), command=request.command())
    whole = None if read.positions is None else Whole(data, request.reading, read.positions)
    return Analysis(study, model, record_of(study, read, request), whole)


class _Clock:
    """Tells which stage begins, and remembers how long each took."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}
        self._stage, self._begun = "", 0.0

    def stage(self, name: str, detail: str = "") -> None:
        """End the stage before, if there is one, and begin another."""
        self.end()
        self.progress.stage(name, detail)
        self._stage, self._begun = name, time.perf_counter()

    def end(self) -> None:
        """End the stage that is at work."""
        if self._stage:
            give_memory_back()
            self.seconds[self._stage] = round(time.perf_counter() - self._begun, 3)
            self._stage = ""


def _recipe(request: Request) -> Recipe:
    """Return the recipe of the networks, with one component while their number is to be chosen."""
    size = 1 if request.n_components == AUTO else request.n_components
    return checked_recipe({**request.settings, "n_components": size, "n_seeds": request.n_seeds})


def _size(request: Request, sizes: SizeSweep | None) -> int:
    """Return the number of components: as asked for, or as the sweep recommends."""
    if request.n_components != AUTO:
        return int(request.n_components)
    if sizes is None:
        raise InputError(
            "The networks of all sizes diverged, so no number of components can be recommended; lower "
            "learning_rate, or pass n_components to have one fit diagnosed."
        )
    return sizes.chosen
