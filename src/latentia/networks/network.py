"""The autoencoder itself: dense layers in, a narrow code, dense layers out.

A network is a frozen Equinox module, that is a tree of arrays with a hashable shape. It can be
mapped over members, differentiated, averaged, saved and compared like any other value.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from latentia.networks.activations import activate
from latentia.networks.bottlenecks import bottleneck_of
from latentia.networks.chance import fold_in
from latentia.networks.corruption import drop_units
from latentia.networks.indicators import log_probabilities, membership

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

    inputs: jax.Array  # (rows, n_features), corrupted if the pass is to learn from; nan where missing
    code: jax.Array  # (rows, n_components)
    reconstruction: jax.Array  # (rows, n_features)
    raw: jax.Array  # (rows, n_features), the same before the output's activation
    encoder_outputs: tuple[jax.Array, ...]  # after each encoder layer's activation, the code last
    cost: jax.Array | None  # (rows,) what the bottleneck asks for beside the reconstruction
    log_dispersion: jax.Array | None = None  # (n_features,) of a network of counts


class Network(eqx.Module):
    """Encoder and decoder of one autoencoder, and where it predicts counts, how these spread.

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
    log_dispersion: Array | None = None  # (n_features,); None unless the architecture is dispersed

    def encode(self, x: jax.Array) -> jax.Array:
        """Return the code of each row, (rows, n_components); a cell that is nan is missing."""
        return bottleneck_of(self.architecture).code(self.raw_code(x))

    def raw_code(self, x: jax.Array) -> jax.Array:
        """Return what the last encoder layer puts out for each row, (rows, code_outputs)."""
        return self._encoded(self.marked(x))[-1]

    def decode(self, code: jax.Array) -> jax.Array:
        """Return the reconstruction of each code, (rows, n_features); of indicators, probabilities."""
        return self._output(self._decoded(code))

    def marked(self, x: jax.Array) -> jax.Array:
        """Return what the first layer sees of rows in which missing cells are nan.

        They are filled with 0, which is the mean of a standardised column and no category at all; and
        where cells of a column were missing in training, an input of their own says that they are.
        """
        missing = jnp.isnan(x)
        filled = jnp.where(missing, 0.0, x)
        if not self.architecture.markers:
            return filled
        marks = missing[:, np.asarray(self.architecture.markers)].astype(filled.dtype)
        return jnp.concatenate([filled, marks], axis=1)

    def _output(self, raw: jax.Array) -> jax.Array:
        """Return what raw outputs stand for: values, and probabilities of indicators."""
        said, blocks = activate(self.architecture.output_activation, raw), self.architecture.blocks
        if not blocks:
            return said
        inside = membership(blocks, raw.shape[-1]).inside
        return jnp.where(inside, jnp.exp(log_probabilities(raw, blocks)), said)

    def training_pass(
        self,
        x: jax.Array,
        *,
        code_mask: jax.Array | None,
        dropout: jax.Array | None,
        key: jax.Array | None,
        gaps: bool = False,
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
        gaps : bool, default False
            Whether cells may be missing (nan); looking for them takes time.
        """
        inward, narrow, outward = (None, None, None) if key is None else (fold_in(key, i) for i in range(3))
        seen = self.marked(x) if gaps or self.architecture.markers else x
        *hidden, raw = self._encoded(seen, dropout, inward)
        bottleneck = bottleneck_of(self.architecture)
        if code_mask is not None:
            # Before the bottleneck too, so that a component out of use costs nothing and takes no place.
            raw = raw * jnp.tile(code_mask, bottleneck.outputs_per_component)
        learning = bottleneck.learn(raw, narrow)
        code = learning.code if code_mask is None else learning.code * code_mask
        raw = self._decoded(code, dropout, outward)
        reconstruction = self._output(raw)
        outputs = (*hidden, code)
        return Pass(x, code, reconstruction, raw, outputs, learning.cost, self.log_dispersion)

    def _encoded(
        self, x: jax.Array, dropout: jax.Array | None = None, key: jax.Array | None = None
    ) -> list[jax.Array]:
        """Return the outputs of every encoder layer, the last one raw."""
        return _through(self.encoder, self.architecture.activation, x, dropout, key)

    def _decoded(
        self, code: jax.Array, dropout: jax.Array | None = None, key: jax.Array | None = None
    ) -> jax.Array:
        """Return the raw output of the last decoder layer."""
        return _through(self.decoder, self.architecture.activation, code, dropout, key)[-1]

    @property
    def column_weights(self) -> Array:
        """Weights between the columns and the first layer, (n_features, width), without those of markers."""
        return self.encoder[0].weight[..., : self.architecture.n_features, :]

    @property
    def kernels(self) -> tuple[jax.Array, ...]:
        """Weight matrices of all layers, in the order of the data."""
        return tuple(layer.weight for layer in (*self.encoder, *self.decoder))


def _through(
    layers: tuple[Dense, ...], activation: str, x: jax.Array, dropout: jax.Array | None, key: jax.Array | None
) -> list[jax.Array]:
    """Return the outputs of every layer: activated ones, dropout included in what follows, the last raw."""
    outputs = []
    for index, layer in enumerate(layers[:-1]):
        x = activate(activation, layer(x))
        outputs.append(x)
        if dropout is not None and key is not None:
            x = drop_units(x, dropout, fold_in(key, index))
    return [*outputs, layers[-1](x)]


def initialise(architecture: Architecture, rng: np.random.Generator) -> Network:
    """Make a network with fresh weights: Glorot uniform kernels, zero biases, as NumPy arrays.

    Notes
    -----
    Glorot & Bengio (2010), as Keras' ``Dense`` starts, so that figures are comparable.
    """
    layers = [
        _fresh(inputs, outputs, rng)
        for inputs, outputs in (*architecture.encoder_shapes, *architecture.decoder_shapes)
    ]
    depth = len(architecture.hidden) + 1
    spread = np.zeros(architecture.n_features, np.float32) if architecture.dispersed else None
    network = Network(tuple(layers[:depth]), tuple(layers[depth:]), architecture, spread)
    return tied(network) if architecture.tied else network


def _fresh(inputs: int, outputs: int, rng: np.random.Generator) -> Dense:
    limit = np.float32(np.sqrt(6.0 / (inputs + outputs)))
    kernel = (2.0 * rng.random((inputs, outputs), np.float32) - 1.0) * limit
    return Dense(kernel, np.zeros(outputs, np.float32))


def predicting(network: Network, log_mean: np.ndarray, log_dispersion: np.ndarray) -> Network:
    """Return a fresh network that begins by predicting these means of counts, for every member.

    Parameters
    ----------
    network : Network
        NumPy arrays, perhaps with a member axis.
    log_mean, log_dispersion : ndarray of shape (n_features,)
    """
    bias, spread = network.decoder[-1].bias, network.log_dispersion
    last = Dense(network.decoder[-1].weight, np.broadcast_to(log_mean.astype(np.float32), bias.shape))
    if spread is not None:
        spread = np.broadcast_to(log_dispersion.astype(np.float32), spread.shape)
    return Network(network.encoder, (*network.decoder[:-1], last), network.architecture, spread)


def tied(network: Network) -> Network:
    """Return the network with the encoder's kernels, transposed, in its decoder.

    Of a variational code's last layer, the half that gives the means is shared.
    """
    k = network.architecture.n_components
    kernels = [layer.weight for layer in network.encoder]
    kernels[0] = kernels[0][
        ..., : network.architecture.n_features, :
    ]  # what marks missing cells is not shared
    kernels[-1] = kernels[-1][..., :k]
    decoder = tuple(
        Dense(kernel.swapaxes(-1, -2), layer.bias)
        for kernel, layer in zip(kernels[::-1], network.decoder, strict=True)
    )
    return Network(network.encoder, decoder, network.architecture, network.log_dispersion)


def narrowed(network: Network, n_components: int) -> Network:
    """Return the network of the first components alone.

    Works on any leading axes that all weights have.
    """
    architecture = network.architecture
    kept = bottleneck_of(architecture).outputs_per_component, architecture.n_components
    inner, outer = network.encoder[-1], network.decoder[0]

    def first(outputs: Array) -> Array:
        """Keep the first of each kind of output that a component has."""
        parts = outputs.reshape(*outputs.shape[:-1], *kept)[..., :n_components]
        return parts.reshape(*outputs.shape[:-1], -1)

    return Network(
        (*network.encoder[:-1], Dense(first(inner.weight), first(inner.bias))),
        (Dense(outer.weight[..., :n_components, :], outer.bias), *network.decoder[1:]),
        replace(architecture, n_components=n_components),
        network.log_dispersion,
    )


def silenced(network: Network, n_components: int) -> Network:
    """Return the network, as wide as it is, with all but the first components out of use.

    It says what the `narrowed` one says. Networks of all sizes have one shape then, and share a program.
    """
    per, width = bottleneck_of(network.architecture).outputs_per_component, network.architecture.n_components
    used = np.arange(width) < n_components
    inner, outer = network.encoder[-1], network.decoder[0]
    outputs = np.tile(used, per).astype(np.float32)
    return replace(
        network,
        encoder=(*network.encoder[:-1], Dense(inner.weight * outputs, inner.bias * outputs)),
        decoder=(Dense(outer.weight * used[:, None].astype(np.float32), outer.bias), *network.decoder[1:]),
    )


def summed_slopes(slope: Network) -> Network:
    """Return a gradient in which shared kernels have the slopes of both their places."""
    encoder = []
    for layer, other in zip(slope.encoder, slope.decoder[::-1], strict=True):
        shared = jnp.swapaxes(other.weight, -1, -2)
        # What has no partner: marks of missing cells, and the variances of a variational code.
        rest = [(0, layer.weight.shape[axis] - shared.shape[axis]) for axis in (-2, -1)]
        shared = jnp.pad(shared, [(0, 0)] * (shared.ndim - 2) + rest)
        encoder.append(Dense(layer.weight + shared, layer.bias))
    return Network(tuple(encoder), slope.decoder, slope.architecture, slope.log_dispersion)
