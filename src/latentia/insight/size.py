"""How many components a table needs, from held-out R² over sizes and seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import InputError
from latentia.insight.results import SizeSweep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

SMALLEST_GAIN = 0.01


def choose_size(
    sizes: Sequence[int], r2: ArrayLike, r2_pca: ArrayLike, *, n_columns: int | None = None
) -> SizeSweep:
    """Choose the smallest size that no larger one beats by more than it is worth.

    A size is good enough if its mean R² is within one standard error (over seeds, of the best
    size) of the best mean; this is the one-standard-error rule. R² nearly always creeps up with
    the size, so a size is also good enough if every larger one gains less, for each component
    it adds, than the smallest gain that matters: 1/p, what a component gains by copying one of
    p standardised columns (the idea behind Kaiser's rule), or 0.01 where p is not told.

    Parameters
    ----------
    sizes : sequence of int
        Numbers of components that were tried, ascending.
    r2 : array-like of shape (sizes, seeds)
        Held-out R² of every fit; a fit that failed is nan and is left out.
    r2_pca : array-like of shape (sizes,)
        Held-out R² of PCA at each size.
    n_columns : int, optional
        p, the number of columns.

    Returns
    -------
    SizeSweep
        The figures, the chosen size, and the reason in one sentence.

    Raises
    ------
    InputError
        If no fit has a finite R².

    Examples
    --------
    >>> sweep = choose_size([1, 2, 3], [[0.5, 0.52], [0.9, 0.92], [0.9, 0.93]], [0.5, 0.9, 0.9])
    >>> sweep.chosen
    2
    """
    table = np.asarray(r2, dtype=np.float64)
    finite = np.isfinite(table)
    counts = finite.sum(axis=1)
    if not counts.any():
        raise InputError("No size has a finite held-out R²; look at the diagnosis of a single fit first.")
    means = np.where(finite, table, 0.0).sum(axis=1) / np.maximum(counts, 1)
    means[counts == 0] = -np.inf
    best = int(np.argmax(means))
    error = _standard_error(table[best, finite[best]])
    smallest_gain = 1 / n_columns if n_columns else SMALLEST_GAIN
    position = next(at for at in range(len(sizes)) if _good_enough(at, sizes, means, error, smallest_gain))
    return SizeSweep(
        sizes=tuple(int(size) for size in sizes),
        r2=table,
        r2_pca=np.asarray(r2_pca, dtype=np.float64),
        chosen=int(sizes[position]),
        reason=_reason(position, best, sizes, means, error=error, smallest_gain=smallest_gain),
    )


def _standard_error(values: Array) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def _good_enough(at: int, sizes: Sequence[int], means: Array, error: float, smallest_gain: float) -> bool:
    if not np.isfinite(means[at]):
        return False
    if means[at] >= means.max() - error:
        return True
    larger = range(at + 1, len(sizes))
    return all(means[other] - means[at] < smallest_gain * (sizes[other] - sizes[at]) for other in larger)


def _reason(
    at: int, best: int, sizes: Sequence[int], means: Array, *, error: float, smallest_gain: float
) -> str:
    chosen = f"{sizes[at]} component{'s' if sizes[at] != 1 else ''}"
    start = f"{chosen}: held-out R² {means[at]:.3f}"
    if len(sizes) == 1:
        return f"{start}; no other size was tried."
    if at == best:
        edge = "; larger sizes were not tried" if at == len(sizes) - 1 else ""
        return f"{start}, the highest of the {len(sizes)} sizes tried{edge}."
    if means[at] >= means[best] - error:
        highest = f"{means[best]:.3f} with {sizes[best]}"
        return f"{start}, within one standard error ({error:.3f}) of the highest, {highest}."
    gain = (means[best] - means[at]) / (sizes[best] - sizes[at])
    return (
        f"{start}; going on to {sizes[best]} raises it to {means[best]:.3f}, {gain:.3f} per added component, "
        f"less than the {smallest_gain:.3f} that is worth one."
    )
