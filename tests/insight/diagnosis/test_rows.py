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
    assert finding.severity is Severity.SERIOUS
    assert "tests that count rows as independent mean nothing" in finding.sentence


@pytest.mark.parametrize(("n_copies", "severity"), [(19, Severity.WARNING), (20, Severity.SERIOUS)])
def test_copies_ruin_the_figures_from_half_of_the_held_out_rows_on(n_copies, severity):
    training, other = problems.unrelated(100, 4), problems.unrelated(40, 4, seed=1)
    finding = rows_duplicated_across_split(training, np.r_[training[:n_copies], other[n_copies:]])[0]
    assert finding.severity is severity
    assert ("look better than they are" in finding.sentence) is (severity is Severity.WARNING)


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.integers(0, 2, (400, 6)),
        lambda rng: rng.integers(1, 6, (400, 3)),
        lambda rng: rng.integers(1, 6, (400, 1)),
        lambda rng: rng.poisson(1, (400, 2)),
        lambda rng: np.c_[rng.integers(20, 80, 2000), rng.integers(0, 2, (2000, 2))],
    ],
    ids=["yes or no", "likert", "one answer", "counts", "ages, yes or no"],
)
@pytest.mark.parametrize("seed", range(5))
def test_answers_that_come_back_by_nature_are_only_warned_of(draw, seed):
    rows = draw(np.random.default_rng(seed)).astype(float)
    finding = rows_duplicated_across_split(*problems.split(rows))[0]
    assert finding.evidence["share"] > 0.5
    assert finding.severity is Severity.WARNING


def test_one_measured_column_shows_that_rows_are_copies():
    rng = np.random.default_rng(0)
    rows = np.repeat(np.c_[rng.normal(size=60), rng.integers(1, 6, (60, 3))], 5, axis=0)
    rows[::7, 0] = np.nan
    assert rows_duplicated_across_split(*problems.split(rows))[0].severity is Severity.SERIOUS


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
