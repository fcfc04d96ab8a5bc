"""A scaling in an ONNX graph gives the numbers that `Scaling` gives, in float64, there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from latentia.modelfiles.onnx_check import Session
from latentia.modelfiles.onnx_drawing import DOUBLE, Drawing, Port
from latentia.modelfiles.onnx_scaling import scaled, sizes_of, unscaled
from latentia.tables.scalable import KINDS
from latentia.tables.scaling import Scaling
from problems import counts, holed

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

RNG = np.random.default_rng(3)
# Ordinary, skewed, tied, constant, with a large offset, and tiny.
ROWS = np.c_[
    RNG.gamma(2.0, size=60),
    np.exp(3 * RNG.normal(size=60)),
    RNG.integers(4, size=60),
    np.full(60, 7.0),
    1e6 + 0.01 * RNG.normal(size=60),
    1e-13 * RNG.gamma(2.0, size=60),
]
FAR = np.array([[1e4, 1e9, 50.0, 8.0, 2e6, 1e-9], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]])
CELLS = st.floats(0.0, 1e9, allow_subnormal=False)


def there(scaling, rows):
    """Return what a graph makes of rows: scaled ones, and sizes."""
    drawing, p = Drawing(), scaling.n_columns
    sizes = sizes_of(drawing, "X", scaling)
    outputs = {scaled(drawing, "X", scaling, sizes): Port("scaled", DOUBLE, p, "")}
    if sizes is not None:
        outputs[sizes] = Port("sizes", DOUBLE, 1, "")
    model = drawing.model("there", [Port("X", DOUBLE, p, "")], outputs, about="", metadata={})
    return Session(model.SerializeToString()).run({"X": rows})


def back(scaling, codes):
    """Return what a graph makes of scaled rows."""
    drawing, p = Drawing(), scaling.n_columns
    outputs = {unscaled(drawing, "Z", scaling): Port("back", DOUBLE, p, "")}
    model = drawing.model("back", [Port("Z", DOUBLE, p, "")], outputs, about="", metadata={})
    return Session(model.SerializeToString()).run({"Z": codes})["back"]


def assert_same(scaling, rows, codes):
    """Compare graphs with the scaling to the last few digits."""
    told, restored = there(scaling, rows), back(scaling, codes)
    np.testing.assert_allclose(told["scaled"], scaling.transform(rows), rtol=1e-12, atol=1e-12)
    spread = np.abs(scaling.spread) + np.abs(scaling.center)
    off = np.abs(restored - scaling.inverse_transform(codes))
    assert (off <= 1e-12 * (spread + np.abs(restored))).all()
    return told


@pytest.mark.parametrize("holes", [False, True], ids=["whole", "holed"])
@pytest.mark.parametrize("kind", [*KINDS, KINDS[: ROWS.shape[1]], KINDS[-ROWS.shape[1] :]], ids=str)
def test_every_scaling_is_the_same_there_and_back(kind, holes):
    rows = holed(ROWS, 0.2) if holes else ROWS
    scaling = Scaling.fit(rows, kind)
    codes = np.concatenate([scaling.transform(ROWS), RNG.normal(size=(40, 6)), [[-50.0] * 6, [50.0] * 6]])
    assert_same(scaling, np.concatenate([rows, FAR]), codes)


@pytest.mark.parametrize("kind", ["quantile", "log1p-standard", "standard"])
@given(data=st.data())
def test_whatever_was_learned_from_it_is_the_same(kind, data):
    shape = (data.draw(st.integers(2, 20)), 2)
    rows = data.draw(hnp.arrays(np.float64, shape, elements=CELLS | st.sampled_from([0.0, 1.0, 2.0])))
    more = data.draw(hnp.arrays(np.float64, (5, 2), elements=CELLS | st.just(np.nan)))
    scaling = Scaling.fit(rows, kind)
    assert_same(scaling, np.concatenate([rows, more]), np.array([[-3.0, 0.0], [0.5, 3.0]]))


def test_small_differences_on_a_large_offset_are_kept():
    scaling = Scaling.fit(ROWS[:, [4]], "standard")
    assert there(scaling, ROWS[:, [4]])["scaled"].std() == pytest.approx(1.0)
    # Where float32 has steps of six standard deviations.
    assert len(np.unique(ROWS[:, 4].astype(np.float32))) < 4


def test_rows_of_counts_are_brought_to_a_common_size():
    rows = counts(n_rows=50, n_columns=5).table
    rows = np.concatenate([holed(rows, 0.2), rows * 7, np.zeros((1, 5)), np.full((1, 5), np.nan)])
    scaling = Scaling.fit(rows, "log1p", size_factors=True)
    told = assert_same(scaling, rows, scaling.transform(rows[50:100]))
    np.testing.assert_allclose(told["sizes"], scaling.sizes(rows), rtol=1e-14)
    assert told["sizes"].max() > 3 * np.median(told["sizes"])


def test_only_columns_of_counts_say_how_large_a_row_is():
    rows = np.c_[1000 * RNG.random(30), counts(n_rows=30, n_columns=3).table]
    scaling = Scaling.fit(rows, ("standard", "log1p", "log1p", "log1p"), size_factors=True)
    told = assert_same(scaling, rows, scaling.transform(rows))
    np.testing.assert_allclose(told["sizes"], scaling.sizes(rows), rtol=1e-14)
