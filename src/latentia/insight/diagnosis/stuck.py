"""Columns that keep one value over a long stretch of rows, as a sensor does that has stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from latentia.insight.diagnosis.wording import counted, named
from latentia.insight.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FEWEST_ROWS, FEWEST_OTHERS = 50, 20
# A stretch is long from so many rows on, and from this share of them.
LONG, LONG_SHARE = 10, 0.05
# Of the rows with the value, so few lie elsewhere; a pump that is often off has many stretches of zeros.
ELSEWHERE = 0.2
# Of the other cells, so many differ from each other: these were measured, and not counted or chosen.
DIFFERENT = 0.5


class Stretch(NamedTuple):
    """Rows on end, first and last as positions among those looked at, with one value in a column."""

    column: int
    value: float
    first: int
    last: int
    length: int


def stuck_columns(
    values: Array, column_names: Sequence[str], *, positions: NDArray[np.int64] | None = None
) -> list[Finding]:
    """Name the columns that have one value in a long stretch of rows, and elsewhere different ones.

    Parameters
    ----------
    values : ndarray of shape (rows, p)
        Training rows, nan where a cell is missing; fewer than 50 are not judged.
    column_names : sequence of str
        Names of the p columns.
    positions : ndarray of int, shape (rows,), optional
        Where these rows stand in the table, from 0; in the order of the table when None.

    Examples
    --------
    >>> heat = np.random.default_rng(0).normal(size=100)
    >>> heat[40:60] = 3.5
    >>> stuck_columns(heat[:, None], ["heat"])[0].evidence["rows"]
    [[40, 59]]
    """
    if len(values) < FEWEST_ROWS:
        return []
    places = np.arange(len(values)) if positions is None else positions
    order = np.argsort(places, kind="stable")
    found = [one for at in range(values.shape[1]) if (one := _stretch(values[order, at], at)) is not None]
    if not found:
        return []
    longest = max(found, key=lambda one: one.length)
    first, last = (int(places[order][at]) for at in (longest.first, longest.last))
    more = f"; the same goes for {counted(len(found) - 1, 'other column')}" if len(found) > 1 else ""
    return [
        Finding(
            code="stuck_column",
            severity=Severity.WARNING,
            sentence=(
                f"{named([column_names[longest.column]])} has one value ({longest.value:.6g}) in "
                f"{longest.length} training rows on end (table rows {first} to {last}, counted from 0), and "
                f"elsewhere hardly two alike{more}."
            ),
            evidence={
                "columns": [column_names[one.column] for one in found],
                "values": [one.value for one in found],
                "rows": [[int(places[order][one.first]), int(places[order][one.last])] for one in found],
                "lengths": [one.length for one in found],
            },
            suggestion=(
                "Look these rows up: a sensor may have stopped, or a value been filled in. If it was not "
                "measured, leave the cells missing, or the column out (drop)."
            ),
        )
    ]


def _stretch(column: Array, at: int) -> Stretch | None:
    """Return the longest stretch of one value, if it is what a column that is stuck has."""
    there = np.flatnonzero(~np.isnan(column))
    known = column[there]
    steps = np.diff(known)
    if len(known) < FEWEST_ROWS or (steps >= 0).all() or (steps <= 0).all():  # sorted by it
        return None
    ends = np.flatnonzero(np.r_[steps != 0, True])
    begins = np.r_[0, ends[:-1] + 1]
    longest = int(np.argmax(ends - begins))
    first, last = int(begins[longest]), int(ends[longest])
    length, value = last - first + 1, float(known[first])
    others = np.r_[known[:first], known[last + 1 :]]
    if length < max(LONG, LONG_SHARE * len(known)) or len(others) < FEWEST_OTHERS:
        return None
    elsewhere = np.count_nonzero(others == value)
    if elsewhere > ELSEWHERE * length or len(np.unique(others)) < DIFFERENT * len(others):
        return None
    return Stretch(at, value, int(there[first]), int(there[last]), length)
