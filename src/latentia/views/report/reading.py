"""What a factor means, in a sentence: which columns are higher and lower where it is high."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.writing import interval, listed, shortened, signed, told_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentia.insight.results import Study

MOST_NAMED = 4  # columns on each side
MOVED = 0.5  # standard deviations: less is not worth a word
HALF = 0.5  # of the largest change: columns that are moved less follow in the tables


def reading_of(study: Study, factor: int) -> str:
    """Say in a sentence what tells rows high on a factor from rows low on it.

    Parameters
    ----------
    study : Study
    factor : int
        Position of the factor.

    Returns
    -------
    sentence : str
        As in "Rows high on factor 1 have higher alcohol (+1.30 [1.05, 1.55] % vol); lower hue (−0.200).".
    """
    name = study.latent_names[factor]
    told = [f"{word} {columns}" for word, columns in sides_of(study, factor).items()]
    if not told:
        surely = "surely " if study.effects.margin is not None else ""
        return f"No column {surely}changes by more than {MOVED} standard deviations with {name}."
    return f"Rows high on {name} have {'; '.join(told)}."


def sides_of(study: Study, factor: int) -> dict[str, str]:
    """Return the columns that are "higher" and "lower" where a factor is high, with their changes.

    High and low are the 90th and the 10th percentile of the factor, the others at their median.
    Named are the columns that change by half of the largest change or more, in their own units and with
    the 95 % interval over resamples where there is one, which must leave out 0; a side without any is
    left out.
    """
    change = np.nan_to_num(study.effects.change_scaled[factor])
    if study.effects.margin_scaled is not None:
        change = np.where(np.abs(change) > study.effects.margin_scaled[factor], change, 0.0)
    least = max(MOVED, HALF * float(np.abs(change).max(initial=0.0)))
    order = np.argsort(-np.abs(change), kind="stable")
    sides = {
        "higher": [int(column) for column in order if change[column] >= least],
        "lower": [int(column) for column in order if change[column] <= -least],
    }
    return {word: _columns(study, factor, columns) for word, columns in sides.items() if columns}


def _columns(study: Study, factor: int, columns: Sequence[int]) -> str:
    names = told_apart([study.column_names[column] for column in columns])
    return listed(
        (
            f"{name} ({_change(study, factor, column)}{unit_after(study.units[column])})"
            for name, column in zip(names, columns, strict=True)
        ),
        most=MOST_NAMED,
    )


def _change(study: Study, factor: int, column: int) -> str:
    """Write the change of a column with its interval, if it has one."""
    change = study.effects.change[factor, column]
    if study.effects.margin is None:
        return signed(change)
    return f"{signed(change)} {interval(change, study.effects.margin[factor, column])}"


def unit_after(unit: str | None) -> str:
    """Return a unit as it follows a number, nothing where there is none."""
    return f" {shortened(unit, 16)}" if unit else ""
