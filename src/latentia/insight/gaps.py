"""Missing cells: how many there are and where, what they go with, and how well they can be filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.gap_pattern import dependences
from latentia.insight.results import ColumnGaps, MissingCells
from latentia.insight.trial_filling import try_filling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from latentia.insight.results import TableColumn
    from latentia.tables.splits import Split
    from latentia.training.trained import Trained

    Array = NDArray[np.float64]


def missing_cells(
    trained: Trained, scaled: Array, split: Split, columns: Sequence[TableColumn], *, seed: int
) -> MissingCells | None:
    """Say everything about the missing cells of a table; None where there are none.

    Parameters
    ----------
    trained : Trained
        What fills them in.
    scaled : ndarray of shape (n, p)
        All rows as the network sees them, nan where a cell is missing.
    split : Split
    columns : sequence of TableColumn
    seed : int
        Of the cells that are hidden, and of the permutations.
    """
    seen = [column for column in columns if column.kind != "category" or column.levels]
    gaps = np.isnan(scaled[:, [column.first for column in seen]])
    if not gaps.any():
        return None
    filling = try_filling(trained, scaled, split, seen, seed=seed)
    share = gaps.mean(axis=1)
    return MissingCells(
        share=float(gaps.mean()),
        n_complete_rows=int((share == 0).sum()),
        n_mostly_missing_rows=int((share > 0.5).sum()),  # noqa: PLR2004  most is more than half
        columns=tuple(
            ColumnGaps(
                name=column.name,
                is_category=column.kind == "category",
                share=float(gaps[:, at].mean()),
                n_judged=int(filling.n_judged[at]),
                error=float(filling.error[at]),
                usual_error=float(filling.usual_error[at]),
            )
            for at, column in enumerate(seen)
        ),
        filling=filling.overall,
        dependences=dependences(scaled, gaps, seen, seed=seed),
    )
