"""Rows through dense layers in NumPy: in tiles of one height, on several cores, the same in any company.

A matrix product may round differently for another number of rows, so rows always pass in tiles of the same
height, filled up with zeros, each on one thread with a BLAS that is held to one thread. A row has therefore
the same result whatever stands beside it and however many threads there are. What is left to BLAS is that the
place of a row within its tile makes no difference. It makes none with OpenBLAS, which NumPy brings, and a
test says so; no standard of BLAS promises it.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.modelfiles.numpy_activations import ACTIVATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float32]

# Numbers of the widest layer in a tile, and the heights between which they settle it.
TILE_CELLS = 1 << 19
LOWEST, HIGHEST = 256, 8192
# Activations take so many numbers at a time: with their scratch arrays these stay in the cache of a core.
PIECE, SCRATCH = 1 << 17, 3
# NumPy adds narrow rows to a table one by one; a bias is then kept as a whole tile.
NARROW = 256

# Only one table at a time, because the threads of BLAS are limited for the whole process.
_ALONE = Lock()


@dataclass(frozen=True, eq=False)
class Layers:
    """Dense layers with an activation between them, none after the last.

    Parameters
    ----------
    weights, biases : sequence of ndarray
        Of shapes (inputs, outputs) and (outputs,), float32; the factors that an activation asks for and
        leaves are in them already.
    activation : str

    Examples
    --------
    >>> layers = Layers.of([np.ones((2, 1), np.float32)], [np.zeros(1, np.float32)], "relu")
    >>> layers.passed(np.array([[1.0, 2.0]]), fill=lambda tile, rows: tile.__setitem__(slice(1), rows))
    array([[3.]], dtype=float32)
    """

    weights: Sequence[Array]
    biases: Sequence[Array]
    activation: str
    _tiles: list[_Tile] = field(default_factory=list, repr=False)  # those that nobody works on

    @classmethod
    def of(cls, weights: Sequence[Array], biases: Sequence[Array], activation: str) -> Layers:
        """Take layers as a model file holds them."""
        factors, last = ACTIVATIONS[activation], len(weights) - 1
        before = [1.0 if at == last else factors.before for at in range(len(weights))]
        left = [1.0 if at == 0 else factors.left for at in range(len(weights))]
        return cls(
            [_scaled(weight, one * other) for weight, one, other in zip(weights, left, before, strict=True)],
            [_scaled(bias, factor) for bias, factor in zip(biases, before, strict=True)],
            activation,
        )

    @property
    def height(self) -> int:
        """The number of rows in a tile, which depends on nothing but the widths of the layers."""
        widest = max(max(weight.shape) for weight in self.weights)
        return min(HIGHEST, max(LOWEST, 1 << (TILE_CELLS // widest).bit_length() - 1))

    def passed(
        self,
        x: NDArray[Any],
        *,
        fill: Callable[[Array, NDArray[Any]], object],
        finish: Callable[[Array], Array] = lambda raw: raw,
        n_threads: int | None = None,
    ) -> Array:
        """Return what the last layer makes of rows, (n, width), float32.

        Parameters
        ----------
        x : ndarray of shape (n, p)
        fill : callable
            Puts rows into the first of a tile, which is zero; it is called with the tile and the rows.
        finish : callable, optional
            What the raw outputs of a tile become.
        n_threads : int, optional
            By default, one for each core that this process may use.
        """
        width = finish(np.zeros((1, self.weights[-1].shape[1]), np.float32)).shape[1]
        result, height = np.empty((len(x), width), np.float32), self.height
        firsts: Iterator[int] = iter(range(0, len(x), height))

        def work() -> None:
            tile = self._taken()
            # A network that blew up is passed through too: its overflow is the result, not an accident.
            with np.errstate(all="ignore"):
                for first in firsts:
                    rows = x[first : first + height]
                    tile.inputs.fill(0.0)
                    fill(tile.inputs, rows)
                    result[first : first + height] = finish(tile.passed())[: len(rows)]
            self._tiles.append(tile)

        with _ALONE, _blas().limit(limits=1, user_api="blas"):
            _at_once(work, min(n_threads or _threads(), -(-len(x) // height)))
        return result

    def _taken(self) -> _Tile:
        try:
            return self._tiles.pop()
        except IndexError:
            return _Tile(self)


class _Tile:
    """Memory for one tile of rows on its way through the layers."""

    def __init__(self, layers: Layers) -> None:
        height = layers.height
        self.inputs = np.zeros((height, layers.weights[0].shape[0]), np.float32)
        self._weights, self._activate = layers.weights, ACTIVATIONS[layers.activation].function
        self._outputs = [np.empty((height, len(bias)), np.float32) for bias in layers.biases]
        self._biases = [
            np.tile(bias, (height, 1)) if len(bias) < NARROW else np.broadcast_to(bias, (height, len(bias)))
            for bias in layers.biases
        ]
        widest = max(len(bias) for bias in layers.biases)
        self._scratch = np.empty((SCRATCH, max(PIECE, widest)), np.float32)

    def passed(self) -> Array:
        """Return the raw outputs of the last layer."""
        x, last = self.inputs, len(self._weights) - 1
        for at, (weight, bias, out) in enumerate(
            zip(self._weights, self._biases, self._outputs, strict=True)
        ):
            np.matmul(x, weight, out=out)
            if at < last:
                self._activated(out, bias)
            else:
                np.add(out, bias, out=out)
            x = out
        return x

    def _activated(self, out: Array, bias: Array) -> None:
        """Add the bias and activate, a piece of whole rows at a time."""
        height, width = out.shape
        rows = max(1, PIECE // width)
        for first in range(0, height, rows):
            piece = out[first : first + rows]
            np.add(piece, bias[first : first + rows], out=piece)
            scratch = [part[: piece.size].reshape(piece.shape) for part in self._scratch]
            self._activate(piece, scratch)


def _scaled(values: Array, factor: float) -> Array:
    return np.ascontiguousarray(values if factor == 1.0 else (values * factor).astype(np.float32))


def _at_once(work: Callable[[], None], n_threads: int) -> None:
    """Do the same work on several threads, which share what there is to do."""
    if n_threads <= 1:
        work()
        return
    with ThreadPoolExecutor(n_threads) as pool:
        for done in [pool.submit(work) for _ in range(n_threads)]:
            done.result()


@cache
def _threads() -> int:
    """Return how many threads to use: one for each core that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores)


@cache
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
