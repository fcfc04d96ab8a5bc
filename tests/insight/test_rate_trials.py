"""A sweep is a fit whose rate grows: its steps, its networks, what it measures and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import optax
import pytest
from sklearn.datasets import load_wine

from latentia.engines.local import LocalEngine
from latentia.errors import RecipeError
from latentia.insight.rate_trials import FEWEST_STEPS, MOST_STEPS, sweep_rates
from latentia.networks.losses import LOSSES
from latentia.recipe import Recipe
from latentia.settings import COUNT_LOSSES
from latentia.training.endings import Ending
from latentia.training.fit import Task
from latentia.training.program import advance
from problems import curved

WINE = load_wine().data
RECIPE = Recipe.from_settings(n_components=3)
SMALL = Recipe.from_settings(n_components=1, hidden_layer_sizes=(8,))
X = curved(n_rows=90, n_columns=5)[0]


class Watching:
    """An engine that remembers what it was asked for."""

    def fit(self, values, recipe, task):
        self.recipe, self.task = recipe, task
        self.trained = LocalEngine().fit(values, recipe, task)
        return self.trained


class Interrupted:
    """An engine whose fits are stopped by Ctrl-C."""

    def fit(self, values, recipe, task):
        trained = LocalEngine().fit(values, recipe, task)
        endings = (Ending.INTERRUPTED,) * trained.outcome.members
        return replace(trained, outcome=replace(trained.outcome, endings=endings))


def steps_of(recipe, values=X):
    return len(sweep_rates(values, recipe, LocalEngine(), seed=0, n_networks=1).rates)


def test_wine_trains_well_at_the_suggestion_and_badly_far_from_it():
    sweep = sweep_rates(WINE, RECIPE, LocalEngine(), seed=0)
    assert 1e-3 < sweep.suggestion < 2e-2

    def val_loss(rate):
        recipe = replace(RECIPE, n_seeds=2, learning_rate=("constant", (("rate", rate),)))
        return LocalEngine().fit(WINE, recipe, Task(seed=0)).outcome.best_val_loss().mean()

    best = val_loss(sweep.suggestion)
    assert best < 0.9 * val_loss(sweep.suggestion / 100)
    assert best < 0.9 * val_loss(sweep.suggestion * 30)


def test_the_rate_grows_by_the_same_factor_and_every_step_is_measured():
    engine = Watching()
    sweep = sweep_rates(X, SMALL, engine, seed=0, lowest=1e-4, highest=1.0, n_steps=60, n_networks=3)
    np.testing.assert_allclose(sweep.rates, np.geomspace(1e-4, 1.0, 60))
    outcome = engine.trained.outcome
    np.testing.assert_allclose(outcome.history["learning_rate"][:, 0], sweep.rates, rtol=1e-4)
    assert sweep.losses.shape == (60, 3)
    np.testing.assert_array_equal(sweep.losses, outcome.history["clean_loss"])
    assert len(outcome.step_loss) == 60
    assert engine.recipe.patience is None


def test_the_losses_are_those_of_training_rows_without_noise():
    """At rates too small to matter they are what a fresh network makes of clean rows."""
    noisy = replace(SMALL, corruption=("gaussian", 2.0), dropout=0.5)
    engine = Watching()
    sweep = sweep_rates(X, noisy, engine, seed=0, lowest=1e-12, highest=1e-10, n_steps=50, n_networks=2)
    assert np.ptp(sweep.losses, axis=0).max() < 1e-6
    trained = engine.trained
    rows = trained.scale(X[trained.split.training])
    sample = np.linspace(0, len(rows) - 1, len(trained.split.held_out)).astype(int)
    made = trained.reconstruct_scaled(rows[sample])
    cells = np.square(made - rows[sample])
    assert sweep.losses[0, trained.chosen] == pytest.approx(cells.mean(), rel=1e-5)


def test_steps_are_a_share_of_the_fit_to_come():
    long = replace(SMALL, batch_size=8, max_epochs=1000)  # 9 steps an epoch
    assert steps_of(long) == 9 * 1000 // 30
    assert steps_of(replace(long, max_epochs=10)) == FEWEST_STEPS
    assert steps_of(replace(long, max_epochs=10_000)) == MOST_STEPS
    # A cosine goes half as far in as many steps; "auto" stands for a constant rate.
    cosine = replace(long, learning_rate=("cosine", ()))
    assert steps_of(cosine) == 9 * 1000 // 60
    assert steps_of(replace(long, learning_rate=("constant", (("rate", 3.0),)))) == steps_of(long)


def test_a_set_rate_is_no_part_of_it_and_the_same_seed_gives_the_same():
    one, other, third = (
        sweep_rates(
            X, replace(SMALL, learning_rate=("constant", (("rate", rate),))), LocalEngine(), seed=seed
        )
        for rate, seed in ((1e-3, 0), (0.5, 0), (1e-3, 1))
    )
    np.testing.assert_array_equal(one.losses, other.losses)
    assert one.suggestion == other.suggestion
    assert not np.array_equal(one.losses, third.losses)


def test_an_average_of_the_weights_is_no_part_of_it():
    optimizer = {"name": "adamw", "averaging": 0.5}
    plain, averaged = (
        Recipe.from_settings(n_components=1, hidden_layer_sizes=(8,), optimizer=one)
        for one in ("adamw", optimizer)
    )
    one, other = (sweep_rates(X, recipe, LocalEngine(), seed=0) for recipe in (plain, averaged))
    np.testing.assert_array_equal(one.losses, other.losses)


def test_rates_that_destroy_every_network_end_the_sweep_early():
    wild = replace(SMALL, optimizer=("sgd", ()), activation="linear")
    sweep = sweep_rates(X, wild, LocalEngine(), seed=0, lowest=1e-4, highest=1e12)
    assert len(sweep.rates) == len(sweep.losses) == len(sweep.smoothed) < FEWEST_STEPS * 10
    assert np.isnan(sweep.losses[-1]).sum() >= 0
    assert np.isfinite(sweep.rates).all()
    assert 1e-3 < sweep.suggestion < 10


@pytest.mark.parametrize(
    ("optimizer", "low", "high"),
    [
        ("sgd", 0.05, 1.0),
        ("lion", 3e-4, 3e-2),
        ("muon", 1e-2, 1.0),
        ({"name": "adamw", "clip": 1.0}, 1e-3, 1e-1),
        # A transformation of one's own has a rate already, which the suggestion multiplies.
        (optax.adam(1e-3), 1.0, 100.0),
    ],
    ids=["sgd", "lion", "muon", "adamw", "own"],
)
def test_every_optimizer_can_be_swept_for(optimizer, low, high):
    recipe = Recipe.from_settings(n_components=1, hidden_layer_sizes=(8,), optimizer=optimizer)
    sweep = sweep_rates(X, recipe, LocalEngine(), seed=0, highest=1e3, n_networks=3)
    assert low < sweep.suggestion < high


def test_a_sweep_is_one_program_for_any_rates_and_numbers_of_steps():
    sweep_rates(X, SMALL, LocalEngine(), seed=0, n_networks=2)
    compiled = advance._cache_size()
    sweep_rates(X, SMALL, LocalEngine(), seed=1, n_networks=2, lowest=1e-4, highest=1.0, n_steps=80)
    assert advance._cache_size() == compiled


def test_a_sweep_runs_in_the_program_of_a_fit():
    LocalEngine().fit(X, SMALL, Task(seed=0))
    compiled = advance._cache_size()
    sweep_rates(X, SMALL, LocalEngine(), seed=0, n_networks=2)
    assert advance._cache_size() == compiled


def test_a_tiny_table_without_held_out_rows_is_swept_by_its_training_loss():
    sweep = sweep_rates(X[:4], SMALL, LocalEngine(), seed=0, n_networks=2)
    assert np.isfinite(sweep.losses[0]).all()


def test_ctrl_c_leaves_nothing_to_read():
    with pytest.raises(KeyboardInterrupt):
        sweep_rates(X, SMALL, Interrupted(), seed=0, n_networks=1)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"lowest": 0.0}, "lowest=0.0 must be a learning rate above 0"),
        ({"lowest": "low"}, "lowest='low' must be"),
        ({"highest": np.inf}, "highest=inf must be"),
        ({"lowest": 1.0, "highest": 5.0}, "at least ten times lowest=1.0"),
        ({"n_steps": 10}, "n_steps=10 must be 'auto' or a whole number of at least 50"),
        ({"n_steps": "all"}, "n_steps='all' must be"),
        ({"n_networks": 0}, "n_networks=0 must be"),
        ({"n_networks": True}, "n_networks=True must be"),
    ],
)
def test_what_cannot_be_swept_is_refused_in_one_sentence(settings, told):
    with pytest.raises(RecipeError, match=told.replace("(", r"\(")):
        sweep_rates(X, SMALL, LocalEngine(), seed=0, **settings)


def test_losses_are_there_for_every_loss():
    for loss in LOSSES:
        values = np.random.default_rng(0).dirichlet(np.ones(5), size=60)
        scaling = "log1p" if loss in COUNT_LOSSES else None
        recipe = Recipe.from_settings(n_components=1, hidden_layer_sizes=(), loss=loss, scaling=scaling)
        sweep = sweep_rates(values, recipe, LocalEngine(), seed=0, n_networks=2)
        assert np.isfinite(sweep.losses[0]).all()
