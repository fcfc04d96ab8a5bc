"""One pass at a time: the estimator learns from rows as they come."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from latentia.engines import engine_named
from latentia.request import check_warm_start, checked_seed, recipe_of
from latentia.tables.containers import container_of
from latentia.tables.learning_rows import rows_of_a_pass
from latentia.tables.row_options import known_rows
from latentia.training.checkpoints import NotKept
from latentia.training.fit import Task
from latentia.training.passes import Passes, endless
from latentia.training.settling import check_size, settle

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike
    from sklearn.base import BaseEstimator

    from latentia.recipe import Recipe
    from latentia.tables.table import Schema
    from latentia.training.trained import Trained


Model = TypeVar("Model", bound="BaseEstimator")


def partial_fit(
    estimator: Model,
    X: ArrayLike,
    y: Any = None,  # noqa: ARG001 - scikit-learn passes y to every step
    *,
    sample_weight: ArrayLike | None = None,
) -> Model:
    """Take one pass over these rows, going on from where the last call stood.

    Weights, the optimiser's memory and all chance go on, so k calls with one table give the very
    same model as `fit` with ``max_epochs=k``, a constant rate and no rows held out. Rows may be
    others, and another number, at every call. The first call settles the scaling, every "auto" and
    the axes of the code, so its rows should be like those to come; a sample of them and the rows of
    the last call stay in memory, not in pickles or model files. After `fit`, or for a model from a file, it
    goes on from the weights and with the scaling that there are, with a fresh memory of the
    optimiser; `fit` itself starts anew.

    Nobody knows how long the training will be: "auto" is a constant rate, and schedules that need
    the length are refused. `learning_rate` may be set to another number between two calls, no
    other setting may. `max_epochs`, `patience` and `validation_fraction` are not looked at.

    Parameters
    ----------
    X : array-like or dataframe of shape (n_samples, n_features)
        One row or more; more rows than components in the first call.
    y : ignored
        For pipelines.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts within this call.

    Returns
    -------
    self

    Raises
    ------
    RecipeError
        When a setting needs to know the length of the training, or has changed since the first call.
    InputError
        When the rows cannot be trained on, or have other columns than before.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from latentia import Autoencoder
    >>> X = load_wine().data
    >>> ae = Autoencoder(n_components=3, random_state=0)
    >>> for _ in range(5):
    ...     ae = ae.partial_fit(X[::2]).partial_fit(X[1::2])
    >>> len(ae.history_["epoch"])
    10
    """
    from latentia.views.progress import telling

    model = cast("Any", estimator)
    asked, engine = endless(recipe_of(estimator)), engine_named(model.engine)
    passes: Passes | None = model._passes  # noqa: SLF001 - this function is a method of it
    previous = getattr(model, "trained_", None) if passes is None else None
    known: Trained | None = previous if passes is None else model.trained_
    values, schema = rows_of_a_pass(estimator, X, asked, first=known is None, schema=known and known.schema)
    weight = known_rows(values, {"sample_weight": sample_weight}, lambda other: other).weights
    if passes is None:
        passes = _begun(values, weight, asked, checked_seed(model.random_state), previous, schema)
    settled = passes.next(asked, values)
    with telling(None, verbose=model.verbose) as told:
        task = Task(seed=passes.seed, row_weights=weight, previous=previous, checkpoints=passes)
        task = replace(task, settled=settled, progress=told, schema=schema)
        trained = engine.fit(values, settled.recipe, task)
    # The rows of one call are not what the model has learned from.
    origin = trained.origin and replace(trained.origin, data=None)
    model.trained_ = replace(trained, warm_started=passes.warm_started, origin=origin)
    model._container = container_of(X)  # noqa: SLF001 - as above
    model._passes, model._table, model._checkpoints = passes, values, NotKept()  # noqa: SLF001 - as above
    model._on_disk = None  # noqa: SLF001 - as above
    model._store()  # noqa: SLF001 - as above
    return estimator


def _begun(
    values: np.ndarray,
    weight: np.ndarray | None,
    asked: Recipe,
    seed: int,
    previous: Trained | None,
    schema: Schema | None,
) -> Passes:
    """Settle what the first rows settle."""
    check_warm_start(previous, asked, table_at_hand=True)  # no row judges, so none can have been seen
    check_size(asked, values.shape)
    earlier = None if previous is None else previous.scaling
    settled, _ = settle(values, asked, weight=weight, scaling=earlier, schema=schema)
    return Passes(asked, settled, seed=seed, warm_started=previous is not None)
