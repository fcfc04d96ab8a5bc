"""The columns of a model in its file: the same when read, and nonsense is refused."""

from __future__ import annotations

import numpy as np
import pytest

import latentia
from latentia.errors import ModelFileError
from latentia.modelfiles.container import read_container, write_container
from latentia.modelfiles.stored_schema import from_store, to_store
from latentia.tables.table import Column, Schema
from problems import mixed


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Return a file of a model of one number, one category with rare levels, and one day."""
    path = tmp_path_factory.mktemp("models") / "m.latentia"
    model = latentia.Autoencoder(
        1, hidden_layer_sizes=(), max_epochs=1, validation_fraction=0, random_state=0
    )
    model.fit(mixed()).save(path)
    return path


def test_a_schema_comes_back_as_it_was():
    kind = Column("kind", "category", "string", None, "text", ("a", "b", "c"))
    schema = Schema(
        (kind.learned(np.repeat([0.0, 1, 2], [9, 1, 1])), Column("d", "date", "date32", "days", ""))
    )
    assert from_store(to_store(schema)) == schema
    assert schema.columns[0].levels == ("a", "(other)")
    assert from_store(to_store(None)) is None


def column(at, **fields):
    return lambda manifest: manifest["schema"][at].update(fields)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (column(1, kind="kinds"), "Invalid enum value 'kinds'"),
        (column(1, extra=1), "unknown field `extra`"),
        (column(1, levels="u"), "Expected `array`"),
        (column(1, level_of=[0, 1, 2, 9]), "'kind' contradict each other"),
        (column(1, level_of=[0, 1]), "'kind' contradict each other"),
        (column(1, level_of=[1, 0, 2, 2]), "'kind' contradict each other"),
        (column(1, categories=["u", "u", "w", "x"]), "'kind' contradict each other"),
        (column(1, levels=["u", "u", "(other)"]), "'kind' contradict each other"),
        (column(0, levels=["u"]), "'size' contradict each other"),
        (column(0, name="kind"), "two columns have one name"),
        (column(0, name="weight"), "not those of its networks"),
        (lambda manifest: manifest["schema"].pop(), "contradict each other"),
        (lambda manifest: manifest.update(blocks=[]), "not those of its networks"),
    ],
)
def test_columns_that_cannot_be_are_refused(sound, tmp_path, change, sentence):
    manifest, arrays = read_container(sound)
    change(manifest)
    write_container(tmp_path / "m.latentia", manifest, arrays)
    with pytest.raises(ModelFileError, match=sentence):
        latentia.load(tmp_path / "m.latentia")


def test_an_older_file_without_columns_is_all_numbers(tmp_path):
    X = np.random.default_rng(0).normal(size=(20, 3))
    model = latentia.Autoencoder(1, hidden_layer_sizes=(), max_epochs=1, random_state=0).fit(X)
    model.save(tmp_path / "new.latentia")
    manifest, arrays = read_container(tmp_path / "new.latentia")
    assert manifest.pop("schema") == []
    write_container(tmp_path / "old.latentia", manifest, arrays)
    old = latentia.load(tmp_path / "old.latentia")
    assert old.trained_.schema is None
    assert old.describe()["kinds"] == {"numeric": 3}
    np.testing.assert_array_equal(old.transform(X), model.transform(X))
