"""What a model leaves over of rows."""

from __future__ import annotations

import numpy as np
import pytest

import problems
from latentia.insight.quality import quality
from latentia.insight.residuals import row_errors


def test_row_errors_average_to_the_overall_error():
    rows = problems.unrelated()
    made = 0.5 * rows
    expected = quality(rows, made, center=np.zeros(6), rows="training").mse
    assert row_errors(rows, made).mean() == pytest.approx(expected)
