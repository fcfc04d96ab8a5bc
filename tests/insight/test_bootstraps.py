from __future__ import annotations

import numpy as np
import pytest

import problems
from latentia.engines import engine_named
from latentia.insight.bootstraps import Bootstrapped, bootstrap_factors, effects_of
from latentia.insight.resampling import unheard
from latentia.insight.resampling_results import LeftOut
from latentia.recipe import Recipe
from latentia.tables.splits import hold_out
from latentia.training.fit import Task

ENGINE = engine_named("local")
LINEAR = {
    "hidden_layer_sizes": (),
    "corruption": None,
    "learning_rate": 0.02,
    "max_epochs": 300,
    "batch_size": 32,
}


def bootstrapped(rows, k, *, resamples=12, budget=1e12, seed=0, begin=unheard, **settings):
    split = hold_out(len(rows), 0.2, 0)
    recipe = Recipe.from_settings(n_components=k, **{**LINEAR, **settings})
    trained = ENGINE.fit(rows[split.training], recipe, Task(seed=0))
    effort = {"resamples": resamples, "budget": budget, "seed": seed, "begin": begin}
    found = bootstrap_factors(rows, split, trained, ENGINE, **effort)
    return found, trained, split


def test_factors_of_different_strength_come_back_and_a_direction_of_noise_does_not():
    """Two factors of variance 9 and 4 in ten columns of noise: the third component is noise."""
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.normal(size=(10, 10)))[0]
    rows = rng.normal(size=(300, 2)) * [6.0, 3.0] @ directions[:2] + rng.normal(size=(300, 10))
    found, _, _ = bootstrapped(rows, 3, scaling=None)
    assert isinstance(found, Bootstrapped)
    again = found.reproducibility
    assert (again.per_factor[:2] > 0.9).all()
    assert again.per_factor[2] < 0.7
    # A linear network is PCA, and so are its resamples.
    assert again.per_component[:2] == pytest.approx(again.per_factor[:2], abs=0.03)
    assert again.per_component[2] < 0.7
    assert again.n_resamples == 12


def test_intervals_of_effects_cover_the_truth():
    """One factor through known loadings: its effect is the loading times 2.563 of its deviations."""
    loadings = np.array([3.0, -2.0, 1.0, 0.0, 2.0])
    covered = []
    for seed in range(6):
        table = np.random.default_rng(seed)
        rows = np.outer(table.normal(size=250), loadings) + 0.5 * table.normal(size=(250, 5))
        found, _, _ = bootstrapped(rows, 1, seed=seed)
        change, margin = found.effects.change[0], found.effects.margin[0]
        change = change * np.sign(change[0])
        truth = loadings * 2 * 1.2816
        covered += (np.abs(change - truth) <= margin + 0.03 * np.abs(truth)).tolist()
    assert np.mean(covered) > 0.8


def test_margins_are_in_the_unit_of_the_columns_and_in_standard_deviations():
    rows, _ = problems.linear(n_rows=150, n_columns=5, rank=1, noise=0.3)
    found, trained, split = bootstrapped(rows * [1, 10, 100, 1000, 1], 1)
    shown = effects_of(trained, (rows * [1, 10, 100, 1000, 1])[split.training])
    assert found.effects.change == pytest.approx(shown.change)
    ratio = found.effects.margin / found.effects.margin_scaled
    assert ratio[0] == pytest.approx(trained.scaling.spread_in_units)


def test_the_same_seed_gives_the_same_margins():
    rows, _ = problems.linear(n_rows=60, n_columns=5, rank=1, noise=0.3)
    one, same, other = (bootstrapped(rows, 1, resamples=5, seed=seed, max_epochs=5)[0] for seed in (0, 0, 1))
    assert one.effects.margin.tolist() == same.effects.margin.tolist()
    assert one.effects.margin.tolist() != other.effects.margin.tolist()


def test_too_much_work_is_left_out_with_the_reason():
    rows, told = problems.linear(n_rows=60)[0], []
    found, _, _ = bootstrapped(rows, 1, budget=10.0, max_epochs=3, begin=told.append)
    assert isinstance(found, LeftOut)
    assert "preset" in found.reason
    assert told == [f"not on resampled rows: {found.reason}"]
    bootstrapped(rows, 1, resamples=5, max_epochs=3, begin=told.append)
    assert told[1] == "5 networks of resampled rows"


def test_few_held_out_rows_are_no_rows_to_compare_codes_on():
    rows, _ = problems.linear(n_rows=40, n_columns=5, rank=1, noise=0.3)
    found, _, split = bootstrapped(rows, 1, resamples=5, max_epochs=5)
    assert split.n_held_out == 8
    assert found.reproducibility.n_rows == 40
