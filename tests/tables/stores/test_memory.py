"""What is read one block at a time takes no more memory than a block."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

MEGABYTE = 1 << 20
N_ROWS, N_COLUMNS = 400_000, 100

READ = """
import re, sys
import numpy as np
from latentia.tables.stores import open_store

def peak():  # of this program alone; what getrusage tells includes the one that has started it
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])

def total(draft):
    return sum(float(np.asarray(draft.fetch(at)).sum()) for at in range(len(draft.names)))

store = open_store(sys.argv[1])
before = peak()
for block in store.blocks(n_rows=1000):
    total(block)
for part in range(len(store.parts)):
    total(store.read(part))
print((peak() - before) // 1024, store.bytes)
"""


def write_npy(path, rows):
    np.save(path, rows)


def write_arrow(path, rows):
    table = pa.table({f"c{at}": column for at, column in enumerate(rows.T)})
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=20_000)


def write_parquet(path, rows):
    table = pa.table({f"c{at}": column for at, column in enumerate(rows.T)})
    parquet.write_table(table, path, row_group_size=len(table), use_dictionary=False)


def write_csv(path, rows):
    from pyarrow import csv

    csv.write_csv(pa.table({f"c{at}": column for at, column in enumerate(rows[:100_000].T)}), path)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the memory of a program")
@pytest.mark.parametrize(
    ("name", "write"),
    [("t.npy", write_npy), ("t.arrow", write_arrow), ("t.parquet", write_parquet), ("t.csv", write_csv)],
)
def test_memory_does_not_grow_with_the_file(tmp_path, name, write):
    rows = np.random.default_rng(0).normal(size=(N_ROWS, N_COLUMNS))
    write(tmp_path / name, rows)
    # A Parquet file is one row group here, which as a part would be whole.
    script = READ if name != "t.parquet" else READ.replace("len(store.parts)", "0")
    answer = subprocess.run(
        [sys.executable, "-c", script, tmp_path / name], capture_output=True, text=True, check=True
    ).stdout.split()
    growth, size = int(answer[0]), int(answer[1])
    assert size > 150 * MEGABYTE
    assert growth < 150  # and reading all of it would take more than its size
