"""Networks that nobody has trained, in JAX and as the arrays of a model file: what both say must agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from latentia.modelfiles.numpy_network import NumpyNetwork
from latentia.networks.architecture import Architecture
from latentia.networks.network import Dense, initialise

SHAPE = Architecture(n_features=7, hidden=(12, 5), n_components=3)
# Of the largest number that either gives: what "the same but for rounding" means.
ROUNDING = 1e-5


def untrained(seed=0, **shape):
    """Return a network with weights and biases of a trained one's size."""
    rng = np.random.default_rng(seed)
    network = initialise(replace(SHAPE, **shape), rng)

    def moved(layers):
        return tuple(
            Dense(layer.weight, rng.normal(0, 0.3, layer.bias.shape).astype(np.float32)) for layer in layers
        )

    return replace(network, encoder=moved(network.encoder), decoder=moved(network.decoder))


def arrays_of(network):
    """Return the layers of a network as a model file holds them, one member."""
    return {
        f"{side}/{index}/{name}": np.asarray(getattr(layer, name))[None]
        for side in ("encoder", "decoder")
        for index, layer in enumerate(getattr(network, side))
        for name in ("weight", "bias")
    }


def in_numpy(network):
    """Return the same network without JAX."""
    return NumpyNetwork.of(network.architecture, arrays_of(network), member=0)


def assert_same(one, other):
    """Compare two arrays of the same scale."""
    np.testing.assert_allclose(one, other, rtol=0, atol=ROUNDING * max(1.0, float(np.abs(other).max())))
