"""Callbacks of an estimator: a fit that they stop, what is kept of it, and what they may not be."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_wine

import latentia
from latentia import Autoencoder, RecipeError
from latentia.training.endings import Ending
from latentia.views.report.methods import ENDINGS

X = load_wine().data


def small(**settings):
    brief = {"hidden_layer_sizes": (16,), "max_epochs": 40, "learning_rate": 3e-3, "random_state": 0}
    return Autoencoder(2, **{**brief, **settings})


def after(n_epochs):
    return lambda epoch: epoch.epoch >= n_epochs


@pytest.mark.parametrize("settings", [{}, {"n_seeds": 2}])
def test_a_fit_that_is_stopped_at_epoch_seven_is_a_fit_of_seven_epochs(settings, tmp_path):
    stopped = small(**settings).fit(X, callbacks=after(7))
    seven = small(**settings, max_epochs=7).fit(X)
    assert stopped.ending_ == "stopped"
    assert list(stopped.history_["epoch"]) == [1, 2, 3, 4, 5, 6, 7]
    np.testing.assert_array_equal(stopped.history_["val_loss"], seven.history_["val_loss"])
    np.testing.assert_array_equal(stopped.transform(X), seven.transform(X))
    assert stopped.best_epoch_ == seven.best_epoch_
    stopped.save(tmp_path / "stopped.latentia")
    assert latentia.load(tmp_path / "stopped.latentia").ending_ == "stopped"


def test_the_best_weights_until_then_are_kept_and_patience_comes_first():
    overfitting = small(hidden_layer_sizes=(64,), learning_rate=2e-2, max_epochs=2000, corruption=None)
    patient = overfitting.set_params(patience=5).fit(X)
    epochs, best = len(patient.history_["epoch"]), patient.best_epoch_
    assert patient.ending_ == "patience_exhausted"
    codes = patient.transform(X)
    assert overfitting.fit(X, callbacks=after(epochs + 1)).ending_ == "patience_exhausted"
    stopped = overfitting.fit(X, callbacks=after(epochs - 1))
    assert (stopped.ending_, stopped.best_epoch_) == ("stopped", best)
    np.testing.assert_array_equal(stopped.transform(X), codes)


def test_a_rule_of_ones_own():
    """Stop once the held-out loss is below a mark: the known answer is in the history of the whole fit."""
    whole = small(max_epochs=60).fit(X)
    mark = np.quantile(whole.history_["val_loss"], 0.5)
    stopped = small(max_epochs=60).fit(X, callbacks=[lambda epoch: (epoch.best_val_loss < mark).all()])
    assert len(stopped.history_["epoch"]) == np.argmax(whole.history_["val_loss"] < mark) + 1 < 60


def test_a_stopped_fit_is_repeated_from_its_checkpoints_and_stays_stopped(tmp_path):
    whole = small().fit(X, callbacks=after(7))
    heard = []
    for _ in range(2):
        model = small().fit(X, checkpoint=tmp_path / "kept", callbacks=[after(7), heard.append])
        assert model.ending_ == "stopped"
        np.testing.assert_array_equal(model.transform(X), whole.transform(X))
    assert len(heard) == 7
    model.save(tmp_path / "model.latentia")
    assert not (tmp_path / "kept").exists()


def test_an_error_in_a_callback_goes_through_and_the_fit_can_go_on(tmp_path):
    class OutOfInkError(Exception):
        pass

    def fails(epoch):
        if epoch.epoch == 3:
            raise OutOfInkError

    model = small(max_epochs=5).fit(X)
    before = model.transform(X)
    with pytest.raises(OutOfInkError):
        model.fit(X, callbacks=fails, checkpoint=tmp_path / "kept")
    np.testing.assert_array_equal(model.transform(X), before)
    np.testing.assert_array_equal(model.fit(X, checkpoint=tmp_path / "kept").transform(X), before)


def test_a_warm_start_is_stopped_too():
    model = small(warm_start=True, max_epochs=10).fit(X)
    first = model.history_["val_loss"]
    model.fit(X, callbacks=after(3))
    assert len(model.history_["epoch"]) == 3
    assert model.history_["val_loss"][0] < first[0]


def test_what_is_no_callback_is_refused_before_anything_is_done():
    model = small()
    with pytest.raises(RecipeError, match="callbacks='early_stopping' cannot be called"):
        model.fit(X, callbacks="early_stopping")
    assert not hasattr(model, "n_features_in_")


def test_every_ending_has_its_words():
    assert {ending.label for ending in Ending} == set(ENDINGS)
    assert all(ending.advice.endswith(".") for ending in Ending)
