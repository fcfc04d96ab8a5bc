from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from latentia.tables.filling import filled
from latentia.tables.restoring import restored, stored
from latentia.tables.table import Column, Schema

KINDS = Column("k", "category", "category", None, "", ("b", "a", "z"), ("b", "(other)"), (0, 1, 1))


@pytest.mark.parametrize(
    ("kind", "dtype", "value", "cell"),
    [
        ("numeric", "int64", 2.6, 3),
        ("numeric", "uint8", -2.4, 0),
        ("numeric", "int8", 200.0, 127),
        ("numeric", "uint64", 1e300, 2**62),
        ("numeric", "float", 0.5, 0.5),
        ("numeric", "double", 2.6, 2.6),
        ("boolean", "bool", 0.6, True),
        ("boolean", "bool", 0.4, False),
        ("date", "date32[day]", 1.4, dt.date(1970, 1, 2)),
        ("date", "datetime64[D]", 1.4, dt.date(1970, 1, 2)),
        ("date", "timestamp[us]", 1.5, dt.datetime(1970, 1, 2, 12)),  # noqa: DTZ001 - as it was stored
        ("date", "datetime64[ns]", 1.5, dt.datetime(1970, 1, 2, 12)),  # noqa: DTZ001
        ("date", "timestamp[us, tz=UTC]", 0.5, dt.datetime(1970, 1, 1, 12, tzinfo=dt.UTC)),
        ("date", "timestamp[s]", 1e-5, dt.datetime(1970, 1, 1, 0, 0, 1)),  # noqa: DTZ001
        ("numeric", "duration[ns]", 90.0, dt.timedelta(seconds=90)),
        ("numeric", "duration[s]", 89.6, dt.timedelta(seconds=90)),
        ("numeric", "time32[s]", 51847.6, dt.time(14, 24, 8)),
        ("numeric", "time32[ms]", 51847.0267, dt.time(14, 24, 7, 27_000)),
        ("numeric", "time64[us]", 51847.0267, dt.time(14, 24, 7, 26_700)),
        ("numeric", "time64[ns]", 51847.0267, dt.time(14, 24, 7, 26_700)),
        ("numeric", "time32[s]", -3.0, dt.time()),
        ("numeric", "time32[s]", 86_399.9, dt.time(23, 59, 59)),
        ("numeric", "time64[ns]", 90_000.0, dt.time(23, 59, 59, 999_999)),
    ],
)
def test_numbers_become_what_they_were(kind, dtype, value, cell):
    assert stored(np.array([value, np.nan]), Column("c", kind, dtype, None, "")).to_pylist() == [cell, None]


@pytest.mark.parametrize(
    "dtype",
    [
        "time32[s]",
        "time32[ms]",
        "time64[us]",
        "time64[ns]",
        "duration[s]",
        "int8",
        "uint16",
        "int64",
        "float",
    ],
)
def test_numbers_have_the_type_that_they_had(dtype):
    assert str(stored(np.array([60.0]), Column("c", "numeric", dtype, None, "")).type) == dtype


def test_categories_come_back_in_their_order():
    schema = Schema((KINDS,))
    named = restored(np.array([[0.0], [np.nan]]), schema)["k"]
    assert named.to_pylist() == ["b", None]
    assert named.chunk(0).dictionary.to_pylist() == ["b", "a", "z"]
    # Only where it stands are the rare ones one of the categories.
    pooled = restored(np.array([[0.0], [1.0]]), schema)["k"]
    assert pooled.to_pylist() == ["b", "(other)"]
    assert pooled.chunk(0).dictionary.to_pylist() == ["b", "a", "z", "(other)"]


def test_cells_are_filled_and_nothing_is_changed_in_place():
    frame = pd.DataFrame(
        {"k": pd.Categorical(["b", None], ["b", "a", "z"]), "n": [1.5, None], "t": ["x", "1"]}
    )
    columns = [
        KINDS,
        Column("n", "numeric", "double", None, ""),
        Column("t", "category", "string", None, "", ("1", "x")),
    ]
    whole = filled(frame, np.array([[0.0, 9.0, 0.0], [0.0, 2.5, 0.0]]), columns)
    assert whole.to_dict("list") == {"k": ["b", "b"], "n": [1.5, 2.5], "t": ["x", "1"]}
    assert list(whole.dtypes) == list(frame.dtypes)
    assert frame.isna().to_numpy().sum() == 2
    batch = pa.RecordBatch.from_pydict({"n": [None, 4]})
    assert filled(batch, np.array([[7.2], [8.0]]), [columns[1]]).to_pydict() == {"n": [7, 4]}
