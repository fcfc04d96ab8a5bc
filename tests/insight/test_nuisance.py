"""A factor that follows something is found with it, and one that does not is left in peace."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from latentia.insight.nuisance import GROUPS, NUMBERS, ORDER, SIZE, Suspect, _shuffled, follow, holm

NAMES = ["factor 1", "factor 2"]


def judged(latents, *suspects, seed=0):
    """Return what is found, by factor and suspect."""
    found = follow(latents, suspects, NAMES[: latents.shape[1]], seed=seed)
    return {(one.factor, one.suspect): one for one in found}


def noise(n_rows=120, k=2, seed=0):
    return np.random.default_rng(seed).normal(size=(n_rows, k))


def order(n_rows, strata=None):
    return Suspect("order", ORDER, np.arange(float(n_rows)), strata)


def test_a_batch_effect_is_found_with_its_factor_and_no_other():
    batch = np.random.default_rng(1).integers(0, 4, 120).astype(float)
    latents = noise()
    latents[:, 1] += 2 * np.array([0, 3, 1, -2])[batch.astype(int)]  # no trend in the codes
    found = judged(latents, Suspect("batch", GROUPS, batch), order(120))
    assert found["factor 2", "batch"].share > 0.7
    assert found["factor 2", "batch"].p_value <= 0.01
    assert np.isnan(found["factor 2", "batch"].correlation)
    others = [one for pair, one in found.items() if pair != ("factor 2", "batch")]
    assert all(one.p_value > 0.05 and one.share < 0.1 for one in others)


def test_no_false_alarm_in_nineteen_of_twenty_tables_without_a_nuisance():
    alarms = 0
    for seed in range(200):
        rng = np.random.default_rng(1000 + seed)
        suspects = (
            Suspect("batch", GROUPS, rng.integers(0, 3, 60).astype(float)),
            Suspect("day", NUMBERS, rng.normal(size=60)),
            order(60),
        )
        found = judged(rng.normal(size=(60, 2)), *suspects, seed=seed)
        alarms += any(one.p_value <= 0.05 for one in found.values())
    assert alarms <= 18  # of 200 at a level of 0.05, more than so many have a chance below 1 in 100


def test_numbers_are_judged_by_ranks_alone():
    latents = noise(80)
    day = latents[:, 0] ** 3 + 0.3 * noise(80, 1, seed=5)[:, 0]
    found = judged(latents, Suspect("day", NUMBERS, day))["factor 1", "day"]
    expected = spearmanr(latents[:, 0], day).statistic
    assert found.correlation == pytest.approx(expected)
    assert found.share == pytest.approx(expected**2)
    bent = judged(latents, Suspect("day", NUMBERS, np.exp(day)))["factor 1", "day"]
    assert (bent.share, bent.p_value) == (found.share, found.p_value)


def test_the_share_of_groups_is_that_between_them_less_what_chance_gives():
    latents, groups = noise(60, 1), np.repeat(np.arange(6.0), 10)
    latents[:, 0] += groups
    ranks = rankdata(latents[:, 0])
    within = sum(ranks[groups == group].var() for group in range(6)) / 6
    expected = 1 - within / ranks.var() * 59 / 54
    assert judged(latents, Suspect("batch", GROUPS, groups))["factor 1", "batch"].share == (
        pytest.approx(expected)
    )


def test_rows_that_all_have_a_group_of_their_own_say_nothing():
    names = Suspect("name", GROUPS, np.arange(50.0))
    found = judged(noise(50, 1), names)["factor 1", "name"]
    assert (found.share, found.p_value) == (0.0, 1.0)


def test_a_drift_along_the_table_is_found():
    latents = noise()
    latents[:, 0] += np.linspace(0, 3, 120)
    found = judged(latents, order(120))
    assert found["factor 1", "order"].p_value <= 0.01
    assert found["factor 1", "order"].correlation > 0.5
    assert found["factor 2", "order"].p_value > 0.05


def test_blocks_of_rows_that_differ_without_a_trend_are_found():
    latents = noise()
    latents[:, 0] += 3 * np.repeat([0, 1, 0, 1, 0], 24)
    found = judged(latents, order(120))["factor 1", "order"]
    assert abs(found.correlation) < 0.2
    assert found.share > 0.4
    assert found.p_value <= 0.01


def test_rows_sorted_by_a_known_class_do_not_follow_their_order():
    strata = np.repeat([0, 1, 2], 40)
    latents = noise()
    latents[:, 0] += 4 * strata
    assert judged(latents, order(120))["factor 1", "order"].p_value <= 0.01
    within = judged(latents, order(120, strata))["factor 1", "order"]
    assert within.p_value > 0.05
    latents[:, 0] += np.tile(np.linspace(0, 3, 40), 3)
    assert judged(latents, order(120, strata))["factor 1", "order"].p_value <= 0.01


def test_rows_are_shuffled_within_their_class_alone():
    strata = np.array([2, 0, 1, 0, 2, 1, 0, 2])
    orders = _shuffled(strata, 2000, np.random.default_rng(0))
    assert (strata[orders] == strata).all()
    assert (np.sort(orders, axis=1) == np.arange(8)).all()
    assert len(np.unique(orders, axis=0)) == 6 * 2 * 6  # all that there are


def test_rows_without_a_value_are_left_out_of_the_comparison():
    latents = noise()
    day = latents[:, 0] + 0.1 * noise(120, 1, seed=9)[:, 0]
    with_gaps = np.where(np.arange(120) % 3 == 0, np.nan, day)
    found = judged(latents, Suspect("day", NUMBERS, with_gaps))["factor 1", "day"]
    there = np.isfinite(with_gaps)
    alone = judged(latents[there], Suspect("day", NUMBERS, day[there]))["factor 1", "day"]
    assert (found.n_rows, found.share, found.p_value) == (80, alone.share, alone.p_value)
    assert found.share > 0.9


def test_what_does_not_vary_is_not_judged():
    same = Suspect("day", NUMBERS, np.where(np.arange(50) < 40, 3.0, np.nan))
    few = Suspect("batch", GROUPS, np.where(np.arange(50) < 4, np.arange(50.0), np.nan))
    assert judged(noise(50), same, few) == {}


def test_what_is_made_of_the_columns_has_no_p_value():
    latents = noise()
    found = judged(latents, Suspect("size", SIZE, latents[:, 0]), order(120))
    assert found["factor 1", "size"].share == pytest.approx(1.0)
    assert np.isnan(found["factor 1", "size"].p_value)
    assert np.isfinite(found["factor 1", "order"].p_value)


def test_many_pairs_have_permutations_enough_to_stay_significant():
    latents = np.tile(np.arange(100.0)[:, None], (1, 30))
    names = [f"factor {number}" for number in range(30)]
    found = follow(
        latents, [Suspect(f"day {at}", NUMBERS, np.arange(100.0)) for at in range(3)], names, seed=0
    )
    assert max(one.p_value for one in found) <= 0.05


def test_a_constant_factor_follows_nothing():
    latents = np.column_stack([np.full(60, 2.0), noise(60, 1)[:, 0]])
    found = judged(latents, Suspect("batch", GROUPS, np.arange(60.0) % 3), order(60))
    assert {found["factor 1", name].p_value for name in ("batch", "order")} == {1.0}
    assert {found["factor 1", name].share for name in ("batch", "order")} == {0.0}


def test_the_same_seed_gives_the_same_and_a_long_table_is_sampled():
    rng = np.random.default_rng(2)
    latents, day = rng.normal(size=(6000, 1)), Suspect("day", NUMBERS, rng.normal(size=6000))
    first, again = judged(latents, day), judged(latents, day)
    assert first == again
    assert first["factor 1", "day"].n_rows == 5000


def test_holm_by_hand():
    found = holm(np.array([[0.02, np.nan], [0.5, 0.001], [0.03, 0.9]]))
    np.testing.assert_allclose(found, [[0.08, np.nan], [1.0, 0.005], [0.09, 1.0]])
