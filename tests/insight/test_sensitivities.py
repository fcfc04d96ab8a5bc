"""Slopes by factor, column and region, on decoders whose derivatives are known."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.insight import sensitivities as module
from latentia.insight.sensitivities import sensitivities
from latentia.networks.architecture import Architecture
from latentia.networks.network import initialise
from latentia.networks.slopes import decoder_slopes
from latentia.tables.scaling import Scaling

CODES = np.random.default_rng(3).normal(size=(300, 2)) * [2.0, 0.5]


def analytic(decode, slope, size=10**6):
    """Return a source of slopes that are known, some rows at a time."""

    def yielded(codes):
        for first in range(0, len(codes), size):
            part = codes[first : first + size]
            yield slice(first, first + len(part)), decode(part), slope(part)

    return yielded


def quadratic(codes):
    """Return how steep z1² and 3 z2 are."""
    slopes = np.zeros((len(codes), 2, 2))
    slopes[:, 0, 0] = 2 * codes[:, 0]
    slopes[:, 1, 1] = 3.0
    return slopes


BENT = analytic(lambda codes: np.column_stack([codes[:, 0] ** 2, 3 * codes[:, 1]]), quadratic)


def test_a_linear_network_is_as_steep_everywhere_as_its_weights():
    network = initialise(Architecture(n_features=5, n_components=2), np.random.default_rng(0))
    spread = np.array([1.0, 2.0, 4.0, 0.5, 0.0])
    scaling = Scaling("standard", np.arange(5.0), np.where(spread > 0, spread, 1.0))
    found = sensitivities(
        CODES, lambda codes: decoder_slopes(network, codes), scaling.inverse_transform, spread, seed=0
    )
    weight = network.decoder[0].weight.astype(np.float64) * CODES.std(axis=0)[:, None]
    np.testing.assert_allclose(found.mean, weight * scaling.spread, rtol=1e-6)
    np.testing.assert_allclose(found.mean_scaled[:, :4], weight[:, :4], rtol=1e-6)
    np.testing.assert_allclose(found.size_scaled[:, :4], np.abs(weight[:, :4]), rtol=1e-6)
    for region in range(3):
        np.testing.assert_allclose(found.by_region[:, region, :4], weight[:, :4], rtol=1e-6)
    assert found.unevenness.max() < 1e-12
    assert (found.mean_scaled[:, 4] == 0).all()


def test_a_parabola_falls_where_the_factor_is_low_and_rises_where_it_is_high():
    found = sensitivities(CODES, BENT, lambda scaled: scaled, np.ones(2), seed=0)
    z, step = CODES[:, 0], CODES[:, 0].std()
    low, high = np.percentile(z, [100 / 3, 200 / 3])
    expected = [2 * step * z[rows].mean() for rows in (z <= low, (z > low) & (z <= high), z > high)]
    np.testing.assert_allclose(found.by_region[0, :, 0], expected, rtol=1e-6)
    assert found.by_region[0, 0, 0] < -1 < 1 < found.by_region[0, 2, 0]
    assert found.unevenness[0, 0] > 0.95
    assert found.unevenness[1, 1] < 1e-12
    np.testing.assert_allclose(found.mean[0, 0], 2 * step * z.mean(), rtol=1e-6)
    np.testing.assert_allclose(found.size_scaled[0, 0], 2 * step * np.abs(z).mean(), rtol=1e-6)
    np.testing.assert_allclose(found.cuts[0], [low, high])


@pytest.mark.parametrize("kind", ["log1p", "log1p-standard", "minmax", "robust"])
def test_slopes_in_units_go_through_the_scaling_wherever_it_is_bent(kind):
    rows = np.random.default_rng(0).gamma(2.0, 5.0, size=(200, 1))
    scaling = Scaling.fit(rows, kind)
    codes = scaling.transform(rows)
    straight = analytic(lambda part: part, lambda part: np.ones((len(part), 1, 1)))
    found = sensitivities(codes, straight, scaling.inverse_transform, np.ones(1), seed=0)
    steep = {"log1p": rows + 1, "log1p-standard": scaling.spread * (rows + 1)}.get(
        kind, np.full(rows.shape, scaling.spread[0])
    )
    np.testing.assert_allclose(found.mean, steep.mean() * codes.std(), rtol=1e-5)


def test_it_does_not_matter_how_many_rows_come_at_a_time():
    at_once = sensitivities(CODES, BENT, np.exp, np.ones(2), seed=0)
    bent = analytic(lambda codes: np.column_stack([codes[:, 0] ** 2, 3 * codes[:, 1]]), quadratic, size=7)
    some = sensitivities(CODES, bent, np.exp, np.ones(2), seed=0)
    np.testing.assert_allclose(some.by_region, at_once.by_region, rtol=1e-12)
    np.testing.assert_allclose(some.size_scaled, at_once.size_scaled, rtol=1e-12)


def test_of_many_rows_five_hundred_are_drawn_by_the_seed():
    codes = np.random.default_rng(0).normal(size=(2000, 2))
    one, again, other = (sensitivities(codes, BENT, lambda x: x, np.ones(2), seed=seed) for seed in (0, 0, 1))
    assert one.n_rows == 500
    np.testing.assert_array_equal(one.mean, again.mean)
    assert not np.array_equal(one.mean, other.mean)
    np.testing.assert_array_equal(one.step, codes.std(axis=0))


def test_of_wide_tables_fewer_rows_are_looked_at(monkeypatch):
    monkeypatch.setattr(module, "MOST_SLOPES", 400)
    assert sensitivities(CODES, BENT, lambda x: x, np.ones(2), seed=0).n_rows == 100
    monkeypatch.setattr(module, "MOST_SLOPES", 4)
    assert sensitivities(CODES, BENT, lambda x: x, np.ones(2), seed=0).n_rows == module.FEWEST_ROWS


def test_a_region_without_rows_is_unknown_and_takes_no_part():
    # A sparse code: two thirds of the rows have 0, so there is no middle.
    codes = np.column_stack([np.where(np.arange(300) % 4, 0.0, 1.0), np.arange(300.0)])
    found = sensitivities(codes, BENT, lambda x: x, np.ones(2), seed=0)
    assert np.isnan(found.by_region[0, 1, 0])
    assert np.isfinite(found.by_region[0, [0, 2], 0]).all()
    assert np.isfinite(found.unevenness).all()
