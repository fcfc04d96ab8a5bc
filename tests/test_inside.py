"""New rows like those of a fit are inside, others are not, and a file or a command says the same."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import latentia
from latentia import Autoencoder, InputError
from latentia.cli import app
from latentia.modelfiles.container import read_container, write_container
from latentia.passing import encode_table

SMALL = {"n_components": 3, "hidden_layer_sizes": (16,), "max_epochs": 60}
LINEAR = {"n_components": 3, "hidden_layer_sizes": (), "activation": "linear", "max_epochs": 100}
MIXED = np.random.default_rng(99).normal(size=(3, 8))


def rows(n_rows=1000, seed=0):
    """Return rows of three hidden variables and noise, always of the same kind."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_rows, 3)) @ MIXED + 0.3 * rng.normal(size=(n_rows, 8))


@pytest.fixture(scope="module")
def model():
    return Autoencoder(**SMALL, random_state=0).fit(rows())


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_about_one_row_in_a_hundred_of_the_same_kind_is_outside():
    new, outside = rows(4000, seed=1), []
    for seed in range(6):
        fitted = Autoencoder(**SMALL, random_state=seed).fit(rows(seed=100 + seed))
        outside.append(1 - fitted.inside(new).mean())
    # Each of two limits is the largest of 200 held-out rows, whose level is 1/201 on average, or wider.
    assert 0.002 < np.mean(outside) < 0.02
    assert max(outside) < 0.04


@pytest.mark.parametrize(
    "change",
    [
        lambda X: X + 5,
        lambda X: 4 * X,
        lambda X: np.random.default_rng(3).permuted(X, axis=0),  # every column by itself
        lambda X: X[:, ::-1],
    ],
    ids=["shifted", "scaled", "shuffled", "swapped"],
)
def test_rows_of_another_kind_are_mostly_outside(model, change):
    assert model.inside(change(rows(500, seed=2))).mean() < 0.2


def test_a_far_row_that_is_reconstructed_well_is_outside():
    linear = Autoencoder(**LINEAR, random_state=0).fit(rows())
    far = linear.inverse_transform(np.array([[200.0, 0.0, 0.0], [0.5, 0.5, 0.5]]))
    errors = -linear.score_samples(far)
    assert errors[0] < linear.trained_.bounds.residual
    assert linear.inside(far).tolist() == [False, True]


def test_a_row_that_no_code_can_hold_is_outside():
    linear = Autoencoder(**LINEAR, random_state=0).fit(rows())
    off = np.linalg.svd(MIXED)[2][-1]  # at a right angle to what the columns share
    assert linear.inside(np.array([np.zeros(8), 6 * off])).tolist() == [True, False]
    assert np.abs(linear.transform([6 * off])).max() < linear.trained_.bounds.distance


def test_rows_too_far_to_encode_and_rows_without_a_cell_are_outside(model):
    assert model.inside(np.array([np.full(8, 1e30), np.full(8, np.nan), np.zeros(8)])).tolist() == [
        False,
        False,
        True,
    ]


def test_a_missing_cell_does_not_put_a_row_outside():
    holed = rows(seed=4)
    holed[np.random.default_rng(0).random(holed.shape) < 0.1] = np.nan
    fitted = Autoencoder(**SMALL, random_state=0).fit(holed)
    new = rows(1000, seed=5)
    new[:, 0] = np.nan
    assert fitted.inside(new).mean() > 0.95


def test_a_saved_model_and_a_pickled_one_say_the_same(model, tmp_path):
    new = np.concatenate([rows(300, seed=6), 2 * rows(300, seed=7)])
    expected = model.inside(new)
    assert 0 < expected.mean() < 1
    model.save(tmp_path / "m.latentia")
    assert np.array_equal(latentia.load(tmp_path / "m.latentia").inside(new), expected)
    assert np.array_equal(pickle.loads(pickle.dumps(model)).inside(new), expected)  # noqa: S301 - our own


def test_rows_alone_are_judged_as_among_others(model):
    new = np.concatenate([rows(30, seed=6), 2 * rows(30, seed=7)])
    alone = np.concatenate([model.inside(row[None]) for row in new])
    assert np.array_equal(alone, model.inside(new))


def test_a_file_of_an_earlier_version_loads_and_says_that_nothing_is_known(model, tmp_path):
    model.save(tmp_path / "new.latentia")
    manifest, arrays = read_container(tmp_path / "new.latentia")
    del manifest["bounds"]
    kept = {name: array for name, array in arrays.items() if not name.startswith("bounds/")}
    write_container(tmp_path / "old.latentia", manifest, kept)
    old = latentia.load(tmp_path / "old.latentia")
    assert np.array_equal(old.transform(rows(5)), model.transform(rows(5)))
    with pytest.raises(InputError, match="its file is of an earlier version; fit again"):
        old.inside(rows(5))
    np.save(tmp_path / "new.npy", rows(20))
    done = run("encode", tmp_path / "old.latentia", tmp_path / "new.npy", "-o", tmp_path / "z.csv", "--json")
    assert json.loads(done.stdout)["outside"] is None


