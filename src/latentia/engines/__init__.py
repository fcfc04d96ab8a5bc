"""Where a fit runs. An engine has one method, `fit`, with the signature of ``training.fit.fit``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from latentia.engines.local import LocalEngine

if TYPE_CHECKING:
    import numpy as np

    from latentia.recipe import Recipe
    from latentia.training.fit import Task
    from latentia.training.trained import Trained


class Engine(Protocol):
    """Anything that can fit a recipe to values."""

    def fit(self, values: np.ndarray, recipe: Recipe, task: Task) -> Trained:
        """Fit and return the trained model."""
        ...


ENGINES = {"local": LocalEngine}


def engine_named(engine: str | Engine) -> Engine:
    """Return the engine of a name; an engine object is returned as it is."""
    return ENGINES[engine]() if isinstance(engine, str) else engine
