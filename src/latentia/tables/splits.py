"""Which rows train a model and which judge it.

Held-out rows are drawn once, before anything is learned, so that scaling, sizes and thresholds
never see them.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import InputError, RecipeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

FEWEST_ROWS_TO_SPLIT = 5
FEWEST_TRAINING_ROWS = 2


@dataclass(frozen=True, eq=False)
class Split:
    """Positions of the rows (from 0, sorted) that train and that are held out; int64 both."""

    training: NDArray[np.int64]
    held_out: NDArray[np.int64]


def hold_out(n_rows: int, fraction: float, seed: int | None, groups: ArrayLike | None = None) -> Split:
    """Draw the rows that are held out.

    At least one row is held out and at least two rows train. With fewer than 5 rows, or with
    fraction 0, nothing is held out: a single row of four would judge nothing.

    Parameters
    ----------
    n_rows : int
        The number of rows.
    fraction : float
        The share of the rows to hold out, from 0 to below 1. With groups it is met as nearly
        as whole groups allow.
    seed : int or None
        Decides the draw.
    groups : array-like of shape (n_rows,), optional
        Rows with equal entries stay on one side of the split.

    Returns
    -------
    Split
        The training and the held-out positions.

    Raises
    ------
    RecipeError
        If the fraction is not in the range.
    InputError
        If the groups do not fit the rows, or are all one group.

    Examples
    --------
    >>> split = hold_out(10, 0.2, seed=0)
    >>> len(split.training), len(split.held_out)
    (8, 2)
    """
    if not 0 <= fraction < 1:
        raise RecipeError(
            f"A held-out fraction of {fraction} is not in [0, 1); pass for example 0.2 to hold out a fifth."
        )
    if groups is not None:
        groups = _checked_groups(groups, n_rows)
    if n_rows < FEWEST_ROWS_TO_SPLIT or fraction == 0:
        return Split(np.arange(n_rows, dtype=np.int64), np.empty(0, dtype=np.int64))
    wanted = min(max(round(fraction * n_rows), 1), n_rows - FEWEST_TRAINING_ROWS)
    rng = np.random.default_rng(seed)
    held = np.zeros(n_rows, dtype=bool)
    if groups is None:
        held[rng.permutation(n_rows)[:wanted]] = True
    else:
        held[_whole_groups(groups, wanted, rng)] = True
    return Split(np.flatnonzero(~held).astype(np.int64), np.flatnonzero(held).astype(np.int64))


def duplicated_across(values: ArrayLike, split: Split) -> NDArray[np.int64]:
    """Find held-out rows that a training row equals in every cell.

    Such rows were seen by the fit, so they flatter its held-out figures.

    Parameters
    ----------
    values : array-like of shape (n, p)
        The rows; 0.0 equals -0.0.
    split : Split
        Which of them train and which are held out.

    Returns
    -------
    ndarray of int64
        Positions of the held-out rows, sorted.

    Examples
    --------
    >>> split = Split(np.array([0, 1]), np.array([2, 3]))
    >>> duplicated_across([[1.0, 2.0], [3.0, 4.0], [3.0, 4.0], [4.0, 3.0]], split)
    array([2])
    """
    rows = np.ascontiguousarray(values, dtype=np.float64)
    seen = {_fingerprint(rows[position]) for position in split.training}
    again = [position for position in split.held_out if _fingerprint(rows[position]) in seen]
    return np.array(again, dtype=np.int64)


def _fingerprint(row: NDArray[np.float64]) -> bytes:
    # 128 bits instead of the row itself: no second copy of the table, and no false alarm in practice.
    return blake2b((row + 0.0).tobytes(), digest_size=16).digest()


def _checked_groups(groups: ArrayLike, n_rows: int) -> NDArray[np.int64]:
    names = np.asarray(groups)
    if names.shape != (n_rows,):
        raise InputError(
            f"The groups have shape {names.shape} but there are {n_rows} rows; pass one group per row."
        )
    distinct, codes = np.unique(names, return_inverse=True)
    if len(distinct) == 1 and n_rows >= FEWEST_ROWS_TO_SPLIT:
        raise InputError(
            f"All {n_rows} rows are in the one group {distinct[0]!s}, and groups are kept whole, so none can "
            "be held out; pass groups with at least two different entries."
        )
    return codes.astype(np.int64)


def _whole_groups(codes: NDArray[np.int64], wanted: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    sizes = np.bincount(codes)
    most = len(codes) - FEWEST_TRAINING_ROWS
    chosen: list[int] = []
    held = 0
    for group in rng.permutation(len(sizes)):
        # Half a group of overshoot is the point where leaving the group out would be as near.
        if held + sizes[group] <= min(wanted + sizes[group] / 2, most):
            chosen.append(int(group))
            held += int(sizes[group])
    if not chosen:
        chosen = [int(np.argmin(sizes))]
    return np.isin(codes, chosen)
