"""Codes are moved when gaps are filled only where hidden cells of validation rows say that it helps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import latentia
from latentia import Autoencoder
from latentia.training.holding import FEWEST_ROWS, HOLDS, settled_hold

QUICK = {"max_epochs": 60, "random_state": 0}


def table(noise, n_rows=260, seed=0):
    """Return 12 columns of 4 hidden variables, a tenth of the cells missing, and the whole table."""
    rng = np.random.default_rng(seed)
    whole = rng.normal(size=(n_rows, 4)) @ rng.normal(size=(4, 12)) + noise * rng.normal(size=(n_rows, 12))
    return np.where(rng.random(whole.shape) < 0.1, np.nan, whole), whole


@pytest.fixture(scope="module")
def exact():
    """Return a model of columns that tell each other exactly, its rows, and the whole table."""
    holed, whole = table(noise=0.0)
    return Autoencoder(4, **QUICK).fit(holed), holed, whole


def error_of(model, holed, whole):
    return np.square(model.impute(holed) - whole)[np.isnan(holed)].mean()


def test_where_columns_tell_each_other_codes_are_moved_and_gaps_filled_better(exact):
    model, holed, whole = exact
    assert model.trained_.hold in HOLDS
    moved = error_of(model, holed, whole)
    kept = model.trained_
    model.trained_ = replace(kept, hold=None)
    assert moved < 0.8 * error_of(model, holed, whole)
    model.trained_ = kept


def test_what_is_found_is_kept_in_the_file_and_told(exact, tmp_path):
    model, holed, _ = exact
    model.save(tmp_path / "m.latentia")
    again = latentia.load(tmp_path / "m.latentia")
    assert again.trained_.hold == model.trained_.hold
    np.testing.assert_array_equal(again.impute(holed), model.impute(holed))
    assert again.describe()["codes_held_when_filling"] == model.trained_.hold


def test_codes_and_reconstructions_are_the_encoders_all_the_same(exact):
    model, holed, _ = exact
    kept = model.trained_
    codes, made = model.transform(holed), model.reconstruct(holed)
    model.trained_ = replace(kept, hold=None)
    np.testing.assert_array_equal(model.transform(holed), codes)
    np.testing.assert_array_equal(model.reconstruct(holed), made)
    model.trained_ = kept


def test_where_noise_would_be_taken_for_news_codes_stay():
    holed, _ = table(noise=3.0)
    assert Autoencoder(4, **QUICK).fit(holed).trained_.hold is None


@pytest.mark.parametrize(
    "settings",
    [{"bottleneck": "gaussian"}, {"bottleneck": "relu"}, {"validation_fraction": 0.0}],
)
def test_codes_with_a_shape_of_their_own_and_fits_that_nothing_judges_are_left_alone(settings):
    holed, _ = table(noise=0.0, n_rows=120)
    assert Autoencoder(4, max_epochs=3, random_state=0, **settings).fit(holed).trained_.hold is None


def test_a_table_without_gaps_and_too_few_rows_to_judge_by_are_not_tried(exact):
    _, holed, whole = exact
    assert Autoencoder(4, max_epochs=3, random_state=0).fit(whole).trained_.hold is None
    trained = exact[0].trained_
    scaled = trained.scale(holed[trained.split.held_out])
    assert settled_hold(trained, scaled[: FEWEST_ROWS - 1]) is None
    assert settled_hold(trained, np.full_like(scaled, np.nan)) is None
