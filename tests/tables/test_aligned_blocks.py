"""Block by block, a model reads what it reads of the whole table, and says the same about it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from latentia.errors import InputError
from latentia.tables.aligned_blocks import AlignedBlocks
from latentia.tables.alignment import read_aligned
from latentia.tables.stores import store
from latentia.tables.table import Column, Schema

SCHEMA = Schema(
    (
        Column("mass", "numeric", "double", None, ""),
        Column("hue", "category", "string", None, "", ("red", "white"), levels=("red", "white")),
    )
)
NAMES = ("mass", "hue")


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(store, "MOST_BYTES", 800)  # fifty rows of two columns


def table(n_rows=400, **columns):
    rng = np.random.default_rng(0)
    hues = pa.array(rng.choice(["red", "white"], n_rows))
    return pa.table({"note": pa.nulls(n_rows), "hue": hues, "mass": rng.normal(size=n_rows), **columns})


@pytest.mark.usefixtures("small_blocks")
def test_values_and_notes_are_those_of_the_whole(tmp_path):
    hues = ["red", "pink", None, "white"] * 99 + ["blue", "pink", "red", "red"]
    given = table(hue=hues)
    parquet.write_table(given, tmp_path / "t.parquet")
    blocks = AlignedBlocks(tmp_path / "t.parquet", NAMES, schema=SCHEMA)
    found = list(blocks)
    assert len(found) == 8
    values, notes = read_aligned(tmp_path / "t.parquet", NAMES, schema=SCHEMA)
    np.testing.assert_array_equal(np.concatenate([block.values for block in found]), values)
    assert pa.concat_tables([block.as_table() for block in found]).equals(given.select(NAMES))
    assert set(blocks.notes[:-1]) == set(notes[:-1])
    assert blocks.notes[-1] == (
        "The model has not seen these categories: 'hue' has 'pink', 'blue' in 101 rows, which counts as "
        "missing."
    )
    assert list(blocks)[-1].values.shape == (50, 2)
    assert blocks.n_rows == 400
    assert "in 101 rows" in blocks.notes[-1]  # not twice as many


@pytest.mark.usefixtures("small_blocks")
def test_rows_of_an_error_are_those_of_the_table(tmp_path):
    masses = np.arange(400.0)
    masses[130] = np.inf
    parquet.write_table(table(mass=masses), tmp_path / "t.parquet")
    with pytest.raises(
        InputError,
        match=r"In rows 101 to 150 of t\.parquet, where row 101 counts as row 1: Column 'mass' has infinite "
        r"cells \(1 infinite; in row 31\)",
    ):
        list(AlignedBlocks(tmp_path / "t.parquet", NAMES, schema=SCHEMA))


def test_a_table_without_rows_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("mass,hue\n")
    for data in (tmp_path / "t.csv", table(0)):
        with pytest.raises(InputError, match="has no rows; add rows of data below the header"):
            list(AlignedBlocks(data, NAMES, schema=SCHEMA))


def test_a_table_that_lacks_columns_is_refused_before_it_is_read(tmp_path):
    parquet.write_table(table(), tmp_path / "t.parquet")
    with pytest.raises(
        InputError, match=r"t\.parquet lacks 1 of the 2 columns that the model reads \('length'\)"
    ):
        AlignedBlocks(tmp_path / "t.parquet", ("mass", "length"))


def test_what_is_in_memory_is_one_block():
    (block,) = AlignedBlocks(table(), NAMES, schema=SCHEMA)
    assert block.values.shape == (400, 2)
