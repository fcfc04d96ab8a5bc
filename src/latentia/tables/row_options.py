"""What a user may say about the rows of a fit: their weights, their groups, and other rows to judge by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from latentia.errors import InputError
from latentia.tables.splits import Split, group_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from latentia.tables.table import Schema


class RowOptions(TypedDict, total=False):
    """Keywords of `Autoencoder.fit`, each about rows.

    ``sample_weight`` : array-like of shape (n_samples,), how much each row counts.
    ``groups`` : array-like of shape (n_samples,); rows with equal entries stay on one side of the split.
    ``validation`` : rows of the same columns, to judge epochs by in place of held-out rows.
    """

    sample_weight: ArrayLike
    groups: ArrayLike
    validation: Any


@dataclass(frozen=True, eq=False)
class KnownRows:
    """The rows of a fit, the validation rows last, and what is known about them.

    Parameters
    ----------
    values : ndarray of shape (n, p)
    weights : ndarray of shape (n,) or None
    groups : ndarray of shape (n,) or None
    n_validation : int
        How many of the rows, at the end, are there to judge only.
    schema : Schema or None
        What the columns are, with the levels that the training rows have.
    drawn : Split or None
        The split, where it had to be drawn to know the levels.
    """

    values: NDArray[np.float64]
    weights: NDArray[np.float64] | None = None
    groups: NDArray[Any] | None = None
    n_validation: int = 0
    schema: Schema | None = None
    drawn: Split | None = None

    def told(self) -> dict[str, Any]:
        """Return what a fit has to know beside the values."""
        return {
            "split": self.split(),
            "groups": self.groups,
            "row_weights": self.weights,
            "schema": self.schema,
        }

    def split(self) -> Split | None:
        """Return the split that the user has made or that is drawn, None where it is left to the fit."""
        if not self.n_validation:
            return self.drawn
        positions = np.arange(len(self.values), dtype=np.int64)
        return Split(positions[: -self.n_validation], positions[-self.n_validation :])


def known_rows(
    values: NDArray[np.float64], options: Mapping[str, Any], read: Callable[[Any], NDArray[np.float64]]
) -> KnownRows:
    """Check what is said about rows, and put the validation rows behind them.

    Parameters
    ----------
    values : ndarray of shape (n, p)
        Rows to fit.
    options : mapping
        Of `RowOptions`.
    read : callable
        Turns validation rows into numbers of the same columns.

    Raises
    ------
    TypeError
        For a name that is none of these, as Python does.
    InputError
        For weights or groups that do not fit the rows, or for two ways of choosing the rows to judge by.
    """
    for name in options:
        if name not in RowOptions.__annotations__:
            raise TypeError(f"fit() got an unexpected keyword argument {name!r}")
    groups, validation = options.get("groups"), options.get("validation")
    weights = _weights(options.get("sample_weight"), len(values))
    if validation is None:
        return KnownRows(values, weights, None if groups is None else group_names(groups))
    if groups is not None:
        raise InputError(
            "groups decide which rows are held out, but validation rows were given too; pass one of the two."
        )
    other = read(validation)
    if weights is not None:
        weights = np.concatenate([weights, np.full(len(other), weights.mean())])
    return KnownRows(np.concatenate([values, other]), weights, None, len(other))


def _weights(given: Any, n_rows: int) -> NDArray[np.float64] | None:
    if given is None:
        return None
    try:
        weights = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        raise InputError("sample_weight has an entry that is no number; pass one number per row.") from None
    if weights.shape != (n_rows,):
        raise InputError(
            f"sample_weight has shape {weights.shape}, but there are {n_rows} rows; pass one number per row."
        )
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise InputError(
            "sample_weight has missing, infinite or negative numbers, or only zeros; pass numbers of at "
            "least 0, some of them above."
        )
    return weights
