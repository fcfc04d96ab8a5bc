"""Missing cells: a column is scaled as if the rows without its cell were not there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import norm
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from latentia.errors import InputError
from latentia.tables.scalable import KINDS
from latentia.tables.scaling import Scaling

rng = np.random.default_rng(5)
POSITIVE = rng.gamma(2.0, size=(60, 4)) * [0.01, 1.0, 30.0, 1e6]
HOLED = np.where(rng.random(POSITIVE.shape) < [0.0, 0.3, 0.6, 0.0], np.nan, POSITIVE)

holed_tables = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(1, 4)),
    elements=st.floats(0.0, 1e9, allow_subnormal=False) | st.just(np.nan),
)


@pytest.mark.parametrize(("kind", "oracle"), [("standard", StandardScaler()), ("minmax", MinMaxScaler())])
def test_equals_scikit_learn(kind, oracle):
    ours = Scaling.fit(HOLED, kind).transform(HOLED)
    np.testing.assert_allclose(ours, oracle.fit_transform(HOLED), rtol=1e-12, atol=1e-12)


@given(holed_tables, st.sampled_from(KINDS), st.data())
def test_a_column_is_learned_from_its_observed_cells_and_their_weights(values, kind, data):
    weights = data.draw(
        st.none()
        | hnp.arrays(np.float64, len(values), elements=st.floats(0, 3)).filter(lambda drawn: drawn.any())
    )
    whole = Scaling.fit(values, kind, weights)
    for column, cells in enumerate(values.T):
        there = ~np.isnan(cells) if weights is None else ~np.isnan(cells) & (weights > 0)
        if there.any():
            kept = None if weights is None else weights[there]
            alone = Scaling.fit(cells[there, None], kind, kept)
            scale = 1e-12 * (alone.center[0] + alone.spread[0])
            assert abs(whole.center[column] - alone.center[0]) <= scale
            assert abs(whole.spread[column] - alone.spread[0]) <= scale
        else:
            assert (whole.center[column], whole.spread[column]) == (0.0, 1.0)


@given(holed_tables, st.sampled_from(KINDS))
def test_gaps_stay_gaps_and_the_rest_comes_back(values, kind):
    scaling = Scaling.fit(values, kind)
    scaled = scaling.transform(values)
    back = scaling.inverse_transform(scaled)
    np.testing.assert_array_equal(np.isnan(scaled), np.isnan(values))
    np.testing.assert_array_equal(np.isnan(back), np.isnan(values))
    there = ~np.isnan(values)
    scale = (np.abs(scaling.center) + scaling.spread + np.nanmax(values, initial=0.0))[None, :]
    assert (np.abs(back - values) <= 1e-12 * scale)[there].all()


@pytest.mark.parametrize("kind", KINDS)
def test_gaps_in_one_column_do_not_change_the_others(kind):
    whole, holed = Scaling.fit(POSITIVE, kind), Scaling.fit(HOLED, kind)
    for one, other in (
        (whole.transform(POSITIVE)[:, [0, 3]], holed.transform(POSITIVE)[:, [0, 3]]),
        (whole.spread_in_units[[0, 3]], holed.spread_in_units[[0, 3]]),
    ):
        np.testing.assert_allclose(one, other, rtol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_is_scaled_alike_whatever_stands_beside_it(kind):
    scaling = Scaling.fit(HOLED, kind, size_factors=kind == "log1p")
    together = scaling.transform(HOLED)
    for at in (0, 7, 31):
        np.testing.assert_array_equal(scaling.transform(HOLED[at : at + 1])[0], together[at])


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_without_a_cell_has_centre_0_and_spread_1(kind):
    values = np.column_stack([POSITIVE[:, 1], np.full(60, np.nan)])
    scaling = Scaling.fit(values, kind, size_factors=kind == "log1p")
    assert (scaling.center[1], scaling.spread[1]) == (0.0, 1.0)
    assert np.isnan(scaling.transform(values)[:, 1]).all()
    np.testing.assert_array_equal(scaling.inverse_transform([[0.0, 0.0]])[:, 1], 0.0)
    again = Scaling.from_arrays(kind, scaling.arrays())
    np.testing.assert_array_equal(again.transform(values), scaling.transform(values))


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_without_any_cell_is_scaled_to_itself(kind):
    scaling = Scaling.fit(np.full((3, 2), np.nan), kind, size_factors=kind == "log1p")
    np.testing.assert_array_equal(scaling.transform([[0.0, np.nan]]), [[0.0, np.nan]])


def test_observed_cells_become_normal():
    column = np.exp(rng.normal(size=(400, 1)))
    column[::4] = np.nan
    table = np.column_stack([np.arange(400.0), column])
    scaling = Scaling.fit(table, "quantile")
    scaled = scaling.transform(table)[:, 1]
    expected = norm.ppf((np.arange(300) + 0.5) / 300)
    np.testing.assert_allclose(np.sort(scaled[~np.isnan(scaled)]), expected, atol=1e-9)
    np.testing.assert_allclose(
        scaling.transform(table)[:, 0], norm.ppf((np.arange(400) + 0.5) / 400), atol=1e-9
    )
    assert scaling.arrays()["scores"].shape == scaling.arrays()["knots"].shape


def test_gaps_do_not_make_a_row_of_counts_smaller():
    """A row with gaps is compared with what is typical of the columns that it has."""
    shares = np.array([0.5, 0.3, 0.2])
    sizes = np.array([[10.0], [100.0], [1000.0], [40.0], [250.0]])
    counts = sizes * shares
    whole = Scaling.fit(counts, "log1p", size_factors=True)
    holed = counts.copy()
    holed[0, 0] = holed[2, 1] = holed[3, [0, 1]] = np.nan
    scaling = Scaling.fit(holed, "log1p", size_factors=True)
    assert scaling.typical_total == pytest.approx(whole.typical_total, rel=1e-6)
    np.testing.assert_allclose(scaling.sizes(holed), whole.sizes(counts), rtol=1e-6)
    scaled = scaling.transform(holed)
    np.testing.assert_array_equal(np.isnan(scaled), np.isnan(holed))
    np.testing.assert_allclose(
        scaled[~np.isnan(holed)], scaling.transform(counts)[~np.isnan(holed)], rtol=1e-6
    )


def test_nothing_is_known_of_the_size_of_a_row_without_observed_counts():
    counts = np.array([[2.0, 0.0, np.nan], [4.0, 0.0, np.nan], [np.nan, np.nan, np.nan]])
    scaling = Scaling.fit(counts, "log1p", size_factors=True)
    assert scaling.typical_total == 3.0
    probes = [[np.nan, np.nan, np.nan], [np.nan, 5.0, np.nan], [np.nan, np.nan, 7.0], [6.0, np.nan, np.nan]]
    np.testing.assert_allclose(scaling.sizes(probes), [[1.0], [1.0], [1.0], [2.0]])


def test_a_gap_is_no_negative_count():
    with pytest.raises(InputError, match=r"Column 1 \(position 0\) has -3"):
        Scaling.fit([[np.nan, 1.0], [-3.0, np.nan]], "log1p")
