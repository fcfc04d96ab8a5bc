"""Passing rows through a trained network, a fixed number at a time.

A matrix product may round differently for a different number of rows. Rows are therefore
always passed in tiles of the same height, filled up with zeros, so that a row has the same code
alone, in any order, and among a million others, and nothing compiles anew for a new row count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentia.networks.network import Network

TILE = 256


@jax.jit
def _encode(network: Network, tile: jax.Array) -> jax.Array:
    return network.encode(tile)


@jax.jit
def _decode(network: Network, tile: jax.Array) -> jax.Array:
    return network.decode(tile)


@jax.jit
def _hidden(network: Network, tile: jax.Array) -> tuple[jax.Array, ...]:
    passed = network.training_pass(tile, code_mask=None, dropout=None, key=None, gaps=True)
    return passed.encoder_outputs


def encode_rows(network: Network, x: np.ndarray) -> np.ndarray:
    """Return the codes of scaled rows, nan where a cell is missing: (n, p) to float32 (n, n_components)."""
    return _tiled(_encode, network, x, network.architecture.n_components)


def decode_rows(network: Network, codes: np.ndarray) -> np.ndarray:
    """Return the scaled reconstructions of codes: (n, n_components) to float32 (n, p)."""
    return _tiled(_decode, network, codes, network.architecture.n_features)


def encoder_outputs(network: Network, x: np.ndarray) -> list[np.ndarray]:
    """Return what every encoder layer puts out for scaled rows, the code last."""
    widths = (*network.architecture.hidden, network.architecture.n_components)
    network = _on_device(network)
    parts = [_hidden(network, tile) for tile in _tiles(x)]
    return [
        np.concatenate([np.asarray(part[layer]) for part in parts])[: len(x)]
        if parts
        else np.empty((0, width))
        for layer, width in enumerate(widths)
    ]


def _tiled(function: Callable, network: Network, x: np.ndarray, width: int) -> np.ndarray:
    network = _on_device(network)
    result = np.empty((len(x), width), np.float32)
    pending = [function(network, tile) for tile in _tiles(x)]
    for index, part in enumerate(pending):
        first = index * TILE
        result[first : first + TILE] = np.asarray(part)[: len(x) - first]
    return result


def _on_device(network: Network) -> Network:
    return jax.device_put(network)


def _tiles(x: np.ndarray) -> list[jax.Array]:
    tiles = []
    for first in range(0, len(x), TILE):
        tile = np.zeros((TILE, x.shape[1]), np.float32)
        part = x[first : first + TILE]
        tile[: len(part)] = part
        tiles.append(jax.device_put(tile))
    return tiles
