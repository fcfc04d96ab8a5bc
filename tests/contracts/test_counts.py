"""Counts drawn from two factors and rows of different sizes: what losses of counts must find in them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

import latentia
from latentia import Autoencoder, load
from latentia.errors import InputError, RecipeError
from latentia.networks.counts import log_dispersions, log_means, negative_binomial_loss, poisson_loss
from problems import counts

QUICK = {"hidden_layer_sizes": (32,), "max_epochs": 60, "batch_size": 32, "corruption": None}
QUICK |= {"learning_rate": 0.005, "patience": None, "random_state": 0}
PLAIN = counts(n_rows=600)
SPREAD = counts(n_rows=600, dispersion=0.5, seed=1)
LEARNED, JUDGED = slice(None, 450), slice(450, None)


def fitted(problem, loss, **settings):
    return Autoencoder(2, loss=loss, **{**QUICK, **settings}).fit(problem.table[LEARNED])


@pytest.fixture(scope="module")
def poisson():
    return fitted(PLAIN, "poisson")


@pytest.fixture(scope="module")
def binomial():
    return fitted(SPREAD, "nb")


def expected(model, table):
    """What a model expects of rows at their own sizes."""
    trained = model.trained_
    sizes = trained.scaling.sizes(table)
    return trained.decode(trained.encode(table)) * (1.0 if sizes is None else sizes)


def cost_of_poisson(table, means):
    return poisson_loss(np.log1p(table), np.log(np.maximum(means, 1e-6))).mean()


def test_rates_are_found_better_than_by_means_or_by_squares_of_logarithms(poisson):
    judged = PLAIN.table[JUDGED]
    squares = fitted(PLAIN, "mse", scaling="log1p")
    own, of_squares = (cost_of_poisson(judged, expected(model, judged)) for model in (poisson, squares))
    column_means = (
        PLAIN.table[LEARNED].sum(axis=0) / poisson.trained_.scaling.sizes(PLAIN.table[LEARNED]).sum()
    )
    of_means = cost_of_poisson(judged, poisson.trained_.scaling.sizes(judged) * column_means)
    truth = cost_of_poisson(judged, (PLAIN.size * PLAIN.rates)[JUDGED])
    assert own < of_squares < of_means
    assert own - truth < 0.1 * (of_means - truth)


def test_means_at_common_size_are_the_true_rates(poisson):
    """Of many rows the chance in single counts averages out: the columns' rates come back."""
    table = PLAIN.table[JUDGED]
    trained = poisson.trained_
    made = trained.decode(trained.encode(table))
    truth = PLAIN.rates[JUDGED] * trained.scaling.typical_total / PLAIN.rates.sum(axis=1).mean()
    np.testing.assert_allclose(made.mean(axis=0), truth.mean(axis=0), rtol=0.15)
    assert np.corrcoef(np.log(made).ravel(), np.log(truth).ravel())[0, 1] > 0.93


def test_the_code_finds_the_two_factors(poisson):
    codes = poisson.transform(PLAIN.table)
    found = LinearRegression().fit(codes[LEARNED], PLAIN.factors[LEARNED])
    assert found.score(codes[JUDGED], PLAIN.factors[JUDGED]) > 0.75


def test_size_factors_take_the_size_of_a_row_out_of_its_code(poisson):
    """A regression on the code explains next to nothing of a row's size, and much without size factors."""
    explained = {}
    without = fitted(PLAIN, {"name": "poisson", "size_factors": False})
    for name, model in (("with", poisson), ("without", without)):
        codes, size = model.transform(PLAIN.table), np.log(PLAIN.table.sum(axis=1))
        explained[name] = LinearRegression().fit(codes, size).score(codes, size)
    assert explained["with"] < 0.1
    assert explained["without"] > 0.6


@pytest.mark.parametrize("loss", ["poisson", "nb"])
def test_a_row_counted_longer_has_the_same_code(loss, poisson, binomial):
    model = {"poisson": poisson, "nb": binomial}[loss]
    table = PLAIN.table[JUDGED]
    longer = table * np.arange(1.0, len(table) + 1)[:, None]
    np.testing.assert_allclose(model.transform(longer), model.transform(table), rtol=1e-4, atol=1e-5)


def test_dispersions_are_those_that_the_counts_have(binomial):
    found = binomial.trained_.dispersion
    assert found.shape == (20,)
    assert np.median(found) == pytest.approx(0.5, rel=0.25)
    assert np.median(fitted(PLAIN, "nb").trained_.dispersion) < 0.1


def test_the_negative_binomial_is_likelier_where_counts_spread(binomial):
    judged = SPREAD.table[JUDGED]
    means = expected(binomial, judged)
    raw = np.log(np.maximum(means, 1e-6))
    own = negative_binomial_loss(np.log1p(judged), raw, np.log(binomial.trained_.dispersion)).mean()
    assert own < cost_of_poisson(judged, expected(fitted(SPREAD, "poisson"), judged)) - 0.1
    sizes = binomial.trained_.scaling.sizes(judged)
    target = np.log1p(judged / sizes)
    about = log_means(target, sizes)
    of_means = negative_binomial_loss(target, about, log_dispersions(target, about, sizes), sizes).mean()
    assert own < of_means - 0.05


