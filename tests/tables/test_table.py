from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from latentia.errors import InputError
from latentia.tables.table import Column, Schema, Source, Table

SCHEMA = Schema((Column("a", "numeric", "int64", None, ""), Column("b [g]", "numeric", "int64", "g", "")))
SOURCE = Source("made", None, "0")


def test_take_keeps_rows_and_labels_together():
    table = Table(np.arange(6.0).reshape(3, 2), SCHEMA, np.array(["x", "y", "z"], object), "class", SOURCE)
    taken = table.take([2, 0])
    np.testing.assert_array_equal(taken.values, [[4.0, 5.0], [0.0, 1.0]])
    assert list(taken.labels) == ["z", "x"]
    assert (taken.n_rows, taken.n_columns, taken.names, taken.units) == (2, 2, ("a", "b [g]"), (None, "g"))


def test_parts_must_fit():
    with pytest.raises(InputError, match=r"shape \(3, 1\) but the schema has 2"):
        Table(np.zeros((3, 1)), SCHEMA, None, None, SOURCE)
    with pytest.raises(InputError, match="2 labels for 3 rows"):
        Table(np.zeros((3, 2)), SCHEMA, np.array(["x", "y"], object), "class", SOURCE)


def test_the_room_is_light():
    heavy = {"jax", "pyarrow", "pandas", "polars", "sklearn", "scipy", "narwhals"}
    code = "import sys, latentia.tables, latentia.tables.sources; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert not heavy & set(done.stdout.split())
