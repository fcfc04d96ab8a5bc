"""Random numbers inside a compiled step, from a hash of where and when they are drawn.

A key is two 32-bit numbers. Folding in a number (the step, the layer) makes a new key, and the
draw for a cell hashes the key with the cell's position, so a number depends on nothing but its
key and its place: members that train side by side draw what they would draw alone. The hash is
the 32-bit "lowbias32" mixer, two rounds of it. It is far lighter than a cryptographic generator,
which would take half of the time to compile a small network, and good enough for noise that only
has to be independent and of the right shape (tests compare its moments, distribution and
correlations with what they should be).

References
----------
C. Wellons (2018), "Prospecting for hash functions", for the mixer and its constants; Salmon et
al. (2011), "Parallel random numbers: as easy as 1, 2, 3", for generators without a state.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

GOLDEN = np.uint32(0x9E3779B9)  # 2**32 over the golden ratio: spreads consecutive numbers


def make_keys(seed: int, members: int) -> np.ndarray:
    """Return one key per member, uint32 (members, 2); a larger ensemble begins with a smaller's."""
    return np.array([[(seed ^ (seed >> 32)) & 0xFFFFFFFF, member] for member in range(members)], np.uint32)


def fold_in(key: jax.Array, number: jax.Array | int) -> jax.Array:
    """Return a new key, different for every number."""
    first, second = _halves(key)
    told = _mixed(jax.lax.add(jax.lax.mul(jnp.asarray(number).astype(jnp.uint32), GOLDEN), second))
    parts = _mixed(jax.lax.bitwise_xor(first, told)), _mixed(jax.lax.add(told, GOLDEN))
    return jax.lax.concatenate([part.reshape(1) for part in parts], 0)


def bits(key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Draw 32 random bits for every place of an array."""
    first, second = _halves(key)
    place = jax.lax.iota(jnp.uint32, int(np.prod(shape))).reshape(shape)
    return _mixed(_mixed(place * GOLDEN + first) ^ second)


def uniform(key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Draw from the uniform distribution on (0, 1), float32, both ends excluded."""
    # The upper 23 bits, so that every value and its distance from 1 are exact in float32.
    return ((bits(key, shape) >> 9).astype(jnp.float32) + 0.5) * np.float32(2**-23)


def normal(key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Draw from the standard normal distribution, float32 (Box & Muller, 1958)."""
    radius = jnp.sqrt(-2.0 * jnp.log(uniform(fold_in(key, 0), shape)))
    return radius * jnp.cos((2.0 * np.pi) * uniform(fold_in(key, 1), shape))


def _halves(key: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jax.lax.index_in_dim(key, 0, keepdims=False), jax.lax.index_in_dim(key, 1, keepdims=False)


def _mixed(x: jax.Array) -> jax.Array:
    # In primitives: operators of arrays check types and shapes, and took a third of a program's tracing.
    x = jax.lax.mul(_folded(x, 16), np.uint32(0x7FEB352D))
    return _folded(jax.lax.mul(_folded(x, 15), np.uint32(0x846CA68B)), 16)


def _folded(x: jax.Array, places: int) -> jax.Array:
    return jax.lax.bitwise_xor(x, jax.lax.shift_right_logical(x, np.uint32(places)))
