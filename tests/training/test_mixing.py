"""The order of rows on disk: what it guarantees, measured."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentia.training.mixing import Mixing, mixing


@given(
    n_rows=st.integers(1, 500),
    piece=st.integers(1, 40),
    pieces=st.integers(1, 12),
    seed=st.integers(0, 2**32 - 1),
    epoch=st.integers(0, 3),
)
def test_every_row_is_seen_once_and_windows_are_small(n_rows, piece, pieces, seed, epoch):
    order = Mixing(n_rows=n_rows, piece=piece, pieces=pieces, seed=seed)
    np.testing.assert_array_equal(np.sort(order.rows(epoch)), np.arange(n_rows))
    windows = order.windows(epoch)
    assert max(map(len, windows)) <= pieces
    assert max(map(len, windows)) - min(map(len, windows)) <= 1
    assert [order.size_of(window) for window in windows] == [
        len(order.positions(window)) for window in windows
    ]


def test_epochs_and_seeds_have_orders_of_their_own():
    orders = [
        Mixing(n_rows=200, piece=5, pieces=4, seed=seed).rows(epoch).tolist()
        for seed, epoch in ((0, 0), (0, 1), (1, 0))
    ]
    assert orders[0] != orders[1] != orders[2] != orders[0]
    assert orders[0] == Mixing(n_rows=200, piece=5, pieces=4, seed=0).rows(0).tolist()


def test_one_window_is_a_permutation_of_all_rows():
    """Every row is as likely in every place, as far as 2,000 epochs can tell."""
    order = Mixing(n_rows=8, piece=3, pieces=3, seed=4)
    assert order.n_windows == 1
    counts = np.zeros((8, 8))
    for epoch in range(2000):
        counts[order.rows(epoch), np.arange(8)] += 1
    chi_squared = ((counts - 250) ** 2 / 250).sum()
    assert chi_squared < 85.4  # beyond which one in a thousand lies, with 49 degrees of freedom


def test_batches_of_a_sorted_table_are_nearly_as_mixed_as_those_of_a_permutation():
    """The mean position in batches of 256 varies as that of random samples does."""
    n_rows, batch = 400_000, 256
    order = mixing(n_rows, 400, seed=0, window=48 << 20, piece=1 << 18)
    assert order.n_windows > 3
    positions = order.rows(0)[: n_rows // batch * batch].reshape(-1, batch) / n_rows
    means = positions.mean(axis=1)
    assert np.sqrt(((means - 0.5) ** 2).mean()) == pytest.approx(np.sqrt(1 / 12 / batch), rel=0.07)
    assert np.ptp(positions, axis=1).min() > 0.9  # each batch reaches from one end to the other


def test_windows_have_rows_from_everywhere():
    order = Mixing(n_rows=10_000, piece=10, pieces=100, seed=0)
    for window in order.windows(3):
        np.testing.assert_array_equal(window // order.n_windows, np.arange(100))


def test_pieces_that_are_not_mixed_would_be_noticed():
    """The same measure on windows of one piece: batches of neighbours."""
    order = Mixing(n_rows=40_000, piece=655, pieces=1, seed=0)
    positions = order.rows(0)[: 40_000 // 256 * 256].reshape(-1, 256) / 40_000
    assert positions.mean(axis=1).std() > 0.2


@pytest.mark.parametrize("bytes_of_row", [4, 400, 80_000, 1 << 20])
def test_windows_have_the_bytes_asked_for(bytes_of_row):
    order = mixing(10**6, bytes_of_row, seed=0, window=48 << 20, piece=1 << 18)
    assert order.piece * order.pieces * bytes_of_row <= 48 << 20
    assert order.pieces >= 48
