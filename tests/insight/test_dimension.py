"""The intrinsic dimension: known shapes, what must not matter, and when there is no estimate."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_swiss_roll

from latentia.insight import dimension
from latentia.insight.dimension import intrinsic_dimension
from problems import holed, repeated_rows


def embedded(rows, n_columns=20, seed=0):
    """Return rows turned into a space of more columns; no distance changes."""
    axes = np.linalg.qr(np.random.default_rng(seed).normal(size=(n_columns, n_columns)))[0]
    return rows @ axes[: rows.shape[1]]


def plane(n_rows=1000, seed=0):
    return embedded(np.random.default_rng(seed).uniform(size=(n_rows, 2)))


def roll(seed):
    return make_swiss_roll(1000, random_state=seed)[0]


def five(seed):
    return embedded(np.random.default_rng(seed).normal(size=(1000, 5)))


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("shape", "expected"), [(plane, 2), (roll, 2), (five, 5)], ids=["plane", "swiss roll", "normal"]
)
def test_known_shapes_have_their_dimension(shape, expected, seed):
    found = intrinsic_dimension(shape(seed=seed), seed=0)
    assert found.estimate == pytest.approx(expected, rel=0.12)
    assert found.low < found.estimate < found.high
    assert found.high - found.low < 0.25 * expected
    assert found.n_rows == 1000
    assert found.sentence.startswith(f"{found.estimate:.1f} (95 % interval {found.low:.1f} to")


def test_it_is_the_line_of_the_paper():
    rows = np.random.default_rng(5).standard_t(2, size=(200, 3))
    apart = np.sort(np.linalg.norm(rows[:, None] - rows, axis=-1), axis=1)
    ratio = np.log(np.sort(apart[:, 2] / apart[:, 1]))[:180]  # a tenth is left out
    height = -np.log(1 - np.arange(1, 181) / 200)
    slope = np.linalg.lstsq(ratio[:, None], height, rcond=None)[0][0]
    assert intrinsic_dimension(rows, seed=0).estimate == pytest.approx(slope, rel=1e-9)


def test_the_interval_holds_the_dimension_about_as_often_as_it_says():
    held = 0
    for seed in range(60):
        found = intrinsic_dimension(np.random.default_rng(seed).uniform(size=(300, 2)), seed=0)
        held += found.low <= 2 <= found.high
    assert held >= 52


def test_turning_stretching_and_moving_all_columns_changes_nothing():
    rows = plane(n_rows=400)
    expected = intrinsic_dimension(rows, seed=0)
    changed = 1000 + 37 * embedded(rows, seed=1)
    found = intrinsic_dimension(changed, seed=0)
    assert found.estimate == pytest.approx(expected.estimate, rel=1e-6)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-6)


def test_the_order_of_the_rows_does_not_matter_to_the_estimate():
    rows = plane(n_rows=300)
    expected = intrinsic_dimension(rows, seed=0).estimate
    assert intrinsic_dimension(rows[::-1], seed=0).estimate == pytest.approx(expected, rel=1e-9)


def test_noise_raises_it_and_few_rows_lower_it():
    rows = plane()
    noisy = rows + 0.1 * np.random.default_rng(1).normal(size=rows.shape)
    assert intrinsic_dimension(noisy, seed=0).estimate > 4
    many = [np.random.default_rng(seed).normal(size=(2000, 15)) for seed in range(3)]
    few, all_of_them = (
        np.mean([intrinsic_dimension(one[:n], seed=0).estimate for one in many]) for n in (100, 2000)
    )
    assert few < all_of_them < 15


def test_repetitions_of_rows_count_once():
    rows = plane(n_rows=200)
    found = intrinsic_dimension(np.concatenate([rows, rows[:80], rows[:80] + 1e-12]), seed=0)
    assert found.n_rows == 200
    assert found.estimate == pytest.approx(intrinsic_dimension(rows, seed=0).estimate, rel=1e-4)


def test_rows_with_a_gap_are_left_out():
    rows = plane(n_rows=300)
    gaps = holed(rows, share=0.02)
    whole = ~np.isnan(gaps).any(axis=1)
    assert 100 < whole.sum() < 300
    found = intrinsic_dimension(gaps, seed=0)
    assert found.estimate == pytest.approx(intrinsic_dimension(rows[whole], seed=0).estimate, rel=1e-9)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (repeated_rows(n_distinct=20, times=10), "of 200 of these 20 differ, fewer than the 30"),
        (holed(plane(n_rows=200), share=0.5), "of 200 training rows 0 have no gap"),
        (np.ones((50, 3)), "1 differ"),
        (np.empty((50, 0)), "told from columns of numbers, and there is none"),
        (np.stack(np.meshgrid(*[np.arange(8.0)] * 2), axis=-1).reshape(-1, 2), "as on a grid"),
    ],
    ids=["repeated", "gaps", "constant", "no columns", "grid"],
)
def test_without_enough_to_tell_from_there_is_no_estimate_and_a_reason(rows, sentence):
    found = intrinsic_dimension(rows, seed=0)
    assert np.isnan([found.estimate, found.low, found.high]).all()
    assert found.sentence.startswith("no estimate: ")
    assert sentence in found.sentence


def test_of_many_rows_some_are_taken_and_the_seed_says_which(monkeypatch):
    monkeypatch.setattr(dimension, "MOST_ROWS", 300)
    rows = plane(n_rows=900)
    one, again, other = (intrinsic_dimension(rows, seed=seed) for seed in (3, 3, 4))
    assert one == again
    assert one.n_rows == 300
    assert one.estimate != other.estimate


def test_of_wide_tables_fewer_rows_are_taken(monkeypatch):
    monkeypatch.setattr(dimension, "MOST_CELLS", 20 * 100)
    assert intrinsic_dimension(plane(n_rows=900), seed=0).n_rows == 100
    monkeypatch.setattr(dimension, "MOST_CELLS", 20 * 10)
    assert "of 10 of these 10 differ" in intrinsic_dimension(plane(n_rows=900), seed=0).sentence


def test_only_columns_of_numbers_and_dates_count():
    rows = plane(n_rows=200)
    expected = intrinsic_dimension(rows, seed=0)
    marks = np.random.default_rng(2).integers(2, size=(200, 3)).astype(float)
    marks[:50, 0] = np.nan
    kinds = [*["numeric"] * 19, "date", *["boolean"] * 2, "category"]
    found = intrinsic_dimension(np.c_[rows, marks], seed=0, kinds=kinds)
    assert found.estimate == pytest.approx(expected.estimate, rel=1e-9)
    assert "there is none" in intrinsic_dimension(marks, seed=0, kinds=["boolean"] * 3).sentence
