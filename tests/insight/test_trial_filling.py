"""Filling is judged on hidden cells of held-out rows: never on a cell that was seen."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from latentia.insight.results import TableColumn
from latentia.insight.trial_filling import PARTS, try_filling
from latentia.tables.splits import Split

RNG = np.random.default_rng(0)


def table(n_rows=200):
    """Return a number, its double, noise, and a category that goes with the number's sign."""
    number = RNG.normal(size=n_rows)
    hue = np.eye(2)[(number > 0.5).astype(int)]
    return np.column_stack([number, 2 * number, RNG.normal(size=n_rows), hue])


COLUMNS = [
    *(
        TableColumn(name=name, kind="numeric", dtype="", why="", unit=None, n_missing=0, first=at)
        for at, name in enumerate(("a", "double", "noise"))
    ),
    TableColumn(
        name="hue", kind="category", dtype="", why="", unit=None, n_missing=0, first=3, levels=("x", "y")
    ),
]
SPLIT = Split(np.arange(150), np.arange(150, 200))


class Doubling:
    """Fills in what doubling says, and keeps what it was shown."""

    def __init__(self):
        self.shown = []

    def fill_scaled(self, rows):
        self.shown.append(rows.copy())
        number = np.where(np.isnan(rows[:, 0]), rows[:, 1] / 2, rows[:, 0])
        number = np.nan_to_num(number)
        hue = np.eye(2)[(number > 0.5).astype(int)]
        # Copies what is there: that must not help.
        said = np.column_stack([number, 2 * number, np.zeros(len(rows)), hue])
        return np.where(np.isnan(rows), said, rows)


def test_every_cell_is_hidden_once_and_filled_from_the_others():
    values, model = table(), Doubling()
    values[160, 2] = values[170:180, 0] = np.nan
    found = try_filling(model, values, SPLIT, COLUMNS, seed=0)
    held = values[150:]
    assert len(model.shown) == PARTS
    hidden = sum(np.isnan(shown) & ~np.isnan(held) for shown in model.shown)
    np.testing.assert_array_equal(hidden, ~np.isnan(held))
    for shown in model.shown:
        np.testing.assert_array_equal(np.isnan(shown[:, 3]), np.isnan(shown[:, 4]))  # a category as a whole
    assert found.n_judged.tolist() == [40, 50, 49, 50]
    assert found.overall.n_cells == 189


def test_errors_stand_beside_means_and_most_frequent_levels():
    values = table()
    found = try_filling(Doubling(), values, SPLIT, COLUMNS, seed=0)
    training, held = values[:150], values[150:]
    usual = np.sqrt(np.square(held - training.mean(axis=0)).mean(axis=0)) / training.std(axis=0)
    np.testing.assert_allclose(found.usual_error[:3], usual[:3])
    assert found.usual_error[3] == pytest.approx(held[:, 4].mean())  # "x" is the most frequent level
    assert found.error[0] < 0.6 * usual[0]  # wrong only where both numbers were hidden together
    assert found.error[1] < 0.6 * usual[1]
    assert found.error[2] == pytest.approx(np.sqrt(np.square(held[:, 2]).mean()) / training[:, 2].std())
    assert found.error[3] < found.usual_error[3]
    assert found.overall.gain > 5 * found.overall.standard_error
    assert found.overall.squared_error == pytest.approx(np.square(found.error[:3]).mean())


def test_who_fills_in_nothing_but_means_gains_nothing():
    values = table()
    training = values[:150]
    usual = np.concatenate([training[:, :3].mean(axis=0), [1.0, 0.0]])
    model = SimpleNamespace(fill_scaled=lambda rows: np.tile(usual, (len(rows), 1)))
    found = try_filling(model, values, SPLIT, COLUMNS, seed=0)
    np.testing.assert_allclose(found.error, found.usual_error)
    assert found.overall.gain == pytest.approx(0.0, abs=1e-12)


def test_columns_without_a_cell_or_without_variation_are_no_trouble():
    values = table()
    values[:, 2] = 1.0
    values[150:, 0] = np.nan
    found = try_filling(Doubling(), values, SPLIT, COLUMNS, seed=0)
    assert found.n_judged[0] == 0
    assert np.isnan(found.error[0])
    assert np.isfinite(found.overall.gain)


def test_of_many_rows_some_are_looked_at():
    values = np.tile(table(), (40, 1))
    model = Doubling()
    try_filling(model, values, Split(np.arange(2000), np.arange(2000, 8000)), COLUMNS, seed=0)
    assert {len(shown) for shown in model.shown} == {300}
