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
HALVES = 0.5


def choose_size(
    sizes: Sequence[int],
    r2: ArrayLike,
    r2_pca: ArrayLike,
    *,
    n_columns: int | None = None,
    judged: str = "validation",
) -> SizeSweep:
    """Choose the smallest size that no larger one beats by more than it is worth.

    A size is good enough if its mean R² is within one standard error (over seeds, of the best
    size) of the best mean; this is the one-standard-error rule. R² nearly always creeps up with
    the size, so a size is also good enough if no larger one is worth its added components. They
    are worth it if each of them gains at least 1/p, what a component gains by copying one of p
    standardised columns (the idea behind Kaiser's rule), or gains 0.01 and halves the error that
    is left. Where p is not told, a gain of 0.01 each is enough.

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
    judged : str, default "validation"
        What the rows that judge are called in the reason.

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
    worth = 1 / n_columns if n_columns else SMALLEST_GAIN
    position = next(
        at
        for at in range(len(sizes))
        if np.isfinite(means[at])
        and (means[at] >= means[best] - error or not _larger_worth(at, sizes, means, worth))
    )
    return SizeSweep(
        sizes=tuple(int(size) for size in sizes),
        r2=table,
        r2_pca=np.asarray(r2_pca, dtype=np.float64),
        chosen=int(sizes[position]),
        reason=_reason(position, best, sizes, means, error=error, worth=worth, judged=judged),
    )


def _standard_error(values: Array) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def _larger_worth(at: int, sizes: Sequence[int], means: Array, worth: float) -> list[int]:
    """Return the positions of larger sizes that are worth their added components."""
    found = []
    for other in range(at + 1, len(sizes)):
        added = sizes[other] - sizes[at]
        gain = (means[other] - means[at]) / added
        halves = 1 - means[other] <= (1 - means[at]) * HALVES**added
        if gain >= worth or (gain >= SMALLEST_GAIN and halves):
            found.append(other)
    return found


def _reason(
    at: int,
    best: int,
    sizes: Sequence[int],
    means: Array,
    *,
    error: float,
    worth: float,
    judged: str,
) -> str:
    chosen = f"{sizes[at]} component{'s' if sizes[at] != 1 else ''}"
    start = f"{chosen}: {judged} R² {means[at]:.3f}"
    if len(sizes) == 1:
        return f"{start}; no other size was tried."
    if at == best:
        edge = "; larger sizes were not tried" if at == len(sizes) - 1 else ""
        return f"{start}, the highest of the {len(sizes)} sizes tried{edge}."
    if means[at] >= means[best] - error:
        highest = f"{means[best]:.3f} with {sizes[best]}"
        return f"{start}, within one standard error ({error:.3f}) of the highest, {highest}."
    gains = {
        other: (means[other] - means[at]) / (sizes[other] - sizes[at]) for other in range(at + 1, len(sizes))
    }
    rival = max(gains, key=lambda other: gains[other])
    return (
        f"{start}; going on to {sizes[rival]} raises it to {means[rival]:.3f}, {gains[rival]:.3f} per added "
        f"component, less than the {worth:.3f} that is worth one."
    )
