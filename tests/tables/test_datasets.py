"""Arrays in HDF5 and Zarr files: the one that is a table, with names and classes beside it."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from scipy import sparse

import annotated_files
from annotated_files import CELLS, KINDS
from latentia.errors import InputError, MissingExtraError
from latentia.tables.reading import Reading
from latentia.tables.sources import read_table
from latentia.tables.stores import open_store

h5py = pytest.importorskip("h5py")
zarr = pytest.importorskip("zarr")

X = np.random.default_rng(0).normal(size=(12, 3))
OTHER = np.random.default_rng(1).normal(size=(5, 4))
KIND = np.arange(12) % 3


@pytest.fixture(params=["hdf5", "zarr 2", "zarr 3"])
def write(request, tmp_path):
    """Return what writes arrays, and attributes of them, into a new file and returns its path."""

    def write(arrays, attributes=None, name="t"):
        if request.param == "hdf5":
            path = tmp_path / f"{name}.h5"
            with h5py.File(path, "w") as file:
                for key, array in arrays.items():
                    file[key] = array
                    file[key].attrs.update(attributes or {})
            return path
        path = tmp_path / f"{name}.zarr"
        group = zarr.open_group(path, mode="w", zarr_format=int(request.param[-1]))
        for key, array in arrays.items():
            stored = (
                np.array(array, dtype=float)
                if not isinstance(array, list)
                else np.array(array, dtype=np.dtypes.StringDType())
            )
            made = group.create_array(key, data=stored, chunks=tuple(min(7, n) for n in stored.shape))
            made.attrs.update(attributes or {})
        return path

    return write


def test_the_only_array_of_two_dimensions_is_the_table(write):
    path = write({"study/spectra": X, "wavelengths": np.arange(40.0), "kind": KIND})
    table = read_table(path, label="kind")
    np.testing.assert_array_equal(table.values, X)
    assert table.names == ("column 1", "column 2", "column 3")
    assert list(table.labels) == [str(kind) for kind in KIND]
    assert len(table.source.notes) == 1
    assert table.source.notes[0].startswith("The table is the dataset 'study/spectra' of ")
    assert len(table.source.sha256) == 64


def test_names_stand_in_an_attribute_or_in_text_beside_it(write):
    assert read_table(write({"t": X}, {"columns": ["a", "b", "c"]})).names == ("a", "b", "c")
    assert read_table(write({"t": X, "genes": ["a", "b", "c"]})).names == ("a", "b", "c")
    assert read_table(write({"t": X, "genes": ["a", "b"]})).names[0] == "column 1"
    both = {"t": X[:3], "rows": ["r", "s", "t"], "columns": ["a", "b", "c"]}
    assert read_table(write(both)).names == ("a", "b", "c")
    assert read_table(write({"t": X[:3], "rows": ["r", "s", "t"]})).names[0] == "column 1"


def test_one_of_several_has_to_be_named(write):
    path = write({"a/u": X, "b/y": OTHER, "line": KIND})
    sentence = (
        r"has several arrays of two dimensions \('a/u', 'b/y'\), and one is a table; say which one with"
    )
    with pytest.raises(InputError, match=sentence):
        read_table(path)
    for dataset, expected in {"b/y": OTHER, "/b/y": OTHER, "u": X}.items():
        table = read_table(path, dataset=dataset)
        np.testing.assert_array_equal(table.values, expected)
        assert table.source.notes == ()
    with pytest.raises(
        InputError, match=r"has no dataset 'b/z'; the nearest name is 'b/y' \(those of two dim"
    ):
        read_table(path, dataset="b/z")
    with pytest.raises(InputError, match=r"The dataset 'line' of .* has shape \(12,\), but a table has two"):
        read_table(path, dataset="line")
    np.testing.assert_array_equal(read_table(write({"X": X, "y": OTHER})).values, X)


def test_no_table_at_all(write):
    with pytest.raises(
        InputError, match=r"has no array of two dimensions, rows and columns \(it has 'line'\)"
    ):
        read_table(write({"line": KIND}))


@pytest.mark.parametrize("columns", [None, [2, 0]])
def test_blocks_and_parts_are_the_same_rows(write, monkeypatch, columns):
    monkeypatch.setattr("latentia.tables.stores.matrix_file.ROWS_OF_A_PART", 5)
    store = open_store(write({"t": X}), Reading())
    expected = X if columns is None else X[:, columns]
    width = range(expected.shape[1])
    for blocks in (
        list(store.blocks(columns, n_rows=5)),
        [store.read(at, columns) for at in range(len(store.parts))],
    ):
        cells = [np.column_stack([one.fetch(at) for at in width]) for one in blocks]
        np.testing.assert_array_equal(np.concatenate(cells), expected)
    assert store.types == ("float64",) * 3
    assert sum(store.parts) == 12


def test_a_folder_of_them_is_one_table(write, tmp_path):
    for name in ("a", "b"):
        write({"t": X}, {"columns": ["a", "b", "c"]}, name=name)
    table = read_table(tmp_path)
    np.testing.assert_array_equal(table.values, np.r_[X, X])
    pattern = read_table(str(tmp_path / "[ab].*"))
    np.testing.assert_array_equal(pattern.values, np.r_[X, X])


def test_what_it_has_no_use_for(write):
    path = write({"t": X})
    with pytest.raises(
        InputError, match=r"sheet \('1'\) is about workbooks, and t\..* is none; leave it out"
    ):
        read_table(path, sheet=1)
    with pytest.raises(InputError, match=r"is no AnnData and has no layer 'raw'; pass dataset instead"):
        read_table(path, layer="raw")


def test_without_the_package_one_sentence_has_the_command(write, monkeypatch):
    path = write({"t": X})
    package, extra = ("h5py", "h5") if path.suffix == ".h5" else ("zarr", "zarr")
    monkeypatch.setitem(sys.modules, package, None)
    for door in (read_table, open_store):
        with pytest.raises(
            MissingExtraError, match=rf"needs the package {package}, .*'latentia\[{extra}\]'\.$"
        ):
            door(path)


def test_annotated_cells_may_be_in_either(tmp_path):
    with h5py.File(tmp_path / "cells.h5", "w") as file:
        annotated_files.write(file)
    table = read_table(tmp_path / "cells.h5", layer="counts", label="text")
    np.testing.assert_array_equal(table.values, CELLS)
    assert list(table.labels) == KINDS


@pytest.mark.filterwarnings("ignore")  # of anndata, about versions of zarr and pandas
def test_a_folder_that_anndata_wrote(tmp_path):
    anndata = pytest.importorskip("anndata")
    pd = pytest.importorskip("pandas")
    genes = pd.DataFrame(index=pd.Index([f"gene {at}" for at in range(6)], dtype=object))
    cells = pd.DataFrame({"n": np.arange(30) % 3}, index=pd.Index(map(str, range(30)), dtype=object))
    anndata.AnnData(sparse.csr_matrix(CELLS), obs=cells, var=genes).write_zarr(tmp_path / "cells.zarr")
    table = read_table(tmp_path / "cells.zarr", label="n")
    np.testing.assert_array_equal(table.values, CELLS)
    assert table.names == tuple(genes.index)
    assert set(table.labels) == {"0", "1", "2"}


def test_records_and_text_of_hdf5(tmp_path):
    path = tmp_path / "t.h5"
    records = np.array(
        [(1.5, b"u", 3), (2.5, b"v", 4), (7, b"u", 9)], dtype=[("m [g]", "f8"), ("k", "S1"), ("n", "i4")]
    )
    with h5py.File(path, "w") as file:
        file["t"] = records
    for table in (read_table(path), read_table([str(path)])):
        assert table.names == ("m [g]", "k", "n")
        assert [column.kind for column in table.schema.columns] == ["numeric", "category", "numeric"]
        np.testing.assert_array_equal(table.values, [[1.5, 0, 3], [2.5, 1, 4], [7, 0, 9]])


def test_integers_that_lose_digits_are_refused(tmp_path):
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["t"] = np.array([[2**60, 1], [3, 4]])
    with pytest.raises(InputError, match=r"'column 1' has integers beyond ±2\^53"):
        read_table(tmp_path / "t.h5")


def test_a_frame_in_the_pieces_of_pandas_is_refused(tmp_path):
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file.create_group("df").attrs["pandas_type"] = "frame"
        file["df/block0_values"] = X
    with pytest.raises(
        InputError, match=r"t\.h5 was written by pandas' HDFStore, .* save the frame as Parquet"
    ):
        read_table(tmp_path / "t.h5")


@pytest.mark.parametrize(
    "content", [b"", b"\x89HDF\r\n\x1a\n" + bytes(90), b"a,b\n1,2\n"], ids=["empty", "cut", "text"]
)
def test_a_damaged_hdf5_file_is_one_sentence(tmp_path, content):
    (tmp_path / "t.h5").write_bytes(content)
    for door in (read_table, open_store):
        with pytest.raises(
            InputError, match=r"^t\.h5 is (empty \(0 bytes\)|not a complete HDF5 file \().*; .*\.$"
        ):
            door(tmp_path / "t.h5")


@pytest.fixture
def folder(tmp_path):
    group = zarr.open_group(tmp_path / "t.zarr", mode="w", zarr_format=2)
    group.create_array("t", data=X, chunks=(6, 3))
    return tmp_path / "t.zarr"


def test_a_damaged_zarr_folder_is_one_sentence(folder):
    (folder / "t" / "0.0").write_bytes(b"nothing that was compressed")
    for door in (read_table, lambda path: list(open_store(path).blocks())):
        with pytest.raises(
            InputError, match=r"^t\.zarr is not a complete Zarr file \(.*\); save it again or"
        ):
            door(folder)
    (folder / "t" / ".zarray").write_text("{")
    with pytest.raises(InputError, match=r"^t\.zarr is not a complete Zarr file \("):
        read_table(folder)


def test_an_empty_zarr_folder_is_one_sentence(tmp_path):
    (tmp_path / "t.zarr").mkdir()
    with pytest.raises(InputError, match=r"t\.zarr has nothing in it that Zarr would read; write it again\."):
        read_table(tmp_path / "t.zarr")


def test_nothing_is_unpickled(folder):
    description = json.loads((folder / "t" / ".zarray").read_text())
    description.update(
        dtype="|O", filters=[{"id": "pickle", "protocol": 5}], compressor=None, fill_value=None
    )
    (folder / "t" / ".zarray").write_text(json.dumps(description))
    with pytest.raises(InputError, match=r"t\.zarr contains pickled Python objects, which could run code"):
        read_table(folder)
