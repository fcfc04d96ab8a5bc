"""How many networks can be trained anew, and on which rows.

What a single fit says of a table is told apart from chance by doing it again on other rows. How often is
decided by multiply-adds and never by the clock, so that the same table gets the same answer anywhere.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from latentia.insight.affordable import weights_of
from latentia.tables.splits import Split
from latentia.training.groups import MOST_WEIGHTS_SIDE_BY_SIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from latentia.recipe import Recipe

T = TypeVar("T")

# Streams of chance under one seed, so that no question draws what another has drawn.
SPLITS, BOOTSTRAPS = 1, 2


def unheard(what: str) -> None:
    """Tell nobody what is about to be done."""


class Affordable(NamedTuple):
    """How often to train anew, and from how many starts each time."""

    times: int
    starts: int


def affordable_fits(
    recipe: Recipe,
    shape: tuple[int, ...],
    *,
    epochs: float,
    times: int,
    fewest: int,
    starts: int,
    budget: float,
) -> Affordable:
    """Return how many fits a budget of multiply-adds allows: fewer starts first, then fewer fits, then none.

    Parameters
    ----------
    recipe : Recipe
        Of the networks.
    shape : (int, int)
        Rows that each learns from, and columns.
    epochs : float
        How many passes one takes, as far as is known.
    times, fewest : int
        Fits that are wanted, and how few are still worth having.
    starts : int
        Networks that are wanted in each.
    budget : float
        Multiply-adds in all.

    Examples
    --------
    >>> from latentia.recipe import Recipe
    >>> recipe = Recipe.from_settings(hidden_layer_sizes=(10,))
    >>> wanted = {"epochs": 100, "times": 10, "fewest": 5, "starts": 3}
    >>> [affordable_fits(recipe, (100, 8), budget=budget, **wanted) for budget in (1e9, 5e7, 2e7)]
    [Affordable(times=10, starts=3), Affordable(times=8, starts=1), Affordable(times=0, starts=1)]
    """
    n_rows, n_columns = shape
    each = 3.0 * n_rows * weights_of(recipe, n_rows, n_columns) * max(epochs, 1.0)
    starts = 1 if weights_of(recipe, n_rows, n_columns) > MOST_WEIGHTS_SIDE_BY_SIDE else starts
    if budget >= times * starts * each:
        return Affordable(times, starts)
    affordable = min(times, int(budget // each))
    return Affordable(affordable if affordable >= fewest else 0, 1)


def side_by_side(work: Callable[[int], T], times: int, engine: object, *, weights: int = 0) -> Iterator[T]:
    """Do something several times, as many at once as an engine allows, and yield what comes of it in order.

    Networks with more than a million weights keep all cores at work, and memory filled, by themselves: one at
    a time.

    The first is done alone, because it compiles programs that all of them run. Where the caller stops,
    as after Ctrl-C, those not yet begun are left out.

    Examples
    --------
    >>> list(side_by_side(lambda time: time * time, 4, engine=None))
    [0, 1, 4, 9]
    """
    if times:
        yield work(0)
    yield from in_order([partial(work, time) for time in range(1, times)], fits_at_once(engine, weights))


def fits_at_once(engine: object, weights: int) -> int:
    """Return how many networks of so many weights an engine may train at a time."""
    return 1 if weights > MOST_WEIGHTS_SIDE_BY_SIDE else getattr(engine, "fits_at_once", 1)


def in_order(jobs: Sequence[Callable[[], T]], at_once: int) -> Iterator[T]:
    """Do several things, so many at a time, and yield what comes of them in their order.

    One at a time they are done in the thread of the caller, where Ctrl-C is noticed in the middle.

    Examples
    --------
    >>> list(in_order([int, str], at_once=2))
    [0, '']
    """
    if at_once == 1:
        for job in jobs:
            yield job()
        return
    threads = ThreadPoolExecutor(at_once)
    try:
        for begun in [threads.submit(job) for job in jobs]:
            yield begun.result()
    finally:
        threads.shutdown(wait=True, cancel_futures=True)


def seed_of(seed: int, stream: int, time: int) -> int:
    """Return the root of chance of one resample."""
    return int(np.random.default_rng([seed, stream, time]).integers(2**31))


def bootstrap_split(n_rows: int, n_training: int, n_held_out: int, seed: int) -> tuple[np.ndarray, Split]:
    """Draw rows with replacement to learn from, and others, that were not drawn, to stop by.

    Parameters
    ----------
    n_rows : int
        Rows to draw from.
    n_training, n_held_out : int
        How many to draw, and how many of the rest are held out; fewer where too few are left.
    seed : int
        Decides the draw.

    Returns
    -------
    positions : ndarray of int64
        Of the rows of the resample, among those to draw from.
    split : Split
        Which of these train and which are held out.

    Examples
    --------
    >>> positions, split = bootstrap_split(10, 8, 2, seed=0)
    >>> drawn, kept = positions[split.training], positions[split.held_out]
    >>> len(drawn), len(kept), set(drawn.tolist()) & set(kept.tolist())
    (8, 2, set())
    """
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.integers(n_rows, size=n_training))
    left = np.setdiff1d(np.arange(n_rows), drawn)
    kept = np.sort(rng.permutation(left)[:n_held_out])
    positions = np.concatenate([drawn, kept]).astype(np.int64)
    return positions, Split(np.arange(n_training), np.arange(n_training, len(positions)))
