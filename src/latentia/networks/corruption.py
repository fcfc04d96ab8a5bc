"""Chance that acts on rows and units while a network trains, and never afterwards.

Corrupting the input and asking for the clean row back (a denoising autoencoder; Vincent et
al., 2008) keeps a network from copying and smooths what it learns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import jax.numpy as jnp

from latentia.networks import chance

if TYPE_CHECKING:
    from collections.abc import Callable

    import jax
    import numpy as np


class Place(NamedTuple):
    """Where a corruption acts: which rows are real, and how columns belong together."""

    present: jax.Array  # (rows,), 1 for real rows, which come first, and 0 for padding
    owner: np.ndarray | None = None  # (q,), the table's column that each belongs to; None if all differ
    hidden: float = 0.0  # what stands for a cell that is hidden: nan where cells may be missing


def add_gaussian_noise(x: jax.Array, level: jax.Array, key: jax.Array, _place: Place) -> jax.Array:
    """Add normal noise with a standard deviation of `level`, in scaled units, to every cell."""
    return x + level * chance.normal(key, x.shape)


def mask_cells(x: jax.Array, level: jax.Array, key: jax.Array, place: Place) -> jax.Array:
    """Hide each cell with probability `level`.

    In a table without gaps it becomes 0, the column's mean under standard scaling; in one with gaps
    it goes missing like others.
    """
    return jnp.where(_per_cell(key, x, place) < level, place.hidden, x)


def swap_cells(x: jax.Array, level: jax.Array, key: jax.Array, place: Place) -> jax.Array:
    """Replace each cell, with probability `level`, by its column's value in another row of the batch.

    A swapped cell has a value that its column really takes, so this suits columns of any shape.
    Padding is never drawn.
    """
    chosen = _per_cell(chance.fold_in(key, 0), x, place) < level
    other = jnp.floor(_per_cell(chance.fold_in(key, 1), x, place) * jnp.sum(place.present)).astype(jnp.int32)
    return jnp.where(chosen, jnp.take_along_axis(x, other, axis=0), x)


def _per_cell(key: jax.Array, x: jax.Array, place: Place) -> jax.Array:
    """Draw a number from 0 to 1 for every cell; the indicators of a category share theirs."""
    if place.owner is None:
        return chance.uniform(key, x.shape)
    return chance.uniform(key, (len(x), int(place.owner[-1]) + 1))[:, place.owner]


def drop_units(x: jax.Array, rate: jax.Array, key: jax.Array) -> jax.Array:
    """Silence each unit with probability `rate` and scale the others so that the mean stays.

    Notes
    -----
    "Inverted" dropout (Srivastava et al., 2014): nothing needs rescaling at prediction.
    """
    keep = chance.uniform(key, x.shape) >= rate
    return jnp.where(keep, x / (1.0 - rate), 0.0)


CORRUPTIONS: dict[str, Callable[[jax.Array, jax.Array, jax.Array, Place], jax.Array]] = {
    "gaussian": add_gaussian_noise,
    "masking": mask_cells,
    "swap": swap_cells,
}
