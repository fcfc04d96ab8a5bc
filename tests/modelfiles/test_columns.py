"""write_columns: what other programs read is what was there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from latentia.errors import OutputError
from latentia.modelfiles.columns import write_columns

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
