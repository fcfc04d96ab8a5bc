from __future__ import annotations

import pytest

from latentia.insight.diagnosis.wording import counted, listed, named, percent


@pytest.mark.parametrize(
    ("names", "expected"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (list("abcdef"), "a, b, c, d, e and 1 more")],
)
def test_names_are_listed(names, expected):
    assert listed(names) == expected


def test_numbers_are_counted():
    assert [counted(number, "row") for number in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]


@pytest.mark.parametrize(
    ("share", "expected"), [(0, "0 %"), (1e-6, "less than 0.1 %"), (0.0215, "2.1 %"), (0.995, "100 %")]
)
def test_shares_are_percentages(share, expected):
    assert percent(share) == expected


def test_a_long_name_does_not_fill_the_sentence():
    told = named(["x" * 500, "ash"])
    assert len(told) < 60
    assert told.endswith("x and ash")
