"""Several settings at once: every point of a grid, from several starts, trained in one program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack, cast

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid

from latentia.engines import engine_named
from latentia.errors import RecipeError
from latentia.insight.baselines import pca_baseline
from latentia.insight.bounding import bounded
from latentia.insight.fit_diagnosis import network_quality
from latentia.request import checked_seed, recipe_of
from latentia.settings import nearest
from latentia.tables.containers import container_of
from latentia.tables.estimator_rows import first_rows
from latentia.tables.learning_rows import learning_rows
from latentia.training.endings import Ending
from latentia.training.finishing import divided
from latentia.training.fit import Task
from latentia.training.shrinking import ready_to_fill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray
    from sklearn.base import BaseEstimator

    from latentia.autoencoder import Autoencoder
    from latentia.tables.row_options import RowOptions
    from latentia.training.progress import Progress
    from latentia.training.trained import Trained

# What belongs to the whole grid and not to one of its points.
COMMON = ("n_seeds", "random_state", "engine", "verbose", "warm_start", "validation_fraction")


@dataclass(frozen=True, eq=False, repr=False)
class GridFit:
    """Models of all points of a grid, judged on the same held-out rows.

    Made by `Autoencoder.fit_grid`.

    Parameters
    ----------
    settings : tuple of dict
        The settings of each point.
    models : tuple of Autoencoder
        Fitted with them, one for each point.
    losses : ndarray of shape (points, n_seeds)
        Held-out loss of every network at its best epoch; nan where it diverged.
    r2 : ndarray of shape (points, n_seeds)
        Held-out R² of every network, all columns together, in scaled units.
    r2_pca : ndarray of shape (points,)
        Held-out R² of PCA with as many components.
    """

    settings: tuple[dict[str, Any], ...]
    models: tuple[Autoencoder, ...]
    losses: NDArray[np.float64]
    r2: NDArray[np.float64]
    r2_pca: NDArray[np.float64]

    @property
    def best(self) -> int:
        """The point with the lowest held-out loss, on average over its starts."""
        means = self.losses.mean(axis=1)
        return int(np.where(np.isfinite(means), means, np.inf).argmin())

    @property
    def best_model(self) -> Autoencoder:
        """The fitted model of the best point."""
        return self.models[self.best]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row for each point, for a dataframe: its settings, and mean and spread of what it reached."""
        several = self.losses.shape[1] > 1
        return [
            {
                **point,
                "loss": float(self.losses[at].mean()),
                "loss_std": float(self.losses[at].std(ddof=1)) if several else float("nan"),
                "r2": float(self.r2[at].mean()),
                "r2_std": float(self.r2[at].std(ddof=1)) if several else float("nan"),
                "r2_pca": float(self.r2_pca[at]),
            }
            for at, point in enumerate(self.settings)
        ]

    def __repr__(self) -> str:
        """Return the size of the grid and its best point."""
        points, starts = self.losses.shape
        return f"GridFit({points} points, {starts} starts each; best: {self.settings[self.best]})"


