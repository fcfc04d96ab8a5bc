"""Missing cells: too many of them, not by chance, or filled in no better than by a mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.diagnosis.wording import counted, listed, named, percent, shortened
from latentia.insight.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.insight.results import ColumnGaps, Dependence, Filling, MissingCells

MOSTLY = 0.5
# Rows that are mostly empty, as a share of all, from which they weigh.
MANY_ROWS = 0.05
# Two standard errors: a difference that chance alone makes about one time in twenty.
CLEAR = 2.0
# An error less than a twentieth below the usual one is as good as none saved.
LITTLE_GAIN = 0.05
FEWEST_CELLS = 20


def gap_findings(missing: MissingCells | None, n_rows: int) -> list[Finding]:
    """Say what missing cells mean for whoever reads, or fills in, the table.

    Parameters
    ----------
    missing : MissingCells or None
    n_rows : int
        Rows of the table.

    Returns
    -------
    list of Finding
        ``mostly_missing``, ``not_missing_completely_at_random``, and one or two of
        ``filling_better_than_mean`` and ``filling_no_better_than_mean``; nothing without gaps.
    """
    if missing is None:
        return []
    return [
        *_mostly_missing(missing, n_rows),
        *_not_by_chance(missing.dependences),
        *_overall(missing.filling),
        *_columns_filled_badly(missing.columns),
    ]


def _mostly_missing(missing: MissingCells, n_rows: int) -> list[Finding]:
    columns = [column for column in missing.columns if column.share > MOSTLY]
    share_of_rows = missing.n_mostly_missing_rows / n_rows
    told = []
    if columns:
        parts = [f"{shortened(one.name, 40)} ({percent(one.share)})" for one in columns]
        told.append(f"most cells of {listed(parts)} are missing")
    if share_of_rows >= MANY_ROWS:
        told.append(
            f"{counted(missing.n_mostly_missing_rows, 'row')} ({percent(share_of_rows)}) lack more than half "
            "of their cells"
        )
    if not told:
        return []
    sentence = ", and ".join(told)
    return [
        Finding(
            code="mostly_missing",
            severity=Severity.WARNING,
            sentence=f"{sentence[0].upper()}{sentence[1:]}; what is said of them rests on few cells.",
            evidence={
                "columns": [one.name for one in columns],
                "shares": [one.share for one in columns],
                "n_mostly_missing_rows": missing.n_mostly_missing_rows,
                "share_of_all_cells": missing.share,
                "threshold": MOSTLY,
            },
            suggestion="Leave such columns out (drop=...), and such rows, unless their few cells matter.",
        )
    ]


def _not_by_chance(dependences: Sequence[Dependence]) -> list[Finding]:
    if not dependences:
        return []
    parts = [
        f"{shortened(one.column, 40)} is missing where {shortened(one.other, 40)} {_differs(one)}"
        for one in dependences
    ]
    worst = max(one.p_value for one in dependences)
    return [
        Finding(
            code="not_missing_completely_at_random",
            severity=Severity.WARNING,
            sentence=(
                f"Cells are not missing by chance alone: {listed(parts)} (permutation test, p ≤ {worst:.3f})."
            ),
            evidence={
                "columns": [one.column for one in dependences],
                "others": [one.other for one in dependences],
                "differences_sd": [one.difference for one in dependences],
                "p_values": [one.p_value for one in dependences],
                "n_missing": [one.n_missing for one in dependences],
            },
            suggestion=(
                "Ask why these cells are missing before rows with gaps are left out or filled cells are "
                "read as measured: what is left may not stand for all rows."
            ),
        )
    ]


def _differs(one: Dependence) -> str:
    if one.is_level:
        return f"is {'more' if one.difference > 0 else 'less'} frequent"
    return f"is {'higher' if one.difference > 0 else 'lower'} (by {abs(one.difference):.1f} sd)"


def _overall(filling: Filling) -> list[Finding]:
    """Compare what is filled into hidden cells with means and most frequent levels, row by row."""
    if not (filling.n_cells >= FEWEST_CELLS and np.isfinite(filling.standard_error)):
        return []
    better = filling.gain > CLEAR * filling.standard_error and filling.gain >= LITTLE_GAIN
    told = []
    if np.isfinite(filling.squared_error):
        usual = f"{filling.usual_squared_error:.2f} for the mean"
        told.append(f"squared error {filling.squared_error:.2f} against {usual}")
    if np.isfinite(filling.wrong):
        told.append(
            f"{percent(filling.wrong)} of the categories wrong against {percent(filling.usual_wrong)} for "
            "the most frequent level"
        )
    numbers = f"{filling.n_cells:,} hidden cells of held-out rows: {', '.join(told)}"
    if better:
        severity, suggestion = Severity.GOOD, ""
        sentence = f"Gaps are filled better than by means and most frequent levels ({numbers})."
    else:
        severity = Severity.WARNING
        suggestion = "Do not fill gaps with this model; more components, seeds or rows may help."
        sentence = f"Gaps are filled no better than by means and most frequent levels ({numbers})."
    code = "filling_better_than_mean" if better else "filling_no_better_than_mean"
    evidence = {
        "n_cells": filling.n_cells,
        "n_rows": filling.n_rows,
        "squared_error": filling.squared_error,
        "squared_error_of_mean": filling.usual_squared_error,
        "wrong": filling.wrong,
        "wrong_of_most_frequent": filling.usual_wrong,
        "gain": filling.gain,
        "standard_error": filling.standard_error,
    }
    known = {key: value for key, value in evidence.items() if np.isfinite(value)}
    return [Finding(code=code, severity=severity, sentence=sentence, evidence=known, suggestion=suggestion)]


def _columns_filled_badly(columns: Sequence[ColumnGaps]) -> list[Finding]:
    """Name the columns with gaps of which filling saves hardly any error."""
    weak = [
        one
        for one in columns
        if one.share > 0
        and one.n_judged >= FEWEST_CELLS
        and one.usual_error > 0
        and one.error > (1 - LITTLE_GAIN) * one.usual_error
    ]
    if not weak:
        return []
    return [
        Finding(
            code="column_filled_no_better_than_mean",
            severity=Severity.NOTE,
            sentence=(
                f"Gaps of {named([one.name for one in weak])} are filled hardly better than by "
                f"{_usual(weak)}: the other columns say little of {'it' if len(weak) == 1 else 'them'}."
            ),
            evidence={
                "columns": [one.name for one in weak],
                "error": [one.error for one in weak],
                "usual_error": [one.usual_error for one in weak],
                "threshold": LITTLE_GAIN,
            },
            suggestion="Do not read what is filled in there as a measurement.",
        )
    ]


def _usual(columns: Sequence[ColumnGaps]) -> str:
    words = {one.is_category for one in columns}
    return {
        frozenset({False}): "the mean",
        frozenset({True}): "the most frequent level",
    }.get(frozenset(words), "the mean or the most frequent level")
