from __future__ import annotations

import numpy as np
import pytest

from latentia.insight.first_layer import first_layer_weights

NAMES = [f"column {number}" for number in range(12)]
KERNEL = np.random.default_rng(0).normal(size=(12, 3))


def test_columns_are_listed_by_the_sign_of_their_weight():
    kernel = np.array([[0.5, -1.0], [-0.1, 0.0], [0.0, 2.0]])
    weights = first_layer_weights(kernel, ["a", "b", "c"], is_code=True)
    assert weights.positive == (("a",), ("c",))
    assert weights.negative == (("b",), ("a",))
    assert weights.unit_names == ("factor 1", "factor 2")
    assert np.isnan(weights.sign_agreement)


def test_units_of_a_hidden_layer_are_not_called_factors():
    assert first_layer_weights(KERNEL, NAMES, is_code=False).unit_names[2] == "unit 3"


def test_reordered_units_agree_in_full():
    assert first_layer_weights(KERNEL, NAMES, [2 * KERNEL[:, [2, 0, 1]]], is_code=True).sign_agreement == 1


@pytest.mark.parametrize(("sign_is_free", "expected"), [(True, 1.0), (False, 0.0)])
def test_flipped_units_agree_only_where_the_sign_is_free(sign_is_free, expected):
    one = KERNEL[:, :1]
    weights = first_layer_weights(one, NAMES, [-one], is_code=True, sign_is_free=sign_is_free)
    assert weights.sign_agreement == expected


def test_flipped_and_reordered_units_find_their_partners():
    other = -KERNEL[:, [1, 2, 0]]
    assert first_layer_weights(KERNEL, NAMES, [other], is_code=True, sign_is_free=True).sign_agreement == 1


def test_random_kernels_agree_in_little_more_than_half():
    rng = np.random.default_rng(1)
    others = [rng.normal(size=(12, 3)) for _ in range(50)]
    assert 0.45 < first_layer_weights(KERNEL, NAMES, others, is_code=True).sign_agreement < 0.7


def test_one_contradicted_sign_counts_as_its_share():
    other = KERNEL.copy()
    other[0, 0] *= -1
    assert first_layer_weights(KERNEL, NAMES, [other], is_code=True).sign_agreement == pytest.approx(35 / 36)


def test_a_unit_without_weights_is_no_accident():
    dead = KERNEL.copy()
    dead[:, 1] = 0
    weights = first_layer_weights(dead, NAMES, [KERNEL], is_code=True)
    assert weights.positive[1] == weights.negative[1] == ()
    assert weights.sign_agreement < 1
