"""What sets clusters apart, beside SciPy's Welch intervals and scikit-learn's AUC."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_ind
from sklearn.metrics import roc_auc_score

from latentia.insight.cluster_drivers import MOST_COLUMNS, cluster_drivers
from latentia.insight.results import TableColumn
from latentia.tables import pieces


def column(name, first, levels=()):
    kind = "category" if levels else "numeric"
    return TableColumn(
        name=name, kind=kind, dtype="", why="", unit=None, n_missing=0, first=first, levels=levels
    )


def found_in(values, labels, columns=None, training=None):
    names = [f"c{at}" for at in range(values.shape[1])]
    columns = [column(name, at) for at, name in enumerate(names)] if columns is None else columns
    training = np.arange(len(values)) if training is None else training
    return cluster_drivers(values, labels, training, columns, names, [None] * len(names))


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    labels = rng.integers(-1, 3, size=150)
    values = rng.normal(size=(150, 5)) * [1, 10, 0.1, 1, 5] + 1000
    values[labels == 1, 1] += 25
    values[labels == 2, 2] -= 0.3
    values[rng.random(values.shape) < 0.1] = np.nan
    return values, labels


def test_differences_and_intervals_are_welchs_and_aucs_are_those_of_scikit_learn(table):
    values, labels = table
    training = np.arange(0, 150, 2)
    for one in found_in(values, labels, training=training):
        for driver in one.columns:
            cells = values[:, int(driver.column[1:])]
            there = ~np.isnan(cells)
            ours, theirs = cells[there & (labels == one.cluster)], cells[there & (labels != one.cluster)]
            spread = np.nanstd(cells[training])
            low, high = ttest_ind(ours, theirs, equal_var=False).confidence_interval(0.95)
            np.testing.assert_allclose(driver.inside, ours.mean())
            np.testing.assert_allclose(driver.elsewhere, theirs.mean())
            np.testing.assert_allclose(driver.difference_scaled, driver.difference / spread)
            np.testing.assert_allclose([driver.low_scaled, driver.high_scaled], [low / spread, high / spread])
            auc = roc_auc_score(labels[there] == one.cluster, np.sign(driver.difference) * cells[there])
            np.testing.assert_allclose(driver.auc, auc)


def test_noise_is_no_cluster_but_belongs_to_the_others(table):
    values, labels = table
    found = found_in(values, labels)
    assert [one.cluster for one in found] == [0, 1, 2]
    assert [one.n_rows for one in found] == [int(np.sum(labels == code)) for code in range(3)]
    only = found_in(values, np.where(labels == 1, 0, -1))
    assert [one.cluster for one in only] == [0]
    assert only[0].columns[0].column == "c1"


def test_the_largest_difference_in_sd_comes_first_and_eight_are_kept():
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1], 50)
    values = rng.normal(size=(100, 20)) + np.outer(labels, np.linspace(-3, 4, 20))
    first = found_in(values, labels)[0]
    sizes = [abs(driver.difference_scaled) for driver in first.columns]
    assert len(sizes) == MOST_COLUMNS
    assert sizes == sorted(sizes, reverse=True)
    assert first.columns[0].column == "c19"
    assert first.columns[0].difference < 0


def test_of_a_category_the_level_whose_share_differs_most_is_told():
    labels = np.repeat([0, 1], 40)
    levels = np.zeros((80, 3))
    levels[np.arange(80), np.where(labels == 0, np.arange(80) % 2, 2)] = 1.0
    levels[5] = np.nan
    values = np.column_stack([levels, np.random.default_rng(0).normal(size=80)])
    columns = [column("island", 0, levels=("a", "b", "c")), column("mass", 3)]
    for one in found_in(values, labels, columns):
        assert [driver.column for driver in one.columns] == ["c2", "c3"]
        assert [driver.is_level for driver in one.columns] == [True, False]
    assert found_in(values, labels, columns)[1].columns[0].inside == 1.0
    assert found_in(values, labels, columns)[1].columns[0].auc == 1.0


def test_one_cluster_alone_has_nothing_beside_it():
    values = np.random.default_rng(0).normal(size=(20, 2))
    assert found_in(values, np.zeros(20, int)) == ()
    assert found_in(values, np.full(20, -1)) == ()


def test_what_cannot_be_told_is_left_out_or_unknown():
    values = np.random.default_rng(0).normal(size=(20, 3))
    values[:, 0] = 4.0
    values[1:, 1] = np.nan
    labels = np.array([0] + 19 * [1])
    found = found_in(values, labels)
    assert [driver.column for driver in found[0].columns] == ["c2"]
    assert np.isnan(found[0].columns[0].low_scaled)
    assert np.isfinite(found[0].columns[0].auc)


def test_wide_tables_are_compared_some_columns_at_a_time(table, monkeypatch):
    values, labels = table
    at_once = found_in(values, labels)
    monkeypatch.setattr(pieces, "CELLS_AT_ONCE", 200)
    assert len(pieces.column_pieces(values.shape)) > 2
    for one, other in zip(found_in(values, labels), at_once, strict=True):
        for driver, same in zip(one.columns, other.columns, strict=True):
            assert driver.column == same.column
            assert driver.low_scaled == pytest.approx(same.low_scaled, rel=1e-9)


def test_large_numbers_lose_no_digits():
    labels = np.repeat([0, 1], 30)
    small = np.random.default_rng(0).normal(size=(60, 1)) + labels[:, None]
    one, other = (found_in(values, labels)[0].columns[0] for values in (small, small + 1e8))
    assert one.low_scaled == pytest.approx(other.low_scaled, rel=1e-5)
