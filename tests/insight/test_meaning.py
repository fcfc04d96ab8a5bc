"""From an ensemble and its table to what its factors and clusters mean."""

from __future__ import annotations

import numpy as np
import pytest

from insight.test_gathering import gathered
from latentia.insight.meaning import drivers_of
from latentia.networks.tiles import decode_rows
from latentia.tables.sources import read_table


@pytest.fixture(scope="module")
def wine():
    return read_table("wine")


@pytest.fixture(scope="module")
def both(wine):
    return gathered(wine, tried={})


def test_slopes_in_units_are_short_ways_through_decoder_and_scaling(both):
    study, trained = both
    codes = study.latents[study.training_rows]
    step = codes.std(axis=0)
    for factor in range(2):
        way = np.zeros(2)
        way[factor] = 0.05
        ahead, behind = (
            trained.scaling.inverse_transform(decode_rows(trained.network, codes + sign * way))
            for sign in (1, -1)
        )
        slope = (ahead - behind).mean(axis=0) / 0.1 * step[factor]
        spread = study.values[study.training_rows].std(axis=0)
        np.testing.assert_allclose(study.sensitivities.mean[factor] / spread, slope / spread, atol=2e-3)
    assert study.sensitivities.n_rows == 142


def test_walks_end_at_percentiles_of_the_training_codes(both):
    study, _ = both
    ends = np.percentile(study.latents[study.training_rows], [5, 95], axis=0)
    np.testing.assert_allclose(study.traversals.values[:, [0, -1]].T, ends)


def test_what_a_factor_says_alone_is_measured_on_held_out_rows(both, wine):
    study, trained = both
    scaled = trained.scale(wine.values[study.held_out_rows])
    codes = study.latents[study.held_out_rows].copy()
    codes[:, 1] = study.latents[study.training_rows, 1].mean()
    error = np.square(scaled - decode_rows(trained.network, codes)).sum()
    assert study.alone.r2[0] == pytest.approx(1 - error / np.square(scaled - trained.center).sum())


def test_drivers_are_those_of_the_first_clustering(both, wine):
    study, _ = both
    assert study.drivers == drivers_of(study.clusterings, wine, study.training_rows, study.columns)
    assert (study.drivers.method, study.drivers.space) == ("KMeans", "latent")
    assert sum(one.n_rows for one in study.drivers.clusters) == 178
    assert drivers_of((), wine, study.training_rows, study.columns) is None
