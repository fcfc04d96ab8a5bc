"""Passing rows through a trained network, a fixed number at a time.

A matrix product may round differently for a different number of rows. Rows are therefore
always passed in tiles of the same height, filled up with zeros, so that a row has the same code
alone, in any order, and among a million others, and nothing compiles anew for a new row count.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import jax
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from latentia.networks.network import Network

TILE = 256
# Tiles that are on their way at a time: enough to keep the device at work, and no second table.
TILES_ON_THE_WAY = 4


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
    return tiled(_encode, network, x, network.architecture.n_components)


def decode_rows(network: Network, codes: np.ndarray) -> np.ndarray:
    """Return the scaled reconstructions of codes: (n, n_components) to float32 (n, p)."""
    return tiled(_decode, network, codes, network.architecture.n_features)


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


def tiled(function: Callable, network: Network, x: np.ndarray, width: int) -> np.ndarray:
    """Return what a compiled function of a network and a tile of rows gives for all rows, (n, width)."""
    network = _on_device(network)
    result = np.empty((len(x), width), np.float32)
    pending: deque[jax.Array] = deque()
    firsts = iter(range(0, len(x), TILE))

    def take() -> None:
        first = next(firsts)
        result[first : first + TILE] = np.asarray(pending.popleft())[: len(x) - first]

    for tile in _tiles(x):
        pending.append(function(network, tile))
        if len(pending) == TILES_ON_THE_WAY:
            take()
    while pending:
        take()
    return result


def _on_device(network: Network) -> Network:
    return jax.device_put(network)


def _tiles(x: np.ndarray) -> Iterator[jax.Array]:
    for first in range(0, len(x), TILE):
        tile = np.zeros((TILE, x.shape[1]), np.float32)
        part = x[first : first + TILE]
        tile[: len(part)] = part
        yield jax.device_put(tile)
