"""What rows settle for a fit, and that rows which come later are held to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from latentia.errors import InputError
from latentia.recipe import Recipe
from latentia.training.fit import Task, fit
from latentia.training.settling import settle
from small_fits import table

X = 3.0 + table(n_rows=90)
RECIPE = Recipe.from_settings(hidden_layer_sizes=(8,), max_epochs=2, validation_fraction=0)


def test_it_is_what_a_fit_settles_for_itself():
    weight = np.linspace(1.0, 2.0, len(X))
    settled, training = settle(X, RECIPE, weight=weight)
    alone = fit(X, RECIPE, Task(seed=0, row_weights=weight))
    told = fit(X, RECIPE, Task(seed=0, row_weights=weight, settled=settled))
    assert alone.recipe == told.recipe == settled.recipe
    np.testing.assert_array_equal(alone.outcome.step_loss, told.outcome.step_loss)
    np.testing.assert_array_equal(alone.encode(X), told.encode(X))
    np.testing.assert_array_equal(training.scaled, alone.scale(X))
    np.testing.assert_allclose(settled.center, np.average(training.scaled, axis=0, weights=weight))


def test_rows_that_come_later_are_scaled_by_the_first_ones():
    settled, _ = settle(X, RECIPE)
    other = fit(2.0 * X[:3], settled.recipe, Task(seed=0, settled=settled))
    assert other.scaling is settled.scaling
    np.testing.assert_allclose(settled.scaling.center, X.mean(axis=0))
    assert other.mean_loss == settled.mean_loss == pytest.approx(1.0)


def test_few_rows_settle_the_axes():
    rows = np.random.default_rng(0).normal(size=(5000, 3))
    assert 500 < len(settle(rows, RECIPE)[0].axes) <= 1024
    assert len(settle(X, RECIPE)[0].axes) == len(X)


def test_later_rows_are_checked_as_the_first_ones_are():
    recipe = replace(RECIPE, loss="bce", scaling=None)
    shares = X / X.max()
    shares -= shares.min()
    settled, _ = settle(shares, recipe)
    for take in (settled.side, lambda rows: settle(rows, recipe)):
        with pytest.raises(InputError, match="compares numbers from 0 to 1"):
            take(shares - 1.0)
