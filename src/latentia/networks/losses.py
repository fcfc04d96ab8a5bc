"""Reconstruction losses, cell by cell.

A loss compares one cell with what a network says of it. How cells are averaged is the business of
the training step, where row weights and missing cells are known. Losses of probabilities and
counts are taken from the raw outputs, before the activation, where nothing overflows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from latentia.networks.counts import (
    CELLS_FOR_LOSS,
    log_dispersions,
    log_means,
    negative_binomial_loss,
    poisson_loss,
    some_rows,
)
from latentia.networks.indicators import log_probabilities, membership
from latentia.tables.pieces import column_pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentia.networks.network import Array


class Said(NamedTuple):
    """What a network says of rows, and what else a loss may need to know of them."""

    reconstruction: Array  # (rows, p)
    raw: Array  # (rows, p), the same before the output's activation
    log_dispersion: Array | None = None  # (p,), of counts that spread more than Poisson's
    size: Array | None = None  # (rows, 1), how much larger than common each row of counts is
    blocks: tuple[tuple[int, int], ...] = ()  # columns that are indicators of one category


@dataclass(frozen=True)
class Loss:
    """A loss, what its targets may be, and what predicting every column's mean costs.

    Parameters
    ----------
    cells : callable
        Of targets (rows, p) and what is `Said` of them to a loss per cell.
    of_mean : callable
        Of float64 targets (rows, p) and sizes (rows, 1) or None to the mean loss of predicting the
        column means.
    low, high : float
        Range that the scaled table has to lie in.
    """

    cells: Callable[[jax.Array, Said], jax.Array]
    of_mean: Callable[[np.ndarray, np.ndarray | None], float]
    low: float = -math.inf
    high: float = math.inf


def squared_error(target: jax.Array, said: Said) -> jax.Array:
    """Squared difference: the loss that PCA minimises."""
    return jnp.square(said.reconstruction - target)


def absolute_error(target: jax.Array, said: Said) -> jax.Array:
    """Absolute difference: outlying cells count in proportion, not by their square."""
    return jnp.abs(said.reconstruction - target)


def huber_loss(target: jax.Array, said: Said) -> jax.Array:
    """Half the squared error up to 1, then linear (Huber, 1964), in scaled units."""
    distance = jnp.abs(said.reconstruction - target)
    return jnp.where(distance <= 1.0, 0.5 * jnp.square(distance), distance - 0.5)


def binary_cross_entropy(target: jax.Array, said: Said) -> jax.Array:
    """Return minus the log-likelihood of a coin with the output as its probability, in nats."""
    return jnp.maximum(said.raw, 0.0) - said.raw * target + jnp.log1p(jnp.exp(-jnp.abs(said.raw)))


def categorical_cross_entropy(target: jax.Array, said: Said) -> jax.Array:
    """Return each cell's part of a row's cross-entropy; their mean is the row's, in nats."""
    return -target * jax.nn.log_softmax(said.raw, axis=-1) * said.raw.shape[-1]


def poisson(target: jax.Array, said: Said) -> jax.Array:
    """Return minus the log-likelihood of counts with variance equal to the mean, in nats."""
    return poisson_loss(target, said.raw, 1.0 if said.size is None else said.size)


def negative_binomial(target: jax.Array, said: Said) -> jax.Array:
    """Return minus the log-likelihood of counts with a dispersion per column, in nats."""
    size = 1.0 if said.size is None else said.size
    return negative_binomial_loss(target, said.raw, said.log_dispersion, size)


def cells_of(name: str, target: jax.Array, said: Said) -> jax.Array:
    """Return the loss of every cell: by the name, or of an indicator its part of a cross-entropy.

    The parts of a block add up to minus the logarithm of what its level's probability was, in nats.
    """
    cells = LOSSES[name].cells(target, said)
    if not said.blocks:
        return cells
    parts = -target * log_probabilities(said.raw, said.blocks)
    return jnp.where(membership(said.blocks, target.shape[-1]).inside, parts, cells)


def mean_variance(target: np.ndarray, _size: np.ndarray | None = None) -> float:
    """Return the variance of a column, averaged over columns."""
    if not len(target):
        return 0.0
    squares = 0.0
    for part in column_pieces(target.shape):
        deviations = target[:, part] - target[:, part].mean(axis=0)
        squares += np.einsum("ij,ij->", deviations, deviations)
    return float(squares / target.size)


def _absolute_deviation(target: np.ndarray, _size: np.ndarray | None = None) -> float:
    return float(np.abs(target - target.mean(axis=0)).mean())


def _huber_deviation(target: np.ndarray, _size: np.ndarray | None = None) -> float:
    distance = np.abs(target - target.mean(axis=0))
    return float(np.where(distance <= 1.0, 0.5 * np.square(distance), distance - 0.5).mean())


def _entropy_of_coins(target: np.ndarray, _size: np.ndarray | None = None) -> float:
    share = target.mean(axis=0)
    parts = [np.where(q > 0, -q * np.log(np.where(q > 0, q, 1.0)), 0.0) for q in (share, 1.0 - share)]
    return float(np.mean(parts[0] + parts[1]))


def _entropy_of_mean_row(target: np.ndarray, _size: np.ndarray | None = None) -> float:
    mean = target.mean(axis=0)
    share = mean / max(mean.sum(), 1e-300)
    return float(-(mean * np.log(np.where(share > 0, share, 1.0))).sum())


def _poisson_of_mean(target: np.ndarray, size: np.ndarray | None = None) -> float:
    raw = log_means(target, 1.0 if size is None else size)
    rows, sizes = some_rows(target, 1.0 if size is None else size, CELLS_FOR_LOSS)
    return float(poisson_loss(rows, raw, sizes).mean())


def _negative_binomial_of_mean(target: np.ndarray, size: np.ndarray | None = None) -> float:
    """Give every column the dispersion that suits it best: a network may choose it, too."""
    raw = log_means(target, 1.0 if size is None else size)
    rows, sizes = some_rows(target, 1.0 if size is None else size, CELLS_FOR_LOSS)
    return float(negative_binomial_loss(rows, raw, log_dispersions(rows, raw, sizes), sizes).mean())


LOSSES: dict[str, Loss] = {
    "mse": Loss(squared_error, mean_variance),
    "mae": Loss(absolute_error, _absolute_deviation),
    "huber": Loss(huber_loss, _huber_deviation),
    "bce": Loss(binary_cross_entropy, _entropy_of_coins, low=0.0, high=1.0),
    "categorical": Loss(categorical_cross_entropy, _entropy_of_mean_row, low=0.0),
    "poisson": Loss(poisson, _poisson_of_mean, low=0.0),
    "nb": Loss(negative_binomial, _negative_binomial_of_mean, low=0.0),
}
