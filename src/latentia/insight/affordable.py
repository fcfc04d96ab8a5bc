"""How much a trial may cost: rows, epochs and sizes that a given amount of work allows."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.recipe import Recipe

LARGEST_SIZE, FEWEST_SIZES = 10, 6
FEWEST_EPOCHS, FEWEST_ROWS = 30, 500
# Weights of all networks that a trial trains side by side; in memory they are about eight times.
MOST_WEIGHTS = 1 << 24


def sizes_to_try(n_rows: int, n_columns: int, largest: int = LARGEST_SIZE) -> Sequence[int]:
    """Return the numbers of components to compare: up to the largest, six at least, ten at most.

    Examples
    --------
    >>> list(sizes_to_try(142, 13))
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    >>> list(sizes_to_try(142, 4))
    [1, 2, 3]
    >>> list(sizes_to_try(142, 13, largest=4))
    [1, 2, 3, 4, 5, 6]
    """
    most = min(max(largest, FEWEST_SIZES), LARGEST_SIZE)
    return range(1, max(min(most, n_columns - 1, n_rows - 1), 1) + 1)


def _work_per_epoch(recipe: Recipe, n_rows: int, n_columns: int) -> float:
    """Estimate the multiply-adds of one epoch of one network: forward, backward, and the gradient."""
    return 3.0 * n_rows * weights_of(recipe, n_rows, n_columns)


def weights_of(recipe: Recipe, n_rows: int, n_columns: int) -> int:
    """Count the weights of a network, encoder and decoder."""
    hidden = recipe.resolve(n_rows=max(n_rows, 1), n_features=n_columns).hidden_layer_sizes
    widths = (n_columns, *hidden, recipe.n_components)
    return 2 * sum(int(a) * int(b) for a, b in pairwise(widths))


def affordable_rows(values: np.ndarray, seed: int, recipe: Recipe, budget: float, members: int) -> np.ndarray:
    """Return the rows to use: all of them, or as many as the budget of multiply-adds allows."""
    n_rows, n_columns = values.shape
    per_row = _work_per_epoch(recipe, 1, n_columns) * members * FEWEST_EPOCHS
    most = max(FEWEST_ROWS, int(budget / per_row))
    if n_rows <= most:
        return values
    return values[np.sort(np.random.default_rng(seed).permutation(n_rows)[:most])]


def affordable_epochs(recipe: Recipe, shape: tuple[int, ...], members: int, budget: float) -> int:
    """Return how many epochs to train: as many as the recipe asks for, or as the budget allows."""
    n_rows, n_columns = shape
    wanted = recipe.resolve(n_rows=n_rows, n_features=n_columns).max_epochs
    affordable = budget / (_work_per_epoch(recipe, n_rows, n_columns) * members)
    return min(int(wanted), max(FEWEST_EPOCHS, math.floor(affordable)))
