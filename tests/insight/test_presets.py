from __future__ import annotations

import pytest

from latentia.errors import RecipeError
from latentia.insight.presets import PRESETS, preset_named

ORDER = ("fast", "standard", "thorough")


def test_every_preset_gathers_at_least_what_the_one_before_it_does():
    assert tuple(PRESETS) == ORDER
    counts = [vars(preset_named(name)) for name in ORDER]
    for name in counts[0].keys() - {"name"}:
        drawn = [one[name] for one in counts]
        assert drawn == sorted(drawn)
        assert drawn[0] < drawn[-1]


def test_tables_of_the_fastest_preset_can_still_reach_the_level_of_their_test():
    fast = preset_named("fast")
    assert 1 / (1 + fast.shuffles) <= 0.05
    assert 1 / (1 + fast.gaussians) <= 0.05


def test_an_unknown_preset_is_refused_with_those_that_are_known():
    with pytest.raises(RecipeError, match="'fast', 'standard', 'thorough'"):
        preset_named("quick")
    with pytest.raises(RecipeError, match="preset='fst' is not known; did you mean 'fast'"):
        preset_named("fst")
