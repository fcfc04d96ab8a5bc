"""What a model file promises is there in full, or the file is refused; looking at it is quick."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import latentia
from latentia import Autoencoder
from latentia.errors import ModelFileError
from latentia.modelfiles.container import read_container, write_container
from latentia.modelfiles.manifest import describe_file
from problems import curved

ROWS = curved(n_rows=40, n_columns=4)[0]


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Return what is in a sound file of two networks."""
    path = tmp_path_factory.mktemp("sound") / "m.latentia"
    Autoencoder(hidden_layer_sizes=(5,), max_epochs=3, n_seeds=2, random_state=0).fit(ROWS).save(path)
    return path


def set_to(field, value):
    return lambda manifest, _: manifest.update({field: value})


def in_recipe(field, value):
    return lambda manifest, _: manifest["recipe"].update({field: value})


def without(field):
    return lambda manifest, _: manifest.pop(field)


def array(name, change):
    def changed(_, arrays):
        arrays[name] = change(arrays[name])

    return changed


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (set_to("kind", "classifier"), "Invalid enum value 'classifier'"),
        (set_to("more", 1), "unknown field `more`"),
        (without("seed"), "missing required field `seed`"),
        (set_to("n_rows", "40"), "Expected `int`, got `str`"),
        (set_to("n_rows", 0), "contradict each other"),
        (set_to("n_held_out", 40), "contradict each other"),
        (set_to("chosen", 2), "contradict each other"),
        (set_to("chosen", -1), "contradict each other"),
        (set_to("members", 3), "contradict each other"),
        (set_to("members", 0), "contradict each other"),
        (set_to("best_epoch", [1]), "contradict each other"),
        (set_to("best_epoch", [4, 4]), "contradict each other"),
        (set_to("columns", ["a", "b", "c"]), "contradict each other"),
        (set_to("columns", ["a", "b", "c", "c"]), "contradict each other"),
        (set_to("endings", ["converged", "exploded"]), "'EXPLODED'"),
        (set_to("epochs_run", [10**12, 3]), r"'history/loss' is float64 of shape \(3, 2\), but"),
        (set_to("n_features", 5), "the recipe needs float32 of shape"),
        (in_recipe("n_components", 3), r"of shape \(2, 5, 2\), but the recipe needs .* \(2, 5, 3\)"),
        (in_recipe("hidden_layer_sizes", [5, 5]), "the recipe needs"),
        (in_recipe("hidden_layer_sizes", [10**400]), "the recipe needs|no model that this version can read"),
        (in_recipe("activation", "evil"), "activation='evil' is not known"),
        (in_recipe("optimizer", "custom"), "'custom' is not known"),
        (in_recipe("learning_rate", "auto"), "leaves a setting open"),
        (in_recipe("__class__", "os.system"), "'__class__' is not a setting"),
        (array("encoder/0/weight", lambda a: a.astype(np.float64)), "is float64 of shape"),
        (array("encoder/0/weight", lambda a: a[:1]), r"is float32 of shape \(1, 4, 5\), but"),
        (array("rows/held_out", lambda a: a[:-1]), "'rows/held_out' is int64"),
        (array("scaling/spread", lambda a: a[:-1]), "'scaling/spread' is float64"),
        (lambda _, arrays: arrays.pop("decoder/1/bias"), "'decoder/1/bias' is missing"),
        (lambda _, arrays: arrays.update(extra=np.ones(3)), "an array 'extra' that no model has"),
        (lambda _, arrays: arrays.pop("bounds/center"), "'bounds/center' is missing"),
        (array("bounds/whitening", lambda a: a[:1]), r"'bounds/whitening' is float64 of shape \(1, 2\)"),
        (set_to("bounds", None), "an array 'bounds/center' that no model has"),
        (set_to("bounds", {"distance": -1.0, "residual": 1.0, "n_rows": 5}), "contradict each other"),
        (set_to("bounds", {"distance": 1.0, "residual": -1.0, "n_rows": 5}), "contradict each other"),
        (set_to("bounds", {"distance": 1.0, "residual": 1.0, "n_rows": 9}), "contradict each other"),
        (set_to("bounds", {"distance": 1.0, "residual": 1.0}), "missing required field `n_rows`"),
    ],
)
@pytest.mark.parametrize("read", [latentia.load, describe_file])
def test_a_file_that_contradicts_itself_is_refused(sound, tmp_path, change, sentence, read):
    manifest, arrays = read_container(sound)
    change(manifest, arrays)
    path = tmp_path / "m.latentia"
    write_container(path, manifest, arrays)
    with pytest.raises(ModelFileError, match=sentence) as refusal:
        read(path)
    assert str(refusal.value).endswith("; fit and save it again, or take a sound copy.")


def test_a_scaling_that_cannot_be_is_refused(sound, tmp_path):
    manifest, arrays = read_container(sound)
    write_container(tmp_path / "m", manifest, {**arrays, "scaling/spread": np.zeros(4)})
    with pytest.raises(ModelFileError, match="scaling contradict each other"):
        latentia.load(tmp_path / "m")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda _, arrays: arrays.pop("log_dispersion"), "'log_dispersion' is missing"),
        (lambda _, arrays: arrays.pop("scaling/typical_total"), "'scaling/typical_total' is missing"),
        (array("log_dispersion", lambda a: a[:, :-1]), r"'log_dispersion' is float32 of shape \(1, 3\)"),
        (in_recipe("loss", {"name": "poisson", "size_factors": True}), "an array 'log_dispersion' that no"),
        (
            in_recipe("loss", {"name": "nb", "size_factors": False}),
            "an array 'scaling/typical_total' that no",
        ),
        (in_recipe("loss", "nb"), "leaves a setting open"),
        (in_recipe("scaling", "standard"), "no model that this version can read"),
    ],
)
def test_a_file_of_counts_holds_what_its_loss_needs(tmp_path, change, sentence):
    path = tmp_path / "m.latentia"
    Autoencoder(loss="nb", hidden_layer_sizes=(), max_epochs=1, random_state=0).fit(np.abs(ROWS)).save(path)
    manifest, arrays = read_container(path)
    change(manifest, arrays)
    write_container(path, manifest, arrays)
    with pytest.raises(ModelFileError, match=sentence):
        describe_file(path)


def test_the_description_is_that_of_the_model(sound):
    described = describe_file(sound)
    versions = described.pop("versions")
    assert len(described.pop("data_hash")) == 32
    assert described.pop("devices")
    assert described.pop("threads") >= 1
    assert described == latentia.load(sound).describe()
    assert described["network"] == "4-5-2-5-4, gelu, linear code, linear output"
    assert described["rows_trained_on"] + described["rows_held_out"] == 40
    assert described["n_columns"] == 4
    assert described["columns"] is None
    history = latentia.load(sound).history_
    assert described["held_out_loss"] == history["val_loss"][described["best_epoch"] - 1]
    assert versions["latentia"] == latentia.__version__


def test_without_held_out_rows_there_is_no_held_out_loss(tmp_path):
    model = Autoencoder(hidden_layer_sizes=(), max_epochs=2, validation_fraction=0).fit(ROWS)
    model.save(tmp_path / "m.latentia")
    assert describe_file(tmp_path / "m.latentia")["held_out_loss"] is None
    assert model.describe()["held_out_loss"] is None


def test_looking_at_a_file_loads_nothing_heavy(sound):
    statement = (
        "import sys; from latentia.modelfiles.manifest import describe_file; describe_file(sys.argv[1]); "
        "print(sorted({'jax', 'sklearn', 'scipy', 'pyarrow', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", statement, sound], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
