"""Gaps that go with values are found, and gaps by chance are not, whatever else is missing."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.insight.gap_pattern import LEVEL, dependences
from latentia.insight.results import TableColumn

CHANCE = range(40)


def columns(*names, levels=()):
    told, first = [], 0
    for name in names:
        own = levels if name == "hue" else ()
        kind = "category" if own else "numeric"
        told.append(
            TableColumn(
                name=name, kind=kind, dtype="", why="", unit=None, n_missing=0, first=first, levels=own
            )
        )
        first += max(len(own), 1)
    return told


def found_in(values, told, seed=0):
    gaps = np.isnan(values[:, [one.first for one in told]])
    return dependences(values, gaps, told, seed=seed)


def test_gaps_that_go_with_another_column_are_found_with_sign_and_size():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(300, 3))
    values[values[:, 2] > 0.8, 0] = np.nan  # missing where c is high
    values[rng.random(300) < 0.2, 1] = np.nan
    (found,) = found_in(values, columns("a", "b", "c"))
    assert (found.column, found.other, found.is_level) == ("a", "c", False)
    lacking = np.isnan(values[:, 0])
    gap = values[lacking, 2].mean() - values[~lacking, 2].mean()
    assert found.difference == pytest.approx(gap / values[:, 2].std())
    assert found.n_missing == lacking.sum()
    assert found.p_value <= LEVEL


def test_gaps_by_chance_are_rarely_taken_for_more():
    """Of 40 tables, at a level of one in a hundred; gaps of one row go together, and columns are related."""
    alarms = 0
    for seed in CHANCE:
        rng = np.random.default_rng(seed)
        values = np.exp(rng.normal(size=(80, 1)) + rng.normal(size=(80, 6)))  # skewed, related
        values[rng.random(80) < 0.15, :3] = np.nan
        values[rng.random(values.shape) < 0.1] = np.nan
        alarms += bool(found_in(values, columns(*"abcdef"), seed))
    assert alarms <= 2


def test_levels_of_a_category_are_compared_and_its_own_gaps_are_not():
    rng = np.random.default_rng(3)
    codes = rng.integers(3, size=240)
    indicators = np.eye(3)[codes]
    number = np.where((codes == 1) & (rng.random(240) < 0.7), np.nan, rng.normal(size=240))
    indicators[:20] = np.nan
    values = np.column_stack([number, indicators])
    (found,) = found_in(values, columns("mass", "hue", levels=("red", "blue", "pink")))
    assert (found.column, found.other, found.is_level) == ("mass", "hue = blue", True)
    assert found.difference > 1


def test_too_few_gaps_or_cells_say_nothing():
    rng = np.random.default_rng(4)
    few = rng.normal(size=(100, 2))
    few[few[:, 1].argsort()[-4:], 0] = np.nan
    assert found_in(few, columns("a", "b")) == ()
    many = rng.normal(size=(100, 2))
    many[4:, 0] = np.nan
    assert found_in(many, columns("a", "b")) == ()
    together = rng.normal(size=(100, 2))
    together[:30] = np.nan  # nothing is left to compare with
    assert found_in(together, columns("a", "b")) == ()


def test_the_same_seed_gives_the_same_answer():
    rng = np.random.default_rng(5)
    values = rng.normal(size=(2500, 260))  # more rows and columns than are looked at
    values[values[:, 1] + rng.normal(size=2500) > 1, 0] = np.nan
    told = columns(*(f"c{at}" for at in range(260)))
    assert found_in(values, told) == found_in(values, told)
