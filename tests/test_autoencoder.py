"""The scikit-learn door: what goes in, what comes out, what is remembered, and what is refused."""

from __future__ import annotations

import copy
import io
import os
import pickle
import signal
import warnings

import joblib
import numpy as np
import optax
import pytest
from sklearn.base import clone
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import latentia
from latentia import Autoencoder, InputError, LatentiaWarning, OutputError, RecipeError
from latentia.views import progress as progress_room

X, CLASSES = load_wine(return_X_y=True)
SMALL = {"hidden_layer_sizes": (16,), "max_epochs": 8, "random_state": 0}
WITHOUT_NOISE = {**SMALL, "corruption": None}


def small(n_components=2, **settings):
    return Autoencoder(n_components, **{**SMALL, **settings})


def codes_found(model, *table):
    return {finding.code for finding in model.diagnose(*table)}


@pytest.fixture(scope="module")
def fitted():
    return small(3).fit(X)


@pytest.fixture(scope="module")
def wine_frame():
    return load_wine(as_frame=True).data


class Listening:
    """Remembers what it is told, and may react to it."""

    def __init__(self, react=lambda done: None):
        self.stages, self.done, self.closed, self.react = [], [], False, react

    def stage(self, name, detail=""):
        self.stages.append((name, detail))

    def epochs(self, done, total, loss, val_loss):
        self.done.append(done)
        self.react(done)

    def close(self):
        self.closed = True


# What is remembered of a fit.


def test_a_fit_remembers_its_history(fitted):
    assert list(fitted.history_["epoch"]) == list(range(1, 9))
    assert {len(values) for values in fitted.history_.values()} == {8}
    assert {"loss", "val_loss", "clean_loss", "penalty", "learning_rate"} < set(fitted.history_)
    assert fitted.history_["val_loss"][-1] < fitted.history_["val_loss"][0]
    assert fitted.ending_ == "epoch_limit"
    assert fitted.n_features_in_ == 13
    assert fitted.recipe_.n_components == 3
    assert fitted.recipe_.hidden_layer_sizes == (16,)
    assert "auto" not in fitted.recipe_.to_dict().values()


def test_the_best_weights_are_those_that_did_best_on_the_held_out_rows(fitted):
    best = fitted.history_["val_loss"].min()
    assert fitted.best_epoch_ == fitted.history_["val_loss"].argmin() + 1
    held_out = X[fitted.trained_.split.held_out]
    assert -fitted.score_samples(held_out).mean() == pytest.approx(best, rel=1e-5)


def test_encoder_weights_are_those_that_rows_meet_first():
    model = small(2, hidden_layer_sizes=()).fit(X)
    assert model.encoder_weights_.shape == (13, 2)
    bias = model.trained_.network.encoder[0].bias
    np.testing.assert_allclose(
        model.transform(X), model.trained_.scale(X) @ model.encoder_weights_ + bias, atol=1e-5
    )
    assert small(2).fit(X).encoder_weights_.shape == (13, 16)


def test_reconstructions_are_in_the_units_of_the_table():
    model = small(5, max_epochs=100).fit(X)
    made = model.inverse_transform(model.transform(X))
    assert made.shape == X.shape
    np.testing.assert_allclose(made.mean(axis=0), X.mean(axis=0), rtol=0.1)


def test_single_precision_goes_through(fitted):
    codes = fitted.transform(X.astype(np.float32))
    assert codes.dtype == np.float32
    assert fitted.inverse_transform(codes).dtype == np.float32
    assert fitted.transform(X).dtype == fitted.inverse_transform(codes.astype(float)).dtype == np.float64


def test_fit_transform_is_fit_and_transform(fitted):
    np.testing.assert_array_equal(small(3).fit_transform(X), fitted.transform(X))


def test_classes_are_not_learned_from(fitted):
    np.testing.assert_array_equal(small(3).fit(X, CLASSES).transform(X), fitted.transform(X))


def test_the_table_is_left_as_it_was():
    before, read_only = X.copy(), X.copy()
    read_only.setflags(write=False)
    small().fit(read_only).score(read_only)
    np.testing.assert_array_equal(read_only, before)


# How training ends.


