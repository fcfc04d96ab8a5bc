from __future__ import annotations

import numpy as np
import pytest

import problems
from latentia.errors import InputError
from latentia.insight.baselines import pca_baseline
from latentia.insight.size import choose_size, gain_errors_of


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


@pytest.mark.parametrize(("error", "expected", "said"), [(0.0, 3, "highest"), (0.03, 1, "not clearly more")])
def test_a_gain_that_may_be_chance_is_worth_nothing(error, expected, said):
    # Each component gains 0.1, of which 0.083 is what copying one of 12 columns gains.
    means, errors = [0.1, 0.2, 0.3], np.full((3, 3), error)
    found = choose_size([1, 2, 3], spread(means), means, n_columns=12, gain_errors=errors)
    assert found.chosen == expected
    assert said in found.reason


def test_a_gain_is_named_with_its_error_per_component():
    found = choose_size([1, 3], spread([0.1, 0.3]), [0, 0], n_columns=12, gain_errors=np.full((2, 2), 0.05))
    assert "0.100 (standard error 0.025) per added component" in found.reason


def test_the_error_of_a_gain_is_its_spread_over_other_rows():
    chance = np.random.default_rng(0)

    def drawn(n_rows):
        size = chance.gamma(2.0, size=n_rows)
        return size * np.stack([chance.beta(5, 5, size=n_rows), chance.beta(3, 7, size=n_rows)]), size

    gains = []
    for _ in range(2000):
        losses, reference = drawn(80)
        gains.append((losses[0] - losses[1]).sum() / reference.sum())
    told = np.mean([gain_errors_of(*drawn(80))[0, 1] for _ in range(200)])
    assert told == pytest.approx(np.std(gains), rel=0.06)


@pytest.mark.parametrize("n_rows", [1, 0])
def test_one_row_tells_no_error(n_rows):
    assert (gain_errors_of(np.ones((2, n_rows)), np.ones(n_rows)) == 0).all()


def test_the_reason_says_which_rows_judged():
    assert "held-out R² 0.900" in choose_size([1, 2], spread([0.9, 0.9]), [0, 0], judged="held-out").reason
