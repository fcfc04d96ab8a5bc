"""All weights of a small network as one vector, while it trains.

A small network is a dozen tiny arrays, and a compiled step would spend its time starting a
kernel for each of them, and the compiler its time on making them. As one vector they are updated,
compared and kept by one kernel each. Large networks stay as they are: there, copying would cost
more than starting kernels.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from latentia.networks.network import Dense, Network, tied

if TYPE_CHECKING:
    from latentia.networks.architecture import Architecture
    from latentia.training.plan import Plan

MOST_PACKED = 1 << 17


def is_packed(plan: Plan) -> bool:
    """Whether a plan's weights are kept as a vector: small, and its optimiser works by element."""
    # An optimiser of the user's own is a tuple too, and may look at whole matrices.
    by_element = isinstance(plan.optimizer, tuple) and isinstance(plan.optimizer[0], str)
    by_element = by_element and plan.optimizer[0] != "muon"
    return by_element and plan.architecture.n_parameters <= MOST_PACKED


def pack(plan: Plan, network: Network) -> Any:
    """Return a network's weights as they are trained: one vector, or trees of arrays.

    Weights that two layers share are there once. Works on any leading axes that all weights have.
    """
    weights = (network.encoder, tuple(layer.bias for layer in network.decoder), network.log_dispersion)
    weights = weights if plan.architecture.tied else network
    if not is_packed(plan):
        return weights
    xp = np if isinstance(network.encoder[0].weight, np.ndarray) else jnp
    lead = network.encoder[0].bias.shape[:-1]
    return xp.concatenate([leaf.reshape(*lead, -1) for leaf in jax.tree.leaves(weights)], axis=-1)


def unpack(plan: Plan, weights: Any) -> Network:
    """Return the network that `pack` made weights of."""
    if is_packed(plan):
        lead, leaves, begin = weights.shape[:-1], [], 0
        for leaf in jax.tree.leaves(_template(plan.architecture)):
            end = begin + leaf.size
            leaves.append(weights[..., begin:end].reshape(*lead, *leaf.shape))
            begin = end
        weights = jax.tree.unflatten(jax.tree.structure(_template(plan.architecture)), leaves)
    if not plan.architecture.tied:
        return weights
    encoder, biases, spread = weights
    decoder = tuple(Dense(None, bias) for bias in biases)
    return tied(Network(encoder, decoder, plan.architecture, spread))


def decays(plan: Plan) -> Any:
    """Return 1 for every weight of a matrix and 0 for every bias and dispersion, in the form of the weights.

    Shrinking a bias would move the centre of the reconstruction without making the network any
    simpler, so weight decay leaves them alone.
    """
    template = _template(plan.architecture)
    if is_packed(plan):
        leaves = [np.full(leaf.size, leaf.ndim > 1, np.float32) for leaf in jax.tree.leaves(template)]
        return np.concatenate(leaves)
    return jax.tree.map(lambda leaf: float(leaf.ndim > 1), template)


@cache
def _template(architecture: Architecture) -> Any:
    """Return weights as they are trained, but not as a vector; only their shapes matter."""

    def layer(inputs: int, outputs: int) -> Dense:
        return Dense(
            np.broadcast_to(np.float32(0), (inputs, outputs)), np.broadcast_to(np.float32(0), (outputs,))
        )

    encoder = tuple(layer(*shape) for shape in architecture.encoder_shapes)
    decoder = tuple(layer(*shape) for shape in architecture.decoder_shapes)
    spread = np.broadcast_to(np.float32(0), (architecture.n_features,)) if architecture.dispersed else None
    if architecture.tied:
        return encoder, tuple(one.bias for one in decoder), spread
    return Network(encoder, decoder, architecture, spread)
