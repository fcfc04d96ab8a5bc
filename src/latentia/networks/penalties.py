"""Penalties: what a network pays beside its reconstruction error.

Each takes the network and what one pass left behind and returns one number per fit; the weight
it is multiplied with is a setting, so that many weights can train side by side. Penalties on
codes and activations are summed over units and averaged over rows by their weights; with equal
weights, as in Keras.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax.numpy as jnp

if TYPE_CHECKING:
    from collections.abc import Callable

    import jax

    from latentia.networks.network import Network, Pass

    Function = Callable[[Network, Pass, jax.Array], jax.Array]


def _row_mean(values: jax.Array, weight: jax.Array) -> jax.Array:
    """Average over rows by their weights; padding has none."""
    return jnp.sum(values * weight) / jnp.maximum(jnp.sum(weight), 1e-12)


def l1_codes(_network: Network, passed: Pass, weight: jax.Array) -> jax.Array:
    """Sum of absolute codes per row: pushes codes to zero, so that few are active at a time."""
    return _row_mean(jnp.sum(jnp.abs(passed.code), axis=1), weight)


def l2_codes(_network: Network, passed: Pass, weight: jax.Array) -> jax.Array:
    """Sum of squared codes per row: keeps codes small."""
    return _row_mean(jnp.sum(jnp.square(passed.code), axis=1), weight)


def l1_activations(_network: Network, passed: Pass, weight: jax.Array) -> jax.Array:
    """Sum of absolute outputs of every encoder layer per row, the code included."""
    sums = [jnp.sum(jnp.abs(output), axis=1) for output in passed.encoder_outputs]
    return _row_mean(sum(sums[1:], sums[0]), weight)


def l1_weights(network: Network, _passed: Pass, _weight: jax.Array) -> jax.Array:
    """Sum of absolute weights of all layers, biases excepted."""
    return sum((jnp.sum(jnp.abs(kernel)) for kernel in network.kernels), start=jnp.zeros(()))


def l2_weights(network: Network, _passed: Pass, _weight: jax.Array) -> jax.Array:
    """Sum of squared weights of all layers, biases excepted."""
    return sum((jnp.sum(jnp.square(kernel)) for kernel in network.kernels), start=jnp.zeros(()))


@dataclass(frozen=True)
class Penalty:
    """A penalty, the weight it takes when none is given, and whether it acts on the code."""

    function: Function
    default_weight: float
    acts_on_code: bool


PENALTIES: dict[str, Penalty] = {
    "l1_codes": Penalty(l1_codes, 1e-4, acts_on_code=True),
    "l2_codes": Penalty(l2_codes, 1e-4, acts_on_code=True),
    "l1_activations": Penalty(l1_activations, 1e-4, acts_on_code=True),
    "l1_weights": Penalty(l1_weights, 1e-5, acts_on_code=False),
    "l2_weights": Penalty(l2_weights, 1e-4, acts_on_code=False),
}
