"""Other sizes and other recipes on the same rows: sizes from one program, candidates on one scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA

from latentia.engines.local import LocalEngine
from latentia.insight import trials
from latentia.insight.trials import LINEAR, SHALLOW, candidate, try_others
from latentia.recipe import Recipe
from latentia.training.endings import Ending
from latentia.training.fit import Task
from problems import counts, curved, linear, split

PLAIN = {
    "hidden_layer_sizes": (),
    "activation": "linear",
    "corruption": None,
    "optimizer": "adam",
    "learning_rate": {"schedule": "cosine", "rate": 2e-2},
    "patience": None,
}


def recipe(**settings):
    return Recipe.from_settings(**{**PLAIN, "max_epochs": 60, "batch_size": 32, **settings})


class Recording(LocalEngine):
    """Fits one after the other, and keeps what it was asked for and what came of it."""

    fits_at_once = 1

    def __init__(self):
        self.asked, self.trained = [], []

    def fit(self, values, recipe, task):
        self.asked.append((values, recipe, task))
        self.trained.append(super().fit(values, recipe, task))
        return self.trained[-1]


class Interrupted(Recording):
    """As if Ctrl-C were pressed in the fit of this number."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def fit(self, values, recipe, task):
        trained = super().fit(values, recipe, task)
        if len(self.asked) < self.number:
            return trained
        endings = (Ending.INTERRUPTED,) * trained.outcome.members
        return replace(trained, outcome=replace(trained.outcome, endings=endings))


def others(X, given, engine=None):
    """Try others beside a fit of these settings."""
    fitted = given.resolve(n_rows=len(X), n_features=X.shape[1])
    return try_others(X, given, fitted, engine or Recording(), seed=0)


def test_a_loss_with_an_output_of_its_own_is_compared_under_it():
    table = counts(n_rows=60, n_columns=5).table
    tried, _ = others(table, recipe(loss="poisson", max_epochs=2))
    assert list(tried) == [LINEAR, SHALLOW]
    assert {one.recipe.output_activation for one in tried.values()} == {"softplus"}
    assert list(trials.compared_with(recipe())) == list(trials.COMPARED)


def test_of_large_networks_fewer_try_the_rates(monkeypatch):
    monkeypatch.setattr(trials, "MOST_WEIGHTS", 1)
    engine = Recording()
    others(curved(n_rows=60)[0], recipe(n_seeds=8, max_epochs=2), engine)
    assert [asked.n_seeds for _, asked, _ in engine.asked] == [8, 8, 8, trials.FEWEST_NETWORKS]


def test_compared_recipes_are_what_their_names_say():
    X, engine = curved(n_rows=60)[0], Recording()
    given = recipe(hidden_layer_sizes=(16,), activation="gelu", output_activation="sigmoid")
    tried, rates = others(X, given, engine)
    assert rates is not None
    assert list(tried) == list(trials.COMPARED)
    linear_one, shallow = tried[LINEAR].recipe, tried[SHALLOW].recipe
    assert linear_one.hidden_layer_sizes == shallow.hidden_layer_sizes == ()
    assert (linear_one.bottleneck, linear_one.output_activation) == ("linear", "linear")
    assert shallow.bottleneck == "relu"
    assert tried["shallow, sigmoid output"].recipe.output_activation == "sigmoid"
    # All on the same rows and with the same chance.
    assert {task.seed for _, _, task in engine.asked} == {0}
    splits = [trained.split.training for trained in engine.trained]
    for other in splits[1:]:
        np.testing.assert_array_equal(splits[0], other)


def test_the_linear_candidate_is_pca():
    X = linear(n_rows=200, n_columns=8, rank=3, noise=0.5)[0]
    trained, _ = others(X, recipe(n_components=3, validation_fraction=0, max_epochs=400))
    scaled = trained[LINEAR].scale(X)
    pca = PCA(3).fit(scaled)
    best = np.mean((pca.inverse_transform(pca.transform(scaled)) - scaled) ** 2)
    assert candidate("linear", trained[LINEAR], scaled, scaled).training_mse == pytest.approx(best, rel=1e-3)


def test_compared_recipes_of_a_large_table_have_fewer_starts(monkeypatch):
    X, engine = curved(n_rows=60)[0], Recording()
    for cells in (X.size, X.size - 1):
        monkeypatch.setattr(trials, "MOST_CELLS_FOR_ALL_STARTS", cells)
        others(X, recipe(max_epochs=2, n_seeds=8), engine)
    assert [asked.n_seeds for _, asked, _ in engine.asked] == [8, 8, 8, 8, 3, 3, 3, 8]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_what_follows_an_interruption_is_left_out(number):
    engine = Interrupted(number)
    tried, rates = others(curved(n_rows=60)[0], recipe(max_epochs=3), engine)
    assert list(tried) == list(trials.COMPARED)[: number - 1]
    assert rates is None
    assert len(engine.asked) == number


def test_several_at_a_time_say_what_one_after_the_other_says():
    X, given = curved(n_rows=60)[0], recipe(max_epochs=3)
    engine = Recording()
    engine.fits_at_once = 2
    (one, rates), (other, also) = others(X, given), others(X, given, engine)
    assert list(one) == list(other)
    for name, trained in one.items():
        np.testing.assert_array_equal(trained.encode(X), other[name].encode(X))
    np.testing.assert_array_equal(rates.losses, also.losses)


def test_a_candidate_is_measured_in_the_units_of_its_own_scaling():
    training, unseen = split(curved(n_rows=150)[0])
    trained = LocalEngine().fit(training, recipe(n_components=2, n_seeds=2), Task(seed=0))
    found = candidate("ours", trained, trained.scale(training), trained.scale(unseen), chosen=True)
    scaled = trained.scale(unseen)
    assert found.held_out_mse == pytest.approx(
        np.mean((trained.reconstruct_scaled(scaled) - scaled) ** 2), rel=1e-9
    )
    assert found.held_out_r2 < 1
    assert found.chosen
    assert found.description == trained.network.architecture.describe()
    assert found.epochs == trained.outcome.epochs_run[trained.chosen] == 60
