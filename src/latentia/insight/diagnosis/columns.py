"""Columns that carry nothing, say the same twice, or drown the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.diagnosis.wording import counted, named, others, percent
from latentia.insight.findings import Finding, Severity
from latentia.tables.pieces import column_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# One row in a hundred may differ: scaled to unit variance, such a row stands 10 deviations out.
RARE_SHARE = 0.01
FEWEST_ROWS_FOR_RARE = 10
FEWEST_ROWS_TO_VARY = 2
# Single precision, in which networks compute, keeps seven digits of a number.
SMALLEST_RELATIVE_SPREAD = 1e-6
SAME_CORRELATION = 0.9999
FEWEST_ROWS_FOR_DUPLICATES = 5
MOST_ROWS_FOR_DUPLICATES = 10_000
BLOCK, SINGLE_PRECISION = 512, 1e-5
# Half of the error to be explained lies in one column; tables of 2 and 3 columns are given more room.
DOMINATING_SHARE = 0.5
DOMINATING_TIMES_EVEN = 1.8
FEWEST_ROWS_FOR_CELLS = 20
DOMINATING_CELL_SHARE = 0.5
# Of whole numbers of at least 0, so many are 0 where something is counted that is seldom met.
ZEROS_OF_COUNTS = 0.8


def nearly_constant_columns(
    values: Array, column_names: Sequence[str], *, rare: bool = True
) -> list[Finding]:
    """Name the training columns that do not vary, hardly vary, or vary in hardly any row.

    Parameters
    ----------
    values : ndarray of shape (rows, p)
        Training rows in original units.
    column_names : sequence of str
        Names of the p columns.
    rare : bool, default True
        Whether to tell of columns that vary in hardly any row; counts that are not scaled to unit
        variance may do so.

    Returns
    -------
    list of Finding
        ``nearly_constant_column`` once for each of the three ways that occurs.

    Examples
    --------
    >>> nearly_constant_columns(np.array([[1.0, 2.0], [1.0, 3.0]]), ["ash", "hue"])[0].evidence
    {'columns': ['ash'], 'rows_that_differ': [0], 'n_rows': 2}
    """
    n_rows = len(values)
    if n_rows < FEWEST_ROWS_TO_VARY:
        return []
    differing = _rows_off_the_mode(values)
    allowed = max(1, int(RARE_SHARE * n_rows)) if n_rows >= FEWEST_ROWS_FOR_RARE else 0
    constant = differing == 0
    few = ~constant & (differing <= allowed)
    tight = ~constant & ~few & _is_tight(values)
    told = (
        (
            constant,
            Severity.NOTE,
            "the same value in every training row",
            "They carry nothing: leave them out.",
        ),
        (
            few & rare,
            Severity.WARNING,
            f"the same value in all but {allowed} or fewer of {n_rows:,} training rows",
            "Leave them out, or the few rows that differ count for much after scaling.",
        ),
        (
            tight,
            Severity.WARNING,
            "a spread below a millionth of the size of the numbers",
            "Subtract a constant from them before saving the table, or leave them out.",
        ),
    )
    findings = []
    for which, severity, has_what, suggestion in told:
        names = [column_names[int(at)] for at in np.flatnonzero(which)]
        if names:
            findings.append(
                Finding(
                    code="nearly_constant_column",
                    severity=severity,
                    sentence=f"{named(names)} {'has' if len(names) == 1 else 'have'} {has_what}.",
                    evidence={
                        "columns": names,
                        "rows_that_differ": [int(count) for count in differing[which]],
                        "n_rows": n_rows,
                    },
                    suggestion=suggestion,
                )
            )
    return findings


def duplicate_columns(values: Array, column_names: Sequence[str], *, rare: bool = True) -> list[Finding]:
    """Name the training columns that are equal up to scale and offset (|r| > 0.9999).

    They must be so without the row that is farthest out, too, or one row in a hundred: a row of totals
    would make all columns alike.

    Parameters
    ----------
    values : ndarray of shape (rows, p)
        Training rows, in any unit.
    column_names : sequence of str
        Names of the p columns.
    rare : bool, default True
        Whether columns that vary in hardly any row are compared, too; sparse counts are equal by chance.

    Examples
    --------
    >>> ash = np.arange(6.0)
    >>> found = duplicate_columns(np.c_[ash, ash**2, 2 - ash], ["ash", "hue", "minus ash"])
    >>> found[0].evidence["groups"]
    [['ash', 'minus ash']]
    """
    if len(values) < FEWEST_ROWS_FOR_DUPLICATES:
        return []
    if not rare:
        often = np.flatnonzero(_rows_off_the_mode(values) > RARE_SHARE * len(values)).tolist()
        values, column_names = values[:, often], [column_names[at] for at in often]
    groups = [[column_names[at] for at in group] for group in _groups(_equal_pairs(values))]
    if not groups:
        return []
    repeats = sum(len(group) - 1 for group in groups)
    told = "; ".join(" = ".join(group[:4]) + (" = …" if len(group) > 4 else "") for group in groups[:3])  # noqa: PLR2004
    return [
        Finding(
            code="duplicate_columns",
            severity=Severity.WARNING,
            sentence=(
                f"{counted(repeats, 'column')} repeat{'s' if repeats == 1 else ''} another up to scale "
                f"(correlation above {SAME_CORRELATION}): {told}{'; …' if len(groups) > 3 else ''}."  # noqa: PLR2004
            ),
            evidence={"groups": groups, "n_repeats": repeats},
            suggestion="Keep one column of each group; a repeated column counts twice in every error and R².",
        )
    ]


def sparse_counts(values: Array) -> list[Finding]:
    """Notice a table of counts, nearly all of them 0, whose squared errors say little.

    Parameters
    ----------
    values : ndarray of shape (rows, p)
        Training rows in original units, nan where a cell is missing.

    Examples
    --------
    >>> counted_cells = np.random.default_rng(0).poisson(0.1, (100, 20)).astype(float)
    >>> sparse_counts(counted_cells)[0].code
    'sparse_counts'
    >>> sparse_counts(counted_cells / 2), sparse_counts(np.eye(20))
    ([], [])
    """
    n_cells = int((~np.isnan(values)).sum())
    n_zeros = int((values == 0).sum())
    several = bool((values > 1).any())  # or they say yes and no
    if not several or n_zeros < ZEROS_OF_COUNTS * n_cells or (values < 0).any():
        return []
    there = values[~np.isnan(values) & (values != 0)]
    if (there != np.floor(there)).any():
        return []
    share = n_zeros / n_cells
    return [
        Finding(
            code="sparse_counts",
            severity=Severity.WARNING,
            sentence=(
                f"All cells are whole numbers of at least 0, and {percent(share)} of them are 0, as counts "
                "are; once scaled, the few others make up nearly all of the error, and mostly by chance."
            ),
            evidence={"share_of_zeros": share, "n_cells": n_cells},
            suggestion='If something was counted, use loss="poisson" or "nb" (--loss poisson).',
        )
    ]


def dominating_column(scaled: Array, column_names: Sequence[str], *, scaling: object = None) -> list[Finding]:
    """Name the column that holds most of the variance the model is asked to explain.

    A share of a half is too much, or of 1.8 times an even share where there are 2 or 3 columns.

    Parameters
    ----------
    scaled : ndarray of shape (rows, p)
        Training rows in scaled units.
    column_names : sequence of str
        Names of the p columns.
    scaling : object, optional
        The scaling that the table has, which is no advice.

    Examples
    --------
    >>> rows = np.array([[0.0, 0.0, 100.0], [1.0, 2.0, 900.0], [2.0, 0.0, 300.0]])
    >>> dominating_column(rows, ["ash", "hue", "proline"])[0].evidence["column"]
    'proline'
    """
    variance = np.zeros(len(column_names))
    for part in column_pieces(scaled.shape) if len(scaled) else ():
        variance[part] = scaled[:, part].var(axis=0)
    total, varying = variance.sum(), int((variance > 0).sum())
    if total == 0 or not np.isfinite(total):
        return []
    top = int(np.argmax(variance))
    share = float(variance[top] / total)
    if varying < 2 or share < max(DOMINATING_SHARE, DOMINATING_TIMES_EVEN / varying):  # noqa: PLR2004
        return []
    return [
        Finding(
            code="dominating_column",
            severity=Severity.WARNING,
            sentence=(
                f"{named([column_names[top]])} holds {percent(share)} of the variance of all {varying} "
                "columns after scaling, so the model will hardly look at the others."
            ),
            evidence={"column": column_names[top], "share": share, "n_columns": varying},
            suggestion=(
                f"Use {others('scaling', ['standard', 'robust'], scaling)} unless the units are meant to "
                "weigh the columns."
            ),
        )
    ]


def dominating_cell(
    scaled: Array,
    column_names: Sequence[str],
    *,
    positions: NDArray[np.int64] | None = None,
    scaling: object = None,
    loss: str = "",
) -> list[Finding]:
    """Name the columns in which a single training row makes up half of the variance.

    Parameters
    ----------
    scaled : ndarray of shape (rows, p)
        Training rows in scaled units; fewer than 20 are not judged.
    column_names : sequence of str
        Names of the p columns.
    positions : ndarray of int, shape (rows,), optional
        Where these rows stand in the table, from 0, so that the cell can be looked up there.
    scaling, loss : object
        Those that the fit has, which are no advice.

    Examples
    --------
    >>> column = np.r_[np.linspace(-1, 1, 30), 50.0]
    >>> dominating_cell(column[:, None], ["ash"])[0].evidence["rows"]
    [30]
    """
    if len(scaled) < FEWEST_ROWS_FOR_CELLS:
        return []
    kind = "training" if positions is None else "table"
    rows, share = _largest_cells(scaled)
    at = [int(column) for column in np.flatnonzero(share >= DOMINATING_CELL_SHARE)]
    # A column in which hardly a row differs is another finding.
    rare = _rows_off_the_mode(scaled) <= max(1, RARE_SHARE * len(scaled))
    at = [column for column in at if not rare[column]]
    if not at:
        return []
    rows = rows if positions is None else positions[rows]
    worst = max(at, key=lambda column: share[column])
    advice = [others("scaling", ["robust", "quantile"], scaling), others("loss", ["huber"], loss)]
    return [
        Finding(
            code="dominating_cell",
            severity=Severity.WARNING,
            sentence=(
                f"One single cell makes up {percent(float(share[worst]))} of the variance of "
                f"{named([column_names[worst]])} ({kind} row {int(rows[worst])}, counted from 0)"
                + (
                    f"; the same kind of cell is in {counted(len(at) - 1, 'other column')}."
                    if len(at) > 1
                    else "."
                )
            ),
            evidence={
                "columns": [column_names[column] for column in at],
                "rows": [int(rows[column]) for column in at],
                "shares": [float(share[column]) for column in at],
            },
            suggestion=f"Check the cell; if it is real, use {', or '.join(filter(None, advice))}.",
        )
    ]


def _rows_off_the_mode(values: Array) -> NDArray[np.int64]:
    """Count per column the rows that do not have the most frequent value.

    A value that more than half of the rows have is also their median, which is quicker to find;
    where no value is as frequent as that, the count is merely large.
    """
    middle, differing = len(values) // 2, np.zeros(values.shape[1], np.int64)
    for part in column_pieces(values.shape):
        # A column at a time is read through quickest where it lies in one piece.
        columns = np.ascontiguousarray(values[:, part].T)
        frequent = np.partition(columns, middle, axis=1)[:, middle]
        differing[part] = (columns != frequent[:, None]).sum(axis=1)
    return differing


def _is_tight(values: Array) -> NDArray[np.bool_]:
    """Tell which columns have a spread below a millionth of their mean."""
    tight = np.zeros(values.shape[1], bool)
    for part in column_pieces(values.shape):
        mean = values[:, part].mean(axis=0)
        tight[part] = values[:, part].std(axis=0) <= SMALLEST_RELATIVE_SPREAD * np.abs(mean)
    return tight


def _largest_cells(scaled: Array) -> tuple[NDArray[np.int64], Array]:
    """Return per column the row farthest from the median, and its share of all squared distances."""
    rows, share = np.zeros(scaled.shape[1], np.int64), np.zeros(scaled.shape[1])
    for part in column_pieces(scaled.shape):
        squared = scaled[:, part] - np.median(scaled[:, part], axis=0)
        np.square(squared, out=squared)
        total = squared.sum(axis=0)
        rows[part] = squared.argmax(axis=0)
        share[part] = np.divide(squared.max(axis=0), total, out=np.zeros_like(total), where=total > 0)
    return rows, share


def _equal_pairs(values: Array) -> Iterator[tuple[int, int]]:
    """Yield pairs of columns that are equal up to scale and offset, in blocks to spare memory."""
    rows = np.linspace(0, len(values) - 1, min(len(values), MOST_ROWS_FOR_DUPLICATES)).astype(np.int64)
    # Quick, and right to six digits: what may be equal is looked at again.
    single = np.empty((len(rows), values.shape[1]), np.float32)
    for part in column_pieces(single.shape):
        single[:, part] = _unit(values[rows, part])
    starts = range(0, single.shape[1], BLOCK)
    for start, other in ((start, other) for start in starts for other in starts if other >= start):
        correlation = np.abs(single[:, start : start + BLOCK].T @ single[:, other : other + BLOCK])
        pairs = np.argwhere(correlation > SAME_CORRELATION - SINGLE_PRECISION) + np.array([start, other])
        pairs = pairs[pairs[:, 0] < pairs[:, 1]]
        involved = np.unique(pairs)
        alike = _alike_without_extremes(values[rows[:, None], involved])
        for first, second in pairs[alike[tuple(np.searchsorted(involved, pairs).T)]]:
            if _are_equal(values[rows[:, None], [first, second]]):
                yield int(first), int(second)


def _alike_without_extremes(values: Array) -> NDArray[np.bool_]:
    """Tell of all pairs whether they are equal without the rows farthest from the median of either.

    Where neither column of a pair varies in the other rows, they are no reason to doubt it.
    """
    n_extreme = max(1, int(RARE_SHARE * len(values)))
    far = np.argpartition(np.abs(values - np.median(values, axis=0)), -n_extreme, axis=0)[-n_extreme:]
    kept = np.ones(values.shape, np.float32)
    np.put_along_axis(kept, far, 0.0, axis=0)
    # Means in place of what is left out, so that the others make up the whole length.
    means = (values * kept).sum(axis=0) / (len(values) - n_extreme)
    inner = _unit(np.where(kept, values, means)).astype(np.float32) * kept
    total, n_rows = inner.T @ kept, kept.T @ kept
    cross = inner.T @ inner - total * total.T / n_rows
    variance = np.square(inner).T @ kept - np.square(total) / n_rows
    still = variance <= SMALLEST_RELATIVE_SPREAD
    least = (SAME_CORRELATION - SINGLE_PRECISION) ** 2
    return np.where(still | still.T, still & still.T, np.square(cross) > least * variance * variance.T)


def _unit(values: Array) -> Array:
    """Return columns less their mean, of length one; 0 where a column does not vary."""
    centered = values - values.mean(axis=0)
    length = np.linalg.norm(centered, axis=0)
    varies = length > SMALLEST_RELATIVE_SPREAD**2 * np.abs(values).max(axis=0)
    return np.where(varies, centered / np.where(varies, length, 1.0), 0.0)


def _are_equal(pair: Array) -> bool:
    unit = _unit(pair)
    return bool(abs(unit[:, 0] @ unit[:, 1]) > SAME_CORRELATION)


def _groups(pairs: Iterator[tuple[int, int]]) -> list[list[int]]:
    """Join pairs that share a column; each group sorted, groups by first column."""
    group_of: dict[int, list[int]] = {}
    for first, second in pairs:
        one, other = group_of.get(first, [first]), group_of.get(second, [second])
        if one is not other:
            one.extend(other)
            group_of |= dict.fromkeys(one, one)
    unique = {id(group): group for group in group_of.values()}
    return sorted(sorted(group) for group in unique.values())
