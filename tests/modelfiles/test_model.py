"""A model as a file: all of it comes back, none of the table is in it, and nothing else is loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import optax
import pandas as pd
import pytest

import latentia
from latentia import Autoencoder
from latentia.errors import InputError, LatentiaWarning, ModelFileError
from latentia.modelfiles import container
from latentia.modelfiles import manifest as manifest_of
from latentia.modelfiles.container import read_container, write_container
from latentia.modelfiles.model import load_model, save_model
from latentia.tables.scaling import Scaling
from latentia.training.fingerprint import digest, threads
from problems import curved

ROWS = curved(n_rows=60, n_columns=5)[0]
FRAME = pd.DataFrame(ROWS, columns=["a", "b [g]", "größe", "d", "e"])
SMALL = {"hidden_layer_sizes": (6,), "max_epochs": 4, "random_state": 3}
VARIANTS = {
    "plain": {},
    "seeds": {"n_seeds": 3, "n_components": 3},
    "linear": {
        "hidden_layer_sizes": (),
        "activation": "linear",
        "corruption": None,
        "validation_fraction": 0,
    },
    "quantile": {"scaling": "quantile", "penalty": {"l1_codes": 1e-3, "l2_weights": 1e-4}},
    "sgd": {
        "optimizer": {"name": "sgd", "momentum": 0.5, "nesterov": True},
        "learning_rate": {"schedule": "constant", "rate": 1e-3},
        "scaling": None,
        "dropout": 0.1,
        "loss": "huber",
    },
}


def fitted(rows=FRAME, **settings):
    return Autoencoder(**{**SMALL, **settings}).fit(rows)


@pytest.fixture(scope="module")
def model():
    return fitted(n_seeds=2)


@pytest.fixture
def kept(model, tmp_path):
    """Return the path of a sound file."""
    model.save(tmp_path / "sound.latentia")
    return tmp_path / "sound.latentia"


def rewrite(path, change):
    """Change what is in a file, with a checksum that fits, as somebody who means harm would."""
    manifest, arrays = read_container(path)
    change(manifest, arrays)
    write_container(path, manifest, arrays)


@pytest.mark.parametrize("variant", VARIANTS)
def test_everything_comes_back(tmp_path, variant):
    before = fitted(**VARIANTS[variant])
    before.save(tmp_path / "m.latentia")
    after = latentia.load(tmp_path / "m.latentia")
    one, other = before.trained_, after.trained_
    assert other.recipe == one.recipe
    assert other.network.architecture == one.network.architecture
    for left, right in zip(
        jax.tree.leaves(one.outcome.networks), jax.tree.leaves(other.outcome.networks), strict=True
    ):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)
    for name, array in one.scaling.arrays().items():
        np.testing.assert_array_equal(other.scaling.arrays()[name], array)
    for name, curve in one.outcome.history.items():
        np.testing.assert_array_equal(other.outcome.history[name], curve)
    np.testing.assert_array_equal(other.split.training, one.split.training)
    np.testing.assert_array_equal(other.split.held_out, one.split.held_out)
    np.testing.assert_array_equal(other.center, one.center)
    assert other.outcome.endings == one.outcome.endings
    assert after.describe() == before.describe()
    for name in ("seed", "chosen", "mean_loss", "warm_started", "validation_rows_seen"):
        assert getattr(other, name) == getattr(one, name)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_loaded_model_gives_the_same_numbers_to_the_bit(tmp_path, variant):
    before = fitted(**VARIANTS[variant])
    before.save(tmp_path / "m.latentia")
    after = latentia.load(tmp_path / "m.latentia")
    codes = before.transform(FRAME)
    assert after.transform(FRAME).tobytes() == codes.tobytes()
    assert after.inverse_transform(codes).tobytes() == before.inverse_transform(codes).tobytes()
    assert after.score_samples(FRAME).tobytes() == before.score_samples(FRAME).tobytes()
    assert after.score(FRAME) == before.score(FRAME)


def test_a_scaling_of_each_column_comes_back(model, tmp_path):
    kinds = ("robust", "none", "quantile", "log1p-standard", "minmax")
    holed = np.where(np.arange(ROWS.size).reshape(ROWS.shape) % 9 == 0, np.nan, np.abs(ROWS))
    scaling = Scaling.fit(holed, kinds)
    save_model(tmp_path / "m.latentia", replace(model.trained_, scaling=scaling), None)
    after = load_model(tmp_path / "m.latentia")[0].scaling
    assert after.kind == kinds
    np.testing.assert_array_equal(after.transform(holed), scaling.transform(holed))
    rewrite(tmp_path / "m.latentia", lambda _, arrays: arrays.update({"scaling/kinds": np.arange(4)}))
    with pytest.raises(ModelFileError, match="column-wise scaling contradict each other"):
        latentia.load(tmp_path / "m.latentia")


def test_another_process_gives_the_same_codes_to_the_bit(kept, model, tmp_path):
    FRAME.to_parquet(tmp_path / "rows.parquet")
    statement = (
        "import sys, latentia, pandas; from pathlib import Path; "
        "codes = latentia.load(sys.argv[1]).transform(pandas.read_parquet(sys.argv[2])); "
        "Path(sys.argv[3]).write_bytes(codes.tobytes())"
    )
    source = str(Path(latentia.__file__).parents[1])
    subprocess.run(
        [sys.executable, "-c", statement, kept, tmp_path / "rows.parquet", tmp_path / "codes"],
        check=True,
        env={**os.environ, "PYTHONPATH": source},
    )
    assert (tmp_path / "codes").read_bytes() == model.transform(FRAME).tobytes()


def test_a_loaded_model_saves_the_same_bytes(kept, tmp_path):
    latentia.load(kept).save(tmp_path / "again.latentia")
    assert (tmp_path / "again.latentia").read_bytes() == kept.read_bytes()


def test_names_come_back_and_so_does_their_absence(kept, tmp_path):
    after = latentia.load(kept)
    assert list(after.feature_names_in_) == list(FRAME.columns)
    with pytest.raises(InputError, match="same order as they were in fit"):
        after.transform(FRAME[FRAME.columns[::-1]])
    fitted(ROWS).save(tmp_path / "nameless.latentia")
    nameless = latentia.load(tmp_path / "nameless.latentia")
    assert not hasattr(nameless, "feature_names_in_")
    assert nameless.n_features_in_ == 5


def test_no_row_of_the_table_is_in_the_file(kept, model):
    content = kept.read_bytes()
    scaled = model.trained_.scale(ROWS)
    for rows in (ROWS, scaled, model.transform(FRAME)):
        for dtype in (np.float64, np.float32):
            assert not any(row.tobytes() in content for row in rows.astype(dtype))
    # The search would find a row if there were one.
    assert model.trained_.scaling.center.tobytes() in content


def test_a_fit_that_diverged_can_be_kept(tmp_path):
    with pytest.warns(LatentiaWarning, match="stopped being a finite number"):
        before = fitted(learning_rate=1e30, optimizer="sgd", max_epochs=20)
    before.save(tmp_path / "m.latentia")
    with pytest.warns(LatentiaWarning, match="stopped being a finite number"):
        after = latentia.load(tmp_path / "m.latentia")
    assert after.ending_ == "diverged"
    assert after.transform(FRAME).tobytes() == before.transform(FRAME).tobytes()


def test_an_optimiser_of_the_users_own_is_refused_and_nothing_written(tmp_path):
    own = fitted(optimizer=optax.adam(1e-3), learning_rate=None)
    assert own.describe()["recipe"]["optimizer"] == "custom"
    with pytest.raises(
        InputError, match="object for optimizer, which a model file cannot hold; set optimizer to"
    ):
        own.save(tmp_path / "m.latentia")
    assert list(tmp_path.iterdir()) == []


def test_weights_that_are_no_numbers_are_neither_written_nor_read(kept, monkeypatch):
    sound = kept.read_bytes()

    def spoil(_, arrays):
        arrays["encoder/0/weight"][0, 0, 0] = np.nan

    with pytest.raises(ModelFileError, match="'encoder/0/weight' holds values that are not finite"):
        rewrite(kept, spoil)
    assert kept.read_bytes() == sound
    monkeypatch.setattr(container, "_check_array", lambda *_: None)
    rewrite(kept, spoil)
    with pytest.raises(ModelFileError, match=r"damaged \(array 'encoder/0/weight' holds .*; make it again"):
        latentia.load(kept)


def test_damage_is_noticed(kept):
    content = kept.read_bytes()
    kept.write_bytes(content[:-1000])
    with pytest.raises(ModelFileError, match="is damaged"):
        latentia.load(kept)
    kept.write_bytes(content[:-100] + bytes([content[-100] ^ 1]) + content[-99:])
    with pytest.raises(ModelFileError, match="its checksum does not match its content"):
        latentia.load(kept)


def test_a_file_of_a_later_version_says_to_update(kept, monkeypatch):
    manifest, arrays = read_container(kept)
    monkeypatch.setattr(container, "VERSION", 3)
    write_container(kept, manifest, arrays)
    monkeypatch.undo()
    with pytest.raises(
        ModelFileError, match=r"format version 3 and this .* up to version 2; update Latentia\.$"
    ):
        latentia.load(kept)


def test_the_file_tells_what_the_model_was_made_of(model, kept, tmp_path):
    manifest, _ = read_container(kept)
    assert manifest["data_hash"] == digest(ROWS)
    assert manifest["devices"]
    assert manifest["threads"] == threads()
    again = latentia.load(kept)
    assert again.trained_.origin == model.trained_.origin
    fitted(ROWS + 1e-12).save(tmp_path / "other.latentia")
    assert read_container(tmp_path / "other.latentia")[0]["data_hash"] != manifest["data_hash"]


def test_rows_that_came_in_parts_have_no_hash(tmp_path):
    parts = Autoencoder(2, **{**SMALL, "max_epochs": 1}).partial_fit(ROWS[:30]).partial_fit(ROWS[30:])
    parts.save(tmp_path / "m.latentia")
    manifest, _ = read_container(tmp_path / "m.latentia")
    assert manifest["data_hash"] is None
    assert manifest["threads"] == threads()


def test_versions_are_those_that_trained_not_those_that_copied(kept, tmp_path):
    rewrite(kept, lambda manifest, _: manifest["versions"].update(jax="0.0.1"))
    latentia.load(kept).save(tmp_path / "copy.latentia")
    assert (tmp_path / "copy.latentia").read_bytes() == kept.read_bytes()


FILES = Path(__file__).parent / "files"
EXPECTED = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_file_of_every_version_loads_for_ever(name):
    """Kept from the day that its version was new; nothing here may be written anew to make this pass."""
    known = EXPECTED[name]
    rows = known["rows"]
    table = pd.DataFrame(rows) if isinstance(rows, dict) else np.array(rows)
    loaded = latentia.load(FILES / name)
    np.testing.assert_allclose(loaded.transform(table), known["codes"], rtol=1e-4, atol=1e-5)
    described = manifest_of.describe_file(FILES / name)
    assert described["n_seeds"] == known["n_seeds"]
    assert (described["threads"] is None) == name.startswith("version_1_")


def test_there_is_a_file_of_every_version():
    kept = {int(name.split("_")[1]) for name in EXPECTED}
    assert kept == set(range(1, container.VERSION + 1))
    assert {path.name for path in FILES.glob("*.latentia")} == set(EXPECTED)
