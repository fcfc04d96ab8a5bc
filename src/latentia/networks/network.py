"""The autoencoder itself: dense layers in, a narrow code, dense layers out.

A network is a frozen Equinox module, that is a tree of arrays with a hashable shape. It can be
mapped over members, differentiated, averaged, saved and compared like any other value.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import equinox as eqx
import numpy as np

from latentia.networks.activations import activate
from latentia.networks.chance import fold_in
from latentia.networks.corruption import drop_units

if TYPE_CHECKING:
    import jax

    from latentia.networks.architecture import Architecture


# Weights are NumPy arrays on the host and JAX arrays inside a program.
Array: TypeAlias = Any


class Dense(eqx.Module):
    """One layer: ``x @ weight + bias``, with ``weight`` of shape (inputs, outputs)."""

    weight: Array
    bias: Array

    def __call__(self, x: jax.Array) -> jax.Array:
        """Map rows of inputs to rows of outputs, before any activation."""
        return x @ self.weight + self.bias


class Pass(NamedTuple):
    """What one pass of rows through a network leaves behind."""

    code: jax.Array  # (rows, n_components)
    reconstruction: jax.Array  # (rows, n_features)
    encoder_outputs: tuple[jax.Array, ...]  # after each encoder layer's activation, the code last


class Network(eqx.Module):
    """Encoder and decoder of one autoencoder.

    Examples
    --------
    >>> import numpy as np
    >>> from latentia.networks.architecture import Architecture
    >>> network = initialise(Architecture(n_features=4, n_components=2), np.random.default_rng(0))
    >>> network.encode(np.ones((5, 4), np.float32)).shape
    (5, 2)
    """

    encoder: tuple[Dense, ...]
    decoder: tuple[Dense, ...]
    architecture: Architecture = eqx.field(static=True)

    def encode(self, x: jax.Array) -> jax.Array:
        """Return the code of each row, (rows, n_components)."""
        return _through(self.encoder, self.architecture.encoder_activations, x)[-1]

    def decode(self, code: jax.Array) -> jax.Array:
        """Return the reconstruction of each code, (rows, n_features)."""
        return _through(self.decoder, self.architecture.decoder_activations, code)[-1]

    def training_pass(
        self, x: jax.Array, *, code_mask: jax.Array | None, dropout: jax.Array | None, key: jax.Array | None
    ) -> Pass:
        """Pass rows through as in training: with dropout, and with unused components held at zero.

        Parameters
        ----------
        x : array of shape (rows, n_features)
        code_mask : array of shape (n_components,) or None
            1 for components in use, 0 for the others; None uses all.
        dropout : scalar array or None
            Probability of silencing a hidden unit; None for no dropout.
        key : uint32 array of shape (2,) or None
            Chance for the dropout.
        """
        inward, outward = (None, None) if key is None else (fold_in(key, 0), fold_in(key, 1))
        encoded = _through(self.encoder, self.architecture.encoder_activations, x, dropout, inward)
        code = encoded[-1] if code_mask is None else encoded[-1] * code_mask
        decoded = _through(self.decoder, self.architecture.decoder_activations, code, dropout, outward)
        return Pass(code, decoded[-1], (*encoded[:-1], code))

    @property
    def kernels(self) -> tuple[jax.Array, ...]:
        """Weight matrices of all layers, in the order of the data."""
        return tuple(layer.weight for layer in (*self.encoder, *self.decoder))


def _through(
    layers: tuple[Dense, ...],
    activations: tuple[str, ...],
    x: jax.Array,
    dropout: jax.Array | None = None,
    key: jax.Array | None = None,
) -> list[jax.Array]:
    """Return the outputs of every layer; dropout acts on hidden layers, never on the last."""
    outputs = []
    for index, (layer, activation) in enumerate(zip(layers, activations, strict=True)):
        x = activate(activation, layer(x))
        outputs.append(x)
        if dropout is not None and key is not None and index + 1 < len(layers):
            x = drop_units(x, dropout, fold_in(key, index))
    return outputs


def initialise(architecture: Architecture, rng: np.random.Generator) -> Network:
    """Make a network with fresh weights: Glorot uniform kernels, zero biases, as NumPy arrays.

    Notes
    -----
    Glorot & Bengio (2010), as Keras' ``Dense`` starts, so that figures are comparable.
    """
    layers = []
    for inputs, outputs in pairwise(architecture.widths):
        limit = np.float32(np.sqrt(6.0 / (inputs + outputs)))
        kernel = (2.0 * rng.random((inputs, outputs), np.float32) - 1.0) * limit
        layers.append(Dense(kernel, np.zeros(outputs, np.float32)))  # pyright: ignore[reportArgumentType]
    depth = len(architecture.hidden) + 1
    return Network(tuple(layers[:depth]), tuple(layers[depth:]), architecture)
