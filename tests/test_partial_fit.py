"""One pass at a time: the same bytes as a fit of as many epochs, whatever rows come."""

from __future__ import annotations

import pickle

import numpy as np
import optax
import pytest
from sklearn.datasets import load_wine

import latentia
from latentia import Autoencoder, InputError, LatentiaWarning, RecipeError
from latentia.training.program import advance
from problems import linear

WINES = load_wine(as_frame=True).data
X = WINES.to_numpy()
SMALL = {"hidden_layer_sizes": (16,), "random_state": 0}
ENDLESS = {"validation_fraction": 0, "patience": None, "learning_rate": 3e-3}


def small(**settings):
    return Autoencoder(2, **{**SMALL, **settings})


def passes(model, n, rows=X):
    for _ in range(n):
        model.partial_fit(rows)
    return model


def assert_same(one, other, rows=X):
    np.testing.assert_array_equal(one.transform(rows), other.transform(rows))
    for name, curve in other.history_.items():
        np.testing.assert_array_equal(one.history_[name], curve)
    assert (one.ending_, one.best_epoch_) == (other.ending_, other.best_epoch_)


# The oracle.


@pytest.mark.parametrize(
    "settings",
    [
        {"dropout": 0.2, "n_seeds": 3, "penalty": "l1_codes"},
        {"scaling": "robust"},
        {"loss": "poisson"},
        {"bottleneck": {"name": "gaussian", "warmup": 0}},
        {"optimizer": {"name": "sgd", "momentum": 0.9}, "batch_size": 50, "corruption": {"swap": 0.2}},
        {"learning_rate": {"schedule": "reduce_on_plateau", "patience": 1}},
    ],
)
def test_calls_with_one_table_are_the_epochs_of_a_fit(settings):
    known = {**ENDLESS, **settings}
    by_pass, whole = passes(small(**known), 5), small(**known, max_epochs=5).fit(X)
    assert_same(by_pass, whole)
    assert by_pass.recipe_ == whole.recipe_
    assert by_pass.score(X) == whole.score(X)


def test_auto_becomes_what_needs_no_length():
    model = small(bottleneck="gaussian").partial_fit(X)
    assert model.recipe_.learning_rate == ("constant", (("rate", 3e-3), ("warmup", 0.0)))
    assert dict(model.recipe_.bottleneck[1])["warmup"] == 0
    assert (model.recipe_.patience, model.recipe_.validation_fraction) == (None, 0)
    own = {"optimizer": optax.adam(1e-3), "validation_fraction": 0, "patience": None}
    assert_same(passes(small(**own), 3), small(**own, max_epochs=3).fit(X))


# Rows that come.


def test_it_learns_from_rows_that_it_never_sees_together():
    """Two factors behind six columns: in the end next to nothing is left unexplained of new rows."""
    rows = linear(n_rows=1200, n_columns=6, rank=2)[0]
    model = Autoencoder(2, hidden_layer_sizes=(32,), corruption=None, learning_rate=0.01, random_state=0)
    scores = [model.partial_fit(part).score(rows[1000:]) for part in np.split(rows[:1000], 20) * 3]
    assert scores[0] < 0.5
    assert scores[-1] > 0.99
    assert len(model.history_["loss"]) == 60


def test_any_number_of_rows_comes_and_few_programs_are_compiled():
    model = small().partial_fit(X[:100])
    before, axes = advance._cache_size(), model._passes.settled.axes
    for n_rows in (97, 98, 101, 103, 104, 99):
        model.partial_fit(X[:n_rows])
    assert advance._cache_size() == before
    for n_rows in (1, 2, 178):
        model.partial_fit(X[-n_rows:])
    assert model._passes.settled.axes is axes  # so factors keep their places
    assert len(model.history_["epoch"]) == 10
    assert np.isfinite(model.history_["loss"]).all()
    assert np.isfinite(model.transform(X)).all()


