from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from latentia.tables.labels import as_labels


@pytest.mark.parametrize(
    ("cells", "labels", "n_missing"),
    [
        (np.array([3, 10]), ["3", "10"], 0),
        (np.array([3.0, 2.5, np.nan]), ["3", "2.5", "missing"], 1),
        (np.array([True, False]), ["True", "False"], 0),
        (np.array(["a ", ""]), ["a", "missing"], 1),
        (np.array([b"a"]), ["a"], 0),
        (np.array(["x", None, 3], object), ["x", "missing", "3"], 1),
        (pa.chunked_array([["a", None], ["b"]]), ["a", "missing", "b"], 1),
        (pa.chunked_array([pa.array(["u", "v"]).dictionary_encode()]), ["u", "v"], 0),
    ],
)
def test_classes_become_text(cells, labels, n_missing):
    got, missing = as_labels(cells)
    assert got.dtype == object
    assert (list(got), missing) == (labels, n_missing)
