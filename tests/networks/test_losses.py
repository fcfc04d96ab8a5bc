"""Losses cell by cell, against closed forms and against SciPy and scikit-learn."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, softmax
from sklearn.metrics import log_loss

from latentia.networks.activations import activate
from latentia.networks.losses import LOSSES, Said
from latentia.settings import COUNT_LOSSES, LOSS_OUTPUTS

TARGET = np.array([0.0, 1.0, -2.0, 3.0, 0.5], np.float32)
MADE = np.array([0.0, 1.5, -5.0, 4.0, 0.0], np.float32)
BY_HAND = {
    "mse": [0.0, 0.25, 9.0, 1.0, 0.25],
    "mae": [0.0, 0.5, 3.0, 1.0, 0.5],
    "huber": [0.0, 0.125, 2.5, 0.5, 0.125],
}
RAW = np.random.default_rng(0).normal(scale=3.0, size=(40, 5)).astype(np.float32)
SHARES = np.random.default_rng(1).dirichlet(np.ones(5), size=40)
ROWS = {**dict.fromkeys(BY_HAND, RAW.astype(float)), "bce": SHARES, "categorical": SHARES}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_distance_is_what_it_is_by_hand(name):
    np.testing.assert_allclose(LOSSES[name].cells(TARGET, Said(MADE, MADE)), BY_HAND[name], rtol=1e-6)
    np.testing.assert_allclose(LOSSES[name].cells(MADE, Said(TARGET, TARGET)), BY_HAND[name], rtol=1e-6)


def test_binary_cross_entropy_is_that_of_the_probability():
    p = expit(RAW.astype(float))
    expected = -(SHARES * np.log(p) + (1 - SHARES) * np.log1p(-p))
    np.testing.assert_allclose(
        LOSSES["bce"].cells(SHARES, Said(expit(RAW), RAW)), expected, rtol=1e-4, atol=1e-5
    )
    coins = (SHARES > 0.2).astype(int)
    found = LOSSES["bce"].cells(coins.astype(np.float32), Said(expit(RAW), RAW))
    assert float(np.mean(found)) == pytest.approx(log_loss(coins.ravel(), p.ravel()), rel=1e-5)


def test_binary_cross_entropy_neither_overflows_nor_stops_learning():
    far = np.array([[200.0, -200.0]], np.float32)
    wrong = np.array([[0.0, 1.0]], np.float32)
    np.testing.assert_allclose(LOSSES["bce"].cells(wrong, Said(expit(far), far)), [[200.0, 200.0]])
    slope = jax.grad(lambda raw: LOSSES["bce"].cells(wrong, Said(raw, raw)).sum())(far)
    np.testing.assert_allclose(slope, [[1.0, -1.0]])


def test_the_mean_of_a_row_s_cells_is_its_cross_entropy():
    cells = LOSSES["categorical"].cells(SHARES, Said(softmax(RAW, axis=1), RAW))
    expected = -(SHARES * np.log(softmax(RAW.astype(float), axis=1))).sum(axis=1)
    np.testing.assert_allclose(np.mean(cells, axis=1), expected, rtol=1e-4)


@pytest.mark.parametrize("name", [name for name in LOSSES if name not in COUNT_LOSSES])
def test_predicting_the_mean_costs_what_is_told_of_it(name):
    """The mean of the columns, or its log-odds, put in for every row."""
    target = ROWS[name]
    mean = np.broadcast_to(target.mean(axis=0), target.shape)
    raw = {"sigmoid": np.log(mean / (1 - mean) if (mean > 0).all() else 1), "softmax": np.log(np.abs(mean))}
    output = LOSS_OUTPUTS.get(name, "linear")
    cells = LOSSES[name].cells(target, Said(mean, raw.get(output, mean)))
    if output != "linear":
        np.testing.assert_allclose(activate(output, raw[output]), mean, rtol=1e-5)
    assert LOSSES[name].of_mean(target, None) == pytest.approx(float(np.mean(cells)), rel=1e-5)


def test_predicting_the_means_of_counts_costs_what_scipy_says_of_it():
    """At every row's own size; and of the negative binomial, at the likeliest dispersions."""
    rng = np.random.default_rng(2)
    size = rng.gamma(3.0, 1 / 3.0, size=(300, 1)) + 0.1
    counts = rng.negative_binomial(2.0, 0.3, size=(300, 4)).astype(float)
    means = size * counts.sum(axis=0) / size.sum()
    target = np.log1p(counts / size)
    expected = -stats.poisson.logpmf(counts, means).mean()
    assert LOSSES["poisson"].of_mean(target, size) == pytest.approx(expected, rel=1e-6)
    spreads = np.geomspace(0.05, 5.0, 300)[:, None, None]
    costs = -stats.nbinom.logpmf(counts, 1 / spreads, 1 / (1 + spreads * means)).mean(axis=1)
    assert LOSSES["nb"].of_mean(target, size) == pytest.approx(costs.min(axis=0).mean(), rel=1e-4)
    assert LOSSES["nb"].of_mean(target, size) < LOSSES["poisson"].of_mean(target, size)


@pytest.mark.parametrize("name", COUNT_LOSSES)
def test_the_softplus_of_a_logarithm_of_a_mean_is_log1p_of_it(name):
    """So what a network of counts puts out is its reconstruction in scaled units."""
    mean = np.geomspace(1e-3, 1e4, 20)
    np.testing.assert_allclose(activate(LOSS_OUTPUTS[name], np.log(mean)), np.log1p(mean), rtol=1e-5)


def test_columns_that_are_certain_cost_nothing():
    assert LOSSES["bce"].of_mean(np.array([[0.0, 1.0], [0.0, 1.0]]), None) == 0.0
    assert LOSSES["categorical"].of_mean(np.array([[0.0, 1.0], [0.0, 1.0]]), None) == 0.0
