"""Columns that together stand for one of categories, and what a network says of them.

A category is a block of neighbouring columns, one indicator per level. A network's outputs for a block
become probabilities by a softmax of their own, and the loss of a block is a cross-entropy.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    # First column and width of every block.
    Blocks = Sequence[tuple[int, int]]


class Membership(NamedTuple):
    """Which of q columns belong to which block, as constants of a program."""

    inside: np.ndarray  # (q,), whether a column is an indicator
    matrix: np.ndarray  # (q, blocks), 1 where a column belongs to a block
    columns: np.ndarray  # (blocks, widest), the columns of every block, the first repeated to the widest
    block: np.ndarray  # (q,), the block of a column, 0 outside


@cache
def membership(blocks: tuple[tuple[int, int], ...], n_features: int) -> Membership:
    """Return which columns belong to which block."""
    matrix = np.zeros((n_features, len(blocks)), np.float32)
    columns = np.empty((len(blocks), max(width for _, width in blocks)), np.int32)
    for at, (first, width) in enumerate(blocks):
        matrix[first : first + width, at] = 1.0
        columns[at] = first
        columns[at, :width] = np.arange(first, first + width)
    return Membership(np.asarray(matrix.any(axis=1)), matrix, columns, matrix.argmax(axis=1))


def log_probabilities(raw: jax.Array, blocks: tuple[tuple[int, int], ...]) -> jax.Array:
    """Return the logarithms of the softmax within every block, 0 in other columns; (rows, q) both.

    Sums within blocks are products with a matrix of ones and zeros, whose slopes are products too;
    the largest output of each block, taken off first so that nothing overflows, needs no slope.
    """
    inside, matrix, columns, block = membership(blocks, raw.shape[-1])
    largest = jax.lax.stop_gradient(jnp.max(raw[:, columns], axis=-1))
    apart = jnp.where(inside, raw - largest[:, block], 0.0)
    sums = jnp.where(inside, jnp.exp(apart), 0.0) @ matrix
    return jnp.where(inside, apart - jnp.log(sums) @ matrix.T, 0.0)


def owners(blocks: Blocks, n_features: int) -> np.ndarray:
    """Return, for each of q columns, the number of the table's column that it belongs to.

    Examples
    --------
    >>> owners([(1, 3)], 5)
    array([0, 1, 1, 1, 2], dtype=int32)
    """
    begins = np.ones(n_features, np.int32)
    for first, width in blocks:
        begins[first + 1 : first + width] = 0
    return np.cumsum(begins, dtype=np.int32) - 1


def shares(blocks: Blocks, n_features: int) -> np.ndarray:
    """Return how much of a cell of the table each of q columns is: the indicators of a block share one.

    Examples
    --------
    >>> shares([(1, 2)], 4)
    array([1. , 0.5, 0.5, 1. ], dtype=float32)
    """
    parts = np.ones(n_features, np.float32)
    for first, width in blocks:
        parts[first : first + width] = 1.0 / width
    return parts
