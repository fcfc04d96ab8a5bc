"""Fitting a little at a time: one pass over the rows at hand, going on from the last call.

There is no second trainer. A call is a fit of one epoch more than the last, which goes on from a
checkpoint that is kept in memory: weights, the optimiser's memory, the number of steps and all chance
are where they would be if the passes had been made in one go.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from latentia.engines import engine_named
from latentia.errors import RecipeError
from latentia.recipe import Recipe
from latentia.request import checked_seed, recipe_of
from latentia.tables.estimator_rows import checked_rows
from latentia.tables.row_options import known_rows
from latentia.training.fit import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import ArrayLike
    from sklearn.base import BaseEstimator

    from latentia.training.checkpoints import Checkpoint


@dataclass
class Passes:
    """Where the passes so far have led: a keeper of checkpoints, and what the first pass has settled.

    Parameters
    ----------
    seed : int
        The root of all chance.
    settled : Recipe or None
        With values in place of every "auto"; None before the first pass.
    latest : Checkpoint or None
        Where training stands.
    """

    seed: int
    settled: Recipe | None = None
    latest: Checkpoint | None = None

    @contextmanager
    def opened(self, fingerprint: Callable[[], Mapping[str, Any]]) -> Iterator[Checkpoint | None]:  # noqa: ARG002
        """Go on whatever the rows are now."""
        yield self.latest

    def offer(self, make: Callable[[], Checkpoint], *, last: bool = False) -> None:
        """Keep the end of a pass, without the losses of its single steps: there may be many passes."""
        if last:
            checkpoint = make()
            short = {
                name: array[:0] if name.startswith("written/steps") else array
                for name, array in checkpoint.arrays.items()
            }
            self.latest = replace(checkpoint, arrays=short)

    def clear(self) -> None:
        """Keep everything: another pass may follow."""


def partial_fit(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: Any = None,  # noqa: ARG001 - scikit-learn passes y to every step
    *,
    sample_weight: ArrayLike | None = None,
) -> Any:
    """Train for one pass over some rows, going on from the last call.

    Made for rows that come a block at a time. The first call settles the scaling and every "auto",
    so its rows should be like those to come; the number of rows may differ from call to call. No
    rows are held out and no epoch is chosen: the latest weights are used, and to know when to stop
    is up to you (`score` on rows of your own). The learning rate is constant, since nobody knows
    how many passes will follow. Several passes over one table give what one fit with as many
    epochs gives.

    After `fit` or `load`, the first call goes on from their weights and scaling; a `fit` afterwards
    starts afresh.

    Parameters
    ----------
    X : array-like or dataframe of shape (n_samples, n_features)
        Finite numbers in any units; the same columns in every call.
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
        When the learning rate is to follow a schedule, weights are to be averaged over a share of all
        steps, or the optimiser changes between calls.
    InputError
        When the rows cannot be trained on.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from latentia import Autoencoder
    >>> X = load_wine().data
    >>> ae = Autoencoder(3, random_state=0, n_seeds=1)
    >>> for _ in range(5):
    ...     for block in (X[::2], X[1::2]):
    ...         ae = ae.partial_fit(block)
    >>> 0.3 < ae.score(X) < 0.9
    True
    """
    model = cast("Any", estimator)
    passes: Passes | None = model._passes  # noqa: SLF001 - the other half of the estimator
    previous = getattr(model, "trained_", None)
    if passes is None:
        passes = Passes(checked_seed(model.random_state), None if previous is None else previous.recipe)
    recipe = _for_a_pass(recipe_of(model), passes)
    read = np.asarray(checked_rows(model, X, fit=previous is None, counts=recipe.of_counts), np.float64)
    known = known_rows(read, {"sample_weight": sample_weight}, lambda other: other)
    task = Task(
        seed=passes.seed,
        previous=previous,
        checkpoints=passes,
        row_weights=known.weights,
    )
    trained = engine_named(model.engine).fit(known.values, recipe, task)
    if passes.settled is None:
        passes.settled = trained.recipe
    model.trained_, model._table, model._passes = trained, known.values, passes  # noqa: SLF001
    model._store()  # noqa: SLF001
    return model


def _for_a_pass(recipe: Recipe, passes: Passes) -> Recipe:
    """Return the recipe of one pass more: what was settled stays, and nothing depends on an end."""
    rate = recipe.learning_rate
    if isinstance(rate, tuple) and (rate[0] != "constant" or dict(rate[1]).get("warmup")):
        raise RecipeError(
            f"learning_rate={rate[0]!r} is a schedule over all steps, but partial_fit does not know how many "
            "there will be; set a number, and lower it between calls as you see fit."
        )
    if recipe.averaging is not None:
        raise RecipeError(
            f"averaging={recipe.averaging:g} is a share of all steps, but partial_fit does not know how many "
            "there will be; leave it out."
        )
    if rate == "auto":
        recipe = replace(recipe, learning_rate=("constant", ()))
    if passes.settled is not None:
        if recipe.optimizer != passes.settled.optimizer and passes.latest is not None:
            raise RecipeError(
                "The optimiser has changed since the last call, and its memory is of no use to another; call "
                "fit to start afresh."
            )
        open_ = [one.name for one in fields(Recipe) if getattr(recipe, one.name) == "auto"]
        recipe = replace(recipe, **{name: getattr(passes.settled, name) for name in open_})
    done = 0 if passes.latest is None else passes.latest.epoch
    return replace(
        recipe,
        bottleneck=_bottleneck(recipe, passes.settled),
        max_epochs=done + 1,
        patience=None,
        validation_fraction=0.0,
    )


def _bottleneck(recipe: Recipe, settled: Recipe | None) -> Any:
    """Return the bottleneck with the numbers that the first pass has settled."""
    if not isinstance(recipe.bottleneck, tuple):
        return recipe.bottleneck
    name, settings = recipe.bottleneck
    earlier = dict(settled.bottleneck[1]) if settled is not None and settled.code_name == name else {}
    numbers = {**earlier, **{key: value for key, value in settings if value != "auto"}}
    if name == "gaussian":
        numbers["warmup"] = 0.0  # its weight cannot grow over a share of steps whose number is unknown
    return name, tuple(sorted(numbers.items()))
