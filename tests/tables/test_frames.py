"""The same rows give the same table, whichever library holds them."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given
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
    assume(len(np.unique(values, axis=1).T) == values.shape[1])  # copies are left out
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
        (pd.DataFrame({"a": [1, 2], "b": [1j, 2]}), "'b' holds no plain values .complex"),
        (
            pd.DataFrame({"a": [1, 2], "b": [1, "x"]}),
            "'b' holds no plain values .Python objects of type int and str",
        ),
        (pd.DataFrame({"a": [1, 2], "b": [{}, {"x": 1}]}), "'b' holds no plain values .nested values"),
        (pl.DataFrame({"b": [[1], [2]]}), "nested values"),
        (
            pl.DataFrame({"b": [None, None], "c": [1, 1]}),
            "No column of the data frame has anything to learn .'b': no cell has a value; 'c': the same in",
        ),
        (pd.DataFrame({"b": [1.0, float("inf")]}), "Column 'b' has infinite cells .1 infinite; in row 2"),
        (
            pd.DataFrame({"b": ["1", "2", "3", "x"]}),
            r"text among the numbers .*'x' in row 4.*types=\{NAME: 'category'\}, or 'numeric'.*\(drop=\)",
        ),
        (pd.DataFrame(), "no rows in the data frame"),
    ],
)
def test_refusals(frame, sentence):
    with pytest.raises(InputError, match=sentence):
        read_table(frame)


MIXED = {
    "mass": [3.5, None, 4.0, 5.5],
    "island": ["Dream", None, "Biscoe", "Dream"],
    "when": [dt.date(2007, 1, 1), dt.date(2007, 1, 2), None, dt.date(2009, 6, 1)],
    "tagged": [True, False, None, True],
    "count": [3, None, 1, 4],
}


@pytest.mark.parametrize("library", ["pandas", "pandas-objects", "polars", "pyarrow", "batch"])
def test_mixed_columns_with_gaps_are_the_same_from_every_library(library):
    made = {**FRAMES, "pandas-objects": lambda columns: pd.DataFrame(columns, dtype=object)}[library](MIXED)
    table = read_table(made)
    nan = np.nan
    np.testing.assert_array_equal(
        table.values,
        [[3.5, 1, 13514, 1, 3], [nan, nan, 13515, 0, nan], [4, 0, nan, nan, 1], [5.5, 1, 14396, 1, 4]],
    )
    assert [column.kind for column in table.schema.columns] == [
        "numeric",
        "category",
        "date",
        "boolean",
        "numeric",
    ]
    assert table.schema.columns[1].categories == ("Biscoe", "Dream")
    assert table.units == (None, None, "days", None, None)
    assert table.source.notes == ("5 cells are missing, in 5 columns.",)
    assert table.source.sha256 == read_table(pa.table(MIXED)).source.sha256


@pytest.mark.parametrize(
    ("column", "categories"),
    [
        (pd.Categorical(["b", "a", None, "b"], categories=["b", "a", "z"], ordered=True), ("b", "a", "z")),
        (pl.Series(["b", "a", None, "b"], dtype=pl.Enum(["b", "a", "z"])), ("b", "a", "z")),
        (pl.Series(["b", "a", None, "b"], dtype=pl.String), ("a", "b")),
        (pa.array(["b", "a", None, "b"]).dictionary_encode(), ("b", "a")),
        (pd.Categorical([7, 8, None, 7]), ("7", "8")),
    ],
)
def test_categories_keep_the_order_that_they_come_with(column, categories):
    kind = pl.DataFrame if isinstance(column, pl.Series) else pd.DataFrame
    frame = (pa.table if isinstance(column, pa.Array) else kind)({"k": column, "n": [1.0, 2.0, 5.0, 7.0]})
    table = read_table(frame)
    assert table.schema.columns[0].categories == categories
    codes = (
        [categories.index(text) if text else np.nan for text in ("b", "a", None, "b")]
        if "b" in categories
        else [0, 1, np.nan, 0]
    )
    np.testing.assert_array_equal(table.values, np.transpose([codes, [1, 2, 5, 7]]))


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
