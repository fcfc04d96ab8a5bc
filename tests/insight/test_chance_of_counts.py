"""What R² exact means have, beside tables whose means are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from latentia.insight.chance_of_counts import r2_of_exact_means
from latentia.insight.diagnosis.counts import counts_by_chance
from latentia.insight.diagnosis.verdict import verdict
from latentia.insight.quality import quality


def known(means, sizes, dispersion):
    """Return a network of counts that says exactly these means, and a table that was drawn from them."""
    rng = np.random.default_rng(1)
    drawn = sizes * means
    if dispersion is not None:
        drawn = rng.gamma(1 / dispersion, dispersion * drawn)
    counts = rng.poisson(drawn).astype(float)
    trained = SimpleNamespace(
        seed=0,
        scale=lambda values: np.log1p(values / sizes),
        scaling=SimpleNamespace(sizes=lambda _: sizes),
        reconstruct_scaled=lambda _: np.log1p(means).astype(np.float32),
        center=np.log1p(counts / sizes).mean(axis=0),
        network=SimpleNamespace(
            log_dispersion=None if dispersion is None else np.full(means.shape[1], np.log(dispersion))
        ),
    )
    return trained, counts


@pytest.mark.parametrize("dispersion", [None, 0.5, 3.0])
@pytest.mark.parametrize("level", [0.05, 1.0, 200.0])
def test_it_is_what_exact_means_have_on_counts_that_were_drawn_from_them(level, dispersion):
    rng = np.random.default_rng(0)
    means = level * np.exp(rng.normal(size=(400, 2)) @ rng.normal(size=(2, 50)))
    sizes = np.exp(rng.normal(0, 0.3, (400, 1)))
    trained, counts = known(means, sizes, dispersion)
    scaled = trained.scale(counts)
    true = quality(scaled, np.log1p(means), center=trained.center, rows="held-out").r2
    assert r2_of_exact_means(trained, counts) == pytest.approx(true, abs=0.05)


def test_it_is_nearly_one_of_many_counts_and_below_zero_of_few_that_hardly_differ():
    rng = np.random.default_rng(0)
    pattern, ones = np.exp(rng.normal(size=(400, 2)) @ rng.normal(size=(2, 50))), np.ones((400, 1))
    assert r2_of_exact_means(*known(1000 * pattern, ones, None)) > 0.95
    assert r2_of_exact_means(*known(0.5 * pattern**0.05, ones, 0.5)) < -0.01


def test_missing_cells_and_a_network_that_blew_up_are_no_accident():
    rng = np.random.default_rng(0)
    means = np.exp(rng.normal(size=(60, 8)))
    trained, counts = known(means, np.ones((60, 1)), 0.5)
    whole = r2_of_exact_means(trained, counts)
    counts[rng.random(counts.shape) < 0.2] = np.nan
    assert r2_of_exact_means(trained, counts) == pytest.approx(whole, abs=0.1)
    trained.reconstruct_scaled = lambda values: np.full(values.shape, np.inf)
    assert not r2_of_exact_means(trained, counts) > 1


def test_it_is_said_where_chance_is_most_of_it_and_in_the_verdict():
    own = quality(np.array([[1.0], [-1.0]]), np.array([[-0.2], [0.2]]), center=np.zeros(1), rows="held-out")
    (said,) = counts_by_chance(own, -0.04)
    assert said.sentence == (
        "Single counts are mostly chance: exact means would have an R² of −0.04 here, where the network has "
        "−0.44."
    )
    assert counts_by_chance(own, 0.5) == []
    assert counts_by_chance(own, np.nan) == []
    assert verdict([said], own, own, n_components=3) == (
        "3 factors explain nothing of the variation of 2 held-out rows, of which exact means would explain "
        "nothing; PCA with as many explains nothing."
    )
