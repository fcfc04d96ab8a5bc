"""A fit to a table that stays on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from latentia.engines import engine_named
from latentia.errors import RecipeError
from latentia.insight.bounding import bounded_by
from latentia.request import checked_checkpoints, checked_seed, recipe_of
from latentia.tables.containers import container_of
from latentia.tables.scanned_rows import scanned_rows
from latentia.training.callbacks import checked_callbacks
from latentia.training.fit import Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sklearn.base import BaseEstimator

    from latentia.tables.scan import TableScan
    from latentia.training.progress import Progress


Model = TypeVar("Model", bound="BaseEstimator")


def notes_on_disk(model: Any) -> tuple[str, ...]:
    """Return what was decided about a table on disk that an estimator was fitted to; empty for others."""
    table = model._on_disk  # noqa: SLF001 - the other half of it
    return () if table is None else table.survey.notes


def fit_on_disk(
    estimator: Model,
    scan: TableScan,
    options: Mapping[str, Any],
    *,
    progress: Progress | None,
    callbacks: Any,
    checkpoint: Any,
) -> Model:
    """Fit an estimator to a table on disk; see `Autoencoder.fit`, whose other half this is."""
    from latentia.views.progress import telling

    model, recipe = cast("Any", estimator), recipe_of(estimator)
    engine, seed = engine_named(model.engine), checked_seed(model.random_state)
    kept, asked = checked_checkpoints(checkpoint, model.random_state), checked_callbacks(callbacks)
    if model.warm_start and hasattr(model, "trained_"):
        raise RecipeError(
            f"warm_start=True needs rows in memory, but {scan.store.name} is read from disk; set it to False."
        )
    with telling(progress, verbose=model.verbose) as told:
        told.stage("Reading", scan.store.name)
        table = scanned_rows(
            estimator, scan, options, recipe, seed=seed, told=lambda done: told.rows("Reading", done)
        )
        task = Task(seed=seed, schema=table.schema, progress=told, checkpoints=kept, callbacks=asked)
        trained = engine.fit(table, recipe, task)
        model.trained_ = bounded_by(trained, table.training_sample, table.held_out_sample)
    model._on_disk, model._table, model._passes = table, None, None  # noqa: SLF001 - the other half of it
    model._checkpoints, model._container = kept, container_of(table)  # noqa: SLF001 - as above
    model._store()  # noqa: SLF001 - as above
    return estimator
