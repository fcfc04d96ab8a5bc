"""write_columns: what other programs read is what was there."""

from __future__ import annotations

import itertools
import resource
import signal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from latentia.errors import OutputError
from latentia.modelfiles import columns as module
from latentia.modelfiles.columns import columns_written, write_columns

COLUMNS = {
    "factor 1": np.array([0.1, -1e-300, 1 / 3]),
    'a "quoted", name': np.array([1.0, 2.0, 3.0]),
    "class": np.array(["rot", "weiß", 'say "no"'], dtype=object),
    "row": np.arange(3),
}


@pytest.mark.parametrize(("ending", "read"), [(".csv", pd.read_csv), (".parquet", pd.read_parquet)])
def test_another_reader_finds_the_same_values(tmp_path, ending, read):
    path = tmp_path / f"codes{ending}"
    write_columns(path, COLUMNS)
    frame = read(path)
    assert list(frame.columns) == list(COLUMNS)
    for name, values in COLUMNS.items():
        np.testing.assert_array_equal(frame[name].to_numpy(), values)


def test_parquet_pages_have_checksums(tmp_path):
    path = tmp_path / "codes.parquet"
    write_columns(path, {"a": np.full(1000, 7.25)})
    content = bytearray(path.read_bytes())
    for position in range(20, 60):
        content[position] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(OSError, match=r".+"):
        parquet.read_table(path, page_checksum_verification=True)


@pytest.mark.parametrize("name", ["codes.xlsx", "codes"])
def test_an_unknown_ending_is_refused(tmp_path, name):
    with pytest.raises(OutputError, match=r"let it end in \.csv or \.parquet"):
        write_columns(tmp_path / name, COLUMNS)
    assert list(tmp_path.iterdir()) == []


def rows_of(first, last):
    return {name: values[first:last] for name, values in LONG.items()}


LONG = {"a": np.arange(1000) / 7, "k": np.array(["u", "v", None, "w"] * 250, dtype=object)}


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize(
    "cuts", [(0, 1000), (0, 1, 2, 3, 1000), (0, 0, 400, 401, 900, 1000), range(0, 1001, 10)]
)
def test_how_the_rows_come_makes_no_difference(tmp_path, monkeypatch, ending, cuts):
    monkeypatch.setattr(module, "MOST_ROWS", 300)
    write_columns(tmp_path / f"whole{ending}", LONG)
    with columns_written(tmp_path / f"pieces{ending}") as write:
        for first, last in itertools.pairwise(cuts):
            write(
                rows_of(first, last) if last > first else {"a": np.zeros(0), "k": pa.array([], pa.string())}
            )
    assert (tmp_path / f"pieces{ending}").read_bytes() == (tmp_path / f"whole{ending}").read_bytes()
    if ending == ".parquet":
        groups = parquet.ParquetFile(tmp_path / "pieces.parquet").metadata
        assert [groups.row_group(at).num_rows for at in range(groups.num_row_groups)] == [300, 300, 300, 100]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_goes_wrong_on_the_way_leaves_the_old_file(tmp_path, monkeypatch, ending, error):
    monkeypatch.setattr(module, "MOST_ROWS", 10)
    path = tmp_path / f"codes{ending}"
    path.write_text("old")
    with pytest.raises(error), columns_written(path) as write:  # noqa: PT012 - the error comes in between
        write(rows_of(0, 50))
        raise error
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(module, "MOST_ROWS", 10)
    path = tmp_path / f"codes{ending}"
    path.write_text("old")
    before, limit = signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limit[1]))
    try:
        with pytest.raises(OutputError, match="could not be written"), columns_written(path) as write:
            write(LONG)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, before)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
