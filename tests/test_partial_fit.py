"""Fitting a pass at a time: the same model as in one go, and nothing that grows."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from latentia import Autoencoder, RecipeError, load
from latentia.training.program import advance
from problems import curved

X = curved(n_rows=90, n_columns=5)[0]
SMALL = {"hidden_layer_sizes": (8,), "learning_rate": 5e-3, "batch_size": 16, "random_state": 3}


def weights(model):
    return [np.asarray(leaf).tobytes() for leaf in model.encoder_weights_], model.transform(X).tobytes()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"dropout": 0.2, "n_seeds": 3, "penalty": "l1_codes"},
        {"optimizer": {"name": "sgd", "momentum": 0.9, "clip": 1.0}},
        {"bottleneck": {"name": "gaussian", "warmup": 0.0}},
        {"loss": "poisson", "scaling": "log1p"},
    ],
    ids=["default", "chance", "momentum", "variational", "counts"],
)
def test_passes_over_a_table_are_one_fit_of_as_many_epochs(settings):
    table = np.round(np.exp(X)) if "loss" in settings else X
    ae = Autoencoder(**{**SMALL, **settings})
    for _ in range(4):
        assert ae.partial_fit(table) is ae
    whole = Autoencoder(**{**SMALL, **settings}, max_epochs=4, validation_fraction=0.0, patience=None).fit(
        table
    )
    assert ae.transform(table).tobytes() == whole.transform(table).tobytes()
    np.testing.assert_array_equal(ae.history_["loss"], whole.history_["loss"])
    assert ae.history_["epoch"].tolist() == [1, 2, 3, 4]


def test_blocks_of_other_lengths_are_learned_from():
    rng = np.random.default_rng(0)
    ae = Autoencoder(2, **SMALL).partial_fit(X[:40])
    before, scaling = ae.score(X), ae.trained_.scaling
    for _ in range(60):
        ae.partial_fit(X[rng.permutation(90)[: rng.integers(1, 60)]])
    assert ae.score(X) > max(before + 0.2, 0.6)
    assert ae.trained_.scaling is scaling
    assert len(ae.history_["loss"]) == 61
    assert ae.recipe_.batch_size <= 16


def test_blocks_of_nearly_the_same_length_share_a_program():
    ae = Autoencoder(2, **{**SMALL, "hidden_layer_sizes": (6,)}).partial_fit(X[:64])
    before = advance._cache_size()
    for length in (62, 63, 61, 64):
        ae.partial_fit(X[:length])
    assert advance._cache_size() == before


def test_what_is_kept_between_calls_does_not_grow_with_the_steps():
    ae = Autoencoder(2, **SMALL)
    sizes = []
    for _ in range(6):
        ae.partial_fit(X)
        sizes.append(sum(array.nbytes for array in ae._passes.latest.arrays.values()))
    assert sizes[-1] - sizes[0] <= 5 * 10 * 8  # a few numbers for each epoch


def test_rates_may_be_lowered_between_calls():
    ae, other = (Autoencoder(2, **SMALL).partial_fit(X) for _ in range(2))
    ae.set_params(learning_rate=1e-6).partial_fit(X)
    other.partial_fit(X)
    start = Autoencoder(2, **SMALL).partial_fit(X)

    def moved(model):
        return np.abs(model.encoder_weights_ - start.encoder_weights_).max()

    assert moved(ae) < 1e-3 < moved(other)


def test_a_model_goes_on_after_a_pickle_as_if_nothing_had_happened():
    one = Autoencoder(2, **SMALL).partial_fit(X)
    other = pickle.loads(pickle.dumps(one))  # noqa: S301 - our own
    assert one.partial_fit(X).transform(X).tobytes() == other.partial_fit(X).transform(X).tobytes()


def test_it_goes_on_from_a_fit_and_from_a_file(tmp_path):
    fitted = Autoencoder(2, **SMALL, max_epochs=40).fit(X)
    score = fitted.score(X)
    fitted.save(tmp_path / "model.latentia")
    for model in (fitted, load(tmp_path / "model.latentia")):
        model.set_params(learning_rate=1e-4).partial_fit(X)
        assert model.score(X) > score - 0.05
        assert len(model.history_["loss"]) == 1
    assert fitted.diagnose()


def test_a_fit_starts_afresh():
    ae = Autoencoder(2, **SMALL, max_epochs=3).partial_fit(X)
    again = Autoencoder(2, **SMALL, max_epochs=3).fit(X)
    assert ae.fit(X).transform(X).tobytes() == again.transform(X).tobytes()
    assert ae._passes is None


def test_rows_can_be_weighted():
    weight = np.r_[np.ones(45), np.zeros(45)]
    one = Autoencoder(2, **SMALL).partial_fit(X, sample_weight=weight)
    changed = np.r_[X[:45], 3 * X[45:]]
    other = Autoencoder(2, **SMALL).partial_fit(changed, sample_weight=weight)
    np.testing.assert_array_equal(one.transform(X), other.transform(X))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"learning_rate": "cosine"}, "learning_rate='cosine' is a schedule over all steps"),
        ({"learning_rate": {"schedule": "constant", "warmup": 0.1}}, "is a schedule over all steps"),
        ({"optimizer": {"name": "adam", "averaging": 0.1}}, "averaging=0.1 is a share of all steps"),
    ],
)
def test_what_needs_an_end_is_refused(settings, told):
    with pytest.raises(RecipeError, match=told):
        Autoencoder(**{**SMALL, **settings}).partial_fit(X)


def test_other_columns_and_another_optimiser_are_refused_and_nothing_is_lost():
    ae = Autoencoder(2, **SMALL).partial_fit(X)
    codes = ae.transform(X)
    with pytest.raises(ValueError, match=r"4 columns|4 features"):
        ae.partial_fit(X[:, :4])
    with pytest.raises(RecipeError, match="The optimiser has changed"):
        ae.set_params(optimizer="sgd").partial_fit(X)
    np.testing.assert_array_equal(ae.transform(X), codes)
