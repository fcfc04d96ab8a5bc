"""Read one block at a time, a table is the same as read whole; what cannot be read is refused by name."""

from __future__ import annotations

import os
import shutil

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import csv, feather, parquet

from latentia.errors import InputError
from latentia.tables.sources import read_table
from latentia.tables.stores import open_store
from latentia.tables.stores.opening import read_whole

N_ROWS = 2500
BATCH = 700


def some_table(seed=0, n_rows=N_ROWS):
    rng = np.random.default_rng(seed)
    return pa.table(
        {
            "mass": rng.normal(size=n_rows),
            "count": rng.integers(0, 9, n_rows),
            "hue": rng.choice(["red", 'a "quoted"\nred', "white"], n_rows),
        }
    )


def write_batches(table, path, **choices):
    options = pa.ipc.IpcWriteOptions(**choices)
    with pa.ipc.new_file(path, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=BATCH)


def write_stream(table, path):
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=BATCH)


def numbers(table):
    return np.column_stack([table.column(name) for name in ("mass", "count")])


WRITERS = {
    "t.parquet": lambda table, path: parquet.write_table(table, path, row_group_size=BATCH),
    "t.feather": feather.write_feather,
    "t.arrow": write_batches,
    "lz4.arrow": lambda table, path: write_batches(table, path, compression="lz4"),
    "stream.ipc": write_stream,
    "t.csv": csv.write_csv,
    "t.tsv": lambda table, path: csv.write_csv(table, path, csv.WriteOptions(delimiter="\t")),
    "t.npy": lambda table, path: np.save(path, numbers(table)),
    "fortran.npy": lambda table, path: np.save(path, np.asfortranarray(numbers(table))),
    "fields.npy": lambda table, path: np.save(path, np.rec.fromarrays(numbers(table).T, names="mass,count")),
}


def cells(drafts, position):
    columns = [draft.fetch(position) for draft in drafts]
    return [
        cell for one in columns for cell in (one.tolist() if isinstance(one, np.ndarray) else one.to_pylist())
    ]


@pytest.mark.parametrize("name", WRITERS)
def test_blocks_and_parts_are_the_table(tmp_path, name):
    table = some_table()
    WRITERS[name](table, tmp_path / name)
    store = open_store(tmp_path / name)
    assert store is not None
    assert (store.name, store.path) == (name, str(tmp_path / name))
    assert store.bytes == (tmp_path / name).stat().st_size
    assert len(store.types) == len(store.names)
    blocks = list(store.blocks(n_rows=999))
    assert max(block.n_rows for block in blocks) <= 999
    parts = [store.read(part) for part in range(len(store.parts))]
    assert [part.n_rows for part in parts] == list(store.parts)
    assert bool(parts) is (name not in ("t.csv", "t.tsv", "stream.ipc"))
    last = len(store.names) - 1
    for position, column in enumerate(table.columns[: last + 1]):
        assert cells(blocks, position) == column.to_pylist()
        assert not parts or cells(parts, position) == column.to_pylist()
    # A few columns, in an order of their own, one of them twice.
    few = [last, 0, last]
    for drafts in (
        list(store.blocks(few)),
        [store.read(part, few) for part in range(len(store.parts))],
    ):
        assert all(draft.names == [store.names[at] for at in few] for draft in drafts)
        for place, position in enumerate(few if drafts else ()):
            assert cells(drafts, place) == table.column(position).to_pylist()


@pytest.mark.parametrize("name", ["t.arrow", "t.npy", "fortran.npy", "t.parquet"])
def test_parts_are_small_where_that_costs_nothing(tmp_path, name):
    WRITERS[name](some_table(), tmp_path / name)
    assert max(open_store(tmp_path / name).parts) <= 1024
    assert sum(open_store(tmp_path / name).parts) == N_ROWS


