"""What is said of missing cells, and that nothing is said without a reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from latentia.insight.diagnosis.gaps import gap_findings
from latentia.insight.findings import Severity
from latentia.insight.results import ColumnGaps, Dependence, Filling, MissingCells

FILLING = Filling(
    n_cells=400,
    n_rows=60,
    squared_error=0.4,
    usual_squared_error=1.0,
    wrong=0.2,
    usual_wrong=0.5,
    gain=0.6,
    standard_error=0.05,
)
COLUMN = ColumnGaps(name="mass", is_category=False, share=0.1, n_judged=50, error=0.5, usual_error=1.0)
MISSING = MissingCells(
    share=0.1,
    n_complete_rows=40,
    n_mostly_missing_rows=0,
    columns=(COLUMN,),
    filling=FILLING,
    dependences=(),
)


def told(**changes):
    return {one.code: one for one in gap_findings(replace(MISSING, **changes), 100)}


def test_a_table_that_is_filled_well_gives_one_good_word():
    assert gap_findings(None, 100) == []
    found = told()
    assert list(found) == ["filling_better_than_mean"]
    assert found["filling_better_than_mean"].severity == Severity.GOOD
    assert "squared error 0.40 against 1.00 for the mean, 20 % of the categories wrong" in (
        found["filling_better_than_mean"].sentence
    )


def test_filling_that_gains_nothing_clear_is_warned_of():
    for poor in ({"gain": 0.6, "standard_error": 0.4}, {"gain": 0.01}, {"gain": -0.2}):
        found = told(filling=replace(FILLING, **poor))["filling_no_better_than_mean"]
        assert found.severity == Severity.WARNING
        assert found.suggestion.startswith("Do not fill gaps")
    assert "filling_no_better_than_mean" not in told(filling=replace(FILLING, n_cells=19, gain=-1.0))
    numbers = replace(FILLING, wrong=np.nan, usual_wrong=np.nan, gain=0.0)
    found = told(filling=numbers)["filling_no_better_than_mean"]
    assert "wrong" not in found.sentence
    assert "wrong" not in found.evidence


def test_columns_with_gaps_that_nothing_tells_are_named():
    hue = replace(COLUMN, name="hue", is_category=True, error=0.49, usual_error=0.5)
    whole = replace(hue, name="whole", share=0.0)
    found = told(columns=(COLUMN, hue, whole))["column_filled_no_better_than_mean"]
    assert found.sentence.startswith("Gaps of hue are filled hardly better than by the most frequent level")
    both = told(columns=(replace(COLUMN, error=1.2), hue))["column_filled_no_better_than_mean"]
    assert both.evidence["columns"] == ["mass", "hue"]
    assert "mean or the most frequent level" in both.sentence


def test_columns_and_rows_that_are_mostly_empty_are_named():
    found = told(columns=(replace(COLUMN, share=0.8),), n_mostly_missing_rows=8)["mostly_missing"]
    assert found.sentence == (
        "Most cells of mass (80 %) are missing, and 8 rows (8 %) lack more than half of their cells; what is "
        "said of them rests on few cells."
    )
    assert "mostly_missing" not in told(n_mostly_missing_rows=4)


def test_gaps_that_go_with_values_are_told_with_the_direction():
    pairs = (
        Dependence(column="mass", n_missing=9, other="age", is_level=False, difference=-1.23, p_value=0.002),
        Dependence(
            column="hue", n_missing=9, other="sex = male", is_level=True, difference=0.5, p_value=0.008
        ),
    )
    found = told(dependences=pairs)["not_missing_completely_at_random"]
    assert found.severity == Severity.WARNING
    assert found.sentence == (
        "Cells are not missing by chance alone: mass is missing where age is lower (by 1.2 sd) and hue is "
        "missing where sex = male is more frequent (permutation test, p ≤ 0.008)."
    )
