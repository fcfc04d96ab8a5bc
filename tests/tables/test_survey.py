"""What one look at a table on disk tells, against reading all of it."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from latentia import InputError, scan_table
from latentia.tables import survey as surveys
from latentia.tables.sources import read_table
from latentia.tables.splits import HashedSplit
from latentia.tables.stores import store as stores
from latentia.tables.survey import survey
from latentia.tables.table_on_disk import TableOnDisk


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    """Blocks of few rows, so that a small table has many."""
    monkeypatch.setattr(stores, "MOST_BYTES", 2000)


@pytest.fixture
def table():
    generator = np.random.default_rng(0)
    n = 400
    columns = {
        "mass [g]": generator.normal(50, 3, n),
        "id": np.arange(n),
        "code": [f"sample {at}" for at in range(n)],
        "kind": generator.choice(["b", "a", "c"], n, p=[0.6, 0.39, 0.01]).astype(object),
        "kind again": None,
        "flag": generator.random(n) < 0.3,
        "constant": np.full(n, 7.0),
        "empty": np.full(n, np.nan),
        "count": generator.poisson(3, n),
        "day": np.datetime64("2020-01-01") + generator.integers(0, 900, n),
        "class": generator.choice(["x", "y"], n),
    }
    columns["kind"][::31] = None
    columns["kind again"] = columns["kind"].copy()
    columns["mass [g]"][::17] = np.nan
    columns["mass [g]"][:25] = np.nan  # nothing in the first blocks
    return pa.table({name: pa.array(cells, from_pandas=True) for name, cells in columns.items()})


def write(table, path):
    if path.suffix == ".csv":
        csv.write_csv(table, path)
    else:
        parquet.write_table(table, path, row_group_size=60)
    return path


def looked_at(path, *, fraction=0.2, seed=0, **asked):
    return survey(scan_table(path, **asked), fraction=fraction, seed=seed)


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_columns_are_those_of_the_whole_table(table, tmp_path, ending):
    path = write(table, tmp_path / f"t{ending}")
    found, whole = looked_at(path, label="class"), read_table(path, label="class")
    assert found.schema.names == whole.schema.names == ("mass [g]", "kind", "flag", "count", "day")
    split = HashedSplit(400, 0.2, 0)
    learned = whole.schema.learned(whole.values[split.training])
    for mine, theirs in zip(found.schema.columns, learned.columns, strict=True):
        assert mine == theirs
    left_out = [note for note in whole.source.notes if "left out" in note]
    assert left_out
    for sentence in left_out:
        if "only numbers" not in sentence:
            assert sentence in found.notes
    assert [note for note in found.notes if "cells are missing" in note] == [
        note for note in whole.source.notes if "cells are missing" in note
    ]


def test_moments_and_gaps_are_those_of_the_rows_to_learn_from(table, tmp_path):
    path = write(table, tmp_path / "t.parquet")
    found, values = looked_at(path, label="class"), read_table(path, label="class").values
    learned = values[HashedSplit(400, 0.2, 0).training]
    np.testing.assert_allclose(
        found.moments.mean[[0, 3, 4]], np.nanmean(learned, axis=0)[[0, 3, 4]], rtol=1e-12
    )
    np.testing.assert_allclose(
        found.moments.deviation[[0, 3]], np.nanstd(learned, axis=0)[[0, 3]], rtol=1e-10
    )
    np.testing.assert_array_equal(found.has_gaps, np.isnan(learned).any(axis=0))
    assert found.n_rows == 400
    assert found.n_held_out == HashedSplit(400, 0.2, 0).n_held_out


def test_samples_are_rows_of_their_side_with_the_codes_of_the_whole_table(table, tmp_path, monkeypatch):
    path = write(table, tmp_path / "t.parquet")
    values = read_table(path, label="class").values
    split = HashedSplit(400, 0.2, 0)
    found = looked_at(path, label="class")
    np.testing.assert_array_equal(found.training.rows, values[split.training])
    np.testing.assert_array_equal(found.held_out.rows, values[split.held_out])
    monkeypatch.setattr(surveys, "FEWEST_ROWS", 30)
    monkeypatch.setattr(surveys, "MOST_ROWS", 30)
    few = looked_at(path, label="class").training
    assert few.rows.shape == (30, 5)
    np.testing.assert_array_equal(few.rows, values[split.training][few.positions])


def test_blocks_to_learn_from_are_all_rows_of_their_side_as_a_network_sees_them(table, tmp_path):
    path = write(table, tmp_path / "t.parquet")
    scan = scan_table(path, label="class")
    on_disk = TableOnDisk(scan, survey(scan, fraction=0.2, seed=3), 0.2, 3)
    values = read_table(path, label="class").values
    expected = on_disk.schema.expand(values[HashedSplit(400, 0.2, 3).training])
    blocks = list(on_disk.training_blocks())
    assert len(blocks) > 5
    np.testing.assert_array_equal(np.concatenate(blocks), expected)
    np.testing.assert_array_equal(on_disk.training_sample, expected)
    assert on_disk.shape == (400, expected.shape[1])
    np.testing.assert_array_equal(on_disk.has_gaps, np.isnan(expected).any(axis=0))


def test_types_that_were_asked_for_hold(table, tmp_path):
    path = write(table, tmp_path / "t.parquet")
    found = looked_at(path, label="class", types={"count": "category", "id": "numeric"}, drop=["day"])
    whole = read_table(path, label="class", types={"count": "category", "id": "numeric"}, drop=["day"])
    assert found.schema.names == whole.schema.names
    at = found.schema.names.index("count")
    assert found.schema.columns[at].categories == whole.schema.columns[at].categories


def test_a_column_that_becomes_another_kind_is_refused(tmp_path):
    cells = ["1.5"] * 125 + ["red"] * 275  # a block ends after 125
    parquet.write_table(pa.table({"a": cells, "b": np.arange(400) % 7}), tmp_path / "t.parquet")
    with pytest.raises(
        InputError,
        match=r"Column 'a' holds numbers at first, and text from row 126 on; make it one kind and say what "
        r"it is \(--types NAME=category, or NAME=numeric\)\.",
    ):
        looked_at(tmp_path / "t.parquet")
    assert looked_at(tmp_path / "t.parquet", types={"a": "category"}).schema.columns[0].kind == "category"


def test_rows_are_told_where_something_is_wrong(tmp_path):
    cells = np.arange(400.0) % 9
    cells[333] = np.inf
    np.save(tmp_path / "t.npy", np.column_stack([cells, np.arange(400) % 7]))
    with pytest.raises(
        InputError, match=r"In rows \d+ to \d+ of t.npy, where row \d+ counts as row 1: Column "
    ):
        looked_at(tmp_path / "t.npy")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"label": "klass"}, "no column 'klass' to use as the label; the nearest name is 'class'"),
        ({"drop": ["flga"]}, "no column 'flga' to leave out; the nearest name is 'flag'"),
        ({"label": "class", "drop": ["class"]}, "'class' is both the label and left out"),
        ({"types": {"flag": "colour"}}, "'colour' is no type of column"),
    ],
)
def test_what_was_asked_for_has_to_be_there(table, tmp_path, asked, message):
    path = write(table, tmp_path / "t.parquet")
    with pytest.raises(InputError, match=message):
        looked_at(path, **asked)


def test_a_table_in_which_nothing_varies_is_refused(tmp_path):
    np.save(tmp_path / "t.npy", np.ones((50, 2)))
    with pytest.raises(InputError, match=r"No column of t.npy has anything to learn"):
        looked_at(tmp_path / "t.npy")


def test_a_table_without_rows_is_refused(table, tmp_path):
    path = write(table.slice(0, 0), tmp_path / "t.parquet")
    with pytest.raises(InputError, match=r"no rows in t.parquet"):
        looked_at(path)


def test_what_cannot_be_read_in_blocks_is_refused(tmp_path):
    np.savez(tmp_path / "t.npz", X=np.eye(3))
    with pytest.raises(InputError, match="cannot be read in blocks"):
        scan_table(tmp_path / "t.npz")
    with pytest.raises(InputError, match="no file"):
        scan_table(tmp_path / "none.parquet")
