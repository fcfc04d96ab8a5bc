"""How far what is filled into gaps is drawn back to the means, found on rows that no weight was learned from.

A network that knows some of its rows by heart is too sure of what it says of others: what it fills in
departs further from the mean of a column than it should, and most of all where a column cannot be told from
the others. Cells of validation rows are hidden and filled in, and for each column the share of that
departure is found which errs least. Columns lend each other strength, so that few rows do not decide alone.
All of it is kept unless keeping less is clearly better on rows that did not say so; of pure noise nearly
nothing is kept, and the means are filled in (Copas 1983, "Regression, prediction and shrinkage").
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from latentia.networks.indicators import owners
from latentia.settings import COUNT_LOSSES
from latentia.training.holding import FEWEST_ROWS, MOST_ROWS, hidden_parts, is_clear, settled_hold

if TYPE_CHECKING:
    from latentia.training.trained import Trained

# Beyond, a trial would take as long as a good part of the training.
MOST_COLUMNS = 4096
# Cells of all columns together that count beside a column's own.
PRIOR_CELLS = 50.0
# Parts of the rows; what the others say is tried on each.
FOLDS = 5


class FillingErrors(NamedTuple):
    """Summed squares in scaled units over the hidden cells of each of n held-out rows."""

    ours: np.ndarray  # (n,)
    of_means: np.ndarray  # (n,)

    @property
    def share(self) -> float:
        """What is left of the error of filling in means; 1 where nothing was to be filled in."""
        of_means = float(self.of_means.sum())
        return float(self.ours.sum()) / of_means if of_means else 1.0

    def is_clearly_below(self, other: FillingErrors) -> bool:
        """Return whether these errors are smaller than others on the same rows by more than chance."""
        return is_clear(other.ours - self.ours)


def ready_to_fill(trained: Trained, values: np.ndarray, *, anyway: bool = False) -> Trained:
    """Return what was trained, with what it takes to fill gaps well.

    Parameters
    ----------
    trained : Trained
    values : ndarray of shape (n, p)
        The rows of the fit, in original units.
    anyway : bool, default False
        Whether to find out even if no cell of these rows is missing.
    """
    if not (anyway or np.isnan(values).any()):
        return trained
    held_out = trained.scale(values[trained.split.held_out])
    trained = replace(trained, hold=settled_hold(trained, held_out))
    return replace(trained, kept=kept_shares(trained, held_out))


def kept_shares(trained: Trained, held_out: np.ndarray) -> np.ndarray | None:
    """Return the share of what departs from the mean that is filled in, from 0 to 1; None for all of it.

    Parameters
    ----------
    trained : Trained
        Its codes are held as they will be when gaps are filled.
    held_out : ndarray of shape (n, p)
        Scaled rows that no weight was learned from, nan where a cell is missing.

    Returns
    -------
    ndarray of shape (p,) or None
        The same for all levels of a category.
    """
    rows = held_out[:MOST_ROWS]
    if trained.recipe.loss_name in COUNT_LOSSES or len(rows) < FEWEST_ROWS or rows.shape[1] > MOST_COLUMNS:
        return None
    owner = owners(trained.network.architecture.blocks, rows.shape[1])
    said, true = _said_of_hidden(replace(trained, kept=None), rows, owner)
    if not (np.isfinite(said).all() and said.any()):  # a network that blew up says nothing
        return None
    fold = np.arange(len(rows)) % FOLDS
    shares = np.stack([_shares(said[fold != part], true[fold != part], owner) for part in range(FOLDS)])
    gain = np.square(said - true).sum(axis=1) - np.square(shares[fold] * said - true).sum(axis=1)
    return _shares(said, true, owner) if is_clear(gain) else None


def filling_errors(trained: Trained, held_out: np.ndarray) -> FillingErrors | None:
    """Return how far off hidden cells are filled in; None of too few rows.

    Parameters
    ----------
    trained : Trained
        It fills in as it will.
    held_out : ndarray of shape (n, p)
        Scaled rows that no weight was learned from, nan where a cell is missing.
    """
    rows = held_out[:MOST_ROWS]
    if len(rows) < FEWEST_ROWS:
        return None
    owner = owners(trained.network.architecture.blocks, rows.shape[1])
    said, true = _said_of_hidden(trained, rows, owner)
    with np.errstate(over="ignore", invalid="ignore"):  # a network that blew up errs without bounds
        ours = np.square(said - true).sum(axis=1)
    return FillingErrors(np.where(np.isfinite(ours), ours, np.inf), np.square(true).sum(axis=1))


def _said_of_hidden(trained: Trained, rows: np.ndarray, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much cells depart from the means, as they are filled in and as they are; 0 of gaps."""
    hidden = hidden_parts(rows, owner, trained.seed)
    said = np.stack([trained.fill_scaled(np.where(part, np.nan, rows)) for part in hidden])
    # Every cell is hidden once.
    said = np.where(hidden, said - trained.center, 0.0).sum(axis=0)
    return said, np.where(np.isnan(rows), 0.0, rows - trained.center)


def _shares(said: np.ndarray, true: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return what is to be kept of each column, by least squares; 1 where nothing was said."""
    joint, own = (np.bincount(owner, (said * other).sum(axis=0)) for other in (true, said))
    common = joint.sum() / own.sum() if own.any() else 1.0
    # Cells of other columns count in units of the column's own, or those that vary most would decide.
    prior = PRIOR_CELLS * own / len(said)
    shares = (joint + prior * common) / np.where(own > 0, own + prior, 1.0)
    return np.clip(np.where(own > 0, shares, 1.0), 0.0, 1.0)[owner]
