"""Other sizes and other recipes on the same rows: sizes from one program, candidates on one scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA

from latentia.engines.local import LocalEngine
from latentia.insight import trials
from latentia.insight.trials import LINEAR, SHALLOW, candidate, sizes_to_try, sweep_sizes, try_recipes
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
    """Fits, and keeps what it was asked for and what came of it."""

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


@pytest.mark.parametrize(
    ("n_rows", "n_columns", "sizes"),
    [(100, 13, range(1, 11)), (100, 4, range(1, 4)), (4, 13, range(1, 4)), (100, 1, [1]), (2, 1, [1])],
)
def test_sizes_are_smaller_than_the_table(n_rows, n_columns, sizes):
    assert list(sizes_to_try(n_rows, n_columns)) == list(sizes)


def test_a_loss_with_an_output_of_its_own_is_compared_under_it():
    table = counts(n_rows=60, n_columns=5).table
    tried = try_recipes(table, recipe(loss="poisson", max_epochs=2), LocalEngine(), seed=0)
    assert list(tried) == [LINEAR, SHALLOW]
    assert {one.recipe.output_activation for one in tried.values()} == {"softplus"}
    assert list(trials.compared_with(recipe())) == list(trials.COMPARED)


def test_a_sweep_finds_the_rank_of_a_table_and_agrees_with_pca():
    X = linear(n_rows=240, n_columns=8, rank=3, noise=0.1)[0]
    sweep = sweep_sizes(X, recipe(max_epochs=300), LocalEngine(), seed=0)
    assert sweep.chosen == 3
    assert sweep.r2.shape == (7, trials.SEEDS_PER_SIZE)
    # Linear networks of every size are as good as PCA, and no better.
    np.testing.assert_allclose(sweep.r2[:3].mean(axis=1), sweep.r2_pca[:3], atol=0.01)


def test_a_bent_line_is_described_better_than_by_pca_of_the_same_size():
    X = curved(n_rows=300)[0]
    settings = {"hidden_layer_sizes": (32,), "activation": "gelu", "max_epochs": 150}
    sweep = sweep_sizes(X, recipe(**settings), LocalEngine(), seed=0)
    assert (sweep.r2[:2].mean(axis=1) > sweep.r2_pca[:2] + 0.1).all()


def test_a_sweep_trains_all_sizes_in_one_fit_and_repeats():
    X, engine = curved(n_rows=100)[0], Recording()
    one, again = (sweep_sizes(X, recipe(), engine, seed=3) for _ in range(2))
    np.testing.assert_array_equal(one.r2, again.r2)
    assert len(engine.asked) == 2
    values, asked, task = engine.asked[0]
    assert (asked.n_components, asked.n_seeds) == (5, 1)
    sizes = [size for size in range(1, 6) for _ in range(trials.SEEDS_PER_SIZE)]
    assert [one.n_components for one in task.variants] == sizes
    assert len(task.split.held_out) == 20
    np.testing.assert_array_equal(values, X)


def test_a_sweep_of_a_large_table_takes_some_rows_and_fewer_epochs(monkeypatch):
    monkeypatch.setattr(trials, "SWEEP_BUDGET", 1.0)
    X, engine = curved(n_rows=1200)[0], Recording()
    sweep_sizes(X, recipe(max_epochs=500), engine, seed=0)
    values, asked, _ = engine.asked[0]
    assert len(values) == trials.FEWEST_SWEEP_ROWS
    assert asked.max_epochs == trials.FEWEST_SWEEP_EPOCHS
    # Drawn from the whole table, each row once.
    assert {row.tobytes() for row in values} < {row.tobytes() for row in X}
    assert len(np.unique(values, axis=0)) == len(values)


def test_a_sweep_around_a_given_size_takes_half_of_the_work(monkeypatch):
    # The budget, and not the recipe, decides how many epochs are run.
    monkeypatch.setattr(trials, "SWEEP_BUDGET", 4e7)
    X, engine = curved(n_rows=200)[0], Recording()
    for around in (None, 3):
        sweep_sizes(X, recipe(max_epochs=10_000), engine, seed=0, around=around)
    free, given = (asked.max_epochs for _, asked, _ in engine.asked)
    assert free > 2 * trials.FEWEST_SWEEP_EPOCHS
    assert given == free // 2


def test_a_sweep_of_a_wide_table_trains_fewer_networks_side_by_side(monkeypatch):
    monkeypatch.setattr(trials, "SWEEP_WEIGHTS", 1)
    X, engine = linear(n_rows=60, n_columns=16, rank=3, noise=0.1)[0], Recording()
    sweep = sweep_sizes(X, recipe(), engine, seed=0, around=5)
    assert sweep.sizes == (1, 2, 3, 4, 5, 6, 8, 10)
    assert sweep.r2.shape == (8, 1)
    trials.try_rates(X, recipe(n_seeds=8), engine, seed=0)
    assert engine.asked[-1][1].n_seeds == trials.FEWEST_NETWORKS


def test_a_sweep_without_validation_rows_holds_some_out_all_the_same():
    engine = Recording()
    sweep_sizes(curved(n_rows=100)[0], recipe(validation_fraction=0), engine, seed=0)
    assert len(engine.asked[0][2].split.held_out) == 20


def test_a_sweep_that_diverges_recommends_nothing():
    diverging = recipe(optimizer="sgd", learning_rate=1e9)
    assert sweep_sizes(curved(n_rows=100)[0], diverging, LocalEngine(), seed=0) is None


def test_a_sweep_that_is_interrupted_recommends_nothing():
    with pytest.raises(KeyboardInterrupt):
        sweep_sizes(curved(n_rows=100)[0], recipe(), Interrupted(1), seed=0)


def test_compared_recipes_are_what_their_names_say():
    X, engine = curved(n_rows=100)[0], Recording()
    given = recipe(n_components=2, hidden_layer_sizes=(16,), activation="gelu", output_activation="sigmoid")
    tried = try_recipes(X, given, engine, seed=0)
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
    trained = try_recipes(
        X, recipe(n_components=3, validation_fraction=0, max_epochs=400), LocalEngine(), seed=0
    )
    scaled = trained[LINEAR].scale(X)
    pca = PCA(3).fit(scaled)
    best = np.mean((pca.inverse_transform(pca.transform(scaled)) - scaled) ** 2)
    assert candidate("linear", trained[LINEAR], scaled, scaled).training_mse == pytest.approx(best, rel=1e-3)


def test_compared_recipes_of_a_large_table_have_fewer_starts(monkeypatch):
    X, engine = curved(n_rows=60)[0], Recording()
    for cells in (X.size, X.size - 1):
        monkeypatch.setattr(trials, "MOST_CELLS_FOR_ALL_STARTS", cells)
        try_recipes(X, recipe(max_epochs=2, n_seeds=4), engine, seed=0)
    assert [asked.n_seeds for _, asked, _ in engine.asked] == [4, 4, 4, 3, 3, 3]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_recipes_after_an_interruption_are_left_out(number):
    engine = Interrupted(number)
    tried = try_recipes(curved(n_rows=60)[0], recipe(max_epochs=3), engine, seed=0)
    assert list(tried) == list(trials.COMPARED)[: number - 1]
    assert len(engine.asked) == number


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
