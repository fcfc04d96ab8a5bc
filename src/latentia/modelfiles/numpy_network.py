"""An autoencoder's network in NumPy: what `latentia.networks.network` computes, without JAX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.modelfiles.numpy_activations import ACTIVATIONS, softmax
from latentia.modelfiles.numpy_layers import SCRATCH, Layers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from latentia.networks.architecture import Architecture

    Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class NumpyNetwork:
    """Encoder and decoder of one autoencoder.

    Parameters
    ----------
    encoder, decoder : Layers
    architecture : Architecture

    Examples
    --------
    >>> from latentia.networks.architecture import Architecture
    >>> ones = {"weight": np.ones((1, 2, 2), np.float32), "bias": np.zeros((1, 2), np.float32)}
    >>> arrays = {f"{side}/0/{name}": ones[name] for side in ("encoder", "decoder") for name in ones}
    >>> network = NumpyNetwork.of(Architecture(n_features=2), arrays, member=0)
    >>> network.encode(np.array([[1.0, np.nan]]))
    array([[1., 1.]], dtype=float32)
    """

    encoder: Layers
    decoder: Layers
    architecture: Architecture

    @classmethod
    def of(
        cls, architecture: Architecture, arrays: Mapping[str, NDArray[Any]], *, member: int
    ) -> NumpyNetwork:
        """Take one member's layers from the arrays of a model file."""

        def layers(side: str, outputs: int | None = None) -> Layers:
            depth = range(len(architecture.hidden) + 1)
            weights = [arrays[f"{side}/{index}/weight"][member] for index in depth]
            biases = [arrays[f"{side}/{index}/bias"][member] for index in depth]
            weights[-1], biases[-1] = weights[-1][:, :outputs], biases[-1][:outputs]
            return Layers.of(weights, biases, architecture.activation)

        # Of a variational code, the means are the code, and the variances behind them are not asked for.
        return cls(layers("encoder", architecture.n_components), layers("decoder"), architecture)

    def encode(self, x: NDArray[Any], *, n_threads: int | None = None) -> Array:
        """Return the codes of scaled rows, nan where a cell is missing: (n, p) to (n, n_components)."""
        return self.encoder.passed(x, fill=self._marked, finish=self._code, n_threads=n_threads)

    def decode(self, codes: NDArray[Any], *, n_threads: int | None = None) -> Array:
        """Return the scaled reconstructions of codes: (n, n_components) to (n, p)."""
        return self.decoder.passed(codes, fill=_put, finish=self._output, n_threads=n_threads)

    def _marked(self, tile: Array, rows: NDArray[Any]) -> None:
        """Put rows into a tile as the first layer sees them: gaps filled with 0, and marked."""
        p, markers = self.architecture.n_features, self.architecture.markers
        seen = tile[: len(rows), :p]
        seen[...] = rows
        missing = np.isnan(seen)
        if missing.any():
            seen[missing] = 0.0
            if markers:
                tile[: len(rows), p:] = missing[:, markers]

    def _code(self, raw: Array) -> Array:
        """Return what the bottleneck makes of raw outputs."""
        name = self.architecture.bottleneck
        if name in ACTIVATIONS:
            return _activated(name, raw)
        if name == "topk":
            return _largest(raw, self.architecture.active)
        return raw

    def _output(self, raw: Array) -> Array:
        """Return what raw outputs stand for: values, and probabilities of indicators."""
        blocks = [slice(first, first + width) for first, width in self.architecture.blocks]
        shares = [softmax(raw[:, block]) for block in blocks]
        said = _activated(self.architecture.output_activation, raw)
        for block, share in zip(blocks, shares, strict=True):
            said[:, block] = share
        return said


def _put(tile: Array, rows: NDArray[Any]) -> None:
    tile[: len(rows)] = rows


def _activated(name: str, raw: Array) -> Array:
    """Return raw outputs of a last layer, activated; they are written over."""
    if name == "softmax":
        return softmax(raw)
    activation = ACTIVATIONS[name]
    if name != "linear":
        raw *= np.float32(activation.before)
        activation.function(raw, [np.empty_like(raw) for _ in range(SCRATCH)])
        raw *= np.float32(activation.left)
    return raw


def _largest(raw: Array, active: int) -> Array:
    """Return the outputs that are among the largest of their row and positive, 0 in place of others."""
    positive = np.maximum(raw, 0.0)
    place = max(raw.shape[1] - active, 0)
    smallest = np.partition(positive, place, axis=1)[:, place : place + 1]
    return np.where(positive >= smallest, positive, np.float32(0))