def test_the_first_rows_settle_the_scaling():
    model = small().partial_fit(X[:100])
    scaling, center = model.trained_.scaling, model.trained_.center
    model.partial_fit(X[100:])
    assert model.trained_.scaling is scaling
    assert model.trained_.center is center
    np.testing.assert_allclose(scaling.center, X[:100].mean(axis=0))


def test_nothing_grows_but_the_history():
    model = passes(small(batch_size=16), 2)
    kept = model._passes.latest.arrays
    passes(model, 3)
    for name, array in model._passes.latest.arrays.items():
        assert array.shape == kept[name].shape or name.startswith("written/epochs/"), name
    assert len(model.trained_.outcome.step_loss) == 12  # of the last pass
    assert len(model.partial_fit(X[:1]).diagnose()) == len(model.diagnose(X[:1])) > 0  # of the last rows


def test_rows_can_be_weighted():
    weight = np.r_[np.ones(100), np.zeros(78)]
    other = np.r_[X[:100], 3 * X[100:]]
    one = small().partial_fit(X, sample_weight=weight)
    np.testing.assert_array_equal(
        small().partial_fit(other, sample_weight=weight).transform(X), one.transform(X)
    )
    whole = small(**ENDLESS, max_epochs=2).fit(X, sample_weight=weight)
    again = small(**ENDLESS).partial_fit(X, sample_weight=weight)
    assert_same(again.partial_fit(X, sample_weight=weight), whole)


def test_noise_is_that_of_the_first_rows_however_few_come():
    """A block of one row has no spread; its noise is measured in that of the first."""
    model = small(corruption={"gaussian": 100.0}, scaling=None, learning_rate=1e-9).partial_fit(X)
    model.partial_fit(X[:1])
    quiet = small(corruption=None, scaling=None, learning_rate=1e-9).partial_fit(X).partial_fit(X[:1])
    assert model.history_["loss"][1] > 10 * quiet.history_["loss"][1]


def test_factors_and_scores_do_not_hang_on_the_last_block():
    model = small(learning_rate=1e-12).partial_fit(X)
    codes, score = model.transform(X), model.score(X)
    model.partial_fit(X[:4])
    np.testing.assert_allclose(model.transform(X), codes, atol=1e-5)
    assert model.score(X) == pytest.approx(score, abs=1e-6)


def test_other_columns_are_refused_and_change_nothing():
    model = passes(small(), 1, WINES)
    for other in (WINES.iloc[:, ::-1], WINES.iloc[:, :5]):
        with pytest.raises(InputError, match="feature"):
            model.partial_fit(other)
    with pytest.raises(InputError, match="infinite"):
        model.partial_fit(WINES.replace(WINES.iloc[3, 3], np.inf))
    assert_same(passes(model, 2, WINES), passes(small(), 3, WINES), WINES)


def test_too_few_rows_to_begin_with_are_refused():
    with pytest.raises(InputError, match="n_components=2 needs more than 2 rows"):
        small().partial_fit(X[:2])
    shares = small(scaling=None, loss="bce", corruption=None).partial_fit(X / X.max(axis=0))
    with pytest.raises(InputError, match="loss='bce' compares numbers from 0 to 1"):
        shares.partial_fit(X)


# Settings.


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"learning_rate": {"schedule": "cosine"}},
            "learning_rate='cosine' is a schedule over all steps.*set a number",
        ),
        (
            {"learning_rate": {"schedule": "constant", "warmup": 0.1}},
            "'constant' with a warm-up is a schedule over all steps",
        ),
        (
            {"bottleneck": {"name": "gaussian", "warmup": 0.5}},
            "is a share of all steps.*set it to 0, or call fit",
        ),
        (
            {"optimizer": {"name": "adam", "averaging": 0.1}},
            "averaging=0.1 is a share of all steps.*leave it out",
        ),
        ({"penalty": {"l1_code": 1.0}}, "did you mean 'l1_codes'"),
    ],
)
def test_what_needs_the_length_of_the_training_is_refused(settings, sentence):
    model = small(**settings)
    with pytest.raises(RecipeError, match=sentence):
        model.partial_fit(X)
    assert not hasattr(model, "n_features_in_")


