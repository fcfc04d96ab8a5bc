"""Numbers that stand for a missing answer, such as 99 on a scale from 1 to 5."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from latentia.insight.diagnosis.wording import counted, named
from latentia.insight.findings import Finding, Severity
from latentia.tables.pieces import column_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_NINES = (77, 88, 97, 98, 99, 777, 888, 997, 998, 999, 7777, 8888, 9998, 9999, 99999)
CODES_ABOVE = (9, *_NINES)
CODES_BELOW = (-7, -8, -9, *(-code for code in _NINES))
# A code of one digit stands near the values, where counts have their tail. A tail thins out before it
# ends; a scale ends where many rows are.
ONE_DIGIT = 9
FEWEST_AT_THE_END = 5
MOST_STEPS_OF_A_SCALE = 10
FEWEST_ROWS = 2
# One cell far out in each of many columns: a code only if it is the same in a tenth of all columns.
SHARE_OF_COLUMNS = 0.1
MOST_CODES = 3


class _Suspect(NamedTuple):
    code: int
    column: int
    n_cells: int


def missing_value_codes(values: Array, column_names: Sequence[str]) -> list[Finding]:
    """Name the numbers that are usual codes for a missing answer and far from all other values.

    A code is suspect where all other values of the column lie on one side of it, no nearer than they
    are spread, and where it stands in two rows or more, or again in other columns.

    Parameters
    ----------
    values : ndarray of shape (rows, p)
        Training rows in original units, nan where a cell is missing.
    column_names : sequence of str
        Names of the p columns.

    Examples
    --------
    >>> answers = np.tile([1.0, 2.0, 3.0, 4.0, 5.0], 10)
    >>> told = missing_value_codes(np.c_[answers, np.r_[answers[:47], 99, 99, 99]], ["q1", "q2"])
    >>> told[0].evidence["codes"], told[0].evidence["columns"], told[0].evidence["n_cells"]
    ([99], [['q2']], [3])
    >>> missing_value_codes(np.r_[20:99.0, 99, 99][:, None], ["age"])
    []
    """
    suspects = _confirmed([one for at in _at_an_end(values) for one in _suspects(values[:, at], at)], values)
    codes = sorted({one.code for one in suspects}, key=lambda code: (-abs(code), code))
    if not codes:
        return []
    columns = [[one.column for one in suspects if one.code == code] for code in codes]
    names = [[column_names[at] for at in at_columns] for at_columns in columns]
    cells = [sum(one.n_cells for one in suspects if one.code == code) for code in codes]
    told = [
        f"{_written(code)} in {named(where)} ({counted(n_cells, 'cell')})"
        for code, where, n_cells in zip(codes, names, cells, strict=True)
    ]
    return [
        Finding(
            code="missing_value_codes",
            severity=Severity.WARNING,
            sentence=(
                "Codes for missing answers may have been read as numbers, far from all other values in "
                f"{counted(len(values), 'training row')}: "
                f"{'; '.join(told[:MOST_CODES])}"
                f"{f'; and {len(told) - MOST_CODES} more' if len(told) > MOST_CODES else ''}."
            ),
            evidence={"codes": codes, "columns": names, "n_cells": cells, "n_rows": len(values)},
            suggestion=_advice(codes, _has_elsewhere(values, codes, columns)),
        )
    ]


def _at_an_end(values: Array) -> list[int]:
    """Return the columns whose least or greatest value is a code; few are."""
    found: list[int] = []
    for part in column_pieces(values.shape) if len(values) else ():
        ends = [np.fmin.reduce(values[:, part], axis=0), np.fmax.reduce(values[:, part], axis=0)]
        is_code = np.isin(ends[0], CODES_BELOW) | np.isin(ends[1], CODES_ABOVE)
        found += (np.flatnonzero(is_code) + part.start).tolist()
    return found


def _suspects(column: Array, at: int) -> list[_Suspect]:
    """Return the codes at both ends of a column without which it has a range that they are out of."""
    distinct, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    below, above = _leading(distinct, CODES_BELOW), _leading(distinct[::-1], CODES_ABOVE)
    # Of several possible ranges the narrowest: with 98 and 99 above 1 to 5, both are codes.
    for low, high in sorted(product(range(below + 1), range(above + 1)), key=sum, reverse=True):
        rest = slice(low, len(distinct) - high)
        if low + high and _stand_out(distinct, counts, rest):
            outer = [*range(low), *range(rest.stop, len(distinct))]
            return [_Suspect(int(distinct[one]), at, int(counts[one])) for one in outer]
    return []


def _leading(distinct: Array, codes: Sequence[int]) -> int:
    """Count the values at the beginning that are codes."""
    return int(np.cumprod(np.isin(distinct, codes)).sum())


def _stand_out(distinct: Array, counts: NDArray[np.int64], rest: slice) -> bool:
    """Tell whether all values outside of the rest are farther from it than it is wide."""
    inner = distinct[rest]
    if len(inner) < 2:  # noqa: PLR2004  (with one other value, two are all that the column says)
        return False
    below, above = distinct[: rest.start], distinct[rest.stop :]
    return (not len(below) or _is_far(inner, int(counts[rest.start]), float(below[-1]))) and (
        not len(above) or _is_far(inner, int(counts[rest.stop - 1]), float(above[0]))
    )


def _is_far(inner: Array, n_at_the_end: int, nearest: float) -> bool:
    """Tell whether the nearest code is farther from the other values than these are apart."""
    width = float(inner[-1] - inner[0])
    gap = nearest - inner[-1] if nearest > 0 else inner[0] - nearest
    is_scale = len(inner) <= MOST_STEPS_OF_A_SCALE and bool((np.diff(inner) == 1).all())
    if gap < width or (gap == width and not is_scale):
        return False
    if abs(nearest) > ONE_DIGIT:
        return True
    if is_scale:
        return n_at_the_end >= FEWEST_AT_THE_END
    # Of what is measured or counted 9 is a value like any other, as -9 is where values are below 0.
    return nearest < 0 <= inner[0]


def _confirmed(suspects: list[_Suspect], values: Array) -> list[_Suspect]:
    """Leave out single cells, unless many columns have the same code, or one has it more often."""
    often = {one.code for one in suspects if one.n_cells >= FEWEST_ROWS}
    columns_of: dict[int, int] = {}
    for one in suspects:
        columns_of[one.code] = columns_of.get(one.code, 0) + 1
    fewest = max(2, SHARE_OF_COLUMNS * values.shape[1])
    return [one for one in suspects if one.code in often or columns_of[one.code] >= fewest]


def _has_elsewhere(values: Array, codes: Sequence[int], columns: Sequence[Sequence[int]]) -> bool:
    """Tell whether other columns have these numbers, too, as values like any other."""
    for part in column_pieces(values.shape):
        for code, own in zip(codes, columns, strict=True):
            has = np.flatnonzero((values[:, part] == code).any(axis=0)) + part.start
            if not np.isin(has, own).all():
                return True
    return False


def _advice(codes: Sequence[int], elsewhere: bool) -> str:
    if elsewhere:
        return (
            "If these cells are missing answers, empty them in these columns and analyse again; other "
            "columns have the same numbers as values, so say it of no whole table."
        )
    options = " ".join(_option(code) for code in codes)
    words = ", ".join(f'"{code}"' for code in codes)
    return (
        f"If these cells are missing answers, say so of a text file or workbook: {options}, in Python "
        f"missing=[{words}], with any word such as NA that the file has, too; in other tables empty these "
        "cells first."
    )


def _option(code: int) -> str:
    return f"--missing {code}" if code >= 0 else f"--missing={code}"


def _written(code: int) -> str:
    return str(code).replace("-", "−")
