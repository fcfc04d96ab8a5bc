"""A fit that takes one pass at a time over whatever rows come next.

There is no second trainer for it. Every pass is a fit that goes on from a checkpoint, as a fit does
that was interrupted: weights, the optimiser's memory, the count of steps and all chance are where
the pass before has left them. Only that checkpoint is kept in memory, and the rows are new ones.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from latentia.errors import RecipeError
from latentia.training.finishing import rows_for_axes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np

    from latentia.recipe import Recipe
    from latentia.training.checkpoints import Checkpoint
    from latentia.training.settling import Settled

# Schedules that do not ask how long the training will be.
ENDLESS = ("constant", "reduce_on_plateau")
LOSSES_OF_STEPS = "written/steps/"


def endless(recipe: Recipe) -> Recipe:
    """Return a recipe without whatever needs to know how long the training will be.

    "auto" becomes what needs no length: a constant rate, and the full price of a variational code
    from the first step on. Nothing is held out, and nothing ends the training but the user.

    Raises
    ------
    RecipeError
        When a setting that was asked for needs the length.

    Examples
    --------
    >>> from latentia.recipe import Recipe
    >>> endless(Recipe()).learning_rate
    ('constant', ())
    """
    return replace(
        recipe,
        learning_rate=_endless_rate(recipe),
        bottleneck=_endless_bottleneck(recipe.bottleneck),
        optimizer=_endless_optimizer(recipe),
        max_epochs=1,
        validation_fraction=0.0,
        patience=None,
    )


class Passes:
    """Where a fit stands between two passes: a place for checkpoints that keeps the last in memory.

    Parameters
    ----------
    asked : Recipe
        What the user set at the first pass, `endless`.
    settled : Settled
        What the rows of the first pass have settled.
    seed : int
        The root of all chance in all passes.
    warm_started : bool
        Whether the first pass went on from an earlier fit.
    """

    def __init__(self, asked: Recipe, settled: Settled, *, seed: int, warm_started: bool) -> None:
        self.asked, self.settled, self.seed, self.warm_started = asked, settled, seed, warm_started
        self.latest: Checkpoint | None = None

    def next(self, asked: Recipe, values: np.ndarray) -> Settled:
        """Return what the next pass is to be done with; the number of the learning rate may change.

        Raises
        ------
        RecipeError
            When another setting has changed since the first pass.
        """
        _refuse_changes(self.asked, asked)
        if not len(self.settled.axes):
            axes = rows_for_axes(self.settled.side(values).scaled)
            self.settled = replace(self.settled, axes=axes)
        recipe = replace(self.settled.recipe, learning_rate=asked.learning_rate)
        recipe = recipe.resolve(n_rows=int(recipe.batch_size), n_features=values.shape[1])
        epoch = 0 if self.latest is None else self.latest.epoch
        return replace(self.settled, recipe=replace(recipe, max_epochs=epoch + 1))

    @contextmanager
    def opened(self, fingerprint: Callable[[], Mapping[str, Any]]) -> Iterator[Checkpoint | None]:  # noqa: ARG002
        """Go on with other rows: that is the point, so nothing is compared."""
        yield self.latest

    def offer(self, make: Callable[[], Checkpoint], *, last: bool = False) -> None:
        """Keep the end of a pass, without the losses of its steps, of which there is no end."""
        if not last:
            return
        end = make()
        # A pass that was interrupted half-way is as good as not begun: its other rows may never come back.
        if not end.step:
            short = {
                name: array[:0] if name.startswith(LOSSES_OF_STEPS) else array
                for name, array in end.arrays.items()
            }
            self.latest = replace(end, arrays=short)

    def clear(self) -> None:
        """Do nothing: what is in memory goes with the model."""

    def __getstate__(self) -> dict[str, Any]:
        """Leave rows of the table out of pickles; the next pass brings others."""
        return vars(self) | {"settled": replace(self.settled, axes=self.settled.axes[:0])}


def _endless_rate(recipe: Recipe) -> Any:
    rate = recipe.learning_rate
    if rate == "auto":
        own = recipe.to_dict()["optimizer"] == "custom"
        return rate if own else ("constant", ())
    if rate is None:
        return rate
    schedule, settings = rate
    if schedule not in ENDLESS or dict(settings).get("warmup", 0.0) > 0:
        warm = " with a warm-up" if schedule in ENDLESS else ""
        what = f"learning_rate={schedule!r}{warm} is a schedule over all steps"
        raise _needs_length(what, "set a number, and lower it between calls as you see fit")
    return rate


def _endless_bottleneck(bottleneck: Any) -> Any:
    if not (isinstance(bottleneck, tuple) and bottleneck[0] == "gaussian"):
        return bottleneck
    name, settings = bottleneck
    if dict(settings).get("warmup", 0.0) > 0:
        what = f"warmup={dict(settings)['warmup']:g} of bottleneck {name!r} is a share of all steps"
        raise _needs_length(what, "set it to 0")
    return name, tuple(sorted({**dict(settings), "warmup": 0.0}.items()))


def _endless_optimizer(recipe: Recipe) -> Any:
    if recipe.averaging is not None:
        raise _needs_length(f"averaging={recipe.averaging:g} is a share of all steps", "leave it out")
    return recipe.optimizer


def _needs_length(what: str, step: str) -> RecipeError:
    return RecipeError(f"{what}, but partial_fit does not know how many there will be; {step}, or call fit.")


def _refuse_changes(first: Recipe, now: Recipe) -> None:
    """Refuse settings that are not those of the first pass, but for the number of the learning rate."""
    for field in fields(first):
        was, given = getattr(first, field.name), getattr(now, field.name)
        if field.name == "learning_rate" and isinstance(was, tuple) and isinstance(given, tuple):
            was, given = was[0], given[0]
        if was is not given and was != given:
            was, given = first.to_dict()[field.name], now.to_dict()[field.name]
            raise RecipeError(
                f"{field.name}={given!r} cannot take the place of {was!r}, which the first partial_fit has "
                "settled; set it back, or call fit to start afresh."
            )
