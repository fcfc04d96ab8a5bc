"""Numbers between NumPy and Arrow, bit by bit and without pandas."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from latentia.tables.arrow_numbers import to_arrow, to_floats


@pytest.mark.parametrize(
    "values",
    [
        np.array([1.5, np.nan, -0.0]),
        np.array([1.5, 2.5], np.float32),
        np.arange(20, dtype=np.int64)[::3],
        np.arange(11) % 3 == 0,
        np.empty(0),
        np.asfortranarray(np.arange(6.0).reshape(3, 2))[1],
    ],
    ids=["doubles", "singles", "strided", "flags", "none", "a row"],
)
def test_arrow_has_the_same_values_and_types_as_its_own_conversion(values):
    made = to_arrow(values)
    assert isinstance(made, pa.Array)
    assert made.type == pa.array(values).type
    assert made.null_count == 0
    np.testing.assert_array_equal(made.to_numpy(zero_copy_only=False), values)


@pytest.mark.parametrize(
    "values", [["a"], np.array(["a"]), np.arange(3, dtype=np.int8), pa.array([1])], ids=lambda v: str(type(v))
)
def test_what_it_does_not_know_is_left_to_arrow(values):
    assert to_arrow(values) is values


def test_there_and_back():
    values = np.random.default_rng(0).normal(size=50)
    np.testing.assert_array_equal(to_floats(pa.chunked_array([to_arrow(values)])), values)
