"""Rows on the device: padded with rows that change nothing, and cut into blocks."""

from __future__ import annotations

import numpy as np

from latentia.training.rows import EVALUATION_BLOCK, monitors, training_rows

X = np.arange(51.0).reshape(17, 3)
SIZE = np.linspace(0.5, 2.0, 17)[:, None]


def test_sizes_are_padded_with_ones_and_left_out_where_there_are_none():
    rows = training_rows(X, size=SIZE)
    np.testing.assert_allclose(rows.size, [*SIZE.tolist(), [1.0]], rtol=1e-6)
    np.testing.assert_array_equal(rows.present, [1.0] * 17 + [0.0])
    assert training_rows(X).size is None


def test_monitors_keep_sizes_beside_their_rows():
    watched = monitors(X[:5], X[5:], sizes=(SIZE[:5], SIZE[5:]))
    assert watched.size.shape == (1, 18, 1)
    np.testing.assert_allclose(watched.size[0, :17], SIZE, rtol=1e-6)
    assert monitors(X[:5], X[5:]).size is None


def test_many_monitors_are_cut_into_blocks_with_their_sizes():
    many = np.arange(1.0, EVALUATION_BLOCK + 101)[:, None]
    watched = monitors(many[:50], many[50:], sizes=(many[:50], many[50:]))
    assert len(watched.x) == len(watched.size) > 1
    real = np.asarray(watched.x) > 0
    np.testing.assert_array_equal(np.asarray(watched.size)[real], np.asarray(watched.x)[real])