def test_patience_stops_training_and_the_best_weights_come_back():
    settings = {"hidden_layer_sizes": (64,), "learning_rate": 2e-2, "max_epochs": 2000, "patience": 5}
    model = Autoencoder(2, **{**WITHOUT_NOISE, **settings}).fit(X)
    assert model.ending_ == "patience_exhausted"
    losses = model.history_["val_loss"]
    assert len(losses) < 2000
    assert model.best_epoch_ == losses.argmin() + 1 <= len(losses) - 5
    held_out = model.trained_.split.held_out
    assert -model.score_samples(X[held_out]).mean() == pytest.approx(losses.min(), rel=1e-5)
    longer = Autoencoder(2, **{**WITHOUT_NOISE, **settings, "patience": 20}).fit(X)
    assert len(longer.history_["val_loss"]) > len(losses)
    np.testing.assert_array_equal(longer.history_["val_loss"][: len(losses)], losses)


def test_without_patience_every_epoch_is_run():
    model = small(max_epochs=60, learning_rate=5e-2, patience=None, corruption=None).fit(X)
    assert len(model.history_["epoch"]) == 60


def test_no_epochs_leave_the_initial_weights():
    model = small(max_epochs=0).fit(X)
    assert (model.ending_, model.best_epoch_) == ("epoch_limit", 0)
    assert {len(values) for values in model.history_.values()} == {0}
    assert model.describe()["held_out_loss"] is None
    assert "untrained_no_better" in codes_found(model)
    assert np.isfinite(model.transform(X)).all()


@pytest.mark.parametrize("share", [0.2, 0])
def test_a_diverged_fit_warns_and_keeps_finite_weights(share):
    model = small(optimizer="sgd", learning_rate=1e6, corruption=None, validation_fraction=share)
    with pytest.warns(LatentiaWarning, match="Lower the learning rate") as told:
        model.fit(X)
    assert told[0].filename == __file__
    assert model.ending_ == "diverged"
    assert np.isfinite(model.transform(X)).all()
    assert np.isfinite(model.encoder_weights_).all()
    assert np.isfinite(model.score(X))
    assert "diverged" in codes_found(model)


def test_divergence_after_good_epochs_brings_the_best_of_them_back():
    """A rate that grows until nothing holds."""
    growing = optax.chain(optax.scale_by_adam(), optax.scale_by_schedule(lambda step: -(1e-3 * 1.5**step)))
    model = small(optimizer=growing, corruption=None, max_epochs=200, patience=None)
    with pytest.warns(LatentiaWarning, match="Lower the learning rate"):
        model.fit(X)
    losses = model.history_["val_loss"]
    assert model.ending_ == "diverged"
    assert not np.isfinite(losses[-1])
    assert model.best_epoch_ == np.nanargmin(losses) + 1
    assert model.score(X) > small(max_epochs=0).fit(X).score(X)


def test_ctrl_c_keeps_the_best_so_far():
    """The signal itself, as a terminal sends it."""
    listening = Listening(lambda done: os.kill(os.getpid(), signal.SIGINT))
    before = signal.getsignal(signal.SIGINT)
    model = small(max_epochs=10**6, patience=None).fit(X, progress=listening)
    assert model.ending_ == "interrupted"
    assert signal.getsignal(signal.SIGINT) is before
    assert len(model.history_["epoch"]) == listening.done[-1] < 10**6
    assert model.best_epoch_ == model.history_["val_loss"].argmin() + 1
    assert model.score(X) > small(max_epochs=0).fit(X).score(X)


def test_a_listener_may_interrupt_too():
    def stop(done):
        raise KeyboardInterrupt

    model = small(max_epochs=10**6, patience=None).fit(X, progress=Listening(stop))
    assert model.ending_ == "interrupted"
    assert len(model.history_["epoch"]) < 10**6


# Who is told.


def test_a_listener_is_told_and_not_closed():
    listening = Listening()
    small().fit(X, progress=listening)
    assert listening.done[-1] == 8
    assert listening.stages == []
    assert not listening.closed


def test_verbose_tells_and_gives_the_terminal_back(monkeypatch):
    listening = Listening()
    monkeypatch.setattr(progress_room, "progress_on", lambda: listening)
    small(verbose=True).fit(X)
    assert listening.stages == [("Training", "178 rows of 13 columns")]
    assert listening.done
    assert listening.closed
    listening.closed = False
    with pytest.raises(InputError):
        small(20, verbose=True).fit(X)
    assert listening.closed


