"""Parquet files at an address: read piece by piece, in order, and refused in sentences of ours."""

from __future__ import annotations

import io
import sys

import fsspec
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from latentia.errors import InputError, MissingExtraError
from latentia.passing import encode_table
from latentia.tables.sources import read_table
from latentia.tables.stores import open_store


@pytest.fixture
def bucket():
    """Return a file system in memory, empty before and after."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


def some_table(seed, n_rows=30):
    return pa.table(
        {name: np.random.default_rng([seed, at]).normal(size=n_rows) for at, name in enumerate("ab")}
    )


def write(system, path, table):
    with system.open(path, "wb") as file:
        parquet.write_table(table, file, row_group_size=10)


@pytest.fixture
def years(bucket):
    for year in (2001, 2002):
        write(bucket, f"/d/year={year}/part.parquet", some_table(year))
    write(bucket, "/d/_temporary/part.parquet", some_table(3))
    bucket.pipe("/d/notes.md", b"nothing to read")
    return pa.concat_tables([some_table(2001), some_table(2002)])


@pytest.mark.parametrize("address", ["memory://d", "memory://d/*/*.parquet", "memory://d/**/*.parquet"])
def test_a_folder_and_a_pattern(years, address):
    store = open_store(address)
    assert (store.parts, store.path) == ((10,) * 6, address)
    assert store.notes == ("The names of folders, such as 'year=2001', were not read as columns.",)
    for position in range(2):
        blocks = [block.fetch(position) for block in store.blocks(n_rows=7)]
        assert np.concatenate(blocks).tolist() == years.column(position).to_pylist()
        assert store.read(4, [position]).fetch(0).to_pylist() == years.column(position)[40:50].to_pylist()
    np.testing.assert_array_equal(read_table(address).values, np.column_stack(years.columns))


def test_one_file_and_a_list(bucket, years):
    first = "memory://d/year=2001/part.parquet"
    assert open_store(first).parts == (10,) * 3
    np.testing.assert_array_equal(read_table(first).values, np.column_stack(some_table(2001).columns))
    assert open_store([first, first.replace("2001", "2002")]).parts == (10,) * 6


def test_a_file_that_changes_is_noticed(bucket, years):
    store = open_store("memory://d")
    before = store.fingerprint()
    assert open_store("memory://d").fingerprint() == before
    write(bucket, "/d/year=2002/part.parquet", some_table(5))
    with pytest.raises(InputError, match=r"part\.parquet changed while it was read"):
        store.read(5)
    assert open_store("memory://d").fingerprint() != before


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("memory://d/z*.parquet", r"There is no Parquet file at memory://d/z\*\.parquet; check the address"),
        ("memory://d/gone.parquet", r"memory://d/gone\.parquet cannot be read \(there is no such file\)"),
        (
            "memory://d/t.csv",
            r"memory://d/t\.csv cannot be read \(there is no such file\); check the address",
        ),
        (
            "memory://d/t.docx",
            r"memory:///?d/t\.docx .*there is no such file|t\.docx has the ending '\.docx'",
        ),
        (
            "memory://e/f.zarr",
            r"memory://e/f\.zarr is a folder, and only single files are fetched; download it",
        ),
        (
            ["memory://e/t.csv"],
            r"memory://e/t\.csv is no Parquet file, and of several files at addresses only",
        ),
        ("memory://e", r"memory:///e/t\.csv is no Parquet file, .* download them first"),
        ("nowhere://d/t.parquet", r"nowhere://d/t\.parquet cannot be read \(Protocol not known: nowhere\)"),
    ],
)
def test_what_cannot_be_read(bucket, years, address, sentence):
    bucket.pipe("/e/t.csv", b"a,b\n1,2\n")
    bucket.pipe("/e/f.zarr/.zgroup", b"{}")
    with pytest.raises(InputError, match=sentence):
        read_table(address)


@pytest.mark.parametrize("ending", ["csv", "tsv", "npy", "feather"])
def test_a_file_of_another_format_is_fetched_once(bucket, tmp_path, monkeypatch, ending):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    frame, content = some_table(1).to_pandas(), io.BytesIO()
    match ending:
        case "npy":
            np.save(content, frame.to_numpy())
        case "feather":
            feather.write_feather(frame, content)
        case _:
            frame.to_csv(content, index=False, sep="," if ending == "csv" else "\t")
    address = f"memory://t.{ending}"
    bucket.pipe(f"/t.{ending}", content.getvalue())
    table = read_table(address)
    np.testing.assert_allclose(table.values, frame.to_numpy(), rtol=1e-12)
    assert table.source.notes[0] == "It was fetched once, as a whole, to be read."
    assert (table.source.name, table.source.path) == (f"t.{ending}", address)
    assert list(tmp_path.iterdir()) == []  # nothing is left of it
    if ending == "csv":
        assert (
            read_table(address, header=False, types={"column 1": "category", "column 2": "category"}).n_rows
            == 31
        )
        bucket.pipe("/t.csv", b"")
        with pytest.raises(InputError, match=r"t\.csv is empty"):
            read_table(address)


def test_a_damaged_file_is_named(bucket):
    bucket.pipe("/d/t.parquet", b"PAR1 and no more")
    with pytest.raises(InputError, match=r"t\.parquet is not a complete Parquet file"):
        open_store("memory://d/t.parquet")
    bucket.pipe("/d/t.parquet", b"")
    with pytest.raises(InputError, match=r"t\.parquet is empty \(0 bytes\)"):
        open_store("memory://d/t.parquet")


def test_without_fsspec(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingExtraError, match=r"needs the package fsspec, .* 'latentia\[url\]'"):
        open_store("memory://d/t.parquet")


def test_encode_reads_from_an_address(tmp_path, years):
    import latentia

    model = latentia.Autoencoder(1, hidden_layer_sizes=(), max_epochs=1, random_state=0).fit(years)
    assert encode_table(model, "memory://d", tmp_path / "codes.csv").n_rows == 60
    fsspec.filesystem("memory").pipe("/t.csv", b"b,a\n1,2\n3,4\n")
    passed = encode_table(model, "memory://t.csv", tmp_path / "more.csv")
    assert (passed.n_rows, passed.notes[0]) == (2, "It was fetched once, as a whole, to be read.")
