"""The rules on curves of real networks, trained by scikit-learn on the wine table."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.neural_network import MLPRegressor

import problems
from latentia.insight.baselines import pca_baseline
from latentia.insight.diagnosis.curves import curves


def trained(rate, epochs, hidden=(32, 3, 32), solver="adam", decay=1e-4, seed=0):
    training, held_out, everything, _, _ = problems.wine()
    network = MLPRegressor(
        hidden_layer_sizes=hidden,
        activation="tanh",
        solver=solver,
        learning_rate_init=rate,
        alpha=decay,
        batch_size=16,
        random_state=seed,
    )
    losses = {"loss": [], "clean_loss": [], "val_loss": []}
    ending = "epoch_limit"
    for _ in range(epochs):
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                network.partial_fit(training, training)
        except ValueError:  # its way of saying that the weights are no longer finite
            ending = "diverged"
            break
        losses["loss"].append(2 * network.loss_)
        losses["clean_loss"].append(np.square(network.predict(training) - training).mean())
        losses["val_loss"].append(np.square(network.predict(held_out) - held_out).mean())
    history = {name: np.array(values) for name, values in losses.items()}
    best = int(np.argmin(history["val_loss"])) + 1
    pca = pca_baseline(training, held_out, everything, 3).training.mse
    found = curves(history, best_epoch=best, ending=ending, pca_training_loss=pca)
    return {finding.code for finding in found}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"rate": 0.003, "epochs": 200}, {"good_fit"}),
        ({"rate": 0.3, "epochs": 80}, {"underfitting"}),
        ({"rate": 1e-5, "epochs": 100}, {"learning_rate_too_low", "underfitting"}),
        ({"rate": 1e-3, "epochs": 30}, {"still_falling", "underfitting"}),
        ({"rate": 1.0, "epochs": 60, "solver": "sgd"}, {"diverged"}),
        ({"rate": 0.003, "epochs": 200, "hidden": (100, 50, 3, 50, 100)}, {"overfitting", "good_fit"}),
    ],
    ids=["sensible", "far too high", "too low", "too short", "diverging", "too large"],
)
def test_a_setting_gets_the_findings_it_deserves(settings, expected):
    found = trained(**settings)
    assert expected <= found
    if "good_fit" in expected:
        assert not found & {"learning_rate_too_high", "learning_rate_too_low", "underfitting", "diverged"}


@pytest.mark.slow
def test_a_rate_that_is_too_high_is_noticed_more_often_than_not():
    """A fit at such a rate is chaotic: how one seed ends depends on the last bit, how many do does not."""
    fits = [trained(rate, epochs=80, seed=seed) for rate in (0.05, 0.1, 0.3) for seed in range(4)]
    assert sum("learning_rate_too_high" in found for found in fits) >= len(fits) // 3
    assert not any("learning_rate_too_high" in trained(0.003, epochs=80, seed=seed) for seed in range(4))
