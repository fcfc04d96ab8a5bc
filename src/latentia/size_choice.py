"""How many hidden variables a table needs: an answer of its own, with its evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.engines import engine_named
from latentia.errors import InputError, RecipeError
from latentia.insight.size_trials import compare_sizes
from latentia.request import AUTO, Request, checked_recipe
from latentia.split_table import read_and_hold_out
from latentia.tables.reading import Reading
from latentia.views.progress import telling
from latentia.views.report.summary import plain
from latentia.views.writing import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from latentia.insight.results import ComparedSizes, IntrinsicDimension
    from latentia.training.progress import Progress

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class SizeChoice:
    """How well networks of every size do on held-out rows, and the size to choose.

    Made by `choose_n_components`.

    Parameters
    ----------
    compared : ComparedSizes
        The figures as they were measured and read.
    notes : tuple of str
        What the reader of the table decided on its own, one sentence each.
    """

    compared: ComparedSizes
    notes: tuple[str, ...] = ()

    @property
    def n_components(self) -> int:
        """The chosen number of hidden variables."""
        return self.compared.sweep.chosen

    @property
    def reason(self) -> str:
        """Why this number, in a sentence; also that the columns may have nothing in common."""
        return self.compared.sweep.reason

    @property
    def sizes(self) -> tuple[int, ...]:
        """The numbers of components that were compared, ascending."""
        return self.compared.sweep.sizes

    @property
    def r2(self) -> Array:
        """Held-out R² of every network, (sizes, seeds), in scaled units; nan where it diverged."""
        return self.compared.sweep.r2

    @property
    def r2_mean(self) -> Array:
        """Mean of it over the seeds, (sizes,); nan where all diverged."""
        n_left = self._n_left
        total = np.where(np.isfinite(self.r2), self.r2, 0.0).sum(axis=1)
        return np.where(n_left > 0, total / np.maximum(n_left, 1), np.nan)

    @property
    def r2_error(self) -> Array:
        """Standard error of the mean over the seeds, (sizes,); nan with fewer than two."""
        n_left = self._n_left
        squares = np.square(np.where(np.isfinite(self.r2), self.r2 - self.r2_mean[:, None], 0.0)).sum(axis=1)
        variance = squares / np.maximum(n_left - 1, 1)
        return np.where(n_left > 1, np.sqrt(variance / np.maximum(n_left, 1)), np.nan)

    @property
    def r2_pca(self) -> Array:
        """Held-out R² of PCA with as many components, (sizes,)."""
        return self.compared.sweep.r2_pca

    @property
    def stability(self) -> Array:
        """How well factors come back under other seeds, (sizes,): the mean of their matched correlations."""
        return self.compared.stability

    @property
    def shared_space(self) -> Array:
        """How well codes follow from those of another seed, whatever their axes, (sizes,): adjusted R²."""
        return self.compared.shared_space

    @property
    def dimension(self) -> IntrinsicDimension:
        """How many dimensions the rows fill locally: estimate, low, high, n_rows, and a sentence."""
        return self.compared.dimension

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row for each size, for a dataframe."""
        columns = {
            "n_components": np.array(self.sizes),
            "r2": self.r2_mean,
            "r2_error": self.r2_error,
            "r2_pca": self.r2_pca,
            "stability": self.stability,
            "shared_space": self.shared_space,
        }
        lines = zip(*(column.tolist() for column in columns.values()), strict=True)
        return [dict(zip(columns, line, strict=True)) for line in lines]

    def plot(self, ax: Axes | None = None) -> Figure | SubFigure:
        """Draw R² over the number of components, with the chosen one marked.

        Parameters
        ----------
        ax : matplotlib axes, optional
            Where to draw; without it a figure is made.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from latentia.views.figures.sizes import plot_sizes

        return plot_sizes(self.compared.sweep, judged="held-out", ax=ax)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values that JSON can hold; None stands for no number."""
        return plain(
            {
                "n_components": self.n_components,
                "reason": self.reason,
                "sizes": self.rows,
                "r2_by_seed": self.r2,
                "intrinsic_dimension": self.dimension,
                "n_rows": self.compared.rows,
                "max_epochs": self.compared.max_epochs,
                "notes": self.notes,
            }
        )

    def __repr__(self) -> str:
        """Return the chosen size, the sizes it was chosen from, and the reason."""
        seeds = counted(self.r2.shape[1], "seed")
        return (
            f"SizeChoice({self.n_components} of {list(self.sizes)}, {seeds} each; reason={self.reason!r}, "
            f"intrinsic dimension={self.dimension.estimate:.1f})"
        )

    @property
    def _n_left(self) -> NDArray[np.int64]:
        return np.isfinite(self.r2).sum(axis=1)


