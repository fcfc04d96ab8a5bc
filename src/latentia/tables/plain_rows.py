"""Scikit-learn's checks of rows without scikit-learn, whose import takes longer than to encode a table.

The rules and the words are those of `sklearn.utils.validation.validate_data`; `estimator_rows` then says in
our words what these refuse.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError
from latentia.tables.estimator_rows import TWO_DIMENSIONS, is_frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

MOST_NAMES = 5


@dataclass(frozen=True)
class LikeLearned:
    """What checks rows for a model: their names, their cells and how many columns they have.

    Parameters
    ----------
    names : sequence of str or None
        Those that the model has learned.
    n_columns : int
    estimator : str
        What the model is called in messages.

    Examples
    --------
    >>> LikeLearned(None, 2, "Autoencoder")([[1, 2]])
    array([[1., 2.]])
    """

    names: Sequence[str] | None
    n_columns: int
    estimator: str

    def __call__(self, rows: Any) -> NDArray[Any]:
        """Return rows as `floats` does, refuse those of other columns."""
        _check_names(_names_of(rows), self.names, self.estimator)
        values = floats(rows)
        if values.shape[1] != self.n_columns:
            there = f"X has {values.shape[1]} features"
            raise InputError(
                f"{there}, but {self.estimator} is expecting {self.n_columns} features as input."
            )
        return values


def floats(rows: Any) -> NDArray[Any]:
    """Return rows as an array of two dimensions, float32 where they are that and float64 otherwise.

    Raises
    ------
    ValueError or TypeError
        If they have another shape, or cells that are no numbers or infinite; nan is fine.

    Examples
    --------
    >>> floats(np.ones((1, 2), np.float16)).dtype
    dtype('float64')
    """
    values = np.asarray(rows)
    if values.dtype.kind not in "biuf":
        values = np.asarray(values, np.float64)
    if values.ndim != TWO_DIMENSIONS:
        raise InputError(f"Found array with dim {values.ndim}, while dim 2 is required.")
    for count, what in zip(values.shape, ("sample", "feature"), strict=True):
        if count == 0:
            raise InputError(
                f"Found array with 0 {what}(s) (shape={values.shape}) while a minimum of 1 is required."
            )
    if values.dtype != np.float32:
        values = values.astype(np.float64, copy=False)
    # A sum is quicker than a look at every cell; it may also overflow, or have missing cells in it.
    with np.errstate(all="ignore"):
        doubtful = not np.isfinite(values.sum())
    if doubtful and np.isinf(values).any():
        raise InputError("Input X contains infinity.")
    return values


def _names_of(rows: Any) -> list[str] | None:
    """Return the names of columns; those that are not text are none."""
    if not is_frame(rows):
        return None
    names: Iterable[Any] = getattr(rows, "column_names", getattr(rows, "columns", ()))
    texts = [name for name in names if isinstance(name, str)]
    return texts or None


def _check_names(there: list[str] | None, learned: Sequence[str] | None, estimator: str) -> None:
    if there is None and learned is None:
        return
    if learned is None:
        _warn(f"X has feature names, but {estimator} was fitted without feature names")
    elif there is None:
        _warn(f"X does not have valid feature names, but {estimator} was fitted with feature names")
    elif there != list(learned):
        raise InputError(_unlike(there, learned))


def _warn(sentence: str) -> None:
    warnings.warn(sentence, UserWarning, stacklevel=8)


def _unlike(there: Sequence[str], learned: Sequence[str]) -> str:
    """Say which names are missing, new, or in another order."""
    unexpected, missing = sorted(set(there) - set(learned)), sorted(set(learned) - set(there))
    said = ["The feature names should match those that were passed during fit."]
    for names, title in (
        (unexpected, "Feature names unseen at fit time:"),
        (missing, "Feature names seen at fit time, yet now missing:"),
    ):
        if names:
            said += [title, *(f"- {name}" for name in names[:MOST_NAMES])]
            said += ["- ..."] * (len(names) > MOST_NAMES)
    if not unexpected and not missing:
        said.append("Feature names must be in the same order as they were in fit.")
    return "\n".join(said) + "\n"
