from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from latentia.insight.corrected_test import corrected_test

DIFFERENCES = np.array([0.31, -0.12, 0.44, 0.08, 0.27, 0.19])


def test_without_shared_rows_it_is_the_plain_t_test():
    """With so many training rows that the second term vanishes, the correction has nothing to correct."""
    found = corrected_test(DIFFERENCES, n_training=10**12, n_held_out=1)
    plain = ttest_1samp(DIFFERENCES, 0.0)
    low, high = plain.confidence_interval()
    assert found.p_value == pytest.approx(plain.pvalue, rel=1e-6)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6)


def test_the_standard_error_is_that_of_nadeau_and_bengio():
    """Their equation 5.1 by hand, for six splits of four training rows to each held-out one."""
    found = corrected_test(DIFFERENCES, n_training=80, n_held_out=20)
    assert found.standard_error == pytest.approx(np.sqrt((1 / 6 + 20 / 80) * np.var(DIFFERENCES, ddof=1)))
    assert found.mean == pytest.approx(DIFFERENCES.mean())
    assert found.low == pytest.approx(2 * found.mean - found.high)


def test_the_sign_changes_nothing_but_the_side():
    one, other = (corrected_test(sign * DIFFERENCES, 80, 20) for sign in (1, -1))
    assert one.p_value == pytest.approx(other.p_value)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


@pytest.mark.parametrize(("value", "p_value"), [(0.0, 1.0), (0.25, 0.0)])
def test_equal_differences_leave_no_doubt(value, p_value):
    found = corrected_test([value] * 4, 80, 20)
    assert found.p_value == p_value
    assert found.low == found.high == value


def test_one_split_is_refused():
    with pytest.raises(ValueError, match="at least two"):
        corrected_test([0.1], 80, 20)


def test_false_alarms_over_overlapping_splits_stay_rare_where_a_plain_test_has_many():
    """Two equally bad predictors of noise, each learned from one half of the columns, over 400 tables."""
    rng = np.random.default_rng(0)
    plain, corrected = [], []
    for _ in range(400):
        y, first, second = rng.normal(size=(3, 50))
        differences = []
        for _ in range(30):
            order = rng.permutation(50)
            inside, outside = order[:40], order[40:]
            errors = []
            for x in (first, second):
                slope = (x[inside] @ y[inside]) / (x[inside] @ x[inside])
                errors.append(np.mean((y[outside] - slope * x[outside]) ** 2))
            differences.append(errors[0] - errors[1])
        corrected.append(corrected_test(differences, 40, 10).p_value < 0.05)
        plain.append(ttest_1samp(differences, 0.0).pvalue < 0.05)
    assert np.mean(corrected) < 0.05
    assert np.mean(plain) > 0.2
