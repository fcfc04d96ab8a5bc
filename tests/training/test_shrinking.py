"""What is filled into gaps is drawn back to the means as far as hidden cells say, and no further."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import latentia
from latentia import Autoencoder
from latentia.training.holding import FEWEST_ROWS
from latentia.training.shrinking import _shares, filling_errors, kept_shares, ready_to_fill

QUICK = {"hidden_layer_sizes": (64,), "corruption": None, "max_epochs": 100, "random_state": 0}
RNG = np.random.default_rng(0)
# Five columns that say something about each other, and five that do not.
WHOLE = np.column_stack(
    [
        RNG.normal(size=(300, 1)) @ RNG.normal(size=(1, 5)) + 0.2 * RNG.normal(size=(300, 5)),
        RNG.normal(size=(300, 5)),
    ]
)
HOLED = np.where(RNG.random(WHOLE.shape) < 0.2, np.nan, WHOLE)


@pytest.fixture(scope="module")
def model():
    return Autoencoder(3, **QUICK).fit(HOLED)


def error_of(trained, model):
    kept, model.trained_ = model.trained_, trained
    made = model.impute(HOLED)
    model.trained_ = kept
    return (np.square(made - WHOLE) / WHOLE.var(axis=0))[np.isnan(HOLED)].mean()


def test_columns_of_noise_get_their_means_and_the_others_what_is_known(model):
    kept = model.trained_.kept
    assert kept.shape == (10,)
    assert kept[:5].min() > 0.8
    assert kept[5:].max() < 0.7
    assert error_of(model.trained_, model) < 0.95 * error_of(replace(model.trained_, kept=None), model)


def test_shares_are_those_of_least_squares_where_there_are_many_rows():
    said = np.random.default_rng(1).normal(size=(100_000, 3))
    true = said * [1.0, 0.5, 0.0] + np.random.default_rng(2).normal(size=said.shape)
    assert _shares(said, true, np.arange(3)) == pytest.approx([1.0, 0.5, 0.0], abs=0.01)
    # Columns of few rows are told as much by the others as by themselves.
    few = _shares(said[:50], said[:50] * [1.0, 0.5, 0.0], np.arange(3))
    assert few == pytest.approx([0.75, 0.5, 0.25], abs=0.05)
    # The levels of a category go together, whatever the units of the columns.
    levels = _shares(said * [1, 1, 9], true * [1, 1, 9], np.array([0, 0, 1]))
    assert levels[0] == levels[1] == pytest.approx(0.75, abs=0.01)
    assert (_shares(np.zeros((5, 2)), np.ones((5, 2)), np.arange(2)) == 1).all()
    assert (_shares(said, -said, np.arange(3)) == 0).all()
    assert (_shares(said, 3 * said, np.arange(3)) == 1).all()


def test_where_all_can_be_told_nothing_is_drawn_back():
    whole = np.random.default_rng(3).normal(size=(300, 2)) @ np.random.default_rng(4).normal(size=(2, 8))
    holed = np.where(np.random.default_rng(5).random(whole.shape) < 0.1, np.nan, whole)
    assert Autoencoder(2, **QUICK).fit(holed).trained_.kept is None


def test_it_is_kept_in_the_file_and_told(model, tmp_path):
    model.save(tmp_path / "m.latentia")
    again = latentia.load(tmp_path / "m.latentia")
    np.testing.assert_array_equal(again.trained_.kept, model.trained_.kept)
    np.testing.assert_array_equal(again.impute(HOLED), model.impute(HOLED))
    assert again.describe()["kept_when_filling"] == pytest.approx(model.trained_.kept.mean())


def test_codes_and_reconstructions_have_nothing_to_do_with_it(model):
    codes, made = model.transform(HOLED), model.reconstruct(HOLED)
    kept, model.trained_ = model.trained_, replace(model.trained_, kept=np.zeros(10))
    np.testing.assert_array_equal(model.transform(HOLED), codes)
    np.testing.assert_array_equal(model.reconstruct(HOLED), made)
    filled = model.impute(HOLED)[:, 7][np.isnan(HOLED[:, 7])]
    model.trained_ = kept
    training = HOLED[kept.split.training, 7]
    assert filled == pytest.approx(np.nanmean(training), rel=1e-5)


def test_a_category_that_nothing_tells_becomes_the_most_frequent_one():
    rng = np.random.default_rng(6)
    words = rng.choice(["often", "seldom", "rare"], size=400, p=[0.6, 0.25, 0.15]).astype(object)
    words[rng.random(400) < 0.2] = None
    frame = pd.DataFrame({"word": words, **{f"n{at}": rng.normal(size=400) for at in range(4)}})
    model = Autoencoder(5, **QUICK).fit(frame)
    assert model.trained_.kept is not None
    assert len(set(model.trained_.kept[:3])) == 1
    filled = model.impute(frame)["word"][frame["word"].isna()]
    assert (filled == "often").mean() > 0.9


def test_a_whole_table_too_few_rows_counts_and_a_network_that_blew_up_are_left_alone(model):
    assert Autoencoder(2, **QUICK | {"max_epochs": 2}).fit(WHOLE).trained_.kept is None
    trained = model.trained_
    held_out = trained.scale(HOLED[trained.split.held_out])
    assert kept_shares(trained, held_out[: FEWEST_ROWS - 1]) is None
    assert filling_errors(trained, held_out[: FEWEST_ROWS - 1]) is None
    counts = replace(trained, recipe=replace(trained.recipe, loss=("poisson", ())))
    assert kept_shares(counts, held_out) is None
    assert ready_to_fill(trained, WHOLE) is trained
    assert ready_to_fill(trained, WHOLE, anyway=True) is not trained


def test_errors_are_a_share_of_those_of_means(model):
    trained = model.trained_
    held_out = trained.scale(HOLED[trained.split.held_out])
    errors = filling_errors(trained, held_out)
    assert 0.4 < errors.share < 0.8  # of half of the columns, little is left; of the others, all
    assert filling_errors(replace(trained, kept=np.zeros(10)), held_out).share == pytest.approx(1.0)
    assert errors.share == pytest.approx(errors.ours.sum() / errors.of_means.sum())
    assert errors.is_clearly_below(errors._replace(ours=errors.of_means))
    assert not errors.is_clearly_below(errors)
