"""Weights, groups and validation rows, all the way through a fit."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn
from sklearn.model_selection import KFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.metadata_routing import get_routing_for_object

from latentia import Autoencoder, InputError
from latentia.tables.row_options import RowOptions
from problems import curved, linear

SMALL = {"hidden_layer_sizes": (8,), "max_epochs": 25, "random_state": 0}
X = curved(n_rows=60, n_columns=4)[0]


def test_equal_weights_change_no_byte():
    plain, weighted = Autoencoder(**SMALL).fit(X), Autoencoder(**SMALL).fit(X, sample_weight=np.full(60, 7.0))
    np.testing.assert_allclose(weighted.transform(X), plain.transform(X), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(weighted.history_["val_loss"], plain.history_["val_loss"], rtol=1e-5)


def test_rows_of_no_weight_teach_nothing_and_judge_nothing():
    strange = np.vstack([X, 50.0 + 100.0 * np.random.default_rng(0).normal(size=(20, 4))])
    weight = np.r_[np.ones(60), np.zeros(20)]
    model = Autoencoder(**SMALL).fit(strange, sample_weight=weight)
    other = strange.copy()
    other[60:] *= -3.0
    again = Autoencoder(**SMALL).fit(other, sample_weight=weight)
    np.testing.assert_allclose(model.transform(X), again.transform(X), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.history_["val_loss"], again.history_["val_loss"], rtol=1e-5)
    training = model.trained_.split.training
    np.testing.assert_allclose(model.trained_.scaling.center, strange[training[training < 60]].mean(axis=0))


def test_heavier_rows_are_reconstructed_better():
    """Two clouds on two lines and one component: it goes to the line that counts."""
    rows = linear(n_rows=200, n_columns=6, rank=2)[0]
    first, second = rows.copy(), rows[::-1].copy()
    second[:, :3] *= -1.0
    both = np.vstack([first, second])
    errors = []
    for heavy in (0, 1):
        weight = np.where(np.arange(400) // 200 == heavy, 20.0, 1.0)
        model = Autoencoder(1, **SMALL, learning_rate=0.01).fit(both, sample_weight=weight)
        errors.append([-model.score_samples(part).mean() for part in (first, second)])
    assert errors[0][0] < errors[1][0]
    assert errors[1][1] < errors[0][1]


def test_groups_stay_whole():
    groups = np.arange(60) // 6
    split = Autoencoder(**SMALL).fit(X, groups=groups).trained_.split
    assert set(groups[split.training]).isdisjoint(groups[split.held_out])
    assert len(split.held_out) == 12
    with pytest.raises(InputError, match="are in the one group"):
        Autoencoder(**SMALL).fit(X, groups=np.zeros(60))


def test_validation_rows_judge_and_do_not_teach():
    other = curved(n_rows=30, n_columns=4, seed=1)[0]
    model = Autoencoder(**SMALL).fit(X, validation=other)
    again = Autoencoder(**SMALL, patience=None).fit(X, validation=-5.0 * other)
    np.testing.assert_allclose(model.trained_.scaling.center, X.mean(axis=0), rtol=1e-12)
    ran = len(model.history_["loss"])
    np.testing.assert_array_equal(model.history_["loss"], again.history_["loss"][:ran])
    made = model.trained_.reconstruct_scaled(model.trained_.scale(other))
    error = np.square(made - model.trained_.scale(other)).mean()
    assert error == pytest.approx(model.history_["val_loss"][model.best_epoch_ - 1], rel=1e-4)
    with pytest.raises(ValueError, match="features"):
        Autoencoder(**SMALL).fit(X, validation=other[:, :3])
    assert isinstance(model.diagnose(), list)


def test_scikit_learn_routes_what_is_said_about_rows():
    """In a pipeline and in a cross-validation it comes to the same as in a fit of one's own."""
    said = {"sample_weight": np.linspace(0.0, 3.0, 60), "groups": np.arange(60) // 6}
    with sklearn.config_context(enable_metadata_routing=True):
        model = Autoencoder(**SMALL).set_fit_request(sample_weight=True, groups=True)
        steps = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model)
        piped = steps.fit(X, **said)
        crossed = cross_validate(model, X, params=said, cv=KFold(2), return_estimator=True)
    alone = Autoencoder(**SMALL).fit(StandardScaler().fit_transform(X), **said)
    np.testing.assert_array_equal(piped[-1].encoder_weights_, alone.encoder_weights_)
    for (rows, _), fitted in zip(KFold(2).split(X), crossed["estimator"], strict=True):
        alone = Autoencoder(**SMALL).fit(X[rows], **{name: each[rows] for name, each in said.items()})
        np.testing.assert_array_equal(fitted.encoder_weights_, alone.encoder_weights_)


def test_everything_that_can_be_said_can_be_routed():
    requests = get_routing_for_object(Autoencoder()).fit.requests
    assert set(RowOptions.__annotations__) <= set(requests)
    assert not any(requests.values())
