"""Which learning rate suits a table: found by letting it grow while networks take a few steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.engines import engine_named
from latentia.insight.rate_trials import HIGHEST, LOWEST, NETWORKS, sweep_rates
from latentia.request import checked_seed, recipe_of
from latentia.tables.learning_rows import learning_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import ArrayLike, NDArray
    from sklearn.base import BaseEstimator

    from latentia.insight.rate_sweep import RateSweep
    from latentia.recipe import Recipe
    from latentia.training.progress import Progress


@dataclass(frozen=True, eq=False, repr=False)
class LearningRateSweep:
    """The losses of a learning-rate sweep and the rate that they suggest.

    Made by `Autoencoder.find_learning_rate`.

    Parameters
    ----------
    sweep : RateSweep
        The figures as they were measured and read.
    setting : float, dict or None
        What to set `learning_rate` to: the suggestion, or the schedule it is meant for with the
        suggestion as its rate; None where there is no suggestion.
    """

    sweep: RateSweep
    setting: float | dict[str, Any] | None

    @property
    def rates(self) -> NDArray[np.float64]:
        """Learning rate of each step, ascending; shape (steps,)."""
        return self.sweep.rates

    @property
    def losses(self) -> NDArray[np.float64]:
        """Loss after each step, (steps, networks); nan after a network diverged.

        Measured on the same sample of training rows every time, without noise.
        """
        return self.sweep.losses

    @property
    def smoothed(self) -> NDArray[np.float64]:
        """Smoothed losses as they were read, (steps, networks); nan from where they had blown up."""
        return self.sweep.smoothed

    @property
    def suggestion(self) -> float | None:
        """Where the loss falls fastest, well before it is lowest; None where it never fell."""
        return self.sweep.suggestion

    @property
    def reason(self) -> str:
        """One sentence about the suggestion, or about why there is none."""
        return self.sweep.reason

    def plot(self, ax: Axes | None = None) -> Figure | SubFigure:
        """Draw the losses over the rate, with the suggestion marked.

        Parameters
        ----------
        ax : matplotlib axes, optional
            Where to draw; without it a figure is made.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from latentia.views.figures.learning_rate import plot_rates

        return plot_rates(self.sweep, ax=ax)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values that JSON can hold; None stands for no number."""
        return {
            "suggestion": self.suggestion,
            "setting": self.setting,
            "reason": self.reason,
            "lowest": self.sweep.lowest,
            "rates": self.rates.tolist(),
            "losses": _plain(self.losses),
            "smoothed": _plain(self.smoothed),
        }

    def __repr__(self) -> str:
        """Return the suggestion and the reason."""
        return f"LearningRateSweep(suggestion={self.suggestion}, reason={self.reason!r})"


def find_learning_rate(
    estimator: BaseEstimator,
    X: ArrayLike,
    *,
    lowest: float = LOWEST,
    highest: float = HIGHEST,
    n_steps: int | str = "auto",
    n_networks: int = NETWORKS,
    progress: Progress | None = None,
) -> LearningRateSweep:
    """Find a learning rate for a table: let it grow step by step, and see where the loss falls fastest.

    Several networks with the settings of this estimator take the same steps from different
    starts, in one compiled program. Nothing is fitted. The suggestion is for the schedule that
    is set: the peak of a schedule, or a constant rate where `learning_rate` is a number or
    "auto". ("auto" itself never looks at the table: it is tabulated by optimiser and width.)
    With an optimiser of your own it is a factor to that optimiser's rate.

    Parameters
    ----------
    X : array-like or dataframe of shape (n_samples, n_features)
        The table to train on later.
    lowest, highest : float, default=1e-6 and 10
        Learning rates of the first and of the last step.
    n_steps : int or "auto", default="auto"
        Steps of the sweep. More steps make for a lower suggestion; "auto" takes a thirtieth of
        the steps of the fit to come, from 50 to 400, because longer fits are served by smaller rates.
    n_networks : int, default=8
        Networks side by side.
    progress : Progress, optional
        Told how it goes; by default nobody, or lines on the screen if `verbose`.

    Returns
    -------
    LearningRateSweep

    Raises
    ------
    RecipeError
        When a setting cannot be what it is.
    InputError
        When the table cannot be trained on.

    References
    ----------
    .. [1] Smith (2017). Cyclical learning rates for training neural networks. WACV.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from latentia import Autoencoder
    >>> sweep = Autoencoder(n_components=3, random_state=0).find_learning_rate(load_wine().data)
    >>> 1e-3 < sweep.suggestion < 2e-2
    True
    >>> ae = Autoencoder(n_components=3, learning_rate=sweep.setting)
    """
    from latentia.views.progress import telling

    settings, recipe = estimator.get_params(deep=False), recipe_of(estimator)
    # The rows are checked as a fit would, but by a copy: this estimator is not fitted by it.
    seed = checked_seed(settings["random_state"])
    known = learning_rows(type(estimator)(), X, {}, recipe, seed=seed)
    with telling(progress, verbose=settings["verbose"]) as told:
        told.stage("Sweeping", f"learning rates from {lowest:g} to {highest:g}")
        sweep = sweep_rates(
            known.values,
            recipe,
            engine_named(settings["engine"]),
            seed=seed,
            schema=known.schema,
            lowest=lowest,
            highest=highest,
            n_steps=n_steps,
            n_networks=n_networks,
        )
    return LearningRateSweep(sweep, _setting(recipe, sweep.suggestion))


def _setting(recipe: Recipe, suggestion: float | None) -> float | dict[str, Any] | None:
    """Put a suggestion into the schedule that it is meant for."""
    if suggestion is None or not isinstance(recipe.learning_rate, tuple):
        return suggestion
    schedule, settings = recipe.learning_rate
    others = {name: value for name, value in settings if name != "rate"}
    if schedule == "constant" and not others:
        return suggestion
    return {"schedule": schedule, **others, "rate": suggestion}


def _plain(values: NDArray[np.float64]) -> list[list[float | None]]:
    return [[value if np.isfinite(value) else None for value in row] for row in values.tolist()]
