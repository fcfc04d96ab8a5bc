"""Reconstruction losses, cell by cell.

A loss compares one cell with its reconstruction. How cells are averaged is the business of the
training step, where row weights and missing cells are known. Losses of probabilities are taken
from the raw outputs, before the activation, where nothing overflows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Loss:
    """A loss, what its targets may be, and what predicting every column's mean costs.

    Parameters
    ----------
    cells : callable
        Of (target, reconstruction, raw), each (rows, n_features), to a loss per cell.
    of_mean : callable
        Of float64 targets (rows, n_features) to the mean loss of predicting the column means.
    low, high : float
        Range that the scaled table has to lie in.
    """

    cells: Callable[[jax.Array, jax.Array, jax.Array], jax.Array]
    of_mean: Callable[[np.ndarray], float]
    low: float = -math.inf
    high: float = math.inf


def squared_error(target: jax.Array, reconstruction: jax.Array, _raw: jax.Array) -> jax.Array:
    """Squared difference: the loss that PCA minimises."""
    return jnp.square(reconstruction - target)


def absolute_error(target: jax.Array, reconstruction: jax.Array, _raw: jax.Array) -> jax.Array:
    """Absolute difference: outlying cells count in proportion, not by their square."""
    return jnp.abs(reconstruction - target)


def huber_loss(target: jax.Array, reconstruction: jax.Array, _raw: jax.Array) -> jax.Array:
    """Half the squared error up to 1, then linear (Huber, 1964), in scaled units."""
    distance = jnp.abs(reconstruction - target)
    return jnp.where(distance <= 1.0, 0.5 * jnp.square(distance), distance - 0.5)


def binary_cross_entropy(target: jax.Array, _reconstruction: jax.Array, raw: jax.Array) -> jax.Array:
    """Return minus the log-likelihood of a coin with the output as its probability, in nats."""
    return jnp.maximum(raw, 0.0) - raw * target + jnp.log1p(jnp.exp(-jnp.abs(raw)))


def categorical_cross_entropy(target: jax.Array, _reconstruction: jax.Array, raw: jax.Array) -> jax.Array:
    """Return each cell's part of a row's cross-entropy; their mean is the row's, in nats."""
    return -target * jax.nn.log_softmax(raw, axis=-1) * raw.shape[-1]


def mean_variance(target: np.ndarray) -> float:
    """Return the variance of a column, averaged over columns."""
    if not len(target):
        return 0.0
    deviations = target - target.mean(axis=0)
    return float(np.einsum("ij,ij->", deviations, deviations) / deviations.size)


def _absolute_deviation(target: np.ndarray) -> float:
    return float(np.abs(target - target.mean(axis=0)).mean())


def _huber_deviation(target: np.ndarray) -> float:
    distance = np.abs(target - target.mean(axis=0))
    return float(np.where(distance <= 1.0, 0.5 * np.square(distance), distance - 0.5).mean())


def _entropy_of_coins(target: np.ndarray) -> float:
    share = target.mean(axis=0)
    parts = [np.where(q > 0, -q * np.log(np.where(q > 0, q, 1.0)), 0.0) for q in (share, 1.0 - share)]
    return float(np.mean(parts[0] + parts[1]))


def _entropy_of_mean_row(target: np.ndarray) -> float:
    mean = target.mean(axis=0)
    share = mean / max(mean.sum(), 1e-300)
    return float(-(mean * np.log(np.where(share > 0, share, 1.0))).sum())


LOSSES: dict[str, Loss] = {
    "mse": Loss(squared_error, mean_variance),
    "mae": Loss(absolute_error, _absolute_deviation),
    "huber": Loss(huber_loss, _huber_deviation),
    "bce": Loss(binary_cross_entropy, _entropy_of_coins, low=0.0, high=1.0),
    "categorical": Loss(categorical_cross_entropy, _entropy_of_mean_row, low=0.0),
}
