"""All weights of a small network as one vector, while it trains.

A small network is a dozen tiny arrays, and a compiled step would spend its time starting a
kernel for each of them, and the compiler its time on making them. As one vector they are updated,
compared and kept by one kernel each. Large networks stay as they are: there, copying would cost
more than starting kernels.
"""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from latentia.networks.network import Dense, Network

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
    """Return a network's weights as they are trained: one vector, or the network itself.

    Works on any leading axes that all weights share.
    """
    if not is_packed(plan):
        return network
    xp = np if isinstance(network.encoder[0].weight, np.ndarray) else jnp
    lead = network.encoder[0].bias.shape[:-1]
    return xp.concatenate([leaf.reshape(*lead, -1) for leaf in jax.tree.leaves(network)], axis=-1)


def unpack(plan: Plan, weights: Any) -> Network:
    """Return the network that `pack` made weights of."""
    if not is_packed(plan):
        return weights
    lead, leaves, begin = weights.shape[:-1], [], 0
    for shape in _shapes(plan.architecture):
        end = begin + prod(shape)
        leaves.append(weights[..., begin:end].reshape(*lead, *shape))
        begin = end
    layers = [Dense(*pair) for pair in zip(leaves[::2], leaves[1::2], strict=True)]
    depth = len(plan.architecture.hidden) + 1
    return Network(tuple(layers[:depth]), tuple(layers[depth:]), plan.architecture)


def decays(plan: Plan) -> Any:
    """Return 1 for every weight of a matrix and 0 for every bias, in the form of the weights.

    Shrinking a bias would move the centre of the reconstruction without making the network any
    simpler, so weight decay leaves biases alone.
    """
    ones = [np.full(shape, float(len(shape) > 1), np.float32) for shape in _shapes(plan.architecture)]
    if is_packed(plan):
        return np.concatenate([leaf.ravel() for leaf in ones])
    layers = [Dense(1.0, 0.0) for _ in ones[::2]]  # pyright: ignore[reportArgumentType]
    depth = len(layers) // 2
    return Network(tuple(layers[:depth]), tuple(layers[depth:]), plan.architecture)


def _shapes(architecture: Architecture) -> list[tuple[int, ...]]:
    """Shapes of kernels and biases, in the order of a network's leaves."""
    return [
        shape
        for inputs, outputs in pairwise(architecture.widths)
        for shape in ((inputs, outputs), (outputs,))
    ]
