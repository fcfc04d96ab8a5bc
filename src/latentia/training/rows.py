"""Rows as the compiled program wants them: on the device, padded to few different shapes.

A compiled program fits one shape of input. Row counts and batch sizes are therefore rounded up
to a coarse grid and the gap is filled with rows of weight zero, which change nothing; tables
that differ by a few rows then share one program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import jax
import numpy as np

if TYPE_CHECKING:
    from latentia.networks.network import Array

EVALUATION_BLOCK = 1024


class Rows(NamedTuple):
    """Scaled rows with their weights."""

    x: Array  # nan where a cell is missing
    weight: Array  # mean one over the observed cells of real rows, zero for padding
    present: Array  # one for real rows, zero for padding
    size: Array | None = None  # (rows, 1), how much larger than common a row of counts is; one for padding


def round_up(n: int) -> int:
    """Round a count up to a grid with eight values per doubling, so at most 1/8 is padding.

    Examples
    --------
    >>> [round_up(n) for n in (3, 16, 17, 100, 178)]
    [3, 16, 18, 104, 192]
    """
    spacing = 1 << max(n.bit_length() - 4, 0)
    return -(-n // spacing) * spacing


def training_rows(
    x: np.ndarray,
    weight: np.ndarray | None = None,
    size: np.ndarray | None = None,
    share: np.ndarray | None = None,
) -> Rows:
    """Pad rows of shape (n, p) for learning; sizes are of shape (n, 1).

    The share, (p,), says how much of a cell each column is; see `indicators.shares`.
    """
    return jax.device_put(_padded(x, weight, size, round_up(len(x)), share))


class Monitors(NamedTuple):
    """Rows that are looked at after every epoch, cut into blocks of bounded size.

    The last axis of ``weight`` and ``present`` tells two kinds of rows apart: held-out rows, and a
    fixed sample of training rows for a loss without noise beside it.
    """

    x: Array  # (blocks, rows, p)
    weight: Array  # (blocks, rows, 2)
    present: Array  # (blocks, rows, 2)
    size: Array | None = None  # (blocks, rows, 1)


def monitors(
    held_out: np.ndarray,
    sample: np.ndarray,
    weights: tuple[np.ndarray, np.ndarray] | None = None,
    sizes: tuple[np.ndarray, np.ndarray] | None = None,
) -> Monitors:
    """Lay out held-out rows and a sample of training rows, both (n, p), for evaluation."""
    x = np.concatenate([held_out, sample])
    kind = np.zeros((len(x), 2))
    kind[: len(held_out), 0] = 1.0
    kind[len(held_out) :, 1] = 1.0
    if len(x) <= EVALUATION_BLOCK:
        block, blocks = round_up(len(x)), 1
    else:
        block, blocks = EVALUATION_BLOCK, round_up(-(-len(x) // EVALUATION_BLOCK))
    rows = _padded(x, None, None if sizes is None else np.concatenate(sizes), block * blocks)
    kinds, counted = (np.zeros((block * blocks, 2), np.float32) for _ in range(2))
    kinds[: len(x)] = counted[: len(x)] = kind
    if weights is not None:
        for column, weight in enumerate(weights):
            counted[kinds[:, column] > 0, column] = weight / np.mean(weight)
    cut = lambda leaf: leaf.reshape(blocks, block, *leaf.shape[1:])  # noqa: E731
    return jax.device_put(jax.tree.map(cut, Monitors(rows.x, counted, kinds, rows.size)))


def _padded(
    x: np.ndarray,
    weight: np.ndarray | None,
    size: np.ndarray | None,
    length: int,
    share: np.ndarray | None = None,
) -> Rows:
    n = len(x)
    weights = np.ones(n)
    if weight is not None:
        cells = ~np.isnan(x) @ (np.ones(x.shape[1]) if share is None else share)
        weights = np.asarray(weight, np.float64) / np.average(weight, weights=cells)

    def pad(values: np.ndarray, filling: float = 0.0) -> np.ndarray:
        full = np.full((length, *values.shape[1:]), filling, np.float32)
        full[:n] = values
        return full

    return Rows(pad(x), pad(weights), pad(np.ones(n)), None if size is None else pad(size, filling=1.0))
