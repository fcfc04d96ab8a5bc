"""Every setting that is no part of a network, in one table: it fits, and training lowers the loss."""

from __future__ import annotations

import numpy as np
import optax
import pytest
from sklearn.base import clone

from latentia import Autoencoder
from latentia.settings import ACTIVATION_NAMES, OPTIMIZER_SETTINGS, SCALING_NAMES
from problems import curved

ROWS = curved(n_rows=120)[0]
PLAIN = {
    "hidden_layer_sizes": (16,),
    "max_epochs": 25,
    "batch_size": 32,
    "corruption": None,
    "random_state": 0,
}
TABLE = [
    *({"activation": name} for name in ACTIVATION_NAMES),
    *({"optimizer": name} for name in OPTIMIZER_SETTINGS),
    *({"scaling": name} for name in SCALING_NAMES),
    {"output_activation": "sigmoid", "scaling": "minmax"},
    {"optimizer": {"name": "sgd", "momentum": 0.9, "nesterov": True}},
    {"optimizer": {"name": "adamw", "averaging": 0.05}},
    {"optimizer": optax.chain(optax.clip(1.0), optax.adam(1e-2))},
    {"learning_rate": 1e-2},
    {"learning_rate": {"schedule": "cosine", "rate": 3e-3, "warmup": 0.1}},
    {"learning_rate": {"schedule": "exponential", "rate": 3e-3}},
    {"penalty": ["l1_codes", ("l2_weights", 1e-3)]},
    {"dropout": 0.1},
    {"batch_size": 7},
    {"batch_size": 1000},
    {"validation_fraction": 0},
    {"patience": None},
    {"n_seeds": 2},
    {"hidden_layer_sizes": ()},
    {"hidden_layer_sizes": 8},
    {"hidden_layer_sizes": (8, 6, 4)},
]


@pytest.mark.parametrize("settings", TABLE, ids=lambda settings: str(settings)[:60])
def test_it_fits_and_lowers_the_loss(settings):
    rows = np.abs(ROWS) if settings.get("scaling") in ("log1p", "log1p-standard") else ROWS
    model = Autoencoder(1, **{**PLAIN, **settings}).fit(rows)
    losses = model.history_["loss"]
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0]
    assert np.isfinite(model.transform(rows)).all()
    assert model.recipe_.n_components == 1


def test_an_optimiser_of_the_users_own_is_used_as_it_is():
    own = Autoencoder(2, **PLAIN, optimizer=optax.adam(1e-2), learning_rate=None).fit(ROWS)
    ours = Autoencoder(2, **PLAIN, optimizer="adam", learning_rate=1e-2).fit(ROWS)
    np.testing.assert_allclose(own.history_["val_loss"], ours.history_["val_loss"], rtol=1e-3)
    assert clone(own).optimizer == own.optimizer