@given(sizes=st.lists(st.integers(0, 40), min_size=1, max_size=6), at_once=st.integers(1, 60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sizes_of_row_groups_and_blocks_do_not_matter(tmp_path, sizes, at_once):
    table = pa.table({"a": np.arange(float(sum(sizes)))})
    with parquet.ParquetWriter(tmp_path / "t.parquet", table.schema) as writer:
        for end, size in zip(np.cumsum(sizes), sizes, strict=True):
            writer.write_table(table.slice(end - size, size))
    store = open_store(tmp_path / "t.parquet")
    assert cells([store.read(part) for part in range(len(store.parts))], 0) == list(range(sum(sizes)))
    assert cells(store.blocks(n_rows=at_once), 0) == list(range(sum(sizes)))


@pytest.mark.parametrize("data", ["wine", [[1.0, 2.0]], np.zeros((2, 2)), pl.DataFrame({"a": [1]}), "t.npz"])
def test_what_has_no_store(tmp_path, monkeypatch, data):
    monkeypatch.chdir(tmp_path)
    np.savez("t.npz", X=np.zeros((2, 2)))
    assert open_store(data) is None


def write_year(folder, year, table=None, name="part.parquet"):
    (folder / f"year={year}").mkdir()
    parquet.write_table(some_table(year) if table is None else table, folder / f"year={year}" / name)


def test_a_folder_a_pattern_and_a_list_are_one_table(tmp_path):
    both = pa.concat_tables([some_table(2001), some_table(2002)])
    write_year(tmp_path, 2001)
    write_year(tmp_path, 2002)
    (tmp_path / "_temporary").mkdir()
    for other in ("_SUCCESS.parquet", ".part.parquet", "_temporary/part.parquet", "notes.md"):
        (tmp_path / other).write_bytes(b"nothing to read")
    files = [tmp_path / f"year={year}" / "part.parquet" for year in (2001, 2002)]
    names = {
        str(tmp_path): tmp_path.name,
        str(tmp_path / "year=*"): "year=*",
        str(tmp_path / "*" / "*.parquet"): "*.parquet",
        tuple(files): "part.parquet and 1 more",
    }
    for data, name in names.items():
        store, table = open_store(data), read_table(data)
        assert (store.name, table.source.name) == (name, name)
        assert store.parts == (N_ROWS, N_ROWS)
        assert store.bytes == sum(file.stat().st_size for file in files)
        for position, column in enumerate(both.columns):
            assert cells(store.blocks(), position) == column.to_pylist()
            assert cells([store.read(1)], position) == some_table(2002).column(position).to_pylist()
        np.testing.assert_array_equal(table.values[:, :2], numbers(both))
    assert open_store(tmp_path).notes == (
        "The names of folders, such as 'year=2001', were not read as columns.",
    )
    assert open_store(files).path is None


@pytest.mark.parametrize("name", WRITERS)
def test_many_files_are_read_like_one(tmp_path, name):
    (tmp_path / "d").mkdir()
    for seed in range(7):
        WRITERS[name](some_table(seed, 50), tmp_path / "d" / f"{seed}-{name}")
    store, whole = open_store(tmp_path / "d"), pa.concat_tables([some_table(seed, 50) for seed in range(7)])
    for _ in range(2):
        for position, column in enumerate(whole.columns[: len(store.names)]):
            assert cells(store.blocks(), position) == column.to_pylist()
    assert sum(store.parts) in (0, 350)
    assert [block.n_rows for block in store.blocks()] == [350]  # and not seven small ones
    assert max(block.n_rows for block in store.blocks(n_rows=120)) <= 120
    np.testing.assert_array_equal(read_table(tmp_path / "d").values[:, :2], numbers(whole))


def write_csv(path, text):
    path.write_text(text)
    return path


def test_columns_are_matched_by_name(tmp_path):
    write_csv(tmp_path / "a.csv", "mass,hue\n1.5,red\n2,white\n")
    write_csv(tmp_path / "b.csv", "hue,mass\nred,3\nred,4\n")
    store = open_store(tmp_path)
    assert cells(store.blocks(), 0) == [1.5, 2, 3, 4]
    assert cells(store.blocks([1]), 0) == ["red", "white", "red", "red"]
    assert store.notes == ("'b.csv' has its columns in another order than a.csv; they were matched by name.",)


def test_harmless_types_are_brought_together(tmp_path):
    parquet.write_table(pa.table({"a": [1, 2], "b": pa.nulls(2), "k": ["x", "y"]}), tmp_path / "1.parquet")
    kinds = pa.array(["y", "z"]).dictionary_encode()
    parquet.write_table(pa.table({"a": [0.5, None], "b": [1, 2], "k": kinds}), tmp_path / "2.parquet")
    store = open_store(tmp_path)
    assert store.types == ("double", "int64", "string")
    assert {str(block.fetch(0).type) for block in store.blocks()} == {"double"}
    assert cells([read_whole(store)], 2) == ["x", "y", "y", "z"]


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (
            {"a": ["x", "y"], "b": [1, 2]},
            r"Column 'a' is stored as string in 2\.parquet and as double in 1\.parquet, and a column of one",
        ),
        ({"a": [1.0, 2.0]}, r"2\.parquet lacks 1 column \('b'\) of 1\.parquet, and the files of one table"),
        ({"a": [1.0], "b": [1], "c": [1]}, r"2\.parquet has 1 column \('c'\) that 1\.parquet lacks"),
    ],
)
def test_drift_between_files(tmp_path, other, sentence):
    parquet.write_table(pa.table({"a": [1.5, 2], "b": [1, 2]}), tmp_path / "1.parquet")
    parquet.write_table(pa.table(other), tmp_path / "2.parquet")
    for read in (open_store, read_table):
        with pytest.raises(InputError, match=sentence):
            read(tmp_path)


