from __future__ import annotations

import numpy as np
import pytest

import problems
from latentia.insight.diagnosis.rows import (
    few_held_out_rows,
    fewer_rows_than_parameters,
    rows_duplicated_across_split,
)
from latentia.insight.findings import Severity


def test_repeated_rows_are_counted_across_the_split():
    training, held_out = problems.split(problems.repeated_rows())
    seen = {tuple(row) for row in training}
    expected = sum(tuple(row) in seen for row in held_out)
    finding = rows_duplicated_across_split(training, held_out)[0]
    assert finding.evidence["n_duplicated"] == expected > 15
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize("held_out", [problems.unrelated(20, 4, seed=1), np.empty((0, 4))])
def test_distinct_rows_raise_nothing(held_out):
    assert rows_duplicated_across_split(problems.unrelated(50, 4), held_out) == []


def test_repeats_on_one_side_only_raise_nothing():
    rows = problems.repeated_rows()
    assert rows_duplicated_across_split(rows[:50], rows[50:]) == []


def test_one_repeat_among_many_is_only_a_note():
    held_out = problems.unrelated(500, 4, seed=1)
    finding = rows_duplicated_across_split(held_out[:1], held_out)[0]
    assert finding.severity is Severity.NOTE
    assert "1 held-out row of 500 (0.2 %) is equal" in finding.sentence


def test_minus_zero_equals_zero():
    assert rows_duplicated_across_split(np.array([[-0.0]]), np.array([[0.0]]))


@pytest.mark.parametrize(
    ("rows", "parameters", "words"),
    [
        (142, 150, "with 1,846 cells"),
        (142, 6000, "even than its 1,846 cells"),
        (142, 142, None),
        (142, 10, None),
    ],
)
def test_rows_are_compared_with_parameters(rows, parameters, words):
    found = fewer_rows_than_parameters(rows, 13, parameters)
    assert bool(found) is (words is not None)
    if words:
        assert words in found[0].sentence


@pytest.mark.parametrize(
    ("n_rows", "severity"), [(0, Severity.WARNING), (1, Severity.NOTE), (19, Severity.NOTE), (20, None)]
)
def test_few_held_out_rows_are_told(n_rows, severity):
    found = few_held_out_rows(n_rows)
    assert (found[0].severity if found else None) is severity
