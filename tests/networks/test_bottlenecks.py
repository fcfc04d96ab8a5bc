"""Bottlenecks by hand: what the code is, what is drawn, what it costs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from latentia.networks.architecture import Architecture
from latentia.networks.bottlenecks import Activated, Gaussian, Ordered, TopK, bottleneck_of, divergence
from latentia.networks.chance import make_keys

KEY = make_keys(5, 1)[0]
RAW = np.random.default_rng(0).normal(size=(4000, 6)).astype(np.float32)


def test_a_variational_code_is_the_mean_and_is_drawn_around_it():
    mean, log_variance = RAW[:, :3], RAW[:, 3:]
    np.testing.assert_array_equal(Gaussian().code(RAW), mean)
    drawn = np.asarray(Gaussian().learn(RAW, KEY).code)
    standard = (drawn - mean) / np.exp(0.5 * log_variance)
    assert stats.kstest(standard.ravel(), "norm").pvalue > 1e-4
    np.testing.assert_array_equal(Gaussian().learn(RAW, None).code, mean)


def test_the_price_is_the_divergence_of_two_normal_distributions():
    """Against numerical integration, for one component."""
    mean, log_variance = 0.7, -0.9
    x = np.linspace(-12, 12, 200_001)
    own, prior = stats.norm(mean, np.exp(0.5 * log_variance)), stats.norm()
    expected = np.trapezoid(own.pdf(x) * (own.logpdf(x) - prior.logpdf(x)), x)
    found = divergence(np.array([[mean, log_variance]], np.float32))
    assert float(found[0, 0]) == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(divergence(np.zeros((2, 4), np.float32)), 0.0)
    np.testing.assert_allclose(Gaussian().learn(RAW, KEY).cost, np.sum(divergence(RAW), axis=1), rtol=1e-6)


@pytest.mark.parametrize("active", [1, 2, 5, 6, 9])
def test_top_k_keeps_the_largest_of_a_row(active):
    code = np.asarray(TopK(active).code(RAW))
    for row, kept in zip(RAW[:200], code, strict=False):
        largest = np.sort(row)[::-1][:active]
        expected = np.where(np.isin(row, largest) & (row > 0), row, 0.0)
        np.testing.assert_array_equal(kept, expected)
    np.testing.assert_array_equal(TopK(active).learn(RAW, KEY).code, code)


def test_an_ordered_code_is_cut_evenly_while_learning_and_whole_afterwards():
    np.testing.assert_array_equal(Ordered().code(RAW), RAW)
    drawn = np.asarray(Ordered().learn(RAW, KEY).code)
    kept = (drawn != 0).sum(axis=1)
    for row, learned, length in zip(RAW, drawn, kept, strict=True):
        np.testing.assert_array_equal(learned, np.where(np.arange(6) < length, row, 0.0))
    assert stats.chisquare(np.bincount(kept, minlength=7)[1:]).pvalue > 1e-4


def test_names_lead_to_bottlenecks_and_objects_stay_what_they_are():
    def named(bottleneck, active=0):
        return bottleneck_of(Architecture(n_features=5, bottleneck=bottleneck, active=active))

    assert named("tanh") == Activated("tanh")
    assert named("gaussian") == Gaussian()
    assert named("topk", active=3) == TopK(3)
    own = Ordered()
    assert named(own) is own


@pytest.mark.parametrize("bottleneck", ["gaussian", "linear"])
def test_a_variational_encoder_has_two_outputs_per_component(bottleneck):
    shape = Architecture(n_features=7, hidden=(5,), n_components=2, bottleneck=bottleneck)
    assert shape.encoder_shapes[-1] == (5, 4 if bottleneck == "gaussian" else 2)
    assert shape.decoder_shapes[0] == (2, 5)
    sizes = [inputs * outputs + outputs for inputs, outputs in shape.encoder_shapes + shape.decoder_shapes]
    assert shape.n_parameters == sum(sizes)
