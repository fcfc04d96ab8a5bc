"""Which rows a model may be asked about: how far out held-out rows lie, and who lies farther.

A row is judged by two numbers: its residual, and how far its code is from where codes lie. The one alone
misses a row far out along a direction that the network has learned; the other alone misses what no code can
hold (see `strangeness`). Each has a limit that one held-out row in two hundred exceeds, so that of new rows
like these about one in a hundred is outside. Where fewer rows were held out than can say so, the limit is
where the tail of those that there are would reach. Rows that were learned from, of which there are more, can
widen a limit, but never narrow it: what has been seen is not outside.

References
----------
B. M. Hill (1975), Annals of Statistics 3: the tail. V. Vovk et al. (2005), Algorithmic Learning in a Random
World: a quantile of held-out rows that holds for new ones.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.bounded_rows import FEWEST_HELD_OUT, codes_and_residuals
from latentia.insight.strangeness import Rarity, Region
from latentia.insight.subsample import subsample
from latentia.training.bounds import Bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from latentia.training.trained import Trained

    Array = NDArray[np.float64]
    Side = tuple[Array, NDArray[np.int64]]  # rows in original units, and which of them

# Of new rows like those held out, outside: half by the residual, and half by the code.
LEVEL = 0.01
# More would hardly move a limit.
MOST_ROWS = 10_000


def bounded(trained: Trained, values: Array) -> Trained:
    """Return what was trained, with how far out its own held-out rows lie.

    Parameters
    ----------
    trained : Trained
    values : ndarray of shape (n, p)
        The rows of the fit, in original units, as the networks see them.
    """
    split = trained.split
    return _bounded(trained, (values, split.training), (values, split.held_out))


def bounded_by(trained: Trained, training: Array, held_out: Array) -> Trained:
    """Return what was trained, with how far out rows lie that it has not learned from."""
    sides = ((rows, np.arange(len(rows))) for rows in (training, held_out))
    return _bounded(trained, *sides)


def _bounded(trained: Trained, training: Side, held_out: Side) -> Trained:
    """Measure both sides; with fewer than five held-out rows, or diverged networks, nothing is known."""
    if len(held_out[1]) < FEWEST_HELD_OUT:
        return trained
    learned, fitted = codes_and_residuals(trained, *_some(training, trained.seed))
    codes, errors = codes_and_residuals(trained, *_some(held_out, trained.seed))
    known = np.isfinite(errors)  # a row without any cell has no residual
    if known.sum() < FEWEST_HELD_OUT or not (np.isfinite(learned).all() and np.isfinite(codes).all()):
        return trained
    region = Region.of(learned)
    bounds = Bounds(
        region.center,
        region.whitening,
        distance=max(limit_of(region.distances(part)) for part in (codes[known], learned)),
        residual=max(limit_of(part) for part in (errors[known], fitted[np.isfinite(fitted)])),
        n_rows=int(known.sum()),
    )
    return replace(trained, bounds=bounds)


def _some(side: Side, seed: int) -> Side:
    values, positions = side
    return values, positions[subsample(len(positions), MOST_ROWS, seed)]


def limit_of(numbers: Array, level: float = LEVEL / 2) -> float:
    """Return what a further number like these exceeds with a probability of at most `level`.

    It is the k-th largest of m, with ``k = level * (m + 1)`` rounded down; where that is none, as far as the
    tail of the numbers reaches, and never below the largest.

    Examples
    --------
    >>> limit_of(np.arange(1.0, 400.0))
    398.0
    >>> limit_of(np.arange(1.0, 40.0)) > 39.0
    True
    """
    known = np.sort(numbers)
    allowed = int(np.floor(level * (1 + len(known)) + 1e-9))
    if allowed:
        return float(known[-allowed])
    rarity = Rarity.of(known)
    beyond = np.log((rarity.in_tail + 1) / ((len(known) + 1) * level))
    return max(float(known[-1]), float(rarity.border * np.exp(rarity.slope * beyond)))
