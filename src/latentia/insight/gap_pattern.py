"""Does it look like chance where cells are missing? Tested by putting the gaps on other rows.

For every column with gaps and every other column, the rows that lack the first are compared with those that
have it, by the mean rank of the second. If gaps were there by chance alone, they could as well be in any
other rows; the largest difference among all pairs is therefore compared with the largest after each of many
random permutations, which keeps one false alarm among all pairs as rare as the level of the test says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from latentia.insight.results import Dependence
from latentia.insight.subsample import subsample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from latentia.insight.results import TableColumn

    Array = NDArray[np.float64]

PERMUTATIONS = 499
LEVEL = 0.01
# On either side of a comparison.
FEWEST_ROWS = 5
MOST_ROWS = 2000
# Columns with gaps, most of them first, and columns that they are compared with.
MOST_GAPS, MOST_OTHERS = 40, 200


def dependences(
    scaled: Array, gaps: NDArray[np.bool_], columns: Sequence[TableColumn], *, seed: int
) -> tuple[Dependence, ...]:
    """Return which gaps go with the values of other columns, the surest pair of each column with gaps.

    Parameters
    ----------
    scaled : ndarray of shape (n, p)
        All rows as the network sees them, nan where a cell is missing.
    gaps : ndarray of bool, shape (n, columns)
        Where cells of the table's columns are missing.
    columns : sequence of TableColumn
    seed : int
    """
    rows = subsample(len(scaled), MOST_ROWS, seed)
    values, lacking = scaled[rows], gaps[rows]
    tested = _to_test(lacking)
    inputs, owner, names = _inputs(columns)
    others = subsample(len(inputs), MOST_OTHERS, seed)
    ranks, there = _ranks(values[:, inputs[others]])
    missing = lacking[:, tested].astype(np.float64)
    # Rows that lack a column have no value of it to compare.
    own = owner[others][:, None] == tested[None, :]
    sure = _compared(ranks, there, missing, own)
    if not sure.any():
        return ()
    rng = np.random.default_rng(seed)
    largest = np.array(
        [_compared(ranks, there, rng.permutation(missing), own).max() for _ in range(PERMUTATIONS)]
    )
    found = []
    for at, column in enumerate(tested.tolist()):
        surest = int(sure[:, at].argmax())
        p_value = (1 + int((largest >= sure[surest, at]).sum())) / (1 + PERMUTATIONS)
        if sure[surest, at] > 0 and p_value <= LEVEL:
            found.append(
                Dependence(
                    column=columns[column].name,
                    n_missing=int(gaps[:, column].sum()),
                    other=names[others[surest]],
                    is_level=bool(columns[int(owner[others[surest]])].levels),
                    difference=_difference(values[:, inputs[others[surest]]], lacking[:, column]),
                    p_value=p_value,
                )
            )
    return tuple(found)


def _to_test(gaps: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the columns with enough gaps, and enough cells, to compare rows by."""
    count = gaps.sum(axis=0)
    enough = np.flatnonzero((count >= FEWEST_ROWS) & (count <= len(gaps) - FEWEST_ROWS))
    return enough[np.argsort(-count[enough], kind="stable")[:MOST_GAPS]]


def _inputs(
    columns: Sequence[TableColumn],
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[str]]:
    """Return the columns that the network sees, the table's column that each is of, and their names."""
    told = [
        (
            column.first + level,
            at,
            f"{column.name} = {column.levels[level]}" if column.levels else column.name,
        )
        for at, column in enumerate(columns)
        for level in range(max(len(column.levels), 1))
    ]
    places, owners, names = zip(*told, strict=True)
    return np.array(places), np.array(owners), list(names)


def _ranks(values: Array) -> tuple[Array, Array]:
    """Return standardised ranks of each column's cells, 0 where one is missing, and where there is one."""
    there = ~np.isnan(values)
    ranks = np.zeros(values.shape)
    for at in range(values.shape[1]):
        here = there[:, at]
        if here.any():
            order = rankdata(values[here, at])
            spread = order.std()
            ranks[here, at] = (order - order.mean()) / spread if spread > 0 else 0.0
    return ranks, there.astype(np.float64)


def _compared(ranks: Array, there: Array, missing: Array, own: NDArray[np.bool_]) -> Array:
    """Return how surely the mean ranks of rows with and without a gap differ, (others, columns with gaps).

    In standard errors; 0 where there are too few rows to compare.
    """
    lacking = there.T @ missing
    having = there.sum(axis=0)[:, None] - lacking
    enough = (lacking >= FEWEST_ROWS) & (having >= FEWEST_ROWS) & ~own
    # Standardised ranks add up to 0, so the two means follow from one sum.
    scale = np.sqrt(1 / np.maximum(lacking, 1.0) + 1 / np.maximum(having, 1.0))
    return np.where(enough, np.abs(ranks.T @ missing) * scale, 0.0)


def _difference(values: Array, lacking: NDArray[np.bool_]) -> float:
    """Return how much higher the values of rows with a gap are, in standard deviations."""
    there = ~np.isnan(values)
    spread = values[there].std()
    return float((values[there & lacking].mean() - values[there & ~lacking].mean()) / spread)
