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


def add_gaussian_noise(x: jax.Array, level: jax.Array, key: jax.Array) -> jax.Array:
    """Add normal noise with a standard deviation of `level`, in scaled units, to every cell."""
    return x + level * chance.normal(key, x.shape)


def drop_units(x: jax.Array, rate: jax.Array, key: jax.Array) -> jax.Array:
    """Silence each unit with probability `rate` and scale the others so that the mean stays.

    Notes
    -----
    "Inverted" dropout (Srivastava et al., 2014): nothing needs rescaling at prediction.
    """
    keep = chance.uniform(key, x.shape) >= rate
    return jnp.where(keep, x / (1.0 - rate), 0.0)


CORRUPTIONS: dict[str, Callable[[jax.Array, jax.Array, jax.Array], jax.Array]] = {
    "gaussian": add_gaussian_noise,
}
