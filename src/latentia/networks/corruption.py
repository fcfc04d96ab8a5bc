"""Chance that acts on rows and units while a network trains, and never afterwards.

Corrupting the input and asking for the clean row back (a denoising autoencoder; Vincent et
al., 2008) keeps a network from copying and smooths what it learns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp

from latentia.networks import chance

if TYPE_CHECKING:
    from collections.abc import Callable

    import jax


def add_gaussian_noise(x: jax.Array, level: jax.Array, key: jax.Array, _present: jax.Array) -> jax.Array:
    """Add normal noise with a standard deviation of `level`, in scaled units, to every cell."""
    return x + level * chance.normal(key, x.shape)


def mask_cells(x: jax.Array, level: jax.Array, key: jax.Array, _present: jax.Array) -> jax.Array:
    """Set each cell to zero with probability `level`: the column's mean under standard scaling."""
    return jnp.where(chance.uniform(key, x.shape) < level, 0.0, x)


def swap_cells(x: jax.Array, level: jax.Array, key: jax.Array, present: jax.Array) -> jax.Array:
    """Replace each cell, with probability `level`, by its column's value in another row of the batch.

    A swapped cell has a value that its column really takes, so this suits columns of any shape.
    The rows that are `present` come first in a batch; padding is never drawn.
    """
    chosen = chance.uniform(chance.fold_in(key, 0), x.shape) < level
    other = jnp.floor(chance.uniform(chance.fold_in(key, 1), x.shape) * jnp.sum(present)).astype(jnp.int32)
    return jnp.where(chosen, jnp.take_along_axis(x, other, axis=0), x)


def drop_units(x: jax.Array, rate: jax.Array, key: jax.Array) -> jax.Array:
    """Silence each unit with probability `rate` and scale the others so that the mean stays.

    Notes
    -----
    "Inverted" dropout (Srivastava et al., 2014): nothing needs rescaling at prediction.
    """
    keep = chance.uniform(key, x.shape) >= rate
    return jnp.where(keep, x / (1.0 - rate), 0.0)


CORRUPTIONS: dict[str, Callable[[jax.Array, jax.Array, jax.Array, jax.Array], jax.Array]] = {
    "gaussian": add_gaussian_noise,
    "masking": mask_cells,
    "swap": swap_cells,
}
