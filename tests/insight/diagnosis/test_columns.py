from __future__ import annotations

import json

import numpy as np
import pytest

import problems
from latentia.insight.diagnosis.columns import (
    dominating_cell,
    dominating_column,
    duplicate_columns,
    nearly_constant_columns,
    sparse_counts,
)
from latentia.insight.findings import Severity


def names(table):
    return [f"column {number}" for number in range(table.shape[1])]


@pytest.mark.parametrize(
    "rule", [nearly_constant_columns, duplicate_columns, dominating_column, dominating_cell]
)
@pytest.mark.parametrize(
    "table",
    [
        problems.unrelated(),
        problems.unrelated(30, 2),
        problems.linear(noise=0.1)[0],
        problems.blobs()[0],
        problems.wine()[0],
        problems.unrelated(3, 3),
        np.empty((0, 3)),
        np.ones((1, 3)),
    ],
    ids=["unrelated", "two", "linear", "blobs", "wine", "three rows", "no rows", "one row"],
)
def test_ordinary_tables_raise_nothing(rule, table):
    assert rule(table, names(table)) == []


def test_columns_that_hardly_vary_are_told_apart():
    table = problems.nearly_constant()
    found = nearly_constant_columns(table, names(table))
    assert [finding.evidence["columns"] for finding in found] == [["column 1"], ["column 2"], ["column 3"]]
    assert [finding.severity for finding in found] == [Severity.NOTE, Severity.WARNING, Severity.WARNING]
    assert {finding.code for finding in found} == {"nearly_constant_column"}
    json.dumps([finding.to_dict() for finding in found])


@pytest.mark.parametrize(("differing", "expected"), [(1, True), (2, True), (3, False)])
def test_one_row_in_a_hundred_is_rare(differing, expected):
    column = np.r_[np.zeros(200 - differing), np.arange(1.0, differing + 1)]
    assert bool(nearly_constant_columns(column[:, None], ["a"])) is expected


def test_few_rows_are_not_called_rare():
    assert nearly_constant_columns(np.array([[0.0], [0.0], [1.0]]), ["a"]) == []


def test_repeated_columns_are_grouped():
    table = problems.repeated_columns()
    found = duplicate_columns(table, ["a", "b", "twice a", "c", "minus b"])
    assert found[0].evidence["groups"] == [["a", "twice a"], ["b", "minus b"]]
    assert found[0].sentence.startswith("2 columns repeat another")
    assert "a = twice a; b = minus b" in found[0].sentence


@pytest.mark.parametrize(("noise", "expected"), [(1e-3, True), (0.05, False)])
def test_nearly_equal_columns_count_as_equal_above_the_threshold(noise, expected):
    a, rest = problems.unrelated(500, 2).T
    assert bool(duplicate_columns(np.c_[a, a + noise * rest], ["a", "b"])) is expected


@pytest.mark.parametrize("n_rows", [5, 20, 120, 1000])
def test_a_row_of_totals_makes_no_columns_equal(n_rows):
    rows = np.random.default_rng(0).uniform(20, 180, (n_rows, 6))
    table = np.r_[rows, 1e6 + rows[:1]]
    assert np.abs(np.corrcoef(table.T)).min() > 0.9999
    assert duplicate_columns(table, names(table)) == []


@pytest.mark.parametrize("n_rows", [5, 120, 1000])
@pytest.mark.parametrize("with_total", [False, True])
def test_true_copies_are_found_with_and_without_a_row_of_totals(n_rows, with_total):
    celsius, metres, other = problems.unrelated(n_rows, 3).T * 8 + 40
    table = np.c_[celsius, metres, other, np.round(32 + 1.8 * celsius, 2), 3.28084 * metres, other]
    if with_total:
        table = np.r_[table, 1000 * table[:1]]
        table[-1, 3] = 32 + 1.8 * table[-1, 0]
    found = duplicate_columns(table, ["C", "metres", "other", "F", "feet", "copy"])
    assert found[0].evidence["groups"] == [["C", "F"], ["metres", "feet"], ["other", "copy"]]


