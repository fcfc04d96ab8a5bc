from __future__ import annotations

import hashlib

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from latentia.errors import InputError
from latentia.tables.sources import read_table

ARROW = pa.table({"a": [1.5, 2.5, 4.0], "b": [3, 4, 6]})
VALUES = [[1.5, 3], [2.5, 4], [4, 6]]


def write_stream(table, path):
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table)


WRITERS = {
    "t.parquet": parquet.write_table,
    "t.feather": feather.write_feather,
    "t.arrow": write_stream,
    "t.npy": lambda table, path: np.save(path, np.array(VALUES)),
    "t.npz": lambda table, path: np.savez(path, X=np.array(VALUES)),
    "t.csv": lambda table, path: path.write_text("a,b\n1.5,3\n2.5,4\n4,6\n"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_formats(tmp_path, name):
    path = tmp_path / name
    WRITERS[name](ARROW, path)
    for given in (path, str(path)):
        table = read_table(given)
        np.testing.assert_array_equal(table.values, VALUES)
        assert (table.source.name, table.source.path) == (name, str(path))
        assert table.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", WRITERS)
def test_cut_files_are_refused_or_whole(tmp_path, name):
    path = tmp_path / name
    WRITERS[name](ARROW, path)
    content = path.read_bytes()
    for kept in [0, 1, 4, len(content) // 2, len(content) - 9]:
        path.write_bytes(content[:kept])
        with pytest.raises(InputError, match=name):
            read_table(path)


def test_flipped_bytes_in_parquet_are_noticed(tmp_path):
    path = tmp_path / "t.parquet"
    values = np.arange(1000.0)
    parquet.write_table(
        pa.table({"a": values}), path, write_page_checksum=True, compression="none", use_dictionary=False
    )
    content = bytearray(path.read_bytes())
    content[content.index(values[500].tobytes()) + 3] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a complete Parquet file"):
        read_table(path)


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "t.feather"])
@pytest.mark.parametrize("stored", [pl.String, pl.Categorical, pl.Enum(["u", "v", "w"])])
def test_categories_as_polars_writes_them(tmp_path, name, stored):
    frame = pl.DataFrame({"a": [1.5, 2.5, 4.0], "k": pl.Series(["u", None, "v"], dtype=stored)})
    write = frame.write_parquet if name == "t.parquet" else frame.write_ipc
    write(tmp_path / name)
    assert list(read_table(tmp_path / name, label="k").labels) == ["u", "missing", "v"]
    table = read_table(tmp_path / name)
    kind = table.schema.columns[1]
    assert (kind.kind, kind.categories[:2]) == ("category", ("u", "v"))
    np.testing.assert_array_equal(table.values[:, 1], [0, np.nan, 1])


def test_pandas_index_in_parquet_is_not_a_column(tmp_path):
    import pandas as pd

    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0]}, index=[0, 1, 2])
    frame.iloc[:2].to_parquet(tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet").names == ("a",)


def test_what_is_not_there(tmp_path, monkeypatch):
    for name in ("wine.csv", "wine.parquet", "winee.txt~"):
        (tmp_path / name).write_text("a\n1\n2\n")
    with pytest.raises(InputError, match=r"There is no file .*wnie.csv'; did you mean '.*/wine.csv'\?"):
        read_table(tmp_path / "wnie.csv")
    with pytest.raises(InputError, match=r"There is no file .*birds.csv'; pass a file or one of"):
        read_table(tmp_path / "birds.csv")
    with pytest.raises(InputError, match=r"No file matches .*wines\*.csv'; did you mean '.*/wine.csv'\?"):
        read_table(tmp_path / "wines*.csv")
    with pytest.raises(InputError, match="nor its folder"):
        read_table(tmp_path / "nowhere" / "wine.csv")
    with pytest.raises(InputError, match=r"wine\.csv and wine\.parquet, and a table has one"):
        read_table(tmp_path)
    monkeypatch.chdir(tmp_path / "..")
    with pytest.raises(InputError, match=r"'digts'; did you mean 'digits'\?"):
        read_table("digts")


def test_what_cannot_be_read(tmp_path):
    (tmp_path / "t.docx").write_bytes(b"PK")
    (tmp_path / "t").write_text("a\n1\n")
    with pytest.raises(InputError, match=r"ending '.docx', which is no known format; save it as \.csv"):
        read_table(tmp_path / "t.docx")
    with pytest.raises(InputError, match="no ending"):
        read_table(tmp_path / "t")
