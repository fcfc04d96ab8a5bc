"""Penalties: what a network pays beside its reconstruction error.

Each takes the network and what one pass left behind and returns one number per fit; the weight
it is multiplied with is a setting, so that many weights can train side by side. Penalties on
codes and activations are summed over units and averaged over rows by their weights; with equal
weights, as in Keras.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp

from latentia.networks import chance

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentia.networks.network import Network, Pass

    Function = Callable[..., jax.Array]

# The share of rows in which a unit should be active, under a sparsity penalty.
SPARSITY = 0.05


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


def kl_sparsity(_network: Network, passed: Pass, weight: jax.Array) -> jax.Array:
    """Divergence of a coin with a share of 0.05 from each unit's mean code, summed over units.

    For codes between 0 and 1. It keeps every unit silent in most rows and none in all.

    References
    ----------
    Ng (2011). Sparse autoencoder. CS294A lecture notes, Stanford.
    """
    mean = jax.vmap(_row_mean, in_axes=(1, None))(passed.code, weight)
    mean = jnp.clip(mean, 1e-6, 1.0 - 1e-6)
    rare = SPARSITY * jnp.log(SPARSITY / mean) + (1.0 - SPARSITY) * jnp.log((1.0 - SPARSITY) / (1.0 - mean))
    return jnp.sum(rare)


def contractive(network: Network, passed: Pass, weight: jax.Array) -> jax.Array:
    """Squared slopes of all codes with respect to all columns, summed: codes that move little with a row.

    The slopes are exact for any encoder: one product with the transposed Jacobian per component.

    References
    ----------
    Rifai et al. (2011). Contractive auto-encoders. ICML.
    """
    code, pull = jax.vjp(network.encode, passed.inputs)
    towards = jnp.eye(code.shape[1])
    slopes = jax.vmap(lambda unit: pull(jnp.broadcast_to(unit, code.shape))[0])(towards)  # (k, rows, p)
    return _row_mean(jnp.sum(jnp.square(slopes), axis=(0, 2)), weight)


def contractive_sampled(network: Network, passed: Pass, weight: jax.Array, key: jax.Array) -> jax.Array:
    """Contractive penalty along one random direction of the code per row: on average the same.

    One product with the transposed Jacobian instead of one per component, for codes of many.

    References
    ----------
    Hutchinson (1990). A stochastic estimator of the trace of the influence matrix.
    """
    code, pull = jax.vjp(network.encode, passed.inputs)
    signs = jnp.where(chance.uniform(key, code.shape) < 0.5, -1.0, 1.0)  # noqa: PLR2004 - a fair coin
    return _row_mean(jnp.sum(jnp.square(pull(signs)[0]), axis=1), weight)


@dataclass(frozen=True)
class Penalty:
    """A penalty, the weight it takes when none is given, whether it acts on the code and draws."""

    function: Function
    default_weight: float
    acts_on_code: bool
    draws: bool = False

    def of(self, network: Network, passed: Pass, weight: jax.Array, key: jax.Array | None) -> jax.Array:
        """Return what a pass costs, rows counting by their weight; chance comes from the key."""
        return self.function(network, passed, weight, *((key,) if self.draws else ()))


PENALTIES: dict[str, Penalty] = {
    "l1_codes": Penalty(l1_codes, 1e-4, acts_on_code=True),
    "l2_codes": Penalty(l2_codes, 1e-4, acts_on_code=True),
    "l1_activations": Penalty(l1_activations, 1e-4, acts_on_code=True),
    "l1_weights": Penalty(l1_weights, 1e-5, acts_on_code=False),
    "l2_weights": Penalty(l2_weights, 1e-4, acts_on_code=False),
    "kl_sparsity": Penalty(kl_sparsity, 1e-3, acts_on_code=True),
    "contractive": Penalty(contractive, 1e-2, acts_on_code=True),
    "contractive_sampled": Penalty(contractive_sampled, 1e-2, acts_on_code=True, draws=True),
}
