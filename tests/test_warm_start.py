"""Going on from an earlier fit: what is kept, what is remembered, and what is said about the judge."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.datasets import load_wine

from latentia import Autoencoder, InputError, LatentiaWarning, RecipeError

X = load_wine().data


def warm(**settings):
    brief = {"hidden_layer_sizes": (16,), "max_epochs": 8, "corruption": None, "random_state": 0}
    return Autoencoder(2, **{**brief, "warm_start": True, **settings})


def codes_found(model):
    return {finding.code for finding in model.diagnose()}


def test_it_goes_on_and_a_fresh_start_does_not():
    model = warm(max_epochs=20).fit(X)
    first = model.history_["loss"]
    assert not model.trained_.warm_started
    model.fit(X)
    assert model.trained_.warm_started
    assert model.history_["loss"][0] < first[-1] < first[0]
    fresh = model.set_params(warm_start=False).fit(X)
    assert not fresh.trained_.warm_started
    np.testing.assert_array_equal(fresh.history_["loss"], first)


def test_rows_that_were_learned_from_and_now_judge_are_called_out():
    model = warm().fit(X)
    assert "validation_rows_seen" not in codes_found(model)
    # The same seed holds out the same rows.
    assert "validation_rows_seen" not in codes_found(model.fit(X))
    seen = set(model.trained_.split.training)
    model.set_params(random_state=1).fit(X)
    finding = model.diagnose()[0]
    assert finding.code == "validation_rows_seen"
    assert finding.evidence["n_seen"] == len(seen & set(model.trained_.split.held_out)) > 20
    assert "validation_rows_seen" not in codes_found(model.set_params(warm_start=False).fit(X))


def test_what_an_earlier_fit_has_seen_is_not_forgotten_after_another():
    model = warm().fit(X[:100])
    model.fit(X[100:])
    assert model.trained_.validation_rows_seen == 0
    model.set_params(random_state=1).fit(X[:100])
    assert model.trained_.validation_rows_seen > 0


def test_the_scaling_stays():
    model = warm().fit(X)
    scaling = model.trained_.scaling
    assert model.fit(X[:60]).trained_.scaling is scaling
    with pytest.raises(RecipeError, match=r"scaling='robust' .*'standard' in a warm start"):
        model.set_params(scaling="robust").fit(X)


def test_another_network_is_refused():
    model = warm().fit(X)
    with pytest.raises(InputError, match=r"13-16-2-16-13.*warm_start=False"):
        model.set_params(hidden_layer_sizes=(8,)).fit(X)


def test_other_columns_are_refused_and_change_nothing():
    frame = load_wine(as_frame=True).data
    model = warm().fit(frame)
    before = model.transform(frame)
    for other in (frame.iloc[:, ::-1], frame.iloc[:, :5], frame.rename(columns=str.upper)):
        with pytest.raises(InputError, match="feature"):
            model.fit(other)
    np.testing.assert_array_equal(model.transform(frame), before)


def test_a_model_without_its_old_rows_says_what_it_cannot_know():
    model = pickle.loads(pickle.dumps(warm().fit(X)))  # noqa: S301 - our own bytes
    with pytest.warns(LatentiaWarning, match="loaded or unpickled without the rows"):
        model.fit(X)
