"""Losses cell by cell, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.networks.losses import LOSSES

TARGET = np.array([0.0, 1.0, -2.0, 3.0, 0.5], np.float32)
MADE = np.array([0.0, 1.5, -5.0, 4.0, 0.0], np.float32)
BY_HAND = {
    "mse": [0.0, 0.25, 9.0, 1.0, 0.25],
    "mae": [0.0, 0.5, 3.0, 1.0, 0.5],
    "huber": [0.0, 0.125, 2.5, 0.5, 0.125],
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_what_it_is_by_hand(name):
    np.testing.assert_allclose(LOSSES[name](TARGET, MADE), BY_HAND[name], rtol=1e-6)
    np.testing.assert_allclose(LOSSES[name](MADE, TARGET), BY_HAND[name], rtol=1e-6)
