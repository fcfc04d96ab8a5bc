"""Rows in scaled units for judging: as everywhere, and however far out."""

from __future__ import annotations

import numpy as np
import pytest

from latentia import Autoencoder
from latentia.insight.judged_rows import FARTHEST, codes_and_errors, scaled_to_judge


def test_rows_are_scaled_and_measured_as_the_estimator_does_it_and_far_ones_bounded():
    rows = np.random.default_rng(0).normal(size=(40, 3))
    model = Autoencoder(1, max_epochs=2, hidden_layer_sizes=(), random_state=0).fit(rows)
    scaled = scaled_to_judge(model.trained_, rows)
    assert (scaled == model.trained_.scale(rows)).all()
    codes, errors = codes_and_errors(model.trained_, scaled)
    assert codes == pytest.approx(model.transform(rows), abs=1e-6)
    assert errors == pytest.approx(-model.score_samples(rows))
    far = scaled_to_judge(model.trained_, np.array([[1e300, -1e300, np.nan]]))
    assert far[0, :2].tolist() == [FARTHEST, -FARTHEST]
    assert np.isnan(far[0, 2])
