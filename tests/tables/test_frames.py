"""The same rows give the same table, whichever library holds them."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from latentia.errors import InputError
from latentia.tables.sources import read_table

FRAMES = {
    "pandas": pd.DataFrame,
    "pandas-arrow": lambda columns: pd.DataFrame(columns).convert_dtypes(dtype_backend="pyarrow"),
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
    "batch": lambda columns: pa.record_batch({name: pa.array(cells) for name, cells in columns.items()}),
}


@pytest.mark.parametrize("library", FRAMES)
@given(
    values=hnp.arrays(
        np.float64, st.tuples(st.integers(2, 5), st.integers(1, 3)), elements=st.floats(-1e9, 1e9)
    )
)
def test_same_table_as_the_array(library, values):
    values[0] = values[1] + 1.0 + np.abs(values[1])
    array = read_table(values)
    frame = FRAMES[library](dict(zip(array.names, values.T.copy(), strict=True)))
    table = read_table(frame)
    np.testing.assert_array_equal(table.values, array.values)
    assert table.names == array.names
    assert table.source.sha256 == array.source.sha256


@pytest.mark.parametrize("library", FRAMES)
def test_kinds_labels_and_drop(library):
    columns = {"a": [1, 2, 3], "b": [True, False, True], "c": ["u", "v", "u"], "d [g]": [1.5, 2.5, 0.5]}
    table = read_table(FRAMES[library](columns), label="c", drop=["a"])
    assert list(table.labels) == ["u", "v", "u"]
    assert [(column.name, column.kind, column.unit) for column in table.schema.columns] == [
        ("b", "boolean", None),
        ("d [g]", "numeric", "g"),
    ]
    np.testing.assert_array_equal(table.values, [[1, 1.5], [0, 2.5], [1, 0.5]])


def test_names_that_are_not_text():
    frame = pd.DataFrame({4: [1, 2], "x": [1.0, 5.0], ("u", 1): [2, 3]})
    table = read_table(frame, label=4)
    assert table.names == ("x", "u 1")
    assert list(table.labels) == ["1", "2"]
    assert table.source.notes == ("A column name was not text, such as 4, and became text.",)


def test_objects_may_be_labels():
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "k": pd.Series([1, "x", None], dtype=object)})
    assert list(read_table(frame, label="k").labels) == ["1", "x", "missing"]


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]), r"1 name stands .*\('a'\)"),
        (pl.LazyFrame({"a": [1]}), "polars LazyFrame is lazy"),
        (pd.Series([1, 2]), "pandas Series is a single column"),
        (pl.Series([1, 2]), "polars Series is a single column"),
        (pd.DataFrame({"a": [1, 2], "b": [1j, 2]}), "'b' holds no plain numbers .complex"),
        (
            pd.DataFrame({"a": [1, 2], "b": [1, "x"]}),
            "'b' holds no plain numbers .Python objects of type int and str",
        ),
        (pd.DataFrame({"a": [1, 2], "b": [{}, {"x": 1}]}), "'b' holds no plain numbers .nested values"),
        (pd.DataFrame({"b": pd.to_datetime(["2020", "2021"])}), "dates or times"),
        (pd.DataFrame({"b": pd.to_timedelta([1, 2])}), "durations"),
        (pd.DataFrame({"b": pd.array([1, None], dtype="Int64")}), "1 missing; in row 2"),
        (pd.DataFrame({"b": pd.Categorical([7, 8])}), "holds text .2 different values such as '7'"),
        (pl.DataFrame({"b": [[1], [2]]}), "nested values"),
        (pl.DataFrame({"b": pl.Series(["u", "v"], dtype=pl.Categorical)}), "2 different values such as 'u'"),
        (pl.DataFrame({"b": ["1", "2"]}), "numbers stored as text"),
        (pl.DataFrame({"b": [None, None]}), "2 missing; in 2 of 2 rows, the first is row 1"),
        (pd.DataFrame(), "no rows in the data frame"),
        (
            pd.DataFrame({"a": ["x", "y"], "b": ["u", "v"]}),
            "2 columns hold text .*pass one as .*label=.*drop=",
        ),
    ],
)
def test_refusals(frame, sentence):
    with pytest.raises(InputError, match=sentence):
        read_table(frame)


def test_frame_libraries_are_not_imported_for_others(tmp_path):
    (tmp_path / "t.csv").write_text("a,b,c,d\n1, 2,x,true\n5,7,NA ,true\n3, 4.5,y,false\n")
    code = (
        "import sys, numpy; from latentia.tables.sources import read_table;"
        f"path = {str(tmp_path / 't.csv')!r};"
        "read_table(path, label='c'); read_table(numpy.eye(3)); read_table([[1], [2]]);"
        "print(*sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert not {"pandas", "polars", "sklearn", "jax"} & set(done.stdout.split())
