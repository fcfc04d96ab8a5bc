"""A grid of settings in one program: each point is the fit it would be by itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_wine

from latentia import Autoencoder, InputError, RecipeError, load
from latentia.training.endings import Ending
from latentia.training.program import advance
from problems import curved, linear

X = curved(n_rows=90, n_columns=5)[0]
SMALL = {"hidden_layer_sizes": (8,), "batch_size": 16, "max_epochs": 8, "random_state": 3}
NUMBERS = {
    "learning_rate": [2e-3, {"schedule": "constant", "rate": 0.02, "warmup": 0.2}],
    "penalty": [None, {"l1_codes": 1e-2}, {"l2_weights": 1e-2}],
    "corruption": [None, {"gaussian": 0.4}],
    "dropout": [0.0, 0.2],
    "optimizer": [{"name": "adamw", "weight_decay": 0.3}, {"name": "adamw", "clip": 0.01}],
    "patience": [1, None],
}


@pytest.mark.parametrize("name", NUMBERS)
def test_every_point_is_the_fit_it_would_be_by_itself(name):
    ae = Autoencoder(**{**SMALL, "n_seeds": 2, "corruption": None})
    if name == "patience":
        ae.set_params(learning_rate=0.05, max_epochs=30)  # so that the loss rises now and then
    fitted = ae.fit_grid(X, {name: NUMBERS[name]})
    assert [point[name] for point in fitted.settings] == NUMBERS[name]
    for model, value in zip(fitted.models, NUMBERS[name], strict=True):
        alone = clone(ae).set_params(**{name: value}).fit(X)
        assert model.recipe_ == alone.recipe_
        assert (model.ending_, model.best_epoch_) == (alone.ending_, alone.best_epoch_)
        np.testing.assert_allclose(model.history_["val_loss"], alone.history_["val_loss"], rtol=1e-4)
        np.testing.assert_allclose(model.transform(X), alone.transform(X), rtol=1e-2, atol=1e-3)
    # The points are different fits.
    lengths = [tuple(model.trained_.outcome.epochs_run) for model in fitted.models]
    told = {(round(float(loss), 5), run) for loss, run in zip(fitted.losses[:, 0], lengths, strict=True)}
    assert len(told) == len(NUMBERS[name])


def test_points_begin_alike_and_starts_apart():
    fitted = Autoencoder(**{**SMALL, "n_seeds": 2, "max_epochs": 0}).fit_grid(
        X, {"learning_rate": [1e-3, 1e-1]}
    )
    one, other = (model.trained_.outcome.networks.encoder[0].weight for model in fitted.models)
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one[0], one[1])


def test_all_points_train_in_one_program():
    settings = {**SMALL, "hidden_layer_sizes": (7,), "n_seeds": 3}
    before = advance._cache_size()
    fitted = Autoencoder(**settings).fit_grid(
        X, {"n_components": [1, 2], "learning_rate": [1e-3, 1e-2, 2e-2]}
    )
    assert advance._cache_size() == before + 1
    assert fitted.losses.shape == (6, 3)


def test_narrow_codes_are_masked_wide_ones_and_come_out_narrow(tmp_path):
    fitted = Autoencoder(**{**SMALL, "max_epochs": 40}).fit_grid(X, {"n_components": [3, 1, 2]})
    assert [model.transform(X).shape[1] for model in fitted.models] == [3, 1, 2]
    for model, losses in zip(fitted.models, fitted.losses, strict=True):
        trained = model.trained_
        scaled = trained.scale(X[trained.split.held_out])
        error = np.square(trained.reconstruct_scaled(scaled) - scaled).mean()
        assert error == pytest.approx(losses[0], rel=1e-4)
        assert model.recipe_.n_components == trained.network.architecture.n_components
    fitted.models[1].save(tmp_path / "one.latentia")
    np.testing.assert_array_equal(load(tmp_path / "one.latentia").transform(X), fitted.models[1].transform(X))


def test_linear_networks_of_every_size_are_as_good_as_pca():
    table = linear(n_rows=200, n_columns=6, rank=3, noise=0.3)[0]
    ae = Autoencoder(
        hidden_layer_sizes=(), activation="linear", corruption=None, max_epochs=300, patience=None,
        optimizer="adam", learning_rate={"schedule": "cosine", "rate": 2e-2}, batch_size=32, random_state=0,
    )  # fmt: skip
    fitted = ae.fit_grid(table, {"n_components": [1, 2, 3, 4]})
    np.testing.assert_allclose(fitted.r2[:, 0], fitted.r2_pca, atol=0.01)
    assert fitted.r2_pca[2] > 0.85 > fitted.r2_pca[1]


@pytest.mark.parametrize("bottleneck", ["gaussian", "ordered", "sigmoid"])
def test_other_codes_can_be_narrowed_too(bottleneck):
    ae = Autoencoder(**{**SMALL, "max_epochs": 30}, bottleneck=bottleneck, tied=True)
    fitted = ae.fit_grid(X, {"n_components": [1, 3]})
    narrow = fitted.models[0].trained_
    scaled = narrow.scale(X[narrow.split.held_out])
    error = np.square(narrow.reconstruct_scaled(scaled) - scaled).mean()
    assert error == pytest.approx(fitted.losses[0, 0], rel=1e-4)
    if bottleneck == "gaussian":
        assert narrow.divergences.shape == (1,)


def test_the_best_point_has_the_lowest_loss_and_a_diverged_one_never_wins():
    ae = Autoencoder(**{**SMALL, "optimizer": "sgd", "corruption": None, "n_seeds": 2})
    with pytest.warns(match="learning rate"):
        fitted = ae.fit_grid(X, {"learning_rate": [1e9, 1e-4, 3e-2]})
    assert np.isnan(fitted.losses[0]).all()
    assert set(fitted.models[0].trained_.outcome.endings) == {Ending.DIVERGED}
    assert fitted.best == 2
    assert fitted.best_model is fitted.models[2]
    assert "3 points, 2 starts each; best: {'learning_rate': 0.03}" in repr(fitted)
    frame = pd.DataFrame(fitted.rows)
    assert list(frame.columns) == ["learning_rate", "loss", "loss_std", "r2", "r2_std", "r2_pca"]
    assert frame["loss"][2] == pytest.approx(fitted.losses[2].mean())


def test_names_of_columns_and_what_is_said_about_rows_are_kept():
    table = load_wine(as_frame=True).data
    groups = np.arange(len(table)) // 4
    ae = Autoencoder(hidden_layer_sizes=(8,), max_epochs=3, random_state=0)
    fitted = ae.fit_grid(table, {"n_components": [1, 2]}, groups=groups, sample_weight=np.ones(len(table)))
    model = fitted.models[0]
    assert list(model.feature_names_in_) == list(table.columns)
    held_out = set(groups[model.trained_.split.held_out])
    assert not held_out & set(groups[model.trained_.split.training])
    assert model.diagnose()
    assert not hasattr(ae, "trained_")
    own = ae.fit_grid(table[:100], {"n_components": [1, 2]}, validation=table[100:])
    assert len(own.models[0].trained_.split.held_out) == 78


@pytest.mark.parametrize(
    ("grid", "told"),
    [
        ({"activation": ["relu", "tanh"]}, "activation='relu' and activation='tanh' cannot train in one"),
        ({"max_epochs": [3, 5]}, "max_epochs=3 and max_epochs=5 cannot"),
        ({"learning_rate": ["cosine", "constant"]}, "learning_rate=.* cannot train in one program"),
        ({"corruption": [{"gaussian": 0.1}, {"masking": 0.1}]}, "corruption=.* cannot train in one program"),
        (
            {"bottleneck": [{"name": "topk", "active": 1}, {"name": "topk", "active": 2}]},
            "bottleneck=.* cannot train in one program",
        ),
        ({"n_seeds": [1, 2]}, "'n_seeds' belongs to the whole grid"),
        ({"n_components": [0]}, "n_components=0 must be"),
        ({"n_component": [1]}, "'n_component' is not a setting; did you mean 'n_components'"),
        (3, "The grid cannot be read"),
        ({"n_components": 3}, "The grid cannot be read"),
        (
            {"learning_rate": [{"schedule": "step", "at": 0.5}, {"schedule": "step", "at": (0.2, 0.4)}]},
            "drops a different number of times",
        ),
    ],
)
def test_what_cannot_be_a_grid_is_refused_in_one_sentence(grid, told):
    with pytest.raises(RecipeError, match=told) as caught:
        Autoencoder(**SMALL).fit_grid(X, grid)
    assert "\n" not in str(caught.value)


def test_points_need_rows_to_be_judged_by():
    with pytest.raises(RecipeError, match="validation_fraction=0 leaves no rows"):
        Autoencoder(validation_fraction=0.0).fit_grid(X, {"n_components": [1, 2]})
    with pytest.raises(InputError, match="n_components=6 is more than the table's columns"):
        Autoencoder(**SMALL).fit_grid(X, {"n_components": [2, 6]})
