"""Every column scaled in its own way: each as if the columns of its kind stood alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentia.errors import InputError, ModelFileError, RecipeError
from latentia.tables.scalable import KINDS
from latentia.tables.scaling import Scaling

rng = np.random.default_rng(8)
TABLE = rng.gamma(1.5, size=(80, 9)) * np.logspace(-3, 4, 9)
HOLED = np.where(rng.random(TABLE.shape) < 0.1, np.nan, TABLE)
MIXED = ("standard", "none", "log1p", "quantile", "log1p", "robust", "minmax", "log1p-standard", "quantile")

mixtures = st.lists(st.sampled_from(KINDS), min_size=9, max_size=9).map(tuple)


@given(mixtures, st.sampled_from([TABLE, HOLED]), st.booleans())
def test_columns_of_a_kind_are_scaled_as_if_they_stood_alone(kinds, values, size_factors):
    mixed = Scaling.fit(values, kinds, size_factors=size_factors)
    scaled, spread = mixed.transform(values), mixed.spread_in_units
    back = mixed.inverse_transform(scaled)
    for kind in set(kinds):
        columns = np.flatnonzero(np.array(kinds) == kind)
        alone = Scaling.fit(values[:, columns], kind, size_factors=size_factors)
        np.testing.assert_array_equal(scaled[:, columns], alone.transform(values[:, columns]))
        np.testing.assert_array_equal(back[:, columns], alone.inverse_transform(scaled[:, columns]))
        np.testing.assert_array_equal(spread[columns], alone.spread_in_units)
        np.testing.assert_array_equal(mixed.center[columns], alone.center)
        if kind == "log1p" and size_factors:
            np.testing.assert_array_equal(mixed.sizes(values), alone.sizes(values[:, columns]))
    if "log1p" not in kinds:
        assert mixed.sizes(values) is None


@given(mixtures, st.booleans())
def test_arrays_round_trip_whatever_is_said_beside_them(kinds, size_factors):
    scaling = Scaling.fit(HOLED, kinds, size_factors=size_factors)
    for told in (scaling.kind, "standard", (("c", "robust"),)):
        again = Scaling.from_arrays(told, scaling.arrays())
        assert again.kind == kinds
        np.testing.assert_array_equal(again.transform(HOLED), scaling.transform(HOLED))
        np.testing.assert_array_equal(again.inverse_transform(TABLE), scaling.inverse_transform(TABLE))
        assert again.typical_total == scaling.typical_total


def test_weights_hold_for_every_column():
    weights = rng.integers(0, 3, len(TABLE))
    weighted = Scaling.fit(TABLE, MIXED, weights).transform(TABLE)
    repeated = Scaling.fit(np.repeat(TABLE, weights, axis=0), MIXED).transform(TABLE)
    np.testing.assert_allclose(weighted, repeated, rtol=1e-9, atol=1e-12)


def test_indicators_stay_as_they_are():
    table = np.column_stack([TABLE[:, 0], np.arange(80) % 2, 1 - np.arange(80) % 2])
    table[3, 1:] = np.nan
    scaling = Scaling.fit(table, ("standard", "none", None))
    np.testing.assert_array_equal(scaling.transform(table)[:, 1:], table[:, 1:])
    assert scaling.kind == ("standard", "none", "none")
    np.testing.assert_array_equal(scaling.spread_in_units[1:], 1.0)


def test_logarithms_of_skewed_columns_have_mean_0_and_deviation_1():
    scaled = Scaling.fit(TABLE, "log1p-standard").transform(TABLE)
    logs = np.log1p(TABLE)
    np.testing.assert_allclose(scaled, (logs - logs.mean(axis=0)) / logs.std(axis=0), rtol=1e-9, atol=1e-12)


def test_one_unit_of_a_logarithmic_scale_is_that_at_its_centre():
    scaling = Scaling.fit(TABLE, "log1p-standard")
    step = 1e-6
    around = scaling.inverse_transform([np.full(9, -step), np.full(9, step)])
    np.testing.assert_allclose(scaling.spread_in_units, (around[1] - around[0]) / (2 * step), rtol=1e-6)


def test_no_reconstruction_of_a_logarithmic_column_is_impossible():
    scaling = Scaling.fit(TABLE, "log1p-standard")
    values = scaling.inverse_transform([np.full(9, -1e9), np.full(9, 1e9)])
    np.testing.assert_array_equal(values[0], 0.0)
    assert np.isfinite(scaling.transform(values)).all()


@pytest.mark.parametrize("bad", [-1.5, -0.25])
def test_negative_numbers_have_no_place_on_a_logarithmic_scale(bad):
    kinds = ("standard", "log1p-standard")
    sentence = (
        rf"^Column 2 \(position 1\) has {bad:g}, and the scaling 'log1p-standard' takes logarithms .*; "
        r"correct the cell, or choose 'standard' for this column\.$"
    )
    with pytest.raises(InputError, match=sentence):
        Scaling.fit([[-1.0, 2.0], [1.0, bad]], kinds)
    with pytest.raises(InputError, match=sentence):
        Scaling.fit([[-1.0, 2.0]], kinds).transform([[-7.0, bad]])


def test_a_negative_count_is_found_among_columns_of_other_kinds():
    with pytest.raises(InputError, match=r"^Column 3 \(position 2\) has -2, and counts are at least 0"):
        Scaling.fit([[-1.0, 2.0, -2.0]], ("standard", "log1p", "log1p"))


def test_other_refusals():
    with pytest.raises(
        RecipeError, match=r"names columns, which are not known by name here; give one scaling"
    ):
        Scaling.fit(TABLE, {"income": "robust"})
    with pytest.raises(RecipeError, match=r"^There are 2 scalings for 9 columns; pass one per column\.$"):
        Scaling.fit(TABLE, ("standard", "none"))
    with pytest.raises(RecipeError, match=r"^'z-score' is not a scaling; choose one of standard"):
        Scaling.fit(TABLE, (*MIXED[:8], "z-score"))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda arrays: arrays.pop("knots"), "column-wise scaling lacks the array 'knots'"),
        (lambda arrays: arrays.pop("kinds"), "scaling lacks the array 'kinds'"),
        (lambda arrays: arrays.update(kinds=np.arange(8)), "contradict"),
        (lambda arrays: arrays.update(kinds=np.full(9, 7)), "contradict"),
        (lambda arrays: arrays.update(kinds=np.full(9, -1)), "contradict"),
        (lambda arrays: arrays.update(kinds=np.full(9, 1.0)), "contradict"),
        (lambda arrays: arrays.update(kinds=np.zeros((9, 1), int)), "contradict"),
        (lambda arrays: arrays.update(knots=arrays["knots"][:, :1]), "contradict"),
        (lambda arrays: arrays.update(scores=arrays["scores"][:, :1]), "contradict"),
        (lambda arrays: arrays.update(scores=arrays["scores"][::-1]), "contradict"),
        (lambda arrays: arrays.update(typical_total=np.zeros(1)), "contradict"),
        (lambda arrays: arrays.update(spread=np.full(9, np.inf)), "contradict"),
    ],
)
def test_damaged_arrays_are_refused(spoil, reason):
    arrays = Scaling.fit(HOLED, MIXED, size_factors=True).arrays()
    spoil(arrays)
    with pytest.raises(ModelFileError, match=reason):
        Scaling.from_arrays((("a", "robust"),), arrays)
