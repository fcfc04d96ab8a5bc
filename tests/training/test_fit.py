"""From values and a recipe to a trained model: what is learned, from which rows, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import optax
import pytest

from latentia.errors import InputError
from latentia.networks.tiles import encode_rows
from latentia.recipe import Recipe
from latentia.tables.scaling import Scaling
from latentia.tables.splits import Split, hold_out
from latentia.training.endings import Ending
from latentia.training.fit import Task, fit, row_fingerprints
from latentia.training.planning import dials_of, make_plan
from problems import curved, linear
from small_fits import assert_same_weights

X = 10 + 3 * curved(n_rows=90, n_columns=5)[0]
RECIPE = Recipe.from_settings(n_components=2, hidden_layer_sizes=(8,), max_epochs=6)


def test_held_out_rows_change_nothing_that_is_learned_but_the_choice_of_the_epoch():
    split = hold_out(len(X), 0.2, 0)
    changed = X.copy()
    changed[split.held_out] = 1e4 * np.random.default_rng(0).normal(size=(len(split.held_out), 5))
    one = fit(X, RECIPE, Task(seed=0, split=split))
    other = fit(changed, RECIPE, Task(seed=0, split=split))
    for name, array in one.scaling.arrays().items():
        np.testing.assert_array_equal(array, other.scaling.arrays()[name])
    np.testing.assert_array_equal(
        one.scaling.transform(X).mean(axis=0), other.scaling.transform(X).mean(axis=0)
    )
    np.testing.assert_array_equal(one.center, other.center)
    assert one.mean_loss == other.mean_loss
    np.testing.assert_array_equal(one.outcome.step_loss, other.outcome.step_loss)
    assert not np.allclose(one.outcome.history["val_loss"], other.outcome.history["val_loss"])


def test_the_scaling_is_that_of_the_training_rows():
    trained = fit(X, RECIPE, Task(seed=3))
    expected = Scaling.fit(X[trained.split.training], "standard").transform(X)
    np.testing.assert_array_equal(trained.scale(X), expected)
    scaled = trained.scale(X[trained.split.training])
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-12)


def test_the_split_is_drawn_by_the_recipe_or_taken_as_given():
    drawn = fit(X, RECIPE, Task(seed=3))
    assert len(drawn.split.held_out) == 18
    assert not set(drawn.split.held_out) & set(drawn.split.training)
    given = Split(np.arange(60), np.arange(60, 90))
    assert fit(X, RECIPE, Task(seed=3, split=given)).split is given


def test_codes_are_canonical_and_the_reconstruction_is_in_original_units():
    trained = fit(X, replace(RECIPE, max_epochs=200), Task(seed=0))
    codes = trained.encode(X[trained.split.training])
    np.testing.assert_allclose(codes.mean(axis=0), 0, atol=1e-3)
    made = trained.decode(trained.encode(X))
    assert np.mean((made - X) ** 2) < 0.3 * np.mean((X - X.mean(axis=0)) ** 2)
    scaled = trained.scale(X)
    np.testing.assert_allclose(
        trained.scaling.inverse_transform(trained.reconstruct_scaled(scaled)), made, rtol=1e-6
    )


def test_the_best_member_speaks_for_all():
    trained = fit(X, replace(RECIPE, n_seeds=4), Task(seed=0))
    losses = trained.outcome.best_val_loss()
    assert trained.chosen == np.argmin(losses)
    assert len(set(losses)) == 4
    np.testing.assert_array_equal(encode_rows(trained.network, trained.scale(X)), trained.encode(X))


@pytest.mark.parametrize("n_seeds", [1, 3])
def test_the_first_of_several_seeds_is_the_fit_of_one(n_seeds):
    one = fit(X, RECIPE, Task(seed=7))
    several = fit(X, replace(RECIPE, n_seeds=n_seeds), Task(seed=7))
    assert_same_weights(several.outcome.network(0), one.outcome.network(0), rtol=1e-3, atol=1e-4)


def test_masked_sizes_train_side_by_side():
    variants = [replace(RECIPE, n_components=count) for count in (1, 2, 3, 3)]
    trained = fit(X, RECIPE, Task(seed=0, variants=variants))
    assert trained.outcome.members == 4
    assert len(set(trained.outcome.best_val_loss())) == 4


def test_a_warm_start_goes_on_and_remembers_what_it_has_seen():
    longer = replace(RECIPE, max_epochs=25, corruption=None)
    first = fit(X, longer, Task(seed=0))
    same = fit(X, longer, Task(seed=0, previous=first, previous_values=X))
    assert same.warm_started
    assert same.validation_rows_seen == 0
    assert same.outcome.history["loss"][0] < 0.8 * first.outcome.history["loss"][0]
    reshuffled = fit(X, longer, Task(seed=1, previous=same, previous_values=X))
    again = set(reshuffled.split.held_out) & set(first.split.training)
    assert reshuffled.validation_rows_seen == len(again) > 0
    assert reshuffled.scaling is first.scaling


def test_a_warm_start_of_another_network_is_refused():
    first = fit(X, RECIPE, Task(seed=0))
    with pytest.raises(InputError, match=r"5-8-2-8-5.*warm_start=False"):
        fit(X, replace(RECIPE, hidden_layer_sizes=(9,)), Task(seed=0, previous=first, previous_values=X))
    with pytest.raises(InputError, match="warm_start=False"):
        fit(X, replace(RECIPE, n_seeds=2), Task(seed=0, previous=first, previous_values=X))


@pytest.mark.parametrize(
    ("shape", "settings", "told"),
    [
        (
            (3, 5),
            {"n_components": 3},
            r"n_components=3 needs more than 3 rows.*\(n_samples=3\); choose at most 2",
        ),
        ((3, 5), {"n_components": 9}, r"choose at most 2"),
        ((20, 2), {"n_components": 3}, r"n_components=3 is more than the table's columns.*choose at most 2"),
    ],
)
def test_too_many_components_are_refused_with_the_most_that_fit(shape, settings, told):
    values = np.random.default_rng(0).normal(size=shape)
    with pytest.raises(InputError, match=told):
        fit(values, Recipe.from_settings(**settings), Task(seed=0))


def test_a_sparse_code_may_be_wider_than_the_table():
    recipe = Recipe.from_settings(n_components=4, penalty="l1_codes", max_epochs=2, hidden_layer_sizes=())
    values = np.random.default_rng(0).normal(size=(20, 2))
    assert fit(values, recipe, Task(seed=0)).encode(values).shape == (20, 4)


def test_numbers_beyond_single_precision_are_refused_by_column():
    values = np.random.default_rng(0).normal(size=(20, 3))
    values[:, 1] *= 1e20
    with pytest.raises(InputError, match=r"Column 2 reaches .*; divide it by a constant"):
        fit(values, replace(RECIPE, scaling=None), Task(seed=0))


def test_a_levelled_off_fit_is_called_converged():
    values = linear(n_rows=100, n_columns=4, rank=1, noise=0.5)[0]
    settings = {"n_components": 1, "hidden_layer_sizes": (), "corruption": None, "patience": None}
    recipe = Recipe.from_settings(
        **settings, max_epochs=150, learning_rate={"schedule": "cosine", "rate": 0.02}
    )
    trained = fit(values, recipe, Task(seed=0))
    assert trained.outcome.endings == (Ending.CONVERGED,)
    short = fit(
        values, replace(recipe, max_epochs=25, learning_rate=("constant", (("rate", 1e-3),))), Task(seed=0)
    )
    assert short.outcome.endings == (Ending.EPOCH_LIMIT,)


def test_a_foreign_optimizer_sets_its_own_pace():
    recipe = replace(RECIPE, optimizer=optax.sgd(0.05), corruption=None)
    own = fit(X, recipe, Task(seed=0))
    ours = fit(
        X,
        Recipe.from_settings(
            **{**RECIPE.to_dict(), "optimizer": "sgd", "learning_rate": 0.05, "corruption": None}
        ),
        Task(seed=0),
    )
    np.testing.assert_allclose(own.outcome.step_loss, ours.outcome.step_loss, rtol=1e-4)
    np.testing.assert_allclose(own.outcome.history["learning_rate"], 1.0)


def test_an_epoch_may_be_shorter_than_the_table():
    """The same steps with the same batches, but evaluated after each of them."""
    recipe = replace(RECIPE, batch_size=24, max_epochs=2, corruption=None)
    whole = fit(X, recipe, Task(seed=0)).outcome
    by_step = fit(X, replace(recipe, max_epochs=6), Task(seed=0, rows_per_epoch=24)).outcome
    assert whole.step_loss.shape == (6, 1)
    np.testing.assert_allclose(by_step.step_loss, whole.step_loss, rtol=1e-5)
    np.testing.assert_allclose(by_step.history["loss"], whole.step_loss, rtol=1e-5)
    for name in ("val_loss", "clean_loss", "learning_rate"):
        np.testing.assert_allclose(by_step.history[name][2::3], whole.history[name], rtol=1e-5)
    assert len(set(by_step.history["val_loss"][:, 0])) == 6
    longer = fit(X, recipe, Task(seed=0, rows_per_epoch=10_000)).outcome
    np.testing.assert_array_equal(longer.step_loss, whole.step_loss)


def test_the_plan_and_the_dials_say_what_the_recipe_says():
    recipe = Recipe.from_settings(
        n_components=3,
        hidden_layer_sizes=(7,),
        penalty={"l1_codes": 0.5, "l2_weights": 0.25},
        dropout=0.1,
        optimizer={"name": "adamw", "b1": 0.8, "weight_decay": 0.3, "averaging": 0.25},
        corruption={"gaussian": 0.2},
        batch_size=10,
        learning_rate={"schedule": "cosine", "rate": 0.02, "warmup": 0.1, "final": 0.05},
        max_epochs=4,
        patience=2,
    ).resolve(n_rows=25, n_features=5)
    plan = make_plan(recipe, 5)
    assert plan.architecture.widths == (5, 7, 3, 7, 5)
    assert plan.optimizer == ("adamw", (("b1", 0.8),))
    assert plan.penalties == ("l1_codes", "l2_weights")
    assert (plan.schedule, plan.corruption, plan.dropout) == ("cosine", "gaussian", True)
    assert plan.averaged
    assert not make_plan(replace(recipe, optimizer=("adamw", ())), 5).averaged
    assert not make_plan(replace(recipe, corruption=("gaussian", 0.0), dropout=0.0), 5).uses_chance
    dials = dials_of(recipe, n_rows=25, variance=4.0, members=2)
    assert dials.learning_rate.tolist() == pytest.approx([0.02, 0.02])
    assert float(dials.total_steps[0]) == 12
    assert float(dials.warmup_steps[0]) == 1
    assert float(dials.final_share[0]) == pytest.approx(0.05)
    assert float(dials.weight_decay[0]) == pytest.approx(0.3)
    assert float(dials.average_reach[0]) == 3  # a quarter of twelve steps
    assert float(dials.corruption[0]) == pytest.approx(0.4)  # in standard deviations of the scaled table
    assert [float(weight[1]) for weight in dials.penalties] == [0.5, 0.25]
    assert int(dials.patience[0]) == 2


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_the_loss_to_beat_is_that_of_predicting_the_mean(loss):
    trained = fit(X, replace(RECIPE, loss=loss, max_epochs=1), Task(seed=0))
    scaled = trained.scale(X[trained.split.training])
    distance = np.abs(scaled - scaled.mean(axis=0))
    expected = {
        "mse": distance**2,
        "mae": distance,
        "huber": np.where(distance < 1, distance**2 / 2, distance - 0.5),
    }
    assert trained.mean_loss == pytest.approx(expected[loss].mean())


def test_fingerprints_know_rows_by_their_values():
    rows = np.array([[1.0, 0.0], [1.0, -0.0], [1.0, 1e-300]])
    one, other, third = row_fingerprints(rows)
    assert one == other != third
