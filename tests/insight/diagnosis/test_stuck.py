"""A column that is stuck for a while is named, and none that merely has many equal cells."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.insight.diagnosis.stuck import stuck_columns
from latentia.insight.findings import Severity

RNG = np.random.default_rng(0)
HEAT = RNG.normal(size=200)


def held(first, length, value=3.5):
    column = HEAT.copy()
    column[first : first + length] = value
    return column


def test_a_sensor_that_stops_is_named_with_its_rows():
    rows = np.column_stack([HEAT, held(150, 50), held(20, 12)])
    (found,) = stuck_columns(rows, ["a", "b", "c"])
    assert (found.code, found.severity) == ("stuck_column", Severity.WARNING)
    assert found.sentence.startswith(
        "b has one value (3.5) in 50 training rows on end (table rows 150 to 199"
    )
    assert "the same goes for 1 other column" in found.sentence
    assert found.evidence["columns"] == ["b", "c"]
    assert found.evidence["rows"] == [[150, 199], [20, 31]]


def test_rows_are_told_by_their_place_in_the_table():
    kept = RNG.permutation(200)[:140]
    (found,) = stuck_columns(held(100, 60)[kept][:, None], ["b"], positions=kept)
    first, last = found.evidence["rows"][0]
    assert 100 <= first < last <= 159
    assert found.evidence["lengths"] == [np.count_nonzero((kept >= 100) & (kept < 160))]


def test_gaps_do_not_end_a_stretch():
    column = held(100, 60)
    column[105:160:10] = np.nan
    (found,) = stuck_columns(column[:, None], ["b"])
    assert found.evidence["lengths"] == [54]


@pytest.mark.parametrize(
    "column",
    [
        HEAT,
        held(150, 9),
        np.sort(held(150, 50)),
        -np.sort(held(150, 50)),
        np.where(np.arange(200) // 20 % 2 == 0, 0.0, np.abs(HEAT)),  # off every now and then
        np.repeat(np.arange(10.0), 20)[RNG.permutation(200)],
        np.r_[np.zeros(100), RNG.integers(1, 5, size=100)],  # a number that was chosen
        np.r_[np.full(190, 3.5), HEAT[:10]],
        np.full(200, np.nan),
        np.ones(200),
    ],
    ids=[
        *("numbers", "a short stretch", "rising", "falling", "off and on", "few values", "ratings"),
        *("nearly constant", "gaps", "constant"),
    ],
)
def test_of_others_nothing_is_said(column):
    assert stuck_columns(column[:, None], ["b"]) == []


def test_few_rows_are_not_judged():
    assert stuck_columns(held(0, 30)[:40, None], ["b"]) == []
