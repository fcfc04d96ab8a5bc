"""Where a fit runs. An engine has one method, `fit`, with the signature of ``training.fit.fit``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from latentia.engines.devices import refuse_absent_devices
from latentia.engines.local import LocalEngine
from latentia.errors import RecipeError

if TYPE_CHECKING:
    import numpy as np

    from latentia.recipe import Recipe
    from latentia.tables.table_on_disk import TableOnDisk
    from latentia.training.fit import Task
    from latentia.training.trained import Trained


@runtime_checkable
class Engine(Protocol):
    """Anything that can fit a recipe to values."""

    def fit(self, values: np.ndarray | TableOnDisk, recipe: Recipe, task: Task) -> Trained:
        """Fit and return the trained model."""
        ...


ENGINES = {"local": LocalEngine}


def engine_named(engine: str | Engine) -> Engine:
    """Return the engine of a name; an engine object is returned as it is.

    Raises
    ------
    RecipeError
        When it is neither, or a device is asked for that is not there.

    Examples
    --------
    >>> type(engine_named("local")).__name__
    'LocalEngine'
    """
    if isinstance(engine, str) and engine in ENGINES:
        refuse_absent_devices()
        return ENGINES[engine]()
    if isinstance(engine, Engine) and not isinstance(engine, type):
        return engine
    raise RecipeError(
        f"engine={engine!r} is not known; choose one of {', '.join(map(repr, ENGINES))}, or pass an object "
        "with a method fit(values, recipe, task)."
    )
