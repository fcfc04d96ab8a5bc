"""What a network says of the cells that rows lack.

The encoder guesses a row's code from the cells that are there in one go, and where columns tell each other
nearly exactly its guess is coarser than what they tell. The code can then be moved until the cells that are
there are reconstructed better, held to the encoder's guess by a penalty on the squared distance. The axes of
a linear code are such that a distance of codes is about the distance of what is made of them, so that the
penalty has the unit of the error.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from latentia.networks.tiles import decode_rows, encode_rows, tiled

if TYPE_CHECKING:
    from latentia.networks.network import Network

# Adam (Kingma & Ba, 2015) in scaled units, slower and slower; a row takes its steps alone.
STEPS, RATE = 40, 0.3
B1, B2, EPS = 0.8, 0.95, 1e-8


def filled_rows(network: Network, x: np.ndarray, hold: float | None) -> np.ndarray:
    """Return what is said of all cells of rows, to fill in those that are missing.

    Parameters
    ----------
    network : Network
    x : ndarray of shape (n, p)
        Scaled rows, nan where a cell is missing.
    hold : float or None
        The weight of the squared distance from the encoder's code; None leaves the code where it is.

    Returns
    -------
    ndarray of shape (n, p), float32
        Rows without a gap have nothing to be filled in, and keep the encoder's code.
    """
    if hold is None:
        return decode_rows(network, encode_rows(network, x))
    gaps = np.isnan(x).any(axis=1)
    made = np.empty(x.shape, np.float32)
    made[~gaps] = decode_rows(network, encode_rows(network, x[~gaps]))
    made[gaps] = tiled(partial(_filled, hold=np.float32(hold)), network, x[gaps], x.shape[1])
    return made


@jax.jit
def _filled(network: Network, tile: jax.Array, hold: jax.Array) -> jax.Array:
    guess = network.encode(tile)
    there = ~jnp.isnan(tile)
    cells = jnp.where(there, tile, 0.0)

    def cost(code: jax.Array) -> jax.Array:
        off = jnp.where(there, network.decode(code) - cells, 0.0)
        return jnp.sum(jnp.square(off)) + hold * jnp.sum(jnp.square(code - guess))

    def step(at: jax.Array, state: tuple[jax.Array, jax.Array, jax.Array]) -> tuple[jax.Array, ...]:
        code, mean, square = state
        slope = jax.grad(cost)(code)
        mean, square = B1 * mean + (1 - B1) * slope, B2 * square + (1 - B2) * jnp.square(slope)
        rate = RATE * 0.5 * (1 + jnp.cos(jnp.pi * at / STEPS))
        move = mean / (1 - B1 ** (at + 1)) / (jnp.sqrt(square / (1 - B2 ** (at + 1))) + EPS)
        return code - rate * move, mean, square

    nothing = jnp.zeros_like(guess)
    code, _, _ = jax.lax.fori_loop(0, STEPS, step, (guess, nothing, nothing))
    return network.decode(code)