def fit_grid(
    estimator: BaseEstimator,
    X: ArrayLike,
    grid: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Sequence[Any]]],
    *,
    progress: Progress | None = None,
    **rows: Unpack[RowOptions],
) -> GridFit:
    """Fit every point of a grid of settings side by side, in one compiled program.

    All networks see the same batches and are judged on the same held-out rows; those of one start
    begin with the same weights, so that points differ in nothing but their settings. Each model is
    what `fit` would give with its settings, up to the rounding of single precision; only where
    the points differ in `n_components` their initial weights are others.

    The settings of the points may differ in numbers: `n_components`, `learning_rate` (or the
    numbers of a schedule), `penalty`, `corruption`, `dropout`, `patience`, and `weight_decay` and
    `clip` of an optimiser. This estimator itself is not fitted.

    Parameters
    ----------
    X : array-like or dataframe of shape (n_samples, n_features)
        The table to train on.
    grid : dict of str to list, or list of such dicts
        As scikit-learn's `GridSearchCV` takes it.
    progress : Progress, optional
        Told how training goes; by default nobody, or lines on the screen if `verbose`.
    **rows : sample_weight, groups or validation, optional
        As in `fit`.

    Returns
    -------
    GridFit

    Raises
    ------
    RecipeError
        When points differ in more than numbers, or there are no held-out rows to judge by.
    InputError
        When the table cannot be trained on.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from latentia import Autoencoder
    >>> ae = Autoencoder(max_epochs=60, n_seeds=2, random_state=0)
    >>> fitted = ae.fit_grid(load_wine().data, {"n_components": [1, 2, 3], "learning_rate": [3e-4, 3e-3]})
    >>> fitted.settings[fitted.best]
    {'learning_rate': 0.003, 'n_components': 3}
    >>> fitted.best_model.transform(load_wine().data).shape
    (178, 3)
    """
    from latentia.views.progress import telling

    points = _points(grid, estimator.get_params(deep=False))
    blank: list[Any] = [cast("Any", clone(estimator)).set_params(**point) for point in points]
    recipes, n_seeds = [recipe_of(model) for model in blank], recipe_of(estimator).n_seeds
    if not recipe_of(estimator).validation_fraction and rows.get("validation") is None:
        raise RecipeError(
            "validation_fraction=0 leaves no rows to judge the points of a grid by; hold some out, or pass "
            "validation rows."
        )
    seed = checked_seed(estimator.get_params(deep=False)["random_state"])
    known = learning_rows(blank[0], X, rows, recipes[0], seed=seed)
    with telling(progress, verbose=estimator.get_params(deep=False)["verbose"]) as told:
        told.stage("Training", f"{len(points) * n_seeds} networks side by side")
        task = Task(
            seed=seed,
            variants=[recipe for recipe in recipes for _ in range(n_seeds)],
            identities=[*range(n_seeds)] * len(points),
            progress=told,
            **known.told(),
        )
        engine = engine_named(estimator.get_params(deep=False)["engine"])
        trained = engine.fit(known.values, recipes[0], task)
    parts = divided(trained, known.values, n_seeds)
    models = tuple(_model(model, part, X, known.values) for model, part in zip(blank, parts, strict=True))
    return GridFit(
        settings=tuple(points),
        models=models,
        losses=np.stack([_losses(part) for part in parts]),
        r2=np.stack([_r2(part, known.values) for part in parts]),
        r2_pca=_r2_of_pca(parts, known.values),
    )


def _points(grid: Any, known: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the settings of every point."""
    try:
        points = list(ParameterGrid(grid))
    except (TypeError, ValueError) as error:
        raise RecipeError(
            f"The grid cannot be read ({error}); give lists of values by setting, such as "
            "{'n_components': [1, 2, 3]}."
        ) from None
    for name in {name: None for point in points for name in point}:
        if name not in known:
            raise RecipeError(f"{name!r} is not a setting{nearest(name, known)}")
        if name in COMMON:
            raise RecipeError(
                f"{name!r} belongs to the whole grid, not to one of its points; set it on the estimator."
            )
    return points


def _model(model: Any, trained: Trained, X: ArrayLike, values: np.ndarray) -> Any:
    """Return an estimator as if it had been fitted by itself."""
    first_rows(model, X)  # remembers number and names of the columns
    model.trained_ = bounded(ready_to_fill(trained, values), values)
    model._table = values  # noqa: SLF001 - the other half of the estimator
    model._container = container_of(X)  # noqa: SLF001
    model._store()  # noqa: SLF001
    return model


def _losses(trained: Trained) -> np.ndarray:
    diverged = [ending is Ending.DIVERGED for ending in trained.outcome.endings]
    return np.where(diverged, np.nan, trained.outcome.best_val_loss())


def _r2(trained: Trained, values: np.ndarray) -> np.ndarray:
    judged = trained.scale(values[trained.split.held_out])
    networks = [trained.outcome.network(member) for member in range(trained.outcome.members)]
    return np.array([network_quality(one, judged, trained.center, "held-out").r2 for one in networks])


def _r2_of_pca(parts: Sequence[Trained], values: np.ndarray) -> np.ndarray:
    split = parts[0].split
    learned, judged = (parts[0].scale(values[rows]) for rows in (split.training, split.held_out))
    sizes = {part.recipe.n_components for part in parts}
    r2 = {size: pca_baseline(learned, judged, judged[:0], size).held_out.r2 for size in sizes}
    return np.array([r2[part.recipe.n_components] for part in parts])