def test_drift_between_texts(tmp_path):
    write_csv(tmp_path / "a.csv", "a,b\n1.5,3\n2,4\n")
    write_csv(tmp_path / "b.csv", "a,b\nhigh,3\nlow,4\n")
    with pytest.raises(InputError, match=r"'a' is stored as string in b\.csv and as double in a\.csv"):
        list(open_store(tmp_path).blocks())


def test_what_is_no_table_of_several_files(tmp_path):
    write_csv(tmp_path / "birds.csv", "a,b\n1.5,3\n2,4\n")
    with pytest.raises(InputError, match=r"No file matches '.*/z\*\.csv'; pass a file or one of"):
        open_store(tmp_path / "z*.csv")
    with pytest.raises(
        InputError, match=r"No file matches '.*/bird-\*\.csv'; did you mean '.*/birds\.csv'\?"
    ):
        open_store(tmp_path / "bird-*.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        InputError, match=r"There is no table in the folder .*empty; pass a folder with files"
    ):
        open_store(tmp_path / "empty")
    parquet.write_table(some_table(), tmp_path / "b.parquet")
    with pytest.raises(
        InputError, match=r"several formats, such as b\.parquet and birds\.csv, .* such as '\*\.parquet'"
    ):
        open_store(tmp_path)
    np.savez(tmp_path / "empty" / "t.npz", X=np.zeros((2, 2)))
    with pytest.raises(InputError, match=r"Several files such as t\.npz cannot be read as one table"):
        open_store(tmp_path / "empty")


@pytest.mark.parametrize("name", [name for name in WRITERS if name not in ("t.csv", "t.tsv")])
def test_cut_files_are_refused_or_whole(tmp_path, name):
    path = tmp_path / name
    WRITERS[name](some_table(), path)
    content = path.read_bytes()
    for kept in [0, 1, 4, len(content) // 2, len(content) - 9]:
        path.write_bytes(content[:kept])
        for data in (path, [path, path.with_name(f"whole-{name}")]):
            path.with_name(f"whole-{name}").write_bytes(content)
            with pytest.raises(InputError, match=name):
                list(open_store(data).blocks())


def test_flipped_bytes_in_parquet_are_noticed(tmp_path):
    values = np.arange(1000.0)
    choices = {"write_page_checksum": True, "compression": "none", "use_dictionary": False}
    parquet.write_table(pa.table({"a": values}), tmp_path / "t.parquet", row_group_size=250, **choices)
    content = bytearray((tmp_path / "t.parquet").read_bytes())
    content[content.index(values[600].tobytes()) + 3] ^= 0xFF
    (tmp_path / "t.parquet").write_bytes(content)
    store = open_store(tmp_path / "t.parquet")
    assert store.read(1).n_rows == 250
    for read in (lambda: store.read(2), lambda: list(store.blocks())):
        with pytest.raises(InputError, match=r"t\.parquet is not a complete Parquet file"):
            read()


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_changes_is_noticed(tmp_path, name):
    (tmp_path / "d").mkdir()
    paths = [tmp_path / "d" / f"{at}-{name}" for at in range(6)]
    for path in paths:
        WRITERS[name](some_table(), path)
    for data, changed in ((paths[0], paths[0]), (tmp_path / "d", paths[-1])):
        store = open_store(data)
        before = store.fingerprint()
        assert open_store(data).fingerprint() == before
        os.utime(changed, ns=(1, 1))
        with pytest.raises(InputError, match=f"{changed.name} changed while it was read"):
            list(store.blocks())
        assert open_store(data).fingerprint() != before


def test_a_file_that_goes_is_noticed(tmp_path):
    shutil.copytree(tmp_path, tmp_path / "d")
    for seed in range(6):
        parquet.write_table(some_table(seed), tmp_path / "d" / f"{seed}.parquet")
    store = open_store(tmp_path / "d")
    (tmp_path / "d" / "5.parquet").unlink()
    with pytest.raises(InputError, match=r"5\.parquet"):
        store.read(5)


def test_repeated_names_and_categories_in_parquet(tmp_path):
    arrays = [pa.array([1, 2]), pa.array(["x", None]).dictionary_encode(), pa.array([3, 4])]
    parquet.write_table(pa.Table.from_arrays(arrays, ["a", "k.x", "a"]), tmp_path / "t.parquet")
    store = open_store(tmp_path / "t.parquet")
    assert store.names == ("a", "k.x", "a")
    assert cells(store.blocks([2, 1]), 0) == [3, 4]
    assert cells(store.blocks([2, 1]), 1) == ["x", None]
