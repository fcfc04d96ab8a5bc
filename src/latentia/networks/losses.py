"""Reconstruction losses, cell by cell.

A loss compares one cell with its reconstruction. How cells are averaged is the business of the
training step, where row weights and missing cells are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp

if TYPE_CHECKING:
    from collections.abc import Callable

    import jax


def squared_error(target: jax.Array, reconstruction: jax.Array) -> jax.Array:
    """Squared difference: the loss that PCA minimises."""
    return jnp.square(reconstruction - target)


def absolute_error(target: jax.Array, reconstruction: jax.Array) -> jax.Array:
    """Absolute difference: outlying cells count in proportion, not by their square."""
    return jnp.abs(reconstruction - target)


def huber_loss(target: jax.Array, reconstruction: jax.Array) -> jax.Array:
    """Half the squared error up to 1, then linear (Huber, 1964), in scaled units."""
    distance = jnp.abs(reconstruction - target)
    return jnp.where(distance <= 1.0, 0.5 * jnp.square(distance), distance - 0.5)


LOSSES: dict[str, Callable[[jax.Array, jax.Array], jax.Array]] = {
    "mse": squared_error,
    "mae": absolute_error,
    "huber": huber_loss,
}
