"""Samples of tables on disk."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from latentia.tables import sampling
from latentia.tables.hashing import drawn
from latentia.tables.sampling import read_sample, rows_to_analyse, sample_of
from latentia.tables.sources import read_table
from latentia.tables.stores import open_store
from latentia.tables.stores import store as stores


@pytest.fixture
def table():
    generator = np.random.default_rng(0)
    return pa.table(
        {
            "row": np.arange(1000.0) ** 2,
            "x": pa.array(
                np.where(np.arange(1000) % 9 == 0, np.nan, generator.normal(size=1000)), from_pandas=True
            ),
            "hue": generator.choice(["red", "white", "rosé"], 1000),
            "class": generator.choice(["a", "b"], 1000),
        }
    )


@pytest.fixture(params=[".parquet", ".csv"])
def path(table, tmp_path, request):
    path = tmp_path / f"t{request.param}"
    if request.param == ".csv":
        csv.write_csv(table, path)
    else:
        parquet.write_table(table, path, row_group_size=130)
    return path


def test_a_sample_is_the_rows_that_draw_the_smallest_numbers(path):
    sample = read_sample(path, 200, seed=4, label="class")
    whole = read_table(path, label="class")
    expected = np.sort(np.argsort(drawn(4, np.arange(1000)))[:200])
    np.testing.assert_array_equal(sample.positions, expected)
    np.testing.assert_array_equal(sample.values, whole.values[expected])
    assert sample.labels.tolist() == whole.labels[expected].tolist()
    assert sample.schema.names == whole.schema.names
    assert sample.n_rows_of_all == 1000
    assert sample.source.notes[0] == (
        "A sample of 200 of the 1,000 rows is analysed, drawn by random_state 4."
    )


@pytest.mark.parametrize("most_bytes", [500, 5000, 1 << 25])
def test_a_sample_does_not_depend_on_the_blocks(path, most_bytes, monkeypatch):
    monkeypatch.setattr(stores, "MOST_BYTES", most_bytes)
    sample = sample_of(open_store(path), 150, seed=1)
    np.testing.assert_array_equal(sample.positions, np.sort(np.argsort(drawn(1, np.arange(1000)))[:150]))
    rows = np.asarray(sample.draft.fetch(0))
    np.testing.assert_array_equal(rows, sample.positions.astype(float) ** 2)
    assert sample.n_rows == 1000


def test_a_small_table_is_read_whole(path, table):
    for size in ("auto", "all", 1000, 5000):
        whole = read_sample(path, size, seed=0, label="class")
        assert whole.positions is None
        assert whole.n_rows == 1000
        assert not any("sample" in note for note in whole.source.notes)
    assert read_sample(table, "auto", seed=0).positions is None


def test_a_large_table_is_sampled_by_itself(path, monkeypatch):
    monkeypatch.setattr(sampling, "MOST_ROWS", 300)
    monkeypatch.setattr(sampling, "FEWEST_ROWS", 10)
    monkeypatch.setattr(sampling, "SMALL_TEXT", 0)
    assert read_sample(path, "auto", seed=0).n_rows == 300
    assert read_sample(path, "all", seed=0).n_rows == 1000


def test_rows_in_memory_are_sampled_when_asked_for(table):
    sample = read_sample(table, 100, seed=2, label="class")
    assert sample.n_rows == len(sample.labels) == 100
    np.testing.assert_array_equal(sample.positions, np.sort(np.argsort(drawn(2, np.arange(1000)))[:100]))


def test_wide_tables_have_smaller_samples(monkeypatch):
    monkeypatch.setattr(sampling, "available_memory", lambda: 8 << 30)
    assert rows_to_analyse(20) == 100_000
    assert 1000 < rows_to_analyse(20_000) < 3000
    monkeypatch.setattr(sampling, "available_memory", lambda: None)
    assert rows_to_analyse(20_000) == 100_000