def test_columns_that_vary_in_one_row_alone_are_still_equal():
    table = np.zeros((50, 3))
    table[7] = 2.0, -5.0, 0.0
    assert duplicate_columns(table, ["a", "b", "c"])[0].evidence["groups"] == [["a", "b"]]


def test_repeats_far_apart_in_a_wide_table_are_found():
    table = problems.unrelated(50, 1200)
    table[:, 1100] = 3 * table[:, 5] - 1
    table[:, 700] = table[:, 5]
    found = duplicate_columns(table, names(table))
    assert found[0].evidence["groups"] == [["column 5", "column 700", "column 1100"]]


def test_constant_columns_are_not_duplicates_of_each_other():
    table = np.c_[np.full((20, 2), 0.1), problems.unrelated(20, 1)]
    assert duplicate_columns(table, names(table)) == []


@pytest.mark.parametrize(
    ("spread", "expected"),
    [
        ([1, 1, 1, 9], True),
        ([1, 1, 1, 1], False),
        ([1, 1.2], False),
        ([1, 9], True),
        ([9], False),
        ([9, 0], False),
    ],
)
def test_a_column_dominates_by_its_share_of_the_variance(spread, expected):
    table = problems.unrelated(300, len(spread)) * spread
    found = dominating_column(table, names(table))
    assert bool(found) is expected
    if expected:
        assert found[0].evidence["column"] == f"column {len(spread) - 1}"


def test_a_single_enormous_cell_is_named_with_its_row():
    table = problems.heavy_tails()
    found = dominating_cell(table, names(table))
    assert found[0].evidence["columns"] == ["column 2"]
    assert found[0].evidence["rows"] == [7]
    assert found[0].evidence["shares"][0] > 0.99


def test_the_cell_is_named_by_its_place_in_the_table():
    table = problems.heavy_tails()
    found = dominating_cell(table, names(table), positions=2 * np.arange(100))
    assert found[0].evidence["rows"] == [14]
    assert "table row 14" in found[0].sentence


def test_a_rare_value_is_not_reported_twice():
    table = problems.nearly_constant()
    assert dominating_cell(table, names(table)) == []


def test_columns_of_few_counts_are_equal_by_chance():
    table = np.zeros((400, 4))
    table[3, :2] = 1.0
    table[:100, 2:] = np.arange(100.0)[:, None]
    assert duplicate_columns(table, names(table))[0].evidence["n_repeats"] == 2
    often = duplicate_columns(table, names(table), rare=False)
    assert often[0].evidence["groups"] == [["column 2", "column 3"]]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda cells: cells, True),
        (lambda cells: np.where(cells.cumsum(axis=0) == 1, np.nan, cells), True),
        (lambda cells: cells + 1, False),
        (lambda cells: -cells, False),
        (lambda cells: cells * 0.3, False),
        (lambda cells: np.minimum(cells, 1), False),
    ],
    ids=["counts", "with gaps", "no zeros", "negative", "not whole", "yes and no"],
)
def test_counts_that_are_nearly_all_zero_are_noticed(change, found):
    cells = change(np.random.default_rng(0).poisson(0.1, (200, 30)).astype(float))
    told = sparse_counts(cells)
    assert bool(told) is found
    if found:
        assert told[0].sentence.startswith("All cells are whole numbers of at least 0, and 9")
        assert "--loss poisson" in told[0].suggestion


def test_the_scaling_and_the_loss_that_are_set_are_no_advice():
    rows = np.c_[np.random.default_rng(0).normal(size=(60, 3)), 50 * np.ones(60)]
    rows[:, 3] *= np.arange(60)
    (column,) = dominating_column(rows, list("abcd"), scaling="robust")
    assert 'scaling="standard"' in column.suggestion
    assert "robust" not in column.suggestion
    rows[7, 0] = 1000.0
    (cell,) = dominating_cell(rows, list("abcd"), scaling="quantile", loss="huber")
    assert cell.suggestion == 'Check the cell; if it is real, use scaling="robust".'
