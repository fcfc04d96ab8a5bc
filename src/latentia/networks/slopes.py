"""How steeply a decoder's outputs rise with each factor: its Jacobian at many codes, a tile at a time.

A Jacobian has a number for each row, column and factor. Tiles are of a height that the network's shape
alone decides, filled up with zeros, so that one program serves all rows and a wide table needs no more
memory than a narrow one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentia.networks.network import Network

HIGHEST_TILE = 128
SLOPES_AT_ONCE = 1 << 20


@jax.jit
def _decoded_with_slopes(network: Network, tile: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return slopes (rows, p, k) and decoded rows (rows, p)."""

    def decoded(code: jax.Array) -> tuple[jax.Array, jax.Array]:
        row = network.decode(code[None])[0]
        return row, row

    return jax.vmap(jax.jacfwd(decoded, has_aux=True))(tile)


def decoder_slopes(network: Network, codes: np.ndarray) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Yield some rows at a time: which, what the decoder makes of them, and how steep it is there.

    Parameters
    ----------
    network : Network
    codes : ndarray of shape (rows, k)

    Yields
    ------
    rows : slice
    decoded : ndarray of shape (some, p)
        Scaled values, of indicators probabilities.
    slopes : ndarray of shape (some, p, k)
        Derivative of each of them by each factor.
    """
    shape = network.architecture
    height = min(HIGHEST_TILE, max(1, SLOPES_AT_ONCE // (shape.n_features * shape.n_components)))
    network = jax.device_put(network)
    for first in range(0, len(codes), height):
        part = codes[first : first + height]
        tile = np.zeros((height, codes.shape[1]), np.float32)
        tile[: len(part)] = part
        slopes, decoded = _decoded_with_slopes(network, tile)
        rows = slice(first, first + len(part))
        yield rows, np.asarray(decoded)[: len(part)], np.asarray(slopes)[: len(part)]
