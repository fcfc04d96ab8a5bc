"""Which rows train a model and which judge it.

Held-out rows are drawn once, before anything is learned, so that scaling, sizes and thresholds
never see them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError, RecipeError
from latentia.tables.hashing import HELD_OUT, drawn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

FEWEST_ROWS_TO_SPLIT = 5
FEWEST_TRAINING_ROWS = 2
_ROWS_AT_ONCE = 1 << 20


@dataclass(frozen=True, eq=False)
class Split:
    """Positions of the rows (from 0, sorted) that train and that are held out; int64 both."""

    training: NDArray[np.int64]
    held_out: NDArray[np.int64]

    @property
    def n_training(self) -> int:
        """The number of rows that train."""
        return len(self.training)

    @property
    def n_held_out(self) -> int:
        """The number of rows that are held out."""
        return len(self.held_out)


@dataclass(frozen=True)
class HashedSplit:
    """A split in which every row draws for itself, so that rows are on one side for good.

    A row's side follows from the seed and the row's position alone: more rows behind it, or other
    blocks to read them in, change nothing. How many rows are held out is a matter of chance, too: of a
    million rows and a share of a fifth, 200,000 give or take 400.

    Parameters
    ----------
    n_rows : int
        The number of rows.
    fraction : float
        The share of rows to hold out, from 0 to below 1.
    seed : int
        Decides the draw.

    Examples
    --------
    >>> split = HashedSplit(n_rows=1000, fraction=0.2, seed=0)
    >>> split.n_training + split.n_held_out, 150 < split.n_held_out < 250
    (1000, True)
    >>> longer = HashedSplit(n_rows=2000, fraction=0.2, seed=0)
    >>> bool((longer.held_out[: len(split.held_out)] == split.held_out).all())
    True
    """

    n_rows: int
    fraction: float
    seed: int

    @property
    def n_training(self) -> int:
        """The number of rows that train."""
        return self.n_rows - self.n_held_out

    @cached_property
    def n_held_out(self) -> int:
        """The number of rows that are held out."""
        return sum(int(side.sum()) for _, side in self._sides())

    @property
    def training(self) -> NDArray[np.int64]:
        """Positions of the rows that train, sorted."""
        return np.concatenate([first + np.flatnonzero(~side) for first, side in self._sides()])

    @property
    def held_out(self) -> NDArray[np.int64]:
        """Positions of the rows that are held out, sorted."""
        return np.concatenate([first + np.flatnonzero(side) for first, side in self._sides()])

    def is_held_out(self, first: int, n_rows: int) -> NDArray[np.bool_]:
        """Say of so many rows from a position on whether they are held out."""
        return held_out_by_hash(first, n_rows, self.fraction, self.seed)

    def _sides(self) -> Iterator[tuple[int, NDArray[np.bool_]]]:
        """Yield where some rows begin, and which of them are held out."""
        for first in range(0, max(self.n_rows, 1), _ROWS_AT_ONCE):
            yield first, self.is_held_out(first, min(_ROWS_AT_ONCE, self.n_rows - first))


def held_out_by_hash(first: int, n_rows: int, fraction: float, seed: int) -> NDArray[np.bool_]:
    """Say of rows from a position on whether they are held out.

    Examples
    --------
    >>> bool(held_out_by_hash(0, 8, 0.0, seed=0).any())
    False
    """
    positions = np.arange(first, first + n_rows, dtype=np.int64)
    return drawn(seed, positions, HELD_OUT) < np.uint64(min(int(fraction * 2.0**64), 2**64 - 1))


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
        If the groups do not fit the rows, have missing entries, or are all one group.

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


def group_names(groups: ArrayLike) -> NDArray[Any]:
    """Return groups as an array.

    Raises
    ------
    InputError
        If an entry is missing: None, nan, NaT or the null of a library of frames.

    Examples
    --------
    >>> group_names([3, 3, 1])
    array([3, 3, 1])
    """
    names = np.asarray(groups)
    missing = np.flatnonzero(_missing(groups, names))
    if len(missing):
        entries = "1 missing entry" if len(missing) == 1 else f"{len(missing)} missing entries"
        raise InputError(
            f"The groups have {entries}, the first in row {missing[0]}, counted from 0, and nothing says "
            "which rows such a row belongs to; fill them in, or give each such row a group of its own."
        )
    return names


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
    names = group_names(groups)
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


def _missing(groups: ArrayLike, names: NDArray[Any]) -> NDArray[np.bool_]:
    if names.ndim != 1 or names.dtype.kind in "biu":
        return np.zeros(names.shape, dtype=bool)
    if names.dtype.kind in "fcmM":
        return np.isnan(names)
    # As an array of objects, because nan in a list of text would become the text "nan".
    return np.array([_is_missing(cell) for cell in np.asarray(groups, dtype=object)], dtype=bool)


def _is_missing(cell: Any) -> bool:
    differs = cell != cell  # noqa: PLR0124 - only nan and NaT differ from themselves, and pandas' NA says NA
    return cell is None or not isinstance(differs, bool | np.bool_) or bool(differs)


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
