from __future__ import annotations

from threading import Lock
from time import sleep

import numpy as np
import pytest

from latentia.insight.resampling import (
    BOOTSTRAPS,
    SPLITS,
    affordable_fits,
    bootstrap_split,
    seed_of,
    side_by_side,
)
from latentia.recipe import Recipe

RECIPE = Recipe.from_settings(hidden_layer_sizes=(10,))
WANTED = {"epochs": 100.0, "times": 10, "fewest": 5, "starts": 3}


def test_starts_are_given_up_before_resamples_and_resamples_before_the_question():
    found = [
        affordable_fits(RECIPE, (100, 8), budget=budget, **WANTED) for budget in np.geomspace(1e5, 1e10, 60)
    ]
    assert (found[0].times, found[-1].times, found[-1].starts) == (0, 10, 3)
    assert all(one.times == 0 or 5 <= one.times <= 10 for one in found)
    assert all(one.starts == 1 for one in found if one.times < 10)
    assert [one.times for one in found] == sorted(one.times for one in found)


def test_larger_tables_and_networks_leave_room_for_less():
    budget = 1.2e8
    small = affordable_fits(RECIPE, (100, 8), budget=budget, **WANTED)
    wide = affordable_fits(RECIPE, (100, 40), budget=budget, **WANTED)
    long = affordable_fits(RECIPE, (2000, 8), budget=budget, **WANTED)
    assert small.times > wide.times
    assert long.times == 0


def test_a_resample_and_the_rows_it_stops_by_share_no_row():
    positions, split = bootstrap_split(200, 160, 40, seed=4)
    drawn, kept = positions[split.training], positions[split.held_out]
    assert (len(drawn), len(kept)) == (160, 40)
    assert len(set(kept.tolist())) == 40
    assert not set(drawn.tolist()) & set(kept.tolist())
    # 1 - (1 - 1/200)^160 of the rows are expected, give or take 2.6 %.
    assert len(set(drawn.tolist())) / 200 == pytest.approx(1 - (1 - 1 / 200) ** 160, abs=0.1)


def test_rows_that_are_left_are_all_that_can_be_held_out():
    positions, split = bootstrap_split(3, 12, 5, seed=0)
    assert len(positions) - len(split.training) == len(split.held_out) < 5


def test_no_two_resamples_and_no_two_questions_have_the_same_chance():
    seeds = {
        seed_of(root, stream, time)
        for root in (0, 1)
        for stream in (SPLITS, BOOTSTRAPS)
        for time in range(50)
    }
    assert len(seeds) == 200
    assert seed_of(0, SPLITS, 3) == seed_of(0, SPLITS, 3)


class TwoAtOnce:
    fits_at_once = 2


def test_what_is_done_side_by_side_comes_back_in_order_whoever_is_first():
    def slow_when_even(time):
        sleep(0.02 * (time % 2 == 0))
        return time

    assert list(side_by_side(slow_when_even, 9, TwoAtOnce())) == list(range(9))
    assert list(side_by_side(slow_when_even, 0, TwoAtOnce())) == []


def test_the_first_is_done_before_any_other_begins():
    """It compiles what the others run."""
    done, begun_before_it = [], []

    def work(time):
        if time and 0 not in done:
            begun_before_it.append(time)
        sleep(0.01)
        done.append(time)

    list(side_by_side(work, 5, TwoAtOnce()))
    assert begun_before_it == []
    assert sorted(done) == list(range(5))


def test_two_are_at_work_at_once_where_the_engine_allows_it_and_one_where_it_does_not():
    def most_at_once(engine):
        at_work, most, lock = set(), [], Lock()

        def work(time):
            with lock:
                at_work.add(time)
                most.append(len(at_work))
            sleep(0.03)
            with lock:
                at_work.remove(time)

        list(side_by_side(work, 6, engine))
        return max(most)

    assert most_at_once(TwoAtOnce()) == 2
    assert most_at_once(object()) == 1


def test_ctrl_c_leaves_out_what_has_not_begun():
    begun = []

    def work(time):
        begun.append(time)
        sleep(0.01)
        if time == 2:
            raise KeyboardInterrupt
        return time

    with pytest.raises(KeyboardInterrupt):
        list(side_by_side(work, 100, TwoAtOnce()))
    assert len(begun) < 20
