"""Chance that belongs to a row: a number drawn from a seed and the row's position, and from nothing else.

Neither the blocks that rows come in nor the rows after them change what a row draws.

References
----------
Steele, Lea & Flood (2014), "Fast splittable pseudorandom number generators".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: spreads consecutive numbers
# What rows draw for, so that one draw says nothing about another.
SAMPLE, HELD_OUT = 0, 1


def drawn(seed: int, positions: NDArray[np.int64], purpose: int = SAMPLE) -> NDArray[np.uint64]:
    """Return a number of 64 random bits for every position: splitmix64, seeded by itself.

    Examples
    --------
    >>> bool((drawn(0, np.arange(5))[2:] == drawn(0, np.arange(2, 5))).all())
    True
    """
    start = _mixed(np.array([(seed + purpose * int(GOLDEN)) % 2**64], np.uint64))
    return _mixed(start + (positions.astype(np.uint64) + np.uint64(1)) * GOLDEN)


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
