from __future__ import annotations

import numpy as np
import pytest

from latentia.insight.resampling import BOOTSTRAPS, SPLITS, affordable_fits, bootstrap_split, seed_of
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
