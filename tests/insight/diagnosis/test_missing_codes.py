"""Codes for missing answers are named; what merely lies far out is not."""

from __future__ import annotations

import json

import numpy as np
import pytest

import problems
from latentia.insight.diagnosis.missing_codes import missing_value_codes
from latentia.insight.findings import Severity


def names(table):
    return [f"q{number}" for number in range(table.shape[1])]


def told(*columns):
    table = np.column_stack(columns)
    return missing_value_codes(table, names(table))


def answers(n_rows=100, seed=0, low=1, high=5):
    return np.random.default_rng(seed).integers(low, high + 1, n_rows).astype(float)


def with_code(column, code, n_cells=6):
    return np.r_[column[:-n_cells], np.full(n_cells, float(code))]


def test_codes_of_a_questionnaire_are_named_with_their_columns_and_cells():
    (finding,) = told(
        with_code(answers(seed=0), 99, 10),
        answers(seed=1),
        with_code(answers(seed=2), 99),
        with_code(answers(seed=3), -9),
    )
    assert finding.code == "missing_value_codes"
    assert finding.severity is Severity.WARNING
    assert finding.evidence == {
        "codes": [99, -9],
        "columns": [["q0", "q2"], ["q3"]],
        "n_cells": [16, 6],
        "n_rows": 100,
    }
    assert "99 in q0 and q2 (16 cells); −9 in q3 (6 cells)." in finding.sentence
    assert '--missing 99 --missing=-9, in Python missing=["99", "-9"]' in finding.suggestion
    json.dumps(finding.to_dict())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("low", "high", "code"),
    [
        *((1, 5, code) for code in (9, 77, 88, 97, 98, 99, 999, 9999, -7, -8, -9, -99, -999)),
        *((0, 1, code) for code in (9, 99, -9)),
        *((1, 7, code) for code in (99, -8)),
        *((18, 90, code) for code in (999, -99, -999)),
    ],
)
def test_usual_codes_are_found_in_any_unit_of_rows(low, high, code, seed):
    (finding,) = told(with_code(answers(200, seed, low, high), code, 2), answers(200, seed + 50))
    assert finding.evidence["codes"] == [code]
    assert finding.evidence["columns"] == [["q0"]]


@pytest.mark.parametrize("code", [99, 999, -9, -999])
def test_measured_columns_have_codes_too(code):
    (finding,) = told(with_code(np.random.default_rng(0).uniform(0.1, 4.9, 100), code, 3))
    assert finding.evidence["codes"] == [code]


@pytest.mark.parametrize("codes", [(98, 99), (-9, 99), (-7, -8, -9), (9, 99), (-9, -99)])
def test_several_codes_of_one_column_do_not_hide_each_other(codes):
    column = answers(200)
    for number, code in enumerate(codes):
        column[10 * number : 10 * number + 4] = code
    (finding,) = told(column)
    assert sorted(finding.evidence["codes"]) == sorted(codes)


def test_gaps_do_not_hide_codes():
    column = with_code(answers(), 99)
    column[:50] = np.nan
    assert told(column)[0].evidence["n_cells"] == [6]


def test_a_single_cell_is_a_code_where_another_column_has_it_more_often():
    once, often = with_code(answers(seed=1), 99, 1), with_code(answers(seed=2), 99, 2)
    others = [answers(seed=seed) for seed in range(3, 30)]
    assert told(once, *others) == []
    assert told(once, often, *others)[0].evidence["columns"] == [["q0", "q1"]]
    assert told(once, with_code(answers(seed=4), 98, 2), *others)[0].evidence["codes"] == [98]


def test_single_cells_in_many_columns_are_codes_and_in_few_of_many_are_chance():
    single = [with_code(answers(seed=seed), 99, 1) for seed in range(3)]
    others = [answers(seed=seed) for seed in range(10, 40)]
    assert told(*single, *others[:10])[0].evidence["n_cells"] == [3]
    assert told(*single, *others) == []


def test_other_columns_with_the_same_number_as_a_value_are_spared():
    (finding,) = told(with_code(answers(), 99), np.arange(50.0, 150.0))
    assert "--missing" not in finding.suggestion
    assert "other columns have the same numbers" in finding.suggestion


RNG = np.random.default_rng(7)
ORDINARY = {
    "ages up to 98 and one of 99": np.r_[np.arange(20.0, 99.0), 99],
    "ages up to 98 and some of 99": np.r_[np.arange(20.0, 99.0), 99, 99, 99],
    "one cell of 99": with_code(answers(), 99, 1),
    "an outlier that is no code": with_code(RNG.normal(size=100), 1000.3, 2),
    "an outlier near a code": with_code(answers(), 99.5, 4),
    "normal with 99 inside": np.round(RNG.normal(90, 10, 500)),
    "temperatures": np.round(RNG.normal(5, 12, 500)),
    "temperatures with tenths": np.round(RNG.normal(0, 4, 2000), 1),
    "zip codes": np.r_[RNG.integers(10_000, 99_999, 300), 99_999, 99_999].astype(float),
    "yes and no": answers(low=0, high=1),
    "1 and 99": RNG.choice([1.0, 99.0], 100),
    "0 and 9": RNG.choice([0.0, 9.0], 100),
    "three doses": RNG.choice([1.0, 3.0, 9.0], 100),
    "three months": RNG.choice([3.0, 6.0, 9.0], 100),
    "three steps": RNG.choice([33.0, 66.0, 99.0], 100),
    "a scale up to 9": answers(low=1, high=9),
    "changes": answers(low=-9, high=9),
    "minus one": with_code(answers(low=0, high=1), -1),
    "the tail of a count": np.repeat([0.0, 1, 2, 3, 9], [150, 20, 8, 2, 2]),
    "nothing but gaps": np.full(50, np.nan),
    "constant": np.full(50, 99.0),
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_what_has_numbers_like_codes_for_good_reason_is_left_alone(kind):
    assert told(ORDINARY[kind]) == []


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.negative_binomial(0.2, 0.02, (300, 40)),
        lambda rng: np.round(rng.lognormal(1, 2, (300, 40))),
        lambda rng: np.floor(rng.pareto(1.0, (300, 40))),
        lambda rng: rng.zipf(1.6, (300, 40)),
        lambda rng: rng.poisson(0.5, (300, 40)),
        lambda rng: np.round(3 * rng.standard_cauchy((300, 40))),
    ],
    ids=["negative binomial", "lognormal", "pareto", "zipf", "poisson", "cauchy"],
)
def test_heavy_tails_are_no_codes(draw, seed):
    table = draw(np.random.default_rng(seed)).astype(float)
    assert missing_value_codes(table, names(table)) == []


@pytest.mark.parametrize(
    "table",
    [problems.unrelated(), problems.blobs()[0], problems.wine()[0], np.empty((0, 3)), np.ones((1, 3))],
    ids=["unrelated", "blobs", "wine", "no rows", "one row"],
)
def test_ordinary_tables_raise_nothing(table):
    assert missing_value_codes(table, names(table)) == []


def test_many_codes_and_columns_are_counted_rather_than_listed():
    codes = (77, 88, 98, 99, 999)
    columns = [with_code(answers(seed=seed), code, 4) for code in codes for seed in range(7)]
    (finding,) = told(*columns)
    assert "and 2 more (28 cells)" in finding.sentence
    assert finding.sentence.endswith("; and 2 more.")
    assert "--missing 77" in finding.suggestion
    assert len(finding.sentence) < 300
    assert len(finding.evidence["codes"]) == 5
