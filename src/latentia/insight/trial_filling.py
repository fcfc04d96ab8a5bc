"""Are gaps filled well? Cells of held-out rows that are there are hidden, filled in, and compared.

A tenth of the cells is hidden at a time, ten times over, so that every cell is judged once, while nine
tenths of its row are there to tell it from. Beside the error stands that of someone who fills numbers with
the mean of the training rows, and categories with their most frequent level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from latentia.insight.results import Filling
from latentia.insight.subsample import subsample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from latentia.insight.results import TableColumn
    from latentia.tables.splits import Split
    from latentia.training.trained import Trained

    Array = NDArray[np.float64]

PARTS = 10
# More rows would change the figures by less than their chance.
MOST_ROWS = 300
# Numbers that the networks are shown, all parts together.
MOST_NUMBERS = 20_000_000


class Filled(NamedTuple):
    """Errors by column of the table, and over all of them."""

    n_judged: NDArray[np.int64]  # (columns,)
    error: Array  # (columns,) root mean square in standard deviations; of categories, share that is wrong
    usual_error: Array  # (columns,) the same of means and most frequent levels
    overall: Filling


def try_filling(
    trained: Trained, scaled: Array, split: Split, columns: Sequence[TableColumn], *, seed: int
) -> Filled:
    """Hide cells of held-out rows, fill them in, and measure how far off that is.

    Parameters
    ----------
    trained : Trained
    scaled : ndarray of shape (n, p)
        All rows as the network sees them, nan where a cell is missing.
    split : Split
    columns : sequence of TableColumn
        Those of which the network sees anything.
    seed : int
        Of the rows, if there are many, and of the order in which cells are hidden.
    """
    most = max(20, min(MOST_ROWS, MOST_NUMBERS // (PARTS * scaled.shape[1])))
    rows = scaled[split.held_out[subsample(len(split.held_out), most, seed)]]
    widths = [max(len(column.levels), 1) for column in columns]
    firsts = np.array([column.first for column in columns])
    owner = np.repeat(np.arange(len(columns)), widths)
    made = _filled(trained, rows, owner, seed)
    losses = _losses(rows, made, scaled[split.training], columns, firsts)
    is_category = np.array([column.kind == "category" for column in columns])
    n_judged = (~np.isnan(losses[0])).sum(axis=0)
    error, usual = (_mean(each, axis=0) for each in losses)
    for each in (error, usual):
        each[~is_category] = np.sqrt(each[~is_category])
    return Filled(n_judged, error, usual, _overall(*losses, is_category))


def _filled(trained: Trained, rows: Array, owner: NDArray[np.int64], seed: int) -> Array:
    """Return what is filled in for every cell while it is hidden with a tenth of all."""
    part = np.random.default_rng(seed).integers(PARTS, size=(len(rows), owner[-1] + 1))[:, owner]
    made = np.full(rows.shape, np.nan)
    for at in range(PARTS):
        hidden = part == at
        made[hidden] = trained.fill_scaled(np.where(hidden, np.nan, rows))[hidden]
    return made


def _losses(
    rows: Array, made: Array, training: Array, columns: Sequence[TableColumn], firsts: NDArray[np.int64]
) -> tuple[Array, Array]:
    """Return what every cell costs, (rows, columns), filled by the networks and by what is usual."""
    ours, usual = np.empty((2, len(rows), len(columns)))
    for at, (column, first) in enumerate(zip(columns, firsts, strict=True)):
        here = slice(first, first + max(len(column.levels), 1))
        there = ~np.isnan(rows[:, first])
        learned = training[~np.isnan(training[:, first]), here]
        if column.kind == "category":
            level = rows[:, here].argmax(axis=1)
            ours[:, at] = made[:, here].argmax(axis=1) != level
            usual[:, at] = learned.sum(axis=0).argmax() != level
        else:
            center, variance = (learned.mean(), learned.var()) if len(learned) else (0.0, 0.0)
            variance = variance or 1.0
            ours[:, at] = np.square(made[:, first] - rows[:, first]) / variance
            usual[:, at] = np.square(center - rows[:, first]) / variance
        ours[~there, at] = usual[~there, at] = np.nan
    return ours, usual


def _overall(ours: Array, usual: Array, is_category: NDArray[np.bool_]) -> Filling:
    """Return means over all cells, and the gain by row: numbers and categories as shares of what is usual."""
    worth = np.where(is_category, _mean(usual[:, is_category]), _mean(usual[:, ~is_category]))
    # Of a category that is the same in all these rows, the usual filling is never wrong.
    gain = _mean((usual - ours) / np.where(worth > 0, worth, 1.0), axis=1)
    gain = gain[~np.isnan(gain)]
    return Filling(
        n_cells=int((~np.isnan(ours)).sum()),
        n_rows=len(gain),
        squared_error=_mean(ours[:, ~is_category]),
        usual_squared_error=_mean(usual[:, ~is_category]),
        wrong=_mean(ours[:, is_category]),
        usual_wrong=_mean(usual[:, is_category]),
        gain=_mean(gain),
        standard_error=float(gain.std(ddof=1) / np.sqrt(len(gain))) if len(gain) > 1 else float("nan"),
    )


def _mean(values: Array, axis: int | None = None) -> Any:
    """Return means of what is there, nan without anything."""
    there = ~np.isnan(values)
    count = there.sum(axis=axis)
    total = np.where(there, values, 0.0).sum(axis=axis)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean if axis is not None else float(mean)