def test_the_rate_may_be_set_to_another_number_and_no_other_setting_may():
    model = passes(small(learning_rate=3e-3), 2)
    codes = model.transform(X)
    model.set_params(learning_rate=1e-9).partial_fit(X)
    assert model.history_["learning_rate"].tolist() == pytest.approx([3e-3, 3e-3, 1e-9])
    np.testing.assert_allclose(model.transform(X), codes, atol=1e-4)
    model.set_params(max_epochs=7, patience=3)  # not looked at
    model.set_params(learning_rate=1e-2).partial_fit(X)
    assert not np.allclose(model.transform(X), codes, atol=1e-2)
    with pytest.raises(
        RecipeError, match=r"dropout=0.5 cannot take the place of 0.0, .*call fit to start afresh"
    ):
        model.set_params(dropout=0.5).partial_fit(X)
    with pytest.raises(RecipeError, match="cannot take the place of"):
        model.set_params(dropout=0.0, learning_rate={"schedule": "reduce_on_plateau"}).partial_fit(X)


def test_chance_goes_on_whatever_state_it_began_with():
    model = small(random_state=np.random.RandomState(3), **ENDLESS)
    whole = small(random_state=np.random.RandomState(3), **ENDLESS, max_epochs=3).fit(X)
    assert_same(passes(model, 3), whole)


# Before, between and after.


def test_a_pickle_in_between_changes_no_byte_and_holds_no_rows():
    model = passes(small(), 2)
    again = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own bytes
    assert len(model._passes.settled.axes) == len(X)
    assert len(again._passes.settled.axes) == 0
    assert_same(passes(again, 3), passes(small(), 5))


def test_fit_starts_afresh():
    model = passes(small(), 3)
    model.set_params(max_epochs=4).fit(X)
    assert_same(model, small(max_epochs=4).fit(X))
    assert model._passes is None


@pytest.mark.parametrize("how", ["fitted", "loaded"])
def test_it_goes_on_from_a_fit(how, tmp_path):
    model = small(max_epochs=60, corruption=None).fit(X)
    loss, scaling = model.history_["clean_loss"][-1], model.trained_.scaling
    if how == "loaded":
        model.save(tmp_path / "model.latentia")
        model = latentia.load(tmp_path / "model.latentia").set_params(learning_rate=1e-3)
    passes(model, 2, X[::2])
    assert list(model.history_["epoch"]) == [1, 2]
    assert model.history_["loss"][0] < 1.3 * loss
    np.testing.assert_array_equal(model.trained_.scaling.center, scaling.center)
    assert model.trained_.warm_started
    with pytest.raises(RecipeError, match="dropout"):
        model.set_params(dropout=0.3).partial_fit(X)


def test_another_network_than_the_fitted_one_is_refused():
    model = small(max_epochs=2).fit(X)
    with pytest.raises(InputError, match=r"13-16-2-16-13.*start afresh"):
        model.set_params(hidden_layer_sizes=(8,)).partial_fit(X)


def test_a_warm_start_says_that_it_cannot_know_which_rows_were_seen():
    model = passes(small(max_epochs=3), 2)
    with pytest.warns(LatentiaWarning, match="partial_fit"):
        model.set_params(warm_start=True).fit(X)
    assert model.trained_.warm_started


def test_a_diverged_fit_warns_and_stays_so():
    model = small(optimizer="sgd", learning_rate=1e6, corruption=None)
    for _ in range(2):
        with pytest.warns(LatentiaWarning, match="Lower the learning rate") as told:
            model.partial_fit(X)
        assert told[0].filename == __file__
    assert model.ending_ == "diverged"
    assert np.isfinite(model.transform(X)).all()
