"""Tables at the edge of having no rows or no columns: what is documented of them is so."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_wine

from latentia import Autoencoder, InputError
from problems import linear

X = load_wine().data
BRIEF = {"hidden_layer_sizes": (16,), "max_epochs": 8, "corruption": None, "random_state": 0}


def brief(n_components, **settings):
    return Autoencoder(n_components, **{**BRIEF, **settings})


def codes_found(model):
    return {finding.code for finding in model.diagnose()}


@pytest.mark.parametrize(("n_rows", "held_out"), [(2, 0), (4, 0), (5, 1), (31, 6), (33, 7)])
def test_few_rows(n_rows, held_out):
    table = linear(n_rows=n_rows, n_columns=4, rank=1, noise=0.1)[0]
    model = brief(1).fit(table)
    assert len(model.trained_.split.held_out) == held_out
    assert np.isfinite(model.transform(table)).all()
    losses = model.history_["val_loss"]
    assert np.isfinite(losses).all() == (held_out > 0)
    # Without held-out rows there is no best epoch but the last.
    assert model.best_epoch_ == (losses.argmin() + 1 if held_out else 8)
    assert {"few_held_out_rows", "fewer_rows_than_parameters"} <= codes_found(model)


def test_one_column():
    table = X[:, :1]
    model = brief(1, max_epochs=150).fit(table)
    assert model.score(table) > 0.98
    assert abs(np.corrcoef(model.transform(table)[:, 0], table[:, 0])[0, 1]) > 0.98


def test_as_many_components_as_columns():
    assert brief(2).fit(X[:, :2]).transform(X[:, :2]).shape == (178, 2)


def test_more_columns_than_rows():
    table = linear(n_rows=12, n_columns=300, rank=2)[0]
    settings = {"activation": "linear", "max_epochs": 400, "learning_rate": 1e-2, "validation_fraction": 0}
    assert Autoencoder(2, **{**BRIEF, **settings}).fit(table).score(table) > 0.99


def test_a_constant_column_is_allowed_and_named():
    table = np.c_[X[:, :3], np.full(178, 7.0)]
    model = brief(2, max_epochs=60).fit(table)
    made = model.inverse_transform(model.transform(table))
    np.testing.assert_allclose(made[:, 3], 7.0, atol=0.5)
    found = [one for one in model.diagnose() if one.code == "nearly_constant_column"]
    assert found[0].evidence["columns"] == ["column 4"]


@pytest.mark.parametrize(
    ("n_components", "table", "sentence"),
    [
        (3, X[:, :2], r"n_components=3 .*n_features=2.*choose at most 2"),
        (3, X[:3], r"n_components=3 .*n_samples=3.*choose at most 2"),
        (1, X[:1], r"1 sample\(s\)|only 1 row"),
        (1, np.ones((9, 3)), "All 9 rows of X are the same"),
        (1, X[:, 0], "Reshape your data"),
    ],
)
def test_tables_that_cannot_be_trained_on(n_components, table, sentence):
    with pytest.raises(InputError, match=sentence):
        brief(n_components).fit(table)
