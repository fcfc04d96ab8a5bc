from __future__ import annotations

import numpy as np
import pytest

import problems
from latentia.errors import InputError
from latentia.insight.baselines import pca_baseline
from latentia.insight.size import choose_size


def spread(means, error=0.0):
    """Three seeds around each mean whose standard error is `error`."""
    steps = np.array([-1.0, 0.0, 1.0]) * error * np.sqrt(3)
    return np.asarray(means)[:, None] + steps


@pytest.mark.parametrize(
    ("means", "error", "n_columns", "expected"),
    [
        ([0.5, 0.9, 0.9, 0.9], 0.0, None, 2),  # a knee
        ([0.5, 0.7, 0.8, 0.85], 0.0, None, 4),  # still gaining 0.05 a component
        ([0.5, 0.7, 0.8, 0.85], 0.06, None, 3),  # the last gain is within one standard error
        ([0.5, 0.7, 0.8, 0.85], 0.0, 13, 3),  # the last gain is less than copying one of 13 columns
        ([0.9, 0.905, 0.909, 0.912], 0.0, None, 1),  # real gains, but too small to matter
        ([0.9, 0.8, 0.7, 0.6], 0.0, None, 1),  # larger sizes overfit
        ([0.5, 0.7, 0.95, 0.99], 0.0, 13, 4),  # a small gain that leaves hardly any error
        ([0.5, 0.505, 0.9, 0.9], 0.0, None, 3),  # a step that comes late is not missed
    ],
)
def test_the_smallest_size_that_is_good_enough_is_chosen(means, error, n_columns, expected):
    sweep = choose_size([1, 2, 3, 4], spread(means, error), means, n_columns=n_columns)
    assert sweep.chosen == expected
    assert sweep.reason.startswith(f"{expected} component")


@pytest.mark.parametrize("rank", [1, 2, 4])
def test_the_rank_of_a_linear_table_is_found(rank):
    rows, _ = problems.linear(n_rows=400, n_columns=10, rank=rank, noise=0.2)
    training, held_out = problems.split(rows)
    sizes = [1, 2, 3, 4, 5, 6]
    r2 = np.array([pca_baseline(training, held_out, rows, size).held_out.r2 for size in sizes])
    assert choose_size(sizes, r2[:, None], r2, n_columns=10).chosen == rank


def test_unrelated_columns_are_worth_no_second_component():
    rows = problems.unrelated(2000, 10)
    training, held_out = problems.split(rows)
    r2 = np.array([pca_baseline(training, held_out, rows, size).held_out.r2 for size in (1, 2, 3)])
    assert choose_size([1, 2, 3], r2[:, None], r2, n_columns=9).chosen == 1


def test_failed_fits_are_left_out():
    r2 = [[0.5, np.nan], [0.9, -np.inf], [np.nan, np.nan]]
    sweep = choose_size([1, 2, 3], r2, [0.5, 0.9, 0.9])
    assert sweep.chosen == 2
    assert sweep.r2.shape == (3, 2)


def test_nothing_finite_is_an_error_that_says_where_to_look():
    with pytest.raises(InputError, match="diagnosis"):
        choose_size([1], [[np.nan]], [0.5])


def test_reasons_name_their_numbers():
    assert "no other size" in choose_size([3], [[0.7]], [0.6]).reason
    assert "larger sizes were not tried" in choose_size([1, 2], [[0.3], [0.7]], [0.3, 0.6]).reason
    reason = choose_size([1, 2, 3], spread([0.5, 0.80, 0.83], 0.04), [0.5, 0.8, 0.8]).reason
    assert "0.800" in reason
    assert "one standard error (0.040)" in reason
    assert "0.077" in choose_size([1, 2], [[0.8], [0.85]], [0.8, 0.8], n_columns=13).reason


def test_the_reason_says_which_rows_judged():
    assert "held-out R² 0.900" in choose_size([1, 2], spread([0.9, 0.9]), [0, 0], judged="held-out").reason