@pytest.mark.parametrize(
    ("n_rows", "settings", "sentence"),
    [(100, {"validation_fraction": 0}, "no rows were held out"), (15, {}, "3 rows were held out")],
)
def test_without_held_out_rows_nothing_is_said(n_rows, settings, sentence):
    fitted = Autoencoder(**SMALL, **settings, random_state=0).fit(rows(n_rows))
    with pytest.raises(InputError, match=sentence):
        fitted.inside(rows(5))


def test_a_pass_of_partial_fit_forgets_what_the_fit_before_it_knew():
    fitted = Autoencoder(**{**SMALL, "max_epochs": 3, "learning_rate": 1e-3}, random_state=0).fit(rows(100))
    assert fitted.inside(rows(5)).shape == (5,)
    with pytest.raises(InputError, match="no rows were held out"):
        fitted.partial_fit(rows(100)).inside(rows(5))


def frame(values):
    return pd.DataFrame(values, columns=[f"x{at}" for at in range(8)])


def test_a_fit_from_disk_and_rows_on_disk_are_judged_the_same_way(tmp_path):
    frame(rows()).to_parquet(tmp_path / "rows.parquet")
    fitted = Autoencoder(**SMALL, random_state=0).fit(latentia.scan_table(tmp_path / "rows.parquet"))
    mixed = frame(np.concatenate([rows(500, seed=8), 10 + rows(500, seed=9)]))
    mixed.to_parquet(tmp_path / "new.parquet")
    found = fitted.inside(latentia.scan_table(tmp_path / "new.parquet"))
    assert np.array_equal(found, fitted.inside(mixed))
    assert found[:500].mean() > 0.9
    assert not found[500:].any()


def test_categories_are_judged_as_the_networks_see_them():
    mixed = frame(rows(400)).assign(kind=np.where(rows(400)[:, 0] > 0, "high", "low"))
    fitted = Autoencoder(**SMALL, random_state=0).fit(mixed)
    assert fitted.inside(mixed).mean() > 0.9
    assert not fitted.inside(mixed.assign(x0=mixed.x0 + 50)).any()


def test_a_grid_of_fits_knows_its_bounds():
    model = Autoencoder(**{**SMALL, "max_epochs": 3}, random_state=0)
    grid = model.fit_grid(rows(200), {"learning_rate": [1e-3, 1e-2]})
    assert all(one.inside(rows(50)).mean() > 0.8 for one in grid.models)


def test_encode_counts_the_rows_outside_and_flags_them_if_asked(tmp_path):
    named = Autoencoder(**SMALL, random_state=0).fit(frame(rows()))
    named.save(tmp_path / "m.latentia")
    new = frame(np.concatenate([np.zeros((3, 8)), 50 + rows(2)]))
    new.to_csv(tmp_path / "new.csv", index=False)
    plain = run("encode", tmp_path / "m.latentia", tmp_path / "new.csv", "-o", tmp_path / "z.csv", "--json")
    assert json.loads(plain.stdout)["outside"] == 2
    assert "2 rows lie outside of what the model has learned from" in plain.stderr
    assert "--flag writes which" in plain.stderr
    assert "inside" not in pd.read_csv(tmp_path / "z.csv").columns
    flagged = run("encode", tmp_path / "m.latentia", tmp_path / "new.csv", "-o", tmp_path / "z.csv", "--flag")
    assert flagged.exit_code == 0
    assert pd.read_csv(tmp_path / "z.csv")["inside"].tolist() == [True, True, True, False, False]
    assert list(pd.read_csv(tmp_path / "z.csv").columns)[-1] == "inside"


def test_encode_says_nothing_where_all_rows_are_inside(tmp_path):
    Autoencoder(**SMALL, random_state=0).fit(frame(rows())).save(tmp_path / "m.latentia")
    frame(np.zeros((1, 8))).to_csv(tmp_path / "new.csv", index=False)
    done = run("encode", tmp_path / "m.latentia", tmp_path / "new.csv", "-o", tmp_path / "z.csv", "--json")
    assert json.loads(done.stdout)["outside"] == 0
    assert "outside" not in done.stderr


def test_flags_that_cannot_be_are_refused_before_a_file_is_written(tmp_path):
    unknown = Autoencoder(**SMALL, validation_fraction=0, random_state=0).fit(frame(rows(50)))
    unknown.save(tmp_path / "m.latentia")
    frame(rows(5)).to_csv(tmp_path / "new.csv", index=False)
    with pytest.raises(InputError, match="no rows were held out"):
        encode_table(unknown, tmp_path / "new.csv", tmp_path / "z.csv", flag=True)
    assert not (tmp_path / "z.csv").exists()