def test_silence_is_the_default(capfd):
    small().fit(X).transform(X)
    assert capfd.readouterr() == ("", "")


# What is refused, and when.


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"n_components": 0}, "n_components=0 must be a whole number of at least 1"),
        ({"activation": "rellu"}, "activation='rellu' .*did you mean 'relu'"),
        ({"optimizer": "adamm"}, "did you mean 'adam'"),
        ({"optimizer": {"name": "sgd", "momentun": 0.9}}, "did you mean 'momentum'"),
        ({"learning_rate": -1.0}, "learning_rate=-1.0 must be above 0"),
        ({"learning_rate": None}, "learning_rate=None is for an optimiser of your own"),
        ({"penalty": {"l1_code": 1.0}}, "did you mean 'l1_codes'"),
        ({"scaling": "standart"}, "did you mean 'standard'"),
        ({"patience": 0}, "patience=0 must be a whole number of at least 1"),
        ({"validation_fraction": 1.0}, "validation_fraction=1.0 must be a number from 0 to 0.9"),
        ({"engine": "locale"}, "engine='locale'"),
        ({"engine": None}, "engine=None .*an object with a method fit"),
        ({"random_state": -1}, "random_state=-1 must be a whole number from 0 to 4294967295"),
        ({"random_state": "zero"}, "random_state='zero'"),
    ],
)
def test_a_bad_setting_is_refused_by_fit_and_not_before(settings, sentence):
    model = Autoencoder(**settings)
    assert clone(model).get_params() == model.get_params()
    with pytest.raises(RecipeError, match=sentence):
        model.fit(X)
    assert not hasattr(model, "trained_")
    assert not hasattr(model, "n_features_in_")


@pytest.mark.parametrize("random_state", [None, np.random.RandomState(3)])
def test_chance_without_a_number_is_another_every_time(random_state):
    model = small(random_state=random_state)
    assert not np.array_equal(model.fit(X).transform(X), model.fit(X).transform(X))


def test_a_random_state_counts_by_where_it_stands():
    one, other = (small(random_state=np.random.RandomState(3)).fit(X) for _ in range(2))
    np.testing.assert_array_equal(one.transform(X), other.transform(X))


# What is asked of a fitted model.


def test_codes_of_another_width_are_refused(fitted):
    with pytest.raises(InputError, match="Z has 2 columns, but the code has 3"):
        fitted.inverse_transform(np.zeros((4, 2)))


def test_scores_are_low_for_rows_unlike_the_others():
    model = small(3, max_epochs=60).fit(X)
    strange = X[:1] * np.where(np.arange(13) % 2, 3.0, 0.2)
    assert model.score_samples(strange)[0] < model.score_samples(X).min()


def test_diagnose_takes_the_table_of_the_fit_or_none(fitted):
    with pytest.raises(InputError, match="X has 60 rows, but the fit had 178"):
        fitted.diagnose(X[:60])
    assert [one.code for one in fitted.diagnose(X)] == [one.code for one in fitted.diagnose()]


def test_diagnose_is_in_the_order_of_severity():
    found = small(1, max_epochs=0).fit(np.c_[X, X[:, 0]]).diagnose()
    ranks = [["serious", "warning", "note", "good"].index(one.severity) for one in found]
    assert ranks == sorted(ranks)
    assert {"untrained_no_better", "duplicate_columns"} <= {one.code for one in found}


def test_sigmoid_output_on_standardised_rows_is_called_out():
    model = small(3, output_activation="sigmoid", max_epochs=40).fit(X)
    finding = next(one for one in model.diagnose() if one.code == "output_range")
    assert finding.severity == "serious"
    scaled = model.trained_.scale(X[model.trained_.split.training])
    # A cell outside (0, 1) is met at the edge at best, so no network with this output gets below.
    floor = np.mean((scaled - scaled.clip(0, 1)) ** 2)
    assert finding.evidence["floor"] == pytest.approx(floor)
    assert -model.score_samples(X[model.trained_.split.training]).mean() > floor > 0.4
    assert "output_range" not in codes_found(small(3).fit(X))


# Kept and read back.


