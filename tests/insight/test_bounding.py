"""Limits are those of held-out rows: as rare as promised, and of few rows rather too wide than too narrow."""

from __future__ import annotations

import numpy as np
import pytest

from latentia import Autoencoder
from latentia.insight.bounded_rows import is_inside
from latentia.insight.bounding import LEVEL, bounded, limit_of
from latentia.tables import pieces


@pytest.mark.parametrize(("n_rows", "kth"), [(199, 1), (398, 1), (399, 2), (1999, 10)])
def test_the_limit_is_the_kth_largest_of_enough_rows(n_rows, kth):
    numbers = np.random.default_rng(0).permutation(np.arange(1.0, n_rows + 1))
    assert limit_of(numbers) == n_rows + 1 - kth


@pytest.mark.parametrize("n_rows", [5, 20, 60, 198])
def test_fewer_rows_have_a_limit_beyond_them_all(n_rows):
    numbers = np.random.default_rng(n_rows).chisquare(5, size=n_rows)
    assert limit_of(numbers) > numbers.max()


@pytest.mark.parametrize("n_rows", [30, 100, 400])
def test_new_numbers_exceed_the_limit_as_rarely_as_promised(n_rows):
    rng = np.random.default_rng(1)
    beyond = [
        np.mean(rng.chisquare(5, size=4000) > limit_of(rng.chisquare(5, size=n_rows))) for _ in range(300)
    ]
    assert np.mean(beyond) <= 1.2 * LEVEL / 2


def test_numbers_that_are_all_alike_have_themselves_as_the_limit_or_hardly_more():
    assert limit_of(np.full(20, 3.0)) == pytest.approx(3.0, rel=0.1)
    assert limit_of(np.zeros(20)) < 1e-9


def test_wide_rows_are_judged_in_pieces_with_the_same_result(monkeypatch):
    values = np.random.default_rng(0).normal(size=(60, 5))
    fitted = Autoencoder(hidden_layer_sizes=(4,), max_epochs=2, random_state=0).fit(values).trained_
    assert fitted.bounds is not None
    whole = is_inside(fitted, fitted.bounds, values)
    monkeypatch.setattr(pieces, "CELLS_AT_ONCE", 35)
    again = bounded(fitted, values)
    assert again.bounds.residual == pytest.approx(fitted.bounds.residual)
    assert np.array_equal(is_inside(again, again.bounds, values), whole)
