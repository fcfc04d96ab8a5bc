"""The learning-rate sweep as a user meets it on the estimator."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_wine
from sklearn.exceptions import NotFittedError

from latentia import Autoencoder, InputError, LearningRateSweep, RecipeError
from problems import curved

WINE = load_wine(as_frame=True).data
X = curved(n_rows=90, n_columns=5)[0]


def small(**settings):
    return Autoencoder(1, hidden_layer_sizes=(8,), random_state=0, **settings)


def test_a_sweep_has_what_it_measured_and_what_it_suggests():
    sweep = Autoencoder(3, random_state=0).find_learning_rate(WINE)
    assert isinstance(sweep, LearningRateSweep)
    assert sweep.rates.shape == (len(sweep.losses),)
    assert sweep.losses.shape == sweep.smoothed.shape == (len(sweep.rates), 8)
    assert sweep.setting == sweep.suggestion
    assert sweep.rates[0] < sweep.suggestion < sweep.rates[-1]
    assert f"{sweep.suggestion:.2g}" in sweep.reason
    assert repr(sweep) == f"LearningRateSweep(suggestion={sweep.suggestion}, reason={sweep.reason!r})"


def test_nothing_is_fitted_and_no_setting_is_changed():
    model = small()
    before = model.get_params()
    model.find_learning_rate(X)
    assert model.get_params() == before
    assert not hasattr(model, "n_features_in_")
    with pytest.raises(NotFittedError):
        model.transform(X)
    fitted = small(max_epochs=2).fit(X)
    codes = fitted.transform(X)
    fitted.find_learning_rate(WINE)
    np.testing.assert_array_equal(fitted.transform(X), codes)


@pytest.mark.parametrize(
    ("learning_rate", "around"),
    [
        ("auto", None),
        (0.5, None),
        ("cosine", {"schedule": "cosine"}),
        ({"schedule": "cosine", "rate": 1.0, "final": 0.1}, {"schedule": "cosine", "final": 0.1}),
        ({"schedule": "constant", "warmup": 0.1}, {"schedule": "constant", "warmup": 0.1}),
    ],
)
def test_the_setting_is_the_schedule_with_the_suggestion_in_it(learning_rate, around):
    sweep = small(learning_rate=learning_rate).find_learning_rate(X, n_networks=3)
    expected = sweep.suggestion if around is None else {**around, "rate": sweep.suggestion}
    assert sweep.setting == expected
    small(learning_rate=sweep.setting, max_epochs=1).fit(X)


def test_no_suggestion_is_no_setting():
    sweep = small().find_learning_rate(X, lowest=1e-12, highest=1e-10, n_networks=2)
    assert sweep.suggestion is sweep.setting is None
    assert "fell at no rate" in sweep.reason


def test_the_dictionary_is_json_and_says_where_there_is_no_number():
    sweep = small(optimizer="sgd", activation="linear").find_learning_rate(X, highest=1e6, n_networks=2)
    document = json.loads(json.dumps(sweep.to_dict(), allow_nan=False))
    assert list(document) == ["suggestion", "setting", "reason", "lowest", "rates", "losses", "smoothed"]
    losses = np.array(document["losses"], dtype=float)
    np.testing.assert_array_equal(losses, np.where(np.isfinite(sweep.losses), sweep.losses, np.nan))
    assert document["smoothed"][-1] == [None, None]


def test_frames_and_arrays_give_the_same():
    one, other = (small().find_learning_rate(rows, n_networks=2) for rows in (WINE, WINE.to_numpy()))
    np.testing.assert_array_equal(one.losses, other.losses)


def test_what_a_fit_refuses_a_sweep_refuses():
    with pytest.raises(InputError, match="'kind'"):
        small().find_learning_rate(pd.DataFrame({"size": [1.0, 2.0, 3.0], "kind": [1j, 2.0, 3.0]}))
    with pytest.raises(RecipeError, match="rellu"):
        small(activation="rellu").find_learning_rate(X)
    with pytest.raises(InputError, match="needs more than"):
        Autoencoder(5).find_learning_rate(X[:4])


def test_progress_is_told_and_verbose_speaks(capsys):
    small(verbose=True).find_learning_rate(X, n_networks=1)
    assert "Sweeping: learning rates from 1e-06 to 10" in capsys.readouterr().err
