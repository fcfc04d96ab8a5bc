"""What is measured of a large table a piece at a time is what is measured in one go."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.insight import quality as measured
from latentia.insight.diagnosis import columns, units
from latentia.insight.residuals import row_errors
from latentia.tables import pieces


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, 60))
    rows[:, 5], rows[:, 6], rows[3, 7] = 2.0, np.r_[np.zeros(39), 9.0], 80.0
    rows[:, 40] = 3 - 2 * rows[:, 9]
    return rows


NAMES = [f"c{at}" for at in range(60)]
RULES = {
    "nearly constant": lambda rows: columns.nearly_constant_columns(rows, NAMES),
    "equal": lambda rows: columns.duplicate_columns(rows, NAMES),
    "dominating": lambda rows: columns.dominating_column(rows * np.r_[np.ones(59), 99.0], NAMES),
    "a cell": lambda rows: columns.dominating_cell(rows, NAMES),
    "out of reach": lambda rows: units.output_range(rows, 0.0, 1.0, activation="sigmoid"),
}


@pytest.mark.parametrize("rule", RULES)
def test_findings_about_columns_are_those_of_the_whole_table(monkeypatch, table, rule):
    whole = RULES[rule](table)
    assert whole
    monkeypatch.setattr(pieces, "CELLS_AT_ONCE", 200)
    for one, other in zip(whole, RULES[rule](table), strict=True):
        assert (one.code, one.severity, one.sentence) == (other.code, other.severity, other.sentence)
        for name, value in one.evidence.items():
            assert other.evidence[name] == (pytest.approx(value) if isinstance(value, float) else value)


def test_quality_is_that_of_the_whole_table(monkeypatch, table):
    made, center = 0.5 * table, table.mean(axis=0)
    table[3:9, 12] = np.nan
    whole = measured.quality(table, made, center=center, rows="held-out")
    errors = row_errors(table, made)
    monkeypatch.setattr(pieces, "CELLS_AT_ONCE", 200)
    found = measured.quality(table, lambda part: made[:, part], center=center, rows="held-out")
    assert (found.mse, found.r2) == (whole.mse, whole.r2)
    np.testing.assert_array_equal(found.r2_per_column, whole.r2_per_column)
    np.testing.assert_array_equal(row_errors(table, made), errors)
