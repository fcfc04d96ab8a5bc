"""Too few rows, and rows that stand on both sides of the split."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.diagnosis.wording import counted, percent
from latentia.insight.findings import Finding, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# Below one row in a hundred, repeats hardly move a mean over the held-out rows.
NOTABLE_SHARE = 0.01
# From here on what was held out was as good as learned from.
RUINOUS_SHARE = 0.5
# Answers on scales come back in many rows by nature, values that were measured do not.
MOST_ANSWERS = 10
FEWEST_HELD_OUT = 20


def rows_duplicated_across_split(training: Array, held_out: Array) -> list[Finding]:
    """Count the held-out rows that are equal, cell by cell, to a training row.

    Parameters
    ----------
    training, held_out : ndarray of shape (rows, p)
        The two sides of the split, in the same unit.

    Examples
    --------
    >>> found = rows_duplicated_across_split(np.eye(2), np.array([[0.0, 1.0], [5.0, 5.0]]))
    >>> found[0].evidence["n_duplicated"]
    1
    """
    first_of: dict[bytes, int] = {}
    for at, row in enumerate(training):
        first_of.setdefault(_digest(row), at)
    repeated = [at for at, row in enumerate(held_out) if _digest(row) in first_of]
    if not repeated:
        return []
    share = len(repeated) / len(held_out)
    ruinous = share >= RUINOUS_SHARE and _is_measured(training[list(first_of.values())])
    mild = Severity.WARNING if share >= NOTABLE_SHARE else Severity.NOTE
    return [
        Finding(
            code="rows_duplicated_across_split",
            severity=Severity.SERIOUS if ruinous else mild,
            sentence=(
                f"{counted(len(repeated), 'held-out row')} of {len(held_out):,} ({percent(share)}) "
                f"{'is' if len(repeated) == 1 else 'are'} equal to a training row, so "
                + (
                    "scores, comparisons and tests that count rows as independent mean nothing."
                    if ruinous
                    else "the held-out figures look better than they are."
                )
            ),
            evidence={"n_duplicated": len(repeated), "n_held_out": len(held_out), "share": share},
            suggestion="Remove repeated rows, so that none is on both sides of the split.",
        )
    ]


def _is_measured(distinct_rows: Array) -> bool:
    """Tell whether some column has its own value in most rows, so that equal rows are copies."""
    fewest = max(MOST_ANSWERS, len(distinct_rows) / 2)
    # A gap is a value of none.
    return any(np.unique(column[~np.isnan(column)]).size > fewest for column in distinct_rows.T)


def _digest(row: Array) -> bytes:
    # Adding 0 turns -0.0 into 0.0, which has other bytes but is the same number.
    return blake2b((row + 0.0).tobytes(), digest_size=16).digest()


def fewer_rows_than_parameters(n_training_rows: int, n_columns: int, n_parameters: int) -> list[Finding]:
    """Note that the network has more parameters than training rows.

    This is usual for networks and no error: noise, early stopping and weight decay hold them
    back. But training figures alone then prove nothing.

    Examples
    --------
    >>> fewer_rows_than_parameters(142, 13, 6000)[0].evidence["rows_per_parameter"].__round__(3)
    0.024
    """
    if n_training_rows >= n_parameters:
        return []
    cells = n_training_rows * n_columns
    more = f"and even than its {cells:,} cells" if cells < n_parameters else f"with {cells:,} cells"
    return [
        Finding(
            code="fewer_rows_than_parameters",
            severity=Severity.NOTE,
            sentence=(
                f"The network has {counted(n_parameters, 'parameter')}, more than the "
                f"{counted(n_training_rows, 'training row')} {more}."
            ),
            evidence={
                "n_parameters": n_parameters,
                "n_training_rows": n_training_rows,
                "n_cells": cells,
                "rows_per_parameter": n_training_rows / n_parameters,
            },
            suggestion="Trust only the held-out figures; a smaller network is worth a try if they are poor.",
        )
    ]


def few_held_out_rows(n_held_out: int) -> list[Finding]:
    """Warn where nothing, or next to nothing, was held out to judge the model.

    Examples
    --------
    >>> few_held_out_rows(0)[0].severity.value
    'warning'
    """
    if n_held_out >= FEWEST_HELD_OUT:
        return []
    if n_held_out == 0:
        sentence = "No rows were held out, so nothing shows how the model does on rows it has not seen."
    else:
        verb = "was" if n_held_out == 1 else "were"
        sentence = f"Only {counted(n_held_out, 'row')} {verb} held out, so the held-out figures are rough."
    return [
        Finding(
            code="few_held_out_rows",
            severity=Severity.WARNING if n_held_out == 0 else Severity.NOTE,
            sentence=sentence,
            evidence={"n_held_out": n_held_out, "fewest": FEWEST_HELD_OUT},
            suggestion="Hold out more rows, or repeat the analysis with several random_state values.",
        )
    ]