def choose_n_components(
    data: Any,
    *,
    sizes: Sequence[int] | None = None,
    n_seeds: int = 4,
    random_state: int = 0,
    label: str | None = None,
    drop: Sequence[str] = (),
    types: Mapping[str, str] | None = None,
    sample: int | str = AUTO,
    verbose: bool = False,
    progress: Progress | None = None,
    **settings: Any,
) -> SizeChoice:
    """Say how many hidden variables a table needs, and why.

    A fifth of the rows is held out and chooses nothing but the size. The rest trains autoencoders
    of all sizes from several seeds, side by side in one program; of these rows some are validation
    rows, which choose the epochs. Chosen is the smallest size that is within one standard error
    (over the seeds) of the best, or that no larger size beats by more than its added components
    are worth.

    Since they choose the size, the held-out rows flatter the chosen one a little; `analyze` with
    this size does not measure it anew, if it has the same `random_state`.

    Parameters
    ----------
    data : str, path, dataframe, array or sparse array
        As in `analyze`; at least six rows.
    sizes : sequence of int, optional
        Numbers of components to compare; up to ten are found for the table when None.
    n_seeds : int, default 4
        Networks of each size; with one there is no standard error and no stability.
    random_state : int, default 0
        The only source of chance.
    label, drop, types, sample, verbose, progress
        As in `analyze`.
    **settings
        As in `analyze`: any other setting of `Autoencoder`, and how a file is to be read.

    Returns
    -------
    SizeChoice

    Raises
    ------
    InputError, RecipeError
        When the table or a setting cannot be used, or the networks of all sizes diverged.

    Notes
    -----
    Unless `max_epochs` is set, networks of a large table are trained for fewer epochs than a fit
    would, on some of its rows. After Ctrl-C nothing can be chosen, and KeyboardInterrupt is raised.

    Examples
    --------
    >>> import latentia
    >>> choice = latentia.choose_n_components("iris", sizes=[1, 2, 3], n_seeds=2, max_epochs=60)
    >>> choice.sizes, choice.r2.shape
    ((1, 2, 3), (3, 2))
    >>> sorted(choice.rows[0])
    ['n_components', 'r2', 'r2_error', 'r2_pca', 'shared_space', 'stability']
    """
    if "n_components" in settings:
        raise RecipeError(
            f"n_components={settings['n_components']!r} is what is looked for; pass numbers to compare as "
            "sizes."
        )
    reading, settings = Reading.taken_from(settings)
    request = Request.of(
        data,
        reading=reading,
        label=label,
        drop=drop,
        types=types,
        sample=sample,
        n_seeds=n_seeds,
        random_state=random_state,
        settings=settings,
    )
    asked = None if sizes is None else _whole_sizes(sizes)
    recipe = checked_recipe({**request.settings, "n_components": 1, "n_seeds": request.n_seeds})
    with telling(progress, verbose=verbose) as told:
        told.stage("Reading", request.data or "")
        known = read_and_hold_out(data, request, counts=recipe.of_counts)
        if asked is not None:
            _check_fit(asked, known.table.n_columns)
        told.stage(
            "Comparing sizes", f"{counted(known.read.n_rows, 'row')} of {known.read.n_columns} columns"
        )
        compared = compare_sizes(
            known.table.values[known.split.training],
            known.table.values[known.split.held_out],
            recipe,
            engine_named(request.settings.get("engine", "local")),
            sizes=asked,
            seed=request.random_state,
            schema=known.schema,
            progress=told,
        )
    if compared is None:
        raise InputError(
            "The networks of all sizes diverged, so no number of components can be recommended; lower "
            "learning_rate."
        )
    return SizeChoice(compared, known.read.source.notes)


def _whole_sizes(sizes: Any) -> list[int]:
    """Return the sizes in order, each once."""
    if isinstance(sizes, str) or not isinstance(sizes, Iterable):
        raise RecipeError(f"sizes={sizes!r} must be a list of whole numbers, such as [1, 2, 3, 5].")
    found = list(sizes)
    for size in found:
        if not isinstance(size, Integral) or isinstance(size, bool) or size < 1:
            raise RecipeError(f"sizes holds {size!r}, but a size must be a whole number of at least 1.")
    if not found:
        raise RecipeError("sizes is empty; pass the numbers to compare, such as [1, 2, 3, 5].")
    return sorted({int(size) for size in found})


def _check_fit(sizes: Sequence[int], n_columns: int) -> None:
    if sizes[-1] > n_columns:
        raise InputError(
            f"sizes holds {sizes[-1]}, more than the {counted(n_columns, 'column')} that a network sees; "
            f"compare numbers up to {n_columns}."
        )
