"""Rows that the model cannot explain, how rare that is, and which columns are to blame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.residuals import row_errors
from latentia.insight.results import StrangeRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_COLUMNS = 3
# A column with less of the row's squared residual than this does not explain the row.
SMALLEST_SHARE = 0.1


def strange_rows(
    scaled: Array,
    reconstructed: Array,
    values: Array,
    in_units: Callable[[NDArray[np.int64]], Array],
    *,
    held_out_mask: NDArray[np.bool_],
    column_names: Sequence[str],
    positions: NDArray[np.int64] | None = None,
    limit: int = 10,
) -> tuple[StrangeRow, ...]:
    """List the rows with the largest reconstruction errors, largest first.

    The p-value compares a row with the held-out rows, which the model has never seen: with m of
    them, it is ``(1 + number with an error at least as large) / (1 + m)``. A held-out row is
    compared with the others. A training row was seen, so its p-value is on the safe side. With
    many rows, some small p-values are expected: about one row in a hundred has p below 0.01.

    Parameters
    ----------
    scaled, reconstructed : ndarray of shape (n, p)
        All rows in any order, nan where a cell is missing, and what the model makes of them, in scaled units.
    values : ndarray of shape (n, p)
        All rows in original units, in the order of the table.
    in_units : callable
        Takes which of the reconstructions, (m,), and returns these in original units.
    held_out_mask : ndarray of bool, shape (n,)
        True for held-out rows, in the order of `scaled`.
    column_names : sequence of str
        Names of the p columns.
    positions : ndarray of int, shape (n,), optional
        Where the rows of `scaled` stand in the table; in its order when None.
    limit : int, default 10
        How many rows at most.

    Returns
    -------
    tuple of StrangeRow
        Up to three columns each, those with at least a tenth of the row's squared residual.
        Rows that are reconstructed exactly are not listed.

    Examples
    --------
    >>> import numpy as np
    >>> seen = np.array([[0.0, 0.0], [0.1, 0.0], [0.0, 0.2], [3.0, 0.0]])
    >>> mask = np.array([True, True, True, False])
    >>> row = strange_rows(
    ...     seen,
    ...     0 * seen,
    ...     seen,
    ...     lambda rows: 0 * seen[rows],
    ...     held_out_mask=mask,
    ...     column_names=["ash", "hue"],
    ...     limit=1,
    ... )[0]
    >>> row.row, row.columns, row.p_value
    (3, ('ash',), 0.25)
    """
    scores = row_errors(scaled, reconstructed)
    reference = np.sort(scores[held_out_mask])
    usable = np.flatnonzero(np.isfinite(scores) & (scores > 0))
    positions = np.arange(len(scores)) if positions is None else positions
    order = usable[np.lexsort((positions[usable], -scores[usable]))][:limit]
    found = []
    for row, expected in zip(order, in_units(order), strict=True):
        off = np.square(reconstructed[row] - scaled[row])
        columns = _blamed(np.where(np.isnan(scaled[row]), 0.0, off))  # a missing cell cannot be strange
        found.append(
            StrangeRow(
                row=int(positions[row]),
                held_out=bool(held_out_mask[row]),
                score=float(scores[row]),
                p_value=_p_value(float(scores[row]), reference, is_reference=bool(held_out_mask[row])),
                columns=tuple(column_names[column] for column in columns),
                values=tuple(float(values[positions[row], column]) for column in columns),
                expected=tuple(float(expected[column]) for column in columns),
            )
        )
    return tuple(found)


def _p_value(score: float, reference: Array, *, is_reference: bool) -> float:
    at_least = len(reference) - int(np.searchsorted(reference, score, side="left"))
    compared = len(reference)
    if is_reference:  # the row itself is among them, and stands for the "one" that is added
        return at_least / compared
    return (1 + at_least) / (1 + compared) if compared else float("nan")


def _blamed(squared: Array) -> list[int]:
    shares = squared / squared.sum()
    order = np.argsort(-shares, kind="stable")[:MOST_COLUMNS]
    blamed = [int(column) for column in order if shares[column] >= SMALLEST_SHARE]
    return blamed or [int(order[0])]
