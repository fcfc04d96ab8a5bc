"""Orders are permutations that depend on seed and epoch alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from latentia.training.order import GivenOrder, Portions, ShuffledOrder


@given(st.integers(1, 3000), st.integers(0, 2**63), st.integers(0, 10_000))
def test_every_row_once(n_rows, seed, epoch):
    positions = ShuffledOrder(n_rows, seed).rows(epoch)
    assert positions.dtype == np.int32
    np.testing.assert_array_equal(np.sort(positions), np.arange(n_rows))


def test_an_order_depends_on_seed_and_epoch_alone():
    order = ShuffledOrder(200, 3)
    later = order.rows(7)
    order.rows(1)
    np.testing.assert_array_equal(order.rows(7), later)
    np.testing.assert_array_equal(ShuffledOrder(200, 3).rows(7), later)
    assert not np.array_equal(order.rows(8), later)
    assert not np.array_equal(ShuffledOrder(200, 4).rows(7), later)


def test_every_row_comes_everywhere():
    """Row 0's place over many epochs is uniform: no row is seen early more often."""
    places = [int(np.flatnonzero(ShuffledOrder(20, 0).rows(epoch) == 0)[0]) for epoch in range(2000)]
    counts = np.bincount(places, minlength=20)
    assert counts.min() > 60
    assert counts.max() < 145


def test_given_orders_are_returned_as_they_are():
    orders = np.array([[2, 0, 1], [1, 2, 0]])
    np.testing.assert_array_equal(GivenOrder(orders).rows(1), [1, 2, 0])


@given(st.integers(1, 200), st.data())
def test_portions_are_the_rows_of_another_order_one_after_the_other(n_rows, data):
    size = data.draw(st.integers(1, n_rows))
    whole = ShuffledOrder(n_rows, 5)
    portions = Portions(whole=whole, n_rows=n_rows, size=size)
    fit = n_rows // size
    for begun in (0, 3):
        told = np.concatenate([portions.rows(begun * fit + portion) for portion in range(fit)])
        np.testing.assert_array_equal(told, whole.rows(begun)[: fit * size])
