from __future__ import annotations

import numpy as np
import pytest

import problems
from latentia.insight.outliers import strange_rows

NAMES = ["a", "b", "c", "d"]


def listed(rows, held_out, limit=10):
    made = np.zeros_like(rows)
    return strange_rows(
        rows,
        made,
        10 * rows,
        lambda at: 10 * made[at],
        held_out_mask=held_out,
        column_names=NAMES,
        limit=limit,
    )


def test_the_planted_cell_is_found_with_its_column_and_its_values():
    rows = problems.heavy_tails()
    first = listed(rows, np.arange(100) >= 80)[0]
    assert (first.row, first.columns, first.held_out) == (7, ("c",), False)
    assert first.values == (10_000.0,)
    assert first.expected == (0.0,)
    assert first.score == pytest.approx(np.square(rows[7]).mean())
    assert first.p_value == pytest.approx(1 / 21)


def test_rows_come_strangest_first_and_no_more_than_asked_for():
    found = listed(problems.unrelated(50, 4), np.ones(50, dtype=bool), limit=5)
    assert len(found) == 5
    assert [row.score for row in found] == sorted((row.score for row in found), reverse=True)


def test_p_values_of_held_out_rows_are_uniform_over_their_ranks():
    found = listed(problems.unrelated(20, 4), np.ones(20, dtype=bool), limit=20)
    np.testing.assert_allclose([row.p_value for row in found], np.arange(1, 21) / 20)


def test_p_values_of_training_rows_add_one():
    rows = np.array([[3.0] * 4, [1.0] * 4, [2.0] * 4, [4.0] * 4])
    found = {row.row: row.p_value for row in listed(rows, np.array([False, True, True, True]))}
    assert found == {3: pytest.approx(1 / 3), 0: pytest.approx(2 / 4), 2: pytest.approx(2 / 3), 1: 1.0}


def test_p_values_of_new_rows_hold_their_level():
    rng = np.random.default_rng(0)
    small = 0
    for _ in range(300):
        rows = rng.normal(size=(40, 4))
        training = np.zeros(40, dtype=bool)
        training[0] = True  # a row like the others, which here no model has seen
        found = {row.row: row for row in listed(rows, ~training, limit=40)}
        small += found[0].p_value <= 0.1
    assert 0.05 < small / 300 < 0.15


def test_columns_are_the_few_that_explain_the_residual():
    rows = np.array([[10.0, -8.0, 6.0, 5.0], [1.0, 1.0, 0.0, 0.0]])
    found = listed(rows, np.array([True, True]))
    assert found[0].columns == ("a", "b", "c")
    assert found[1].columns == ("a", "b")


def test_equal_scores_keep_the_order_of_the_table():
    assert [row.row for row in listed(np.ones((4, 4)), np.ones(4, dtype=bool))] == [0, 1, 2, 3]


def test_exact_and_unmeasurable_rows_are_not_listed():
    rows = np.zeros((3, 4))
    rows[1] = np.inf
    with np.errstate(invalid="ignore"):
        assert listed(rows, np.ones(3, dtype=bool)) == ()


def test_without_held_out_rows_there_is_no_p_value():
    assert np.isnan(listed(np.ones((3, 4)), np.zeros(3, dtype=bool))[0].p_value)


def test_rows_in_another_order_are_listed_as_they_stand_in_the_table():
    rows, held_out = problems.heavy_tails(), np.arange(100) >= 80
    rows[20] = rows[7]  # equally strange: the first in the table comes first
    order = np.random.default_rng(0).permutation(100)
    found = strange_rows(
        rows[order],
        0 * rows,
        10 * rows,
        lambda at: 0 * rows[at],
        held_out_mask=held_out[order],
        column_names=NAMES,
        positions=order,
    )
    assert found == listed(rows, held_out)


def test_a_missing_cell_is_never_what_is_strange_about_a_row():
    seen = np.array([[0.0, 0.0, 0.1], [np.nan, 0.2, 2.0], [0.1, 0.0, 0.0]])
    mask = np.array([True, False, True])
    row = strange_rows(
        seen,
        0 * np.ones((3, 3)),
        seen,
        lambda rows: np.zeros((len(rows), 3)),
        held_out_mask=mask,
        column_names=["a", "b", "c"],
        limit=1,
    )[0]
    assert (row.row, row.columns) == (1, ("c",))
    assert row.score == pytest.approx((0.2**2 + 2.0**2) / 2)
