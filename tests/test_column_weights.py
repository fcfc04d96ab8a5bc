"""Columns that count more in the loss are reconstructed better, through every door."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from typer.testing import CliRunner

import latentia
from latentia import Autoencoder, InputError
from latentia.cli import app
from latentia.insight.quality import quality

RNG = np.random.default_rng(0)
N = 200
HUE = np.array(["red", "green", "blue"])[RNG.integers(3, size=N)]
FRAME = pd.DataFrame({"first": RNG.normal(size=N), "second": RNG.normal(size=N), "hue": HUE})
BRIEF = {"hidden_layer_sizes": (16,), "max_epochs": 40, "corruption": None, "random_state": 0}


def fitted(frame=FRAME, **settings):
    return Autoencoder(1, **BRIEF, **settings).fit(frame)


def r2_of_each(model):
    trained = model.trained_
    values = trained.schema.expand(np.column_stack([FRAME["first"], FRAME["second"], codes(trained)]))
    scaled = trained.scale(values)
    made = trained.reconstruct_scaled(scaled)
    return quality(scaled, made, center=trained.center, rows="training").r2_per_column


def codes(trained):
    return [trained.schema.columns[2].categories.index(hue) for hue in HUE]


@pytest.mark.parametrize(("name", "at"), [("first", 0), ("second", 1), ("hue", 2)])
def test_a_column_that_counts_more_is_reconstructed_better(name, at):
    """Independent columns compete for a single component: what counts most gets it."""
    usual, heavy = fitted(), fitted(column_weights={name: 20})
    assert r2_of_each(heavy)[at] > max(0.5, r2_of_each(usual)[at])
    assert clone(heavy).get_params()["column_weights"] == {name: 20}


def test_weights_of_one_change_nothing():
    plain, ones = fitted(), fitted(column_weights={"first": 2, "*": 2})
    np.testing.assert_array_equal(plain.transform(FRAME), ones.transform(FRAME))
    np.testing.assert_array_equal(plain.history_["val_loss"], ones.history_["val_loss"])
    assert plain.trained_.mean_loss == ones.trained_.mean_loss


@pytest.mark.parametrize("gaps", [False, True])
def test_a_column_of_weight_0_is_seen_but_not_learned(gaps):
    frame = FRAME.copy()
    frame["copy"] = frame["second"]
    if gaps:
        frame.loc[::9, "second"] = np.nan
    model = fitted(frame, column_weights={"first": 0, "hue": 0, "copy": 0})
    other = frame.assign(first=frame["first"] + 1.0)
    assert (model.transform(frame) != model.transform(other)).any()
    # Only "second" costs anything: the loss falls far below what the mean of that column costs.
    assert model.trained_.mean_loss == pytest.approx(1.0, abs=0.02)
    assert model.history_["val_loss"].min() < 0.1


def test_columns_of_arrays_are_named_by_position(tmp_path):
    rows = FRAME[["first", "second"]].to_numpy()
    model = Autoencoder(1, **BRIEF, column_weights={"column 2": 9}).fit(rows)
    model.save(tmp_path / "m.latentia")
    again = latentia.load(tmp_path / "m.latentia")
    assert again.recipe_ == model.recipe_
    assert again.column_weights == {"column 2": 9}
    with pytest.raises(InputError, match="There is no column 'second' to weigh"):
        Autoencoder(1, **BRIEF, column_weights={"second": 9}).fit(rows)


def test_columns_of_frames_of_numbers_have_their_names():
    frame = FRAME[["first", "second"]]
    one = Autoencoder(1, **BRIEF, column_weights={"second": 9}).fit(frame)
    other = Autoencoder(1, **BRIEF, column_weights={"column 2": 9}).fit(frame.to_numpy())
    np.testing.assert_array_equal(one.transform(frame), other.transform(frame.to_numpy()))
    with pytest.raises(
        InputError, match="There is no column 'sekond' to weigh; the nearest name is 'second'"
    ):
        Autoencoder(1, **BRIEF, column_weights={"sekond": 9}).fit(frame)


def test_members_of_a_grid_share_the_weights_and_partial_fit_uses_them():
    heavy = {"first": 20}
    fitted_grid = Autoencoder(1, **BRIEF, column_weights=heavy).fit_grid(
        FRAME, {"learning_rate": [3e-3, 1e-3]}
    )
    alone = fitted(column_weights=heavy, learning_rate=3e-3)
    np.testing.assert_allclose(
        fitted_grid.models[0].history_["val_loss"], alone.history_["val_loss"], rtol=1e-3
    )
    stepped = Autoencoder(1, **BRIEF, column_weights=heavy).partial_fit(FRAME)
    plain = Autoencoder(1, **BRIEF).partial_fit(FRAME)
    assert stepped.history_["loss"][0] != plain.history_["loss"][0]


def test_an_analysis_weighs_columns_too():
    brief = {"hidden_layer_sizes": (), "max_epochs": 5, "preset": "fast"}
    found = latentia.analyze(FRAME, n_components=1, n_seeds=1, column_weights={"hue": 9}, **brief)
    assert found.to_dict()["model"]["recipe"]["column_weights"] == {"hue": 9.0}
    assert "column_weights={'hue': 9}" in found.study.command
    assert not {finding.code for finding in found.findings} & {"worse_than_pca", "as_good_as_pca"}
    with pytest.raises(InputError, match="There is no column 'hew' to weigh; the nearest name is 'hue'"):
        latentia.analyze(FRAME, n_components=1, n_seeds=1, column_weights={"hew": 9}, **brief)


def test_the_command_line_takes_them(tmp_path):
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    words = [
        "fit",
        str(tmp_path / "t.csv"),
        "-o",
        str(tmp_path / "m.latentia"),
        "--max-epochs",
        "2",
        "--json",
    ]
    done = CliRunner().invoke(app, [*words, "--set", 'column_weights={"hue": 3}'])
    assert done.exit_code == 0, done.stderr
    assert latentia.load(tmp_path / "m.latentia").column_weights == {"hue": 3.0}
    done = CliRunner().invoke(app, [*words, "--set", 'column_weights={"hew": 3}'])
    assert done.exit_code == 2
    assert "There is no column 'hew' to weigh; the nearest name is 'hue'" in " ".join(done.stderr.split())
