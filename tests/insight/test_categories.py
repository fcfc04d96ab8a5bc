"""Categories are judged by accuracy and information, each to a figure known beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.insight.baselines import factor_analysis_baseline, pca_baseline
from latentia.insight.categories import category_quality, level_accuracy, table_columns
from latentia.tables.table import Column

LEVELS = ("a", "b", "c")
RNG = np.random.default_rng(0)
CODES = RNG.choice(3, 400, p=[0.5, 0.3, 0.2])
CELLS = np.eye(3)[CODES]
FREQUENCIES = np.array([0.5, 0.3, 0.2])


def test_a_perfect_prediction_gains_all_there_is():
    found = category_quality(CELLS, CELLS, FREQUENCIES, LEVELS)
    assert found.accuracy == 1.0
    assert found.information_gain == pytest.approx(found.entropy)
    assert found.information_share == pytest.approx(1.0)


def test_frequencies_alone_gain_nothing_and_are_as_accurate_as_the_mode():
    found = category_quality(CELLS, np.tile(FREQUENCIES, (400, 1)), FREQUENCIES, LEVELS)
    assert found.information_gain == pytest.approx(0.0, abs=1e-12)
    assert found.accuracy == found.mode_accuracy == pytest.approx((CODES == 0).mean())
    assert found.mode == "a"


def test_by_hand():
    cells = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [np.nan, np.nan]])
    said = np.array([[0.5, 0.5], [0.25, 0.75], [0.8, 0.2], [0.9, 0.1]])
    found = category_quality(cells, said, np.array([0.25, 0.75]), ("red", "white"), {"PCA": 0.5})
    assert found.n_cells == 3
    assert found.accuracy == pytest.approx(2 / 3)
    assert (found.mode, found.mode_accuracy) == ("white", pytest.approx(2 / 3))
    entropy = (2.0 + 2 * np.log2(4 / 3)) / 3
    assert found.entropy == pytest.approx(entropy)
    assert found.information_gain == pytest.approx(entropy - (1.0 + np.log2(4 / 3) + np.log2(5)) / 3)
    assert found.baseline_accuracy == {"PCA": 0.5}


def test_what_is_sure_and_wrong_loses_much_but_not_everything():
    found = category_quality(CELLS, CELLS[:, [1, 2, 0]], FREQUENCIES, LEVELS)
    assert found.accuracy == 0.0
    assert np.isfinite(found.information_gain)
    assert found.information_gain < -100


def test_without_a_cell_nothing_is_known():
    found = category_quality(np.full((4, 3), np.nan), np.ones((4, 3)) / 3, FREQUENCIES, LEVELS)
    assert found.n_cells == 0
    assert np.isnan([found.accuracy, found.mode_accuracy, found.entropy, found.information_gain]).all()
    assert np.isnan(found.information_share)


@pytest.mark.parametrize("baseline", [pca_baseline, factor_analysis_baseline])
def test_linear_models_tell_levels_by_the_largest_indicator(baseline):
    """A number that goes with the first level tells it from the others, and not them from each other."""
    number = np.where(CODES == 0, 5.0, -5.0) + RNG.normal(size=400)
    rows = np.column_stack([number, CELLS])
    found = baseline(rows[:300], rows[300:], rows, 1, blocks=((1, 3),))
    first = CODES[300:] == 0
    assert first.mean() < found.level_accuracy[0] < 1.0
    assert baseline(rows[:300], rows[300:], rows, 3, blocks=((1, 3),)).level_accuracy[0] == 1.0
    assert level_accuracy(CELLS, CELLS) == 1.0


def test_columns_of_the_table_are_told_as_they_are():
    columns = (
        Column("day", "date", "timestamp", "days", "dates"),
        Column("hue", "category", "string", None, "3 different words", LEVELS, LEVELS, (0, 1, 2)),
        Column("mass [g]", "numeric", "double", "g", "numbers"),
    )
    rows = np.column_stack([RNG.normal(size=400), CELLS, RNG.normal(size=400)])
    rows[:7, 0] = rows[5:9, 1:4] = np.nan
    day, hue, mass = table_columns(
        columns, rows[:300], rows[300:], rows[300:], (), ["days", "levels", "number"]
    )
    assert [(one.name, one.first, one.n_missing) for one in (day, hue, mass)] == [
        *(("day", 0, 7), ("hue", 1, 4), ("mass [g]", 4, 0)),
    ]
    assert (day.category, mass.category, mass.unit, hue.why) == (None, None, "g", "3 different words")
    assert hue.category.accuracy == 1.0
    assert hue.category.mode == "a"
    seen = np.delete(CODES[:300], range(5, 9))
    shares = np.bincount(seen) / len(seen)
    assert hue.category.entropy == pytest.approx(-np.log2(shares[CODES[300:]]).mean())
