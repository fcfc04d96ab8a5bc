"""Sizes compared by rows that chose nothing: one program, fair judges, and what is said of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from latentia.engines.local import LocalEngine
from latentia.insight import affordable, size_trials
from latentia.insight.size_trials import compare_sizes, sweep_sizes
from latentia.networks.network import narrowed
from latentia.networks.tiles import decode_rows, encode_rows
from latentia.recipe import Recipe
from latentia.tables.sources import read_table
from latentia.training.endings import Ending
from problems import curved, linear, split, unrelated

PLAIN = {
    "hidden_layer_sizes": (),
    "activation": "linear",
    "corruption": None,
    "optimizer": "adam",
    "learning_rate": {"schedule": "cosine", "rate": 2e-2},
    "patience": None,
    "n_seeds": 2,
}


def recipe(**settings):
    return Recipe.from_settings(**{**PLAIN, "max_epochs": 60, "batch_size": 32, **settings})


class Recording(LocalEngine):
    """Fits, and keeps what it was asked for and what came of it."""

    def __init__(self, ending=None):
        self.asked, self.trained, self.ending = [], [], ending

    def fit(self, values, recipe, task):
        self.asked.append((values, recipe, task))
        trained = super().fit(values, recipe, task)
        if self.ending is not None:
            endings = self.ending(trained.outcome.members)
            trained = replace(trained, outcome=replace(trained.outcome, endings=endings))
        self.trained.append(trained)
        return trained


def compared(rows, engine=None, *, sizes=None, seed=0, **settings):
    training, held_out = split(rows)
    return compare_sizes(
        training, held_out, recipe(**settings), engine or LocalEngine(), sizes=sizes, seed=seed
    )


def test_a_sweep_finds_the_rank_of_a_table_and_agrees_with_pca():
    X = linear(n_rows=240, n_columns=8, rank=3, noise=0.1)[0]
    sweep = sweep_sizes(X, recipe(max_epochs=300), LocalEngine(), seed=0)
    assert sweep.chosen == 3
    assert sweep.r2.shape == (7, size_trials.SEEDS_PER_SIZE)
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
    assert (asked.n_components, asked.n_seeds) == (5, size_trials.SEEDS_PER_SIZE)
    sizes = [size for size in range(1, 6) for _ in range(size_trials.SEEDS_PER_SIZE)]
    assert [one.n_components for one in task.variants] == sizes
    assert len(task.split.held_out) == 20
    np.testing.assert_array_equal(values, X)


def test_a_sweep_of_a_large_table_takes_some_rows_and_fewer_epochs(monkeypatch):
    monkeypatch.setattr(size_trials, "SWEEP_BUDGET", 1.0)
    X, engine = curved(n_rows=1200)[0], Recording()
    sweep_sizes(X, recipe(max_epochs=500), engine, seed=0)
    values, asked, _ = engine.asked[0]
    assert len(values) == affordable.FEWEST_ROWS
    assert asked.max_epochs == affordable.FEWEST_EPOCHS
    # Drawn from the whole table, each row once.
    assert {row.tobytes() for row in values} < {row.tobytes() for row in X}
    assert len(np.unique(values, axis=0)) == len(values)


def test_a_sweep_around_a_given_size_takes_half_of_the_work(monkeypatch):
    # The budget, and not the recipe, decides how many epochs are run.
    monkeypatch.setattr(size_trials, "SWEEP_BUDGET", 4e7)
    X, engine = curved(n_rows=200)[0], Recording()
    for around in (None, 3):
        sweep_sizes(X, recipe(max_epochs=10_000), engine, seed=0, around=around)
    free, given = (asked.max_epochs for _, asked, _ in engine.asked)
    assert free > 2 * affordable.FEWEST_EPOCHS
    assert given == free // 2


def test_a_sweep_of_a_wide_table_trains_fewer_networks_side_by_side(monkeypatch):
    monkeypatch.setattr(size_trials, "MOST_WEIGHTS", 1)
    X, engine = linear(n_rows=60, n_columns=16, rank=3, noise=0.1)[0], Recording()
    sweep = sweep_sizes(X, recipe(), engine, seed=0, around=5)
    assert sweep.sizes == (1, 2, 3, 4, 5, 6, 8, 10)
    assert sweep.r2.shape == (8, 1)


def test_a_sweep_without_validation_rows_holds_some_out_all_the_same():
    engine = Recording()
    sweep_sizes(curved(n_rows=100)[0], recipe(validation_fraction=0), engine, seed=0)
    assert len(engine.asked[0][2].split.held_out) == 20


def test_a_sweep_that_diverges_recommends_nothing():
    diverging = recipe(optimizer="sgd", learning_rate=1e9)
    assert sweep_sizes(curved(n_rows=100)[0], diverging, LocalEngine(), seed=0) is None


def test_a_sweep_that_is_interrupted_recommends_nothing():
    with pytest.raises(KeyboardInterrupt):
        sweep_sizes(curved(n_rows=100)[0], recipe(), Recording(lambda n: (Ending.INTERRUPTED,) * n), seed=0)


def test_the_rank_of_a_table_is_found_and_linear_networks_are_as_good_as_pca():
    found = compared(linear(n_rows=300, n_columns=8, rank=3, noise=0.1)[0], max_epochs=300, n_seeds=3)
    assert found.sweep.chosen == 3
    np.testing.assert_allclose(found.sweep.r2[:3].mean(axis=1), found.sweep.r2_pca[:3], atol=0.01)
    assert found.stability.shape == found.shared_space.shape == (7,)
    # Three normal factors are one space, whatever its axes.
    assert found.shared_space[2] > 0.99


def test_all_sizes_and_seeds_train_in_one_fit_and_those_of_a_seed_begin_alike():
    engine = Recording()
    compared(curved(n_rows=100)[0], engine, sizes=[1, 3], max_epochs=0)
    (values, asked, task), trained = engine.asked[0], engine.trained[0]
    assert len(engine.asked) == 1
    assert len(values) == 80
    assert asked.n_components == 3
    assert [one.n_components for one in task.variants] == [1, 1, 3, 3]
    assert list(task.identities) == [0, 1, 0, 1]
    narrow, wide = (narrowed(trained.outcome.network(member), 1) for member in (0, 2))
    np.testing.assert_array_equal(narrow.encoder[0].weight, wide.encoder[0].weight)


def test_rows_that_judge_have_chosen_nothing():
    rows, engine = curved(n_rows=100)[0], Recording()
    found = compared(rows, engine, sizes=[1, 2])
    assert found.rows == {"training": 64, "validation": 16, "held_out": 20}
    held_out = split(rows)[1]
    given = {row.tobytes() for row in engine.asked[0][0]}
    assert not given & {row.tobytes() for row in held_out}
    trained = engine.trained[0]
    judged = trained.scale(held_out)
    # Turning the axes of a code, as it is done to compare them, changes no reconstruction.
    network = trained.outcome.network(2)
    made = decode_rows(network, encode_rows(network, judged))
    r2 = 1 - np.square(made - judged).sum() / np.square(judged - trained.center).sum()
    assert found.sweep.r2[1, 0] == pytest.approx(r2, abs=1e-5)


def test_the_same_seed_gives_the_same_figures():
    rows = curved(n_rows=80)[0]
    one, again, other = (compared(rows, sizes=[1, 2], seed=seed, max_epochs=20) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.sweep.r2, again.sweep.r2)
    np.testing.assert_array_equal(one.stability, again.stability)
    assert one.dimension == again.dimension
    assert (one.sweep.r2 != other.sweep.r2).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_of_columns_that_have_nothing_in_common_one_component_is_chosen_and_doubted(seed):
    found = compared(unrelated(300, 12, seed=seed), seed=seed)
    assert found.sweep.chosen == 1
    assert "no more about each other than shuffled ones do (p = " in found.sweep.reason
    assert "may have nothing in common" in found.sweep.reason


def test_columns_that_have_much_in_common_are_not_doubted():
    found = compared(linear(n_rows=200, rank=1, noise=0.3, seed=1)[0])
    assert found.sweep.chosen == 1
    assert "nothing in common" not in found.sweep.reason


def test_the_levels_of_a_category_are_no_columns_that_a_component_could_be_worth():
    rows = linear(n_rows=300, n_columns=8, rank=2, noise=0.6)[0]
    city = np.random.default_rng(0).integers(12, size=300)
    table = read_table(pd.DataFrame(rows).add_prefix("column ").assign(city=[f"city {at}" for at in city]))
    settings = recipe(max_epochs=300)
    plain = sweep_sizes(rows, settings, LocalEngine(), seed=0)
    schema = table.schema.learned(table.values)
    expanded = schema.expand(table.values)
    found = sweep_sizes(expanded, settings, LocalEngine(), seed=0, schema=schema)
    assert plain.chosen == found.chosen == 2


def test_a_single_seed_has_no_stability():
    found = compared(curved(n_rows=60)[0], sizes=[1, 2], n_seeds=1, max_epochs=5)
    assert np.isnan(found.stability).all()
    assert np.isnan(found.shared_space).all()


def test_a_network_that_diverged_is_left_out():
    one_of_them = Recording(lambda n: (Ending.DIVERGED, *[Ending.EPOCH_LIMIT] * (n - 1)))
    found = compared(curved(n_rows=80)[0], one_of_them, sizes=[1, 2], n_seeds=3, max_epochs=10)
    np.testing.assert_array_equal(np.isnan(found.sweep.r2), [[True, False, False], [False] * 3])
    assert np.isfinite(found.stability).all()


def test_a_size_all_of_whose_networks_diverged_is_never_chosen():
    first_size = Recording(lambda n: (*[Ending.DIVERGED] * 2, *[Ending.EPOCH_LIMIT] * (n - 2)))
    found = compared(linear(n_rows=80, rank=1)[0], first_size, sizes=[1, 2], max_epochs=10)
    assert found.sweep.chosen == 2
    np.testing.assert_array_equal(np.isnan(found.stability), [True, False])


def test_where_all_diverged_nothing_is_recommended():
    assert compared(curved(n_rows=80)[0], sizes=[1, 2], optimizer="sgd", learning_rate=1e9) is None


def test_an_interruption_recommends_nothing():
    with pytest.raises(KeyboardInterrupt):
        compared(curved(n_rows=80)[0], Recording(lambda n: (Ending.INTERRUPTED,) * n), sizes=[1, 2])


def test_epochs_follow_the_budget_unless_they_are_told(monkeypatch):
    monkeypatch.setattr(size_trials, "BUDGET", 1.0)
    rows = curved(n_rows=1200)[0]
    found = compared(rows, sizes=[1], max_epochs="auto")
    assert found.max_epochs == affordable.FEWEST_EPOCHS
    assert found.rows == {"training": 400, "validation": 100, "held_out": 240}
    assert compared(rows, sizes=[1], max_epochs=7).max_epochs == 7


def test_of_large_networks_fewer_sizes_are_compared(monkeypatch):
    monkeypatch.setattr(size_trials, "MOST_WEIGHTS", 1)
    found = compared(linear(n_rows=60, n_columns=16)[0], max_epochs=2)
    assert found.sweep.sizes == (1, 2, 3, 4, 6, 8, 10)
