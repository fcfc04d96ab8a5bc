"""Whether codes are moved when gaps are filled, and how far: tried on rows that no weight was learned from.

Moving a code until the cells that are there fit better helps where columns tell each other nearly exactly,
and harms where it takes their noise for news. Cells of validation rows are hidden, filled in with the code
held more or less to the encoder's, and compared; the code is moved only if that is clearly better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.networks.filling import filled_rows
from latentia.networks.indicators import owners
from latentia.settings import COUNT_LOSSES

if TYPE_CHECKING:
    from latentia.training.trained import Trained

HOLDS = (3.0, 1.0, 0.3, 0.1)
# A part of the cells is hidden at a time, until every cell has been.
PARTS = 5
FEWEST_ROWS, MOST_ROWS = 20, 500
# Beyond, a trial would take as long as a good part of the training.
MOST_COLUMNS = 512
# In standard errors.
CLEAR = 2.0


def settled_hold(trained: Trained, held_out: np.ndarray) -> float | None:
    """Return how much the codes of rows with gaps are held to the encoder's; None if they are not moved.

    Parameters
    ----------
    trained : Trained
    held_out : ndarray of shape (n, p)
        Scaled rows that no weight was learned from, nan where a cell is missing.
    """
    recipe = trained.recipe
    if recipe.code_name != "linear" or recipe.loss_name in COUNT_LOSSES:
        return None  # other codes keep to a shape, and counts are not compared by squares
    rows = held_out[:MOST_ROWS]
    if len(rows) < FEWEST_ROWS or rows.shape[1] > MOST_COLUMNS:
        return None
    owner = owners(trained.network.architecture.blocks, rows.shape[1])
    hidden = hidden_parts(rows, owner, trained.seed)
    shown = np.where(hidden, np.nan, rows)
    losses = {hold: _losses(trained, rows, shown, hidden, hold) for hold in (None, *HOLDS)}
    kept = losses[None]
    with np.errstate(invalid="ignore"):
        gains = {hold: kept - losses[hold] for hold in HOLDS}
    clear = [hold for hold in HOLDS if is_clear(gains[hold])]
    return max(clear, key=lambda hold: float(gains[hold].mean()), default=None)


def hidden_parts(rows: np.ndarray, owner: np.ndarray, seed: int) -> np.ndarray:
    """Return which of the cells that are there each part hides, (parts, n, p), bool.

    Parameters
    ----------
    rows : ndarray of shape (n, p)
        Scaled rows, nan where a cell is missing.
    owner : ndarray of shape (p,)
        The column of the table that each of them belongs to: a category is hidden as a whole.
    seed : int
    """
    part = np.random.default_rng(seed).integers(PARTS, size=(len(rows), owner[-1] + 1))[:, owner]
    return (part[None] == np.arange(PARTS)[:, None, None]) & ~np.isnan(rows)


def _losses(
    trained: Trained, rows: np.ndarray, shown: np.ndarray, hidden: np.ndarray, hold: float | None
) -> np.ndarray:
    """Return the summed squared error of the hidden cells of every row, over all parts."""
    made = filled_rows(trained.network, shown.reshape(-1, rows.shape[1]), hold).reshape(shown.shape)
    with np.errstate(over="ignore", invalid="ignore"):  # a network that blew up gains nothing either
        return np.square(np.where(hidden, made - rows, 0.0), dtype=np.float64).sum(axis=(0, 2))


def is_clear(gain: np.ndarray) -> bool:
    """Return whether what rows gain is above 0 by more than chance."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(gain.mean() > CLEAR * gain.std(ddof=1) / np.sqrt(len(gain)))