@pytest.mark.parametrize(("problem", "loss"), [(PLAIN, "poisson"), (SPREAD, "nb")], ids=["poisson", "nb"])
def test_training_begins_at_the_means(problem, loss):
    model = fitted(problem, loss, max_epochs=1, learning_rate=1e-9, hidden_layer_sizes=())
    assert model.history_["loss"][0] == pytest.approx(model.trained_.mean_loss, rel=0.35)


def test_what_comes_back_is_counts_and_none_is_negative(poisson):
    made = poisson.inverse_transform(100 * np.random.default_rng(0).normal(size=(50, 2)))
    assert (made >= 0).all()
    scaled = poisson.trained_.scale(PLAIN.table)
    center = poisson.trained_.center
    error = np.square(poisson.trained_.reconstruct_scaled(scaled) - scaled).sum()
    assert poisson.score(PLAIN.table) == pytest.approx(1 - error / np.square(scaled - center).sum())
    assert poisson.score(PLAIN.table) > 0.4


def test_a_model_of_counts_is_kept_with_its_dispersions(binomial, tmp_path):
    binomial.save(tmp_path / "counts.latentia")
    again = load(tmp_path / "counts.latentia")
    np.testing.assert_array_equal(again.transform(SPREAD.table), binomial.transform(SPREAD.table))
    np.testing.assert_array_equal(again.trained_.dispersion, binomial.trained_.dispersion)
    assert again.trained_.scaling.typical_total == binomial.trained_.scaling.typical_total


def test_a_warm_start_goes_on_with_the_dispersions_it_had():
    model = fitted(SPREAD, "nb", max_epochs=20, warm_start=True)
    before = model.trained_.dispersion
    model.set_params(max_epochs=1, learning_rate=1e-9).fit(SPREAD.table[LEARNED])
    np.testing.assert_allclose(model.trained_.dispersion, before, rtol=1e-5)
    for other, sentence in [
        ({"loss": {"name": "nb", "size_factors": False}}, "size_factors=False cannot take the place of True"),
        ({"loss": "poisson"}, "a dispersion per column"),
        ({"loss": "mse"}, "scaling='standard' cannot take the place of 'log1p'"),
    ]:
        with pytest.raises((RecipeError, InputError), match=sentence):
            model.set_params(**other).fit(SPREAD.table[LEARNED])


def test_tied_weights_and_codes_by_chance_work_with_counts():
    for more in ({"tied": True}, {"bottleneck": "gaussian"}):
        losses = fitted(SPREAD, "nb", max_epochs=15, **more).history_["val_loss"]
        assert losses[-1] < losses[0]


def test_rows_without_counts_and_columns_without_counts_do_no_harm():
    table = PLAIN.table[LEARNED].copy()
    table[7], table[:, 3] = 0.0, 0.0
    for loss in ("poisson", "nb"):
        model = Autoencoder(2, loss=loss, **{**QUICK, "max_epochs": 10}).fit(table)
        assert np.isfinite(model.history_["loss"]).all()
        assert model.inverse_transform(model.transform(table))[:, 3].max() < 0.1
        assert np.isfinite(model.trained_.mean_loss)


def test_a_negative_count_is_refused_by_the_name_of_its_column(poisson):
    frame = pd.DataFrame(PLAIN.table[:50], columns=[f"gene {at}" for at in range(20)])
    frame.iloc[3, 2] = -1.0
    sentence = "Column 'gene 2' has -1, and counts are at least 0; correct or leave out the column"
    for refused in (
        lambda: Autoencoder(loss="poisson").fit(frame),
        lambda: Autoencoder(scaling="log1p").find_learning_rate(frame),
        lambda: latentia.analyze(frame, loss="nb"),
    ):
        with pytest.raises(InputError, match=sentence):
            refused()
    with pytest.raises(InputError, match="Column 'column 3' has -1"):
        poisson.transform(frame.to_numpy())


def test_what_are_no_counts_is_refused():
    with pytest.raises(RecipeError, match="leave it at 'auto' or set it to 'log1p'"):
        Autoencoder(loss="nb", scaling="standard").fit(PLAIN.table)
    with pytest.raises(RecipeError, match="set it to 'softplus'"):
        Autoencoder(loss="nb", output_activation="linear").fit(PLAIN.table)


def test_the_diagnosis_says_nothing_that_only_squares_would_mean(binomial, poisson):
    for model in (poisson, binomial):
        codes = {finding.code for finding in model.diagnose()}
        assert not codes & {"underfitting", "worse_than_pca", "as_good_as_pca", "output_range"}
        assert "untrained_no_better" not in codes


def test_sparse_counts_are_no_reason_to_warn_of_their_columns():
    rng = np.random.default_rng(0)
    table = rng.poisson(0.02 * rng.gamma(1.0, 1.0, size=(450, 20))).astype(float)
    model = Autoencoder(2, loss="nb", **{**QUICK, "max_epochs": 5}).fit(table)
    found = [f for f in model.diagnose() if f.code in {"nearly_constant_column", "dominating_cell"}]
    assert all("the same value in every" in finding.sentence for finding in found)
