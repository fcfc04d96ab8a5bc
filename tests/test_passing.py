"""However a table is stored and cut, what a model makes of its rows is the same file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, feather, parquet

import latentia
from latentia.errors import InputError
from latentia.passing import encode_table, impute_table
from latentia.tables.stores import store, text
from problems import mixed

MEGABYTE = 1 << 20
WRITERS = {
    "t.parquet": lambda table, path: parquet.write_table(table, path, row_group_size=7),
    "t.feather": feather.write_feather,
    "t.csv": csv.write_csv,
}


def with_gaps():
    gaps = mixed().to_pandas()
    gaps.loc[3, "size"] = gaps.loc[4, "kind"] = gaps.loc[25, "day"] = None
    return pa.Table.from_pandas(gaps, schema=mixed().schema, preserve_index=False)


@pytest.fixture(scope="module")
def model():
    return latentia.Autoencoder(2, hidden_layer_sizes=(), max_epochs=3, random_state=0).fit(mixed())


class Counting:
    def __init__(self):
        self.told = []

    def rows(self, name, done):
        self.told.append((name, done))


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("passed", [encode_table, impute_table])
def test_blocks_make_no_difference(tmp_path, monkeypatch, model, name, passed, ending):
    table = with_gaps()
    WRITERS[name](table, tmp_path / name)
    passed(model, table, tmp_path / f"whole{ending}")
    monkeypatch.setattr(store, "MOST_BYTES", 24 * 11)
    monkeypatch.setattr(text, "CHARACTERS_AT_ONCE", 200)
    progress = Counting()
    done = passed(model, tmp_path / name, tmp_path / f"blocks{ending}", progress)
    assert len(progress.told) > 2
    assert progress.told[-1][1] == done.n_rows == 40
    if name != "t.csv" or passed is encode_table:  # text has other types, such as no 32-bit floats
        assert (tmp_path / f"blocks{ending}").read_bytes() == (tmp_path / f"whole{ending}").read_bytes()


def test_the_codes_are_those_of_the_estimator(tmp_path, model):
    parquet.write_table(with_gaps(), tmp_path / "t.parquet")
    done = encode_table(model, [tmp_path / "t.parquet"], tmp_path / "codes.parquet")
    codes = parquet.read_table(tmp_path / "codes.parquet")
    assert codes.column_names == list(model.get_feature_names_out())
    np.testing.assert_array_equal(np.column_stack(codes.columns), model.transform(with_gaps()))
    assert (done.n_rows, done.n_columns, done.notes) == (40, 2, ())
    impute_table(model, tmp_path / "t.parquet", tmp_path / "whole.parquet")
    assert parquet.read_table(tmp_path / "whole.parquet").equals(model.impute(with_gaps()))


def test_a_folder_is_written_in_order(tmp_path, model):
    (tmp_path / "d").mkdir()
    for at, start in enumerate(range(0, 40, 10)):
        parquet.write_table(with_gaps().slice(start, 10), tmp_path / "d" / f"{at}.parquet")
    for passed in (encode_table, impute_table):
        passed(model, tmp_path / "d", tmp_path / "pieces.csv")
        passed(model, with_gaps(), tmp_path / "whole.csv")
        assert (tmp_path / "pieces.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_an_error_in_the_last_block_leaves_no_file(tmp_path, monkeypatch, model):
    monkeypatch.setattr(store, "MOST_BYTES", 24 * 11)
    sizes = mixed().column("size").to_pylist()
    at = mixed().column_names.index("size")
    spoilt = mixed().set_column(at, "size", pa.array([*sizes[:-1], float("inf")]))
    parquet.write_table(spoilt, tmp_path / "t.parquet")
    for passed in (encode_table, impute_table):
        with pytest.raises(
            InputError, match=r"In rows 34 to 40 of t\.parquet, where row 34 counts as row 1: Column"
        ):
            passed(model, tmp_path / "t.parquet", tmp_path / "out.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


ENCODE = """
import re, sys
import latentia
from latentia.passing import encode_table, impute_table

def peak():  # of this program alone; what getrusage tells includes the one that has started it
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) // 1024

model = latentia.load(sys.argv[1])
passed = {"encode": encode_table, "impute": impute_table}[sys.argv[4]]
passed(model, sys.argv[2] + "/small.parquet", sys.argv[3])
before = peak()
done = passed(model, sys.argv[2] + "/large.parquet", sys.argv[3])
print(done.n_rows, peak() - before)
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Return a folder with a table of a million rows, one that is small beside it, and a model of them."""
    folder, rng = tmp_path_factory.mktemp("large"), np.random.default_rng(0)
    names, n_rows = [f"c{at}" for at in range(50)], 20_000
    schema = pa.schema([(name, pa.float64()) for name in names])
    rows = pa.table(dict(zip(names, rng.normal(size=(50, n_rows)), strict=True)))
    with parquet.ParquetWriter(
        folder / "large.parquet", schema, use_dictionary=False, compression="none"
    ) as writer:
        for _ in range(50):
            writer.write_table(rows)
    parquet.write_table(pa.concat_tables([rows] * 4), folder / "small.parquet")
    assert (folder / "large.parquet").stat().st_size > 350 * MEGABYTE
    small = rows.slice(0, 200).to_pandas()
    model = latentia.Autoencoder(2, hidden_layer_sizes=(), max_epochs=1, random_state=0).fit(small)
    model.save(folder / "m.latentia")
    return folder


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the memory of a program")
@pytest.mark.parametrize("command", ["encode", "impute"])
@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_memory_does_not_grow_with_the_table(large, tmp_path, command, ending):
    arguments = (large / "m.latentia", large, tmp_path / f"out{ending}", command)
    answer = subprocess.run(
        [sys.executable, "-c", ENCODE, *arguments], capture_output=True, text=True, check=True
    ).stdout.split()
    assert int(answer[0]) == 1_000_000
    assert int(answer[1]) < 200  # of a table of 400 MB
