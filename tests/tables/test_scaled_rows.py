"""Rows that single precision cannot hold are refused, and gaps are passed over."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.errors import InputError
from latentia.tables.scaled_rows import checked_scale
from latentia.tables.scaling import Scaling

SCALING = Scaling.fit([[1.0, 0.0], [3.0, 2.0]], "standard")


def test_rows_are_scaled_and_gaps_stay_gaps():
    np.testing.assert_array_equal(checked_scale(SCALING, np.array([[5.0, np.nan]])), [[3.0, np.nan]])


@pytest.mark.parametrize("far", [1e17, -1e17])
def test_what_squares_overflow_of_is_refused_by_column(far):
    with pytest.raises(InputError, match=r"Column 2 reaches 1e.17 in scaled units"):
        checked_scale(SCALING, np.array([[1.0, far], [np.nan, 1.0]]))
