"""A fixed, seeded selection of rows for methods whose cost grows with the square of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def subsample(n_rows: int, at_most: int, seed: int) -> NDArray[np.int64]:
    """Return sorted positions of all rows, or of `at_most` rows drawn without replacement.

    Examples
    --------
    >>> subsample(3, 10, seed=0)
    array([0, 1, 2])
    >>> len(subsample(100, 10, seed=0))
    10
    """
    if n_rows <= at_most:
        return np.arange(n_rows, dtype=np.int64)
    return np.sort(np.random.default_rng(seed).choice(n_rows, at_most, replace=False)).astype(np.int64)


def distinct_rows(codes: NDArray[np.float64]) -> int:
    """Count the rows that differ by more than rounding.

    Squared distances keep about eight digits, so rows that are closer than 1e-7 of the overall
    spread are one row to every method that uses them.

    Examples
    --------
    >>> distinct_rows(np.array([[0.0], [1.0], [1.0 + 1e-12]]))
    2
    """
    if not len(codes):
        return 0
    centered = codes - codes.mean(axis=0)
    spread = np.abs(centered).max(initial=0.0)
    # Equal numbers can have a mean that differs from them by a rounding of their size.
    if spread <= 1e-12 * np.abs(codes).max(initial=0.0) or spread == 0:
        return 1
    return len(np.unique(np.round(centered / spread, 7), axis=0))
