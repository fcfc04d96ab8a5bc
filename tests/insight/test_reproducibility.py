from __future__ import annotations

import numpy as np
import pytest

from latentia.insight.reproducibility import matched

RNG = np.random.default_rng(3)
CODES = RNG.normal(size=(200, 4))
LOADINGS = RNG.normal(size=(4, 9))


@pytest.mark.parametrize("seed", range(5))
def test_order_sign_and_scale_of_factors_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    order, signs, scales = rng.permutation(4), rng.choice([-1.0, 1.0], 4), rng.uniform(0.1, 10, 4)
    found = matched(CODES, (CODES * signs * scales)[:, order], LOADINGS, (LOADINGS.T * signs).T[order])
    assert found.partner.tolist() == np.argsort(order).tolist()
    assert found.sign.tolist() == signs.tolist()
    assert found.codes == pytest.approx(np.ones(4))
    assert found.loadings == pytest.approx(np.ones(4))


def test_a_factor_that_moves_other_columns_is_another_factor():
    other = LOADINGS.copy()
    other[2] = 0.0
    other[2, 0] = 1.0
    LOADINGS_2 = LOADINGS.copy()
    LOADINGS_2[2, 0] = 0.0
    found = matched(CODES, CODES, LOADINGS_2, other)
    assert found.codes[2] == pytest.approx(1.0)
    assert found.loadings[2] == pytest.approx(0.0)
    assert found.loadings[[0, 1, 3]] == pytest.approx(np.ones(3))


def test_a_factor_that_moves_the_columns_the_other_way_does_not_come_back():
    opposed = LOADINGS.copy()
    opposed[1] *= -1
    assert matched(CODES, CODES, LOADINGS, opposed).loadings[1] == 0.0


def test_a_mean_far_from_zero_and_a_constant_factor_do_no_harm():
    codes = np.c_[CODES[:, :3] + 1e6, np.full(200, 7.0)]
    found = matched(codes, codes, LOADINGS, LOADINGS)
    assert found.codes == pytest.approx([1.0, 1.0, 1.0, 0.0], abs=1e-6)


def test_turned_axes_are_half_alike():
    turn = np.sqrt(0.5) * np.array([[1.0, -1.0], [1.0, 1.0]])
    codes, loadings = CODES[:, :2], np.eye(2)
    found = matched(codes, codes @ turn, loadings, turn.T @ loadings)
    assert found.loadings == pytest.approx(np.full(2, np.sqrt(0.5)))
    assert found.codes == pytest.approx(np.full(2, np.sqrt(0.5)), abs=0.1)