def kept(model, how, tmp_path):
    if how == "save":
        model.save(tmp_path / "model.latentia")
        return latentia.load(tmp_path / "model.latentia")
    if how == "joblib":
        joblib.dump(model, tmp_path / "model.joblib")
        return joblib.load(tmp_path / "model.joblib")
    return copy.deepcopy(model) if how == "deepcopy" else pickle.loads(pickle.dumps(model))  # noqa: S301 - ours


@pytest.mark.parametrize("how", ["save", "joblib", "pickle", "deepcopy"])
def test_a_model_that_is_read_back_is_the_same(wine_frame, how, tmp_path):
    model = small(3, n_seeds=2).fit(wine_frame)
    again = kept(model, how, tmp_path)
    np.testing.assert_array_equal(again.transform(wine_frame), model.transform(wine_frame))
    codes = model.transform(wine_frame)
    np.testing.assert_array_equal(again.inverse_transform(codes), model.inverse_transform(codes))
    assert again.score(wine_frame) == model.score(wine_frame)
    assert list(again.feature_names_in_) == list(wine_frame.columns)
    assert (again.best_epoch_, again.ending_) == (model.best_epoch_, model.ending_)
    np.testing.assert_array_equal(again.encoder_weights_, model.encoder_weights_)
    for name, values in model.history_.items():
        np.testing.assert_array_equal(again.history_[name], values)
    assert again.recipe_ == model.recipe_
    assert again.describe() == model.describe()
    assert codes_found(again, wine_frame) == codes_found(model) >= {"fewer_rows_than_parameters"}
    # Rows are not kept, so nothing can be said of them.
    assert "fewer_rows_than_parameters" not in codes_found(again)


@pytest.mark.parametrize("how", ["save", "pickle"])
def test_no_row_of_the_table_is_kept(how, tmp_path):
    secret = 1234.56789012345
    table = X.copy()
    table[5, 5] = secret
    model = small().fit(table)
    if how == "save":
        model.save(tmp_path / "model.latentia")
        content = (tmp_path / "model.latentia").read_bytes()
    else:
        content = pickle.dumps(model)
    assert np.float64(secret).tobytes() not in content
    assert table[5].tobytes() not in content


def test_a_loaded_model_trains_again_to_the_same_weights(tmp_path):
    model = small(3).fit(X)
    again = clone(kept(model, "save", tmp_path)).fit(X)
    np.testing.assert_array_equal(again.transform(X), model.transform(X))


def test_a_model_that_cannot_be_saved_leaves_no_file(tmp_path):
    with pytest.raises(OutputError, match="does not exist"):
        small().fit(X).save(tmp_path / "nowhere" / "model.latentia")
    own = small(optimizer=optax.adam(1e-3)).fit(X)
    with pytest.raises(InputError, match="which a model file cannot hold"):
        own.save(tmp_path / "model.latentia")
    assert list(tmp_path.iterdir()) == []


# Among scikit-learn's tools.


def test_clone_copies_settings_and_nothing_learned(fitted):
    twin = clone(fitted)
    assert twin.get_params() == fitted.get_params()
    assert not hasattr(twin, "trained_")
    assert twin._table is None


def test_in_a_pipeline():
    steps = make_pipeline(StandardScaler(), small(3, max_epochs=60), LogisticRegression())
    assert steps.fit(X, CLASSES).score(X, CLASSES) > 0.9
    assert list(steps[:-1].get_feature_names_out()) == ["factor_1", "factor_2", "factor_3"]


def test_cross_validation_scores_rows_that_were_left_out():
    scores = cross_val_score(small(3, max_epochs=60), X, cv=3)
    assert scores.shape == (3,)
    assert (scores > 0.2).all()


@pytest.mark.slow
def test_a_grid_search_in_two_processes():
    search = GridSearchCV(small(max_epochs=40), {"n_components": [1, 4]}, n_jobs=2, cv=2, refit=True)
    search.fit(X)
    assert search.best_params_ == {"n_components": 4}
    np.testing.assert_array_equal(search.transform(X), small(4, max_epochs=40).fit(X).transform(X))


def test_nothing_is_warned_of_when_all_is_well():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = small().fit(X)
        joblib.dump(model, io.BytesIO())
        model.diagnose()
