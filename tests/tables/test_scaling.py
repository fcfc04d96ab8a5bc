"""Known answers: scikit-learn's scalers, the normal distribution, and undoing what was done."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from latentia.errors import InputError, ModelFileError, RecipeError
from latentia.tables.scalable import KINDS
from latentia.tables.scaling import Scaling
from latentia.tables.spread import NORMAL_IQR

rng = np.random.default_rng(0)
WIDE = rng.normal(size=(57, 4)) * [1e-6, 1.0, 30.0, 1e6] + [0.0, 5.0, -1e4, 1e9]
TIED = np.repeat([[0.0], [0.0], [0.0], [2.0], [5.0]], 3, axis=0)

tables = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(1, 3)),
    elements=st.floats(-1e9, 1e9, allow_subnormal=False),
)


def suited(kind, values):
    """Logarithms are taken of nothing negative."""
    return np.abs(values) if kind.startswith("log1p") else values


@pytest.mark.parametrize(
    ("kind", "oracle"),
    [("standard", StandardScaler()), ("robust", RobustScaler()), ("minmax", MinMaxScaler())],
)
def test_equals_scikit_learn(kind, oracle):
    factor = NORMAL_IQR if kind == "robust" else 1.0
    ours = Scaling.fit(WIDE, kind).transform(WIDE)
    np.testing.assert_allclose(ours, oracle.fit_transform(WIDE) * factor, rtol=1e-9, atol=1e-9)


def test_population_deviation():
    scaling = Scaling.fit([[0.0], [2.0]], "standard")
    assert (scaling.center[0], scaling.spread[0]) == (1.0, 1.0)


def test_large_offset_keeps_its_shape():
    column = 1e6 + 0.01 * rng.normal(size=(50_000, 1))
    scaled = Scaling.fit(column, "standard").transform(column)
    exact = (column - 1e6).astype(np.longdouble)
    exact = (exact - exact.mean()) / exact.std()
    np.testing.assert_allclose(scaled, exact.astype(float), atol=1e-8)
    assert abs(scaled.mean()) < 1e-8  # the centre itself is a float64: half a rounding is 6e-11
    assert abs(scaled.std() - 1) < 1e-9


def test_many_rows_do_not_blur_mean_and_deviation():
    steps = np.tile([[-1.0, -1.0], [1.0, 1.0]], (200_000, 1))
    scaling = Scaling.fit(1e9 / 3 + steps * 2.0**-16, "standard")
    np.testing.assert_allclose(scaling.center, 1e9 / 3, rtol=0, atol=2.0**-22)
    np.testing.assert_allclose(scaling.spread, 2.0**-16, rtol=1e-9)


def test_tiny_values_do_not_count_as_constant():
    column = rng.normal(size=(40, 1)) * 1e-200
    np.testing.assert_allclose(Scaling.fit(column, "standard").transform(column).std(), 1.0, rtol=1e-12)


@pytest.mark.parametrize("kind", ["standard", "robust", "minmax", "quantile"])
@pytest.mark.parametrize("level", [0.0, 7.0, -1e12])
def test_constant_column_is_centred_with_spread_one(kind, level):
    scaling = Scaling.fit(np.full((6, 1), level), kind)
    assert scaling.spread_in_units[0] == 1.0
    np.testing.assert_array_equal(scaling.transform([[level], [level + 2.0]]), [[0.0], [2.0]])
    np.testing.assert_array_equal(scaling.inverse_transform([[2.0]]), [[level + 2.0]])


@pytest.mark.parametrize("kind", ["standard", "robust", "minmax", "quantile"])
def test_spread_at_rounding_level_counts_as_constant(kind):
    column = np.array([[1e6], [np.nextafter(1e6, 2e6)], [1e6], [np.nextafter(1e6, 2e6)]])
    scaling = Scaling.fit(column, kind)
    assert scaling.spread_in_units[0] == 1.0
    assert np.abs(scaling.transform(column)).max() < 1e-9


def test_quartiles_that_meet_fall_back_to_the_deviation():
    column = np.array([[0.0]] * 9 + [[10.0]])
    scaling = Scaling.fit(column, "robust")
    assert (scaling.center[0], scaling.spread[0]) == (0.0, pytest.approx(column.std()))


def test_outlier_does_not_move_robust_scaling():
    column = rng.normal(size=(101, 1))
    spoiled = column.copy()
    spoiled[np.argmax(column)] = 1e20
    np.testing.assert_allclose(Scaling.fit(spoiled, "robust").spread, Scaling.fit(column, "robust").spread)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("values", [WIDE, TIED], ids=["wide", "tied"])
def test_inverse_undoes_transform(kind, values):
    values = suited(kind, values)
    scaling = Scaling.fit(values, kind)
    beyond = np.vstack([values, values.max(0) + values.std(0) * 4, values.min(0) - values.std(0) * 4])
    beyond = suited(kind, beyond)
    tolerance = 1e-12 * np.abs(values).max(axis=0)
    assert (np.abs(scaling.inverse_transform(scaling.transform(beyond)) - beyond) <= tolerance).all()


@given(tables, st.sampled_from(KINDS))
def test_inverse_undoes_transform_of_anything(values, kind):
    values = suited(kind, values)
    scaling = Scaling.fit(values, kind)
    back = scaling.inverse_transform(scaling.transform(values))
    assert np.isfinite(scaling.spread_in_units).all()
    assert (scaling.spread_in_units > 0).all()
    # One rounding of the largest number that takes part, and of what is scaled beyond it.
    scale = np.abs(values).max(axis=0) + scaling.spread_in_units
    assert (np.abs(back - values) <= 1e-13 * scale + 1e-290).all()


@given(tables, st.sampled_from(KINDS), st.data())
def test_weights_count_rows(values, kind, data):
    weights = data.draw(
        hnp.arrays(np.int64, len(values), elements=st.integers(0, 3)).filter(lambda drawn: drawn.sum() > 0)
    )
    values = suited(kind, values)
    weighted = Scaling.fit(values, kind, row_weights=weights, size_factors=kind == "log1p")
    repeated = Scaling.fit(np.repeat(values, weights, axis=0), kind, size_factors=kind == "log1p")
    for name, array in weighted.arrays().items():
        other = repeated.arrays()[name]
        scale = np.abs(values).max() + 1.0
        np.testing.assert_allclose(array, other, rtol=1e-9, atol=1e-12 * scale)


def test_transform_does_not_change_its_input():
    for kind in KINDS:
        rows = suited(kind, WIDE)
        before = rows.copy()
        scaling = Scaling.fit(rows, kind, size_factors=kind == "log1p")
        scaling.inverse_transform(scaling.transform(rows))
        np.testing.assert_array_equal(rows, before)


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_round_trip(kind):
    rows = suited(kind, WIDE)
    scaling = Scaling.fit(rows, kind, size_factors=kind == "log1p")
    again = Scaling.from_arrays(kind, scaling.arrays())
    np.testing.assert_array_equal(again.transform(rows), scaling.transform(rows))
    np.testing.assert_array_equal(again.inverse_transform(rows), scaling.inverse_transform(rows))
    np.testing.assert_array_equal(again.sizes(rows), scaling.sizes(rows))


def test_none_changes_nothing():
    scaling = Scaling.fit(WIDE, None)
    assert scaling.kind == "none"
    np.testing.assert_array_equal(scaling.transform(WIDE), WIDE)
    np.testing.assert_array_equal(scaling.spread_in_units, np.ones(4))


def test_counts_become_logarithms_and_never_negative_again():
    counts = [[0.0, 3.0], [1.0, 7.5]]
    scaling = Scaling.fit(counts, "log1p")
    np.testing.assert_allclose(scaling.transform(counts), np.log([[1.0, 4.0], [2.0, 8.5]]))
    np.testing.assert_allclose(scaling.inverse_transform([[-1.0, 0.0], [np.log(2.0), 1e4]])[:, 0], [0, 1])
    assert np.isfinite(scaling.inverse_transform([[0.0, 1e4]])).all()
    assert scaling.sizes(counts) is None


def test_size_factors_bring_rows_to_the_median_total_of_the_training_rows():
    counts = np.array([[1.0, 3.0], [2.0, 6.0], [30.0, 10.0], [0.0, 0.0]])
    scaling = Scaling.fit(counts, "log1p", size_factors=True)
    assert scaling.typical_total == 8.0  # of 4, 8 and 40; nothing is known of a row without a count
    np.testing.assert_allclose(scaling.sizes(counts), [[0.5], [1.0], [5.0], [1.0]])
    at_common_size = [[2.0, 6.0], [2.0, 6.0], [6.0, 2.0], [0.0, 0.0]]
    np.testing.assert_allclose(np.expm1(scaling.transform(counts)), at_common_size)
    np.testing.assert_allclose(scaling.inverse_transform(scaling.transform(counts)), at_common_size)
    np.testing.assert_allclose(scaling.transform(1000 * counts), scaling.transform(counts), rtol=1e-14)
    np.testing.assert_allclose(scaling.spread_in_units, np.std(at_common_size, axis=0))


def test_a_table_without_any_count_has_common_size():
    scaling = Scaling.fit(np.zeros((3, 2)), "log1p", size_factors=True)
    np.testing.assert_array_equal(scaling.transform(np.zeros((1, 2))), np.zeros((1, 2)))
    np.testing.assert_array_equal(scaling.spread_in_units, 1.0)


def test_negative_counts_are_refused_where_they_are_met():
    sentence = r"Column 2 \(position 1\) has -3, and counts are at least 0; .*scaling='standard'"
    with pytest.raises(InputError, match=sentence):
        Scaling.fit([[1.0, 2.0], [1.0, -3.0]], "log1p")
    with pytest.raises(InputError, match=sentence):
        Scaling.fit([[1.0, 2.0]], "log1p").transform([[1.0, -3.0]])


@pytest.mark.parametrize("total", [[0.0], [-1.0], [np.nan], [1.0, 2.0]])
def test_a_damaged_total_is_refused(total):
    arrays = Scaling.fit([[1.0], [2.0]], "log1p", size_factors=True).arrays()
    with pytest.raises(ModelFileError, match="contradict"):
        Scaling.from_arrays("log1p", arrays | {"typical_total": np.array(total)})


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda arrays: arrays.pop("spread"), "lacks the array 'spread'"),
        (lambda arrays: arrays.update(spread=np.zeros(4)), "contradict"),
        (lambda arrays: arrays.update(center=np.full(4, np.nan)), "contradict"),
        (lambda arrays: arrays.update(center=np.zeros(3)), "contradict"),
        (lambda arrays: arrays.update(knots=arrays["knots"][::-1]), "contradict"),
        (lambda arrays: arrays.update(scores=arrays["scores"][:-1]), "contradict"),
    ],
)
def test_damaged_arrays_are_refused(spoil, reason):
    arrays = Scaling.fit(WIDE, "quantile").arrays()
    spoil(arrays)
    with pytest.raises(ModelFileError, match=reason):
        Scaling.from_arrays("quantile", arrays)


@pytest.mark.parametrize("kind", KINDS)
def test_values_whose_squares_overflow_are_refused(kind):
    with pytest.raises(InputError, match=r"Column 2 \(position 1\).*1e\+300.*divide"):
        Scaling.fit([[1.0, 1e300], [2.0, -1e300]], kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_infinite_cells_are_refused(kind, bad):
    sentence = r"Column 2 \(position 1\) has infinite values, .*; correct them, or leave .* empty \(NaN\)\.$"
    for other in (1.0, np.nan):
        with pytest.raises(InputError, match=sentence) as refusal:
            Scaling.fit([[1.0, other], [2.0, bad]], kind)
        assert "missing" not in str(refusal.value)


@pytest.mark.parametrize("weights", [[1.0], [0.0, 0.0], [1.0, -1.0], [1.0, np.nan]])
def test_impossible_weights_are_refused(weights):
    with pytest.raises(InputError, match="weight"):
        Scaling.fit([[1.0], [2.0]], "standard", row_weights=weights)


def test_other_refusals():
    with pytest.raises(RecipeError, match="'z-score' is not a scaling; choose one of standard"):
        Scaling.fit(WIDE, "z-score")
    with pytest.raises(InputError, match="2-D"):
        Scaling.fit([1.0, 2.0], "standard")
    with pytest.raises(InputError, match="0 rows"):
        Scaling.fit(np.empty((0, 2)), "standard")
    with pytest.raises(InputError, match="3 columns but the scaling was learned from 4"):
        Scaling.fit(WIDE, "standard").transform(WIDE[:, :3])
