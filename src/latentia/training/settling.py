"""What the rows of a fit settle for all of it: scaling, values in place of "auto", axes of the code.

A fit settles this from its training rows. One that takes a pass at a time over rows that come later
settles it once, from the first of them, or its networks would be given other columns at every pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from latentia.errors import InputError
from latentia.networks.architecture import PLAIN, Layout
from latentia.networks.indicators import shares
from latentia.networks.losses import LOSSES
from latentia.tables.column_scalings import kinds_of
from latentia.tables.column_weights import weights_of
from latentia.tables.naming import numbered
from latentia.tables.observed import observed_mean
from latentia.tables.scaled_rows import checked_scale
from latentia.tables.scaling import Scaling
from latentia.tables.spectrum import unexplained_shares
from latentia.training.balance import balanced, loss_of_mean, noise_variance
from latentia.training.finishing import rows_for_axes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.recipe import Recipe
    from latentia.tables.table import Schema


class Side(NamedTuple):
    """The rows on one side of the split, as they are learned from or judged by."""

    scaled: np.ndarray  # (rows, p), nan where a cell is missing
    weight: np.ndarray | None  # (rows,)
    size: np.ndarray | None  # (rows, 1), how much larger than common each row of counts is

    @classmethod
    def of(cls, scaling: Scaling, values: np.ndarray, weight: np.ndarray | None) -> Side:
        """Scale rows in original units."""
        return cls(checked_scale(scaling, values), weight, scaling.sizes(values))

    def counted(self) -> Side:
        """Return the rows that have any weight."""
        if self.weight is None:
            return self
        some = self.weight > 0
        return Side(self.scaled[some], self.weight[some], None if self.size is None else self.size[some])

    def sample(self, most: int) -> Side:
        """Return so many rows, evenly spaced."""
        rows = np.linspace(0, len(self.scaled) - 1, min(len(self.scaled), most)).astype(int)
        weight, size = (None if part is None else part[rows] for part in (self.weight, self.size))
        return Side(self.scaled[rows], weight, size)


@dataclass(frozen=True, kw_only=True, eq=False)
class Settled:
    """What the rows of a fit settle for all of it.

    Parameters
    ----------
    recipe : Recipe
        Every setting, with values in place of "auto".
    variants : tuple of Recipe
        The same of each member, where they have one each.
    scaling : Scaling
    variance : float
        Variance of the scaled columns, on average; noise is measured in its root.
    center : ndarray of shape (p,)
        Mean of the rows in scaled units.
    mean_loss : float
        Loss of predicting that mean.
    axes : ndarray of shape (m, p)
        Scaled rows that the axes of the code are settled by.
    layout : Layout
        Categories among the columns, and the columns in which cells are missing.
    column_weights : ndarray of shape (p,) or None
        What the loss of each column counts; None if all count alike.
    cell_weights : ndarray of shape (p,) or None
        How many cells one of each column counts as, where that is asked for by the setting
        `column_weights`: the indicators of a category share those of one. None if all count as one.
    """

    recipe: Recipe
    variants: tuple[Recipe, ...]
    scaling: Scaling
    variance: float
    center: np.ndarray
    mean_loss: float
    axes: np.ndarray
    layout: Layout = PLAIN
    column_weights: np.ndarray | None = None
    cell_weights: np.ndarray | None = None

    def side(self, values: np.ndarray, weight: np.ndarray | None = None) -> Side:
        """Scale rows to learn from.

        Raises
        ------
        InputError
            When the loss cannot compare with them.
        """
        training = Side.of(self.scaling, values, weight)
        _check_targets(self.recipe.loss_name, training.scaled)
        return training


def settle(
    values: np.ndarray,
    recipe: Recipe,
    *,
    variants: Sequence[Recipe] = (),
    weight: np.ndarray | None = None,
    scaling: Scaling | None = None,
    schema: Schema | None = None,
    n_rows: int | None = None,
    has_gaps: np.ndarray | None = None,
) -> tuple[Settled, Side]:
    """Settle what depends on rows, and return these rows scaled, too.

    Parameters
    ----------
    values : ndarray of shape (n, p)
        The rows to learn from, in original units.
    recipe : Recipe
        Of all members, or the one with the widest code.
    variants : sequence of Recipe
        One for each member, where they differ.
    weight : ndarray of shape (n,) or None
    scaling : Scaling or None
        One that is settled already; None learns it from the rows.
    schema : Schema or None
        What the columns are; None where all hold numbers.
    n_rows : int or None
        How many rows will be learned from, where these are a sample of them.
    has_gaps : ndarray of shape (p,), bool, or None
        The columns in which any of them misses cells; by default those of these rows.

    Raises
    ------
    InputError
        When the rows cannot be scaled, or the loss cannot compare with them.
    """
    blocks, columns = () if schema is None else schema.blocks, schema or numbered(values.shape[1])
    asked = weights_of(None if recipe.column_weights is None else dict(recipe.column_weights), columns)
    if scaling is None:
        kinds = kinds_of(recipe.scaling_kind, columns)
        scaling = Scaling.fit(values, kinds, weight, size_factors=recipe.size_factors)
    training = Side.of(scaling, values, weight)
    counted = training.counted()
    layout = _layout(np.asarray(np.isnan(values).any(axis=0) if has_gaps is None else has_gaps), blocks)
    variance = noise_variance(counted.scaled, blocks)
    follows = any(one.follows_spectrum for one in (recipe, *variants))
    known = {
        "n_rows": n_rows or len(values),
        "n_features": values.shape[1],
        "unexplained": unexplained_shares(counted.scaled).tolist() if follows else None,
        "variance": variance,
        "n_markers": len(layout.markers),
        "missing": float(np.isnan(counted.scaled).mean()),
    }
    recipe = recipe.resolve(**known)
    # After that: settings which contradict each other are the better reason.
    _check_targets(recipe.loss_name, training.scaled)
    alike = [one.with_layers(recipe.hidden_layer_sizes) for one in variants]
    settled = Settled(
        recipe=recipe,
        variants=tuple(one.resolve(**known) for one in alike),
        scaling=scaling,
        variance=variance,
        center=observed_mean(training.scaled, weight),
        mean_loss=loss_of_mean(recipe.loss_name, counted.scaled, counted.size, blocks, asked),
        axes=rows_for_axes(counted.scaled),
        layout=layout,
        column_weights=balanced(counted.scaled, blocks, counted.weight, asked),
        cell_weights=None if asked is None else shares(blocks, values.shape[1]) * asked,
    )
    return settled, training


def _layout(has_gaps: np.ndarray, blocks: tuple[tuple[int, int], ...]) -> Layout:
    """Mark missing cells of all columns that have some; those of a category are marked by having no level."""
    gaps = np.array(has_gaps, bool)
    for first, width in blocks:
        gaps[first : first + width] = False
    return Layout(blocks, tuple(np.flatnonzero(gaps).tolist()))


def check_size(recipe: Recipe, shape: tuple[int, ...]) -> None:
    """Refuse a table that is too small for the components."""
    n_rows, n_features = shape
    k = recipe.n_components
    if k >= n_rows:
        raise InputError(
            f"n_components={k} needs more than {k} rows, but the table has {n_rows} (n_samples={n_rows}); "
            f"choose at most {n_rows - 1}."
        )
    if k > n_features and not recipe.sparse_code:
        raise InputError(
            f"n_components={k} is more than the table's columns (n_features={n_features}), so the network "
            f"could copy every row; choose at most {n_features}, or set penalty='l1_codes' for a wide, "
            "sparse code."
        )


def _check_targets(loss: str, scaled: np.ndarray) -> None:
    """Refuse a table that a loss of probabilities cannot compare with."""
    low, high = LOSSES[loss].low, LOSSES[loss].high
    if np.isinf(low) and np.isinf(high):
        return
    outside = (scaled < low) | (scaled > high)
    if outside.any():
        column = int(outside.any(axis=0).argmax())
        limits = "from 0 to 1" if high == 1.0 else "of at least 0"
        raise InputError(
            f"loss={loss!r} compares numbers {limits}, but column {column + 1} has "
            f"{scaled[outside[:, column], column][0]:.4g} in scaled units; set scaling=None for such a "
            "table, or scaling='minmax', or choose another loss."
        )
