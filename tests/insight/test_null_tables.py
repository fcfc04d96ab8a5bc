"""The first of many tables stands out as often as chance says, and always where it is far off."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.insight.null_tables import p_value_of_first


def test_p_values_of_tables_that_are_all_alike_are_uniform():
    rng = np.random.default_rng(0)
    found = np.array([p_value_of_first(rng.chisquare(3, size=(40, 5))) for _ in range(2000)])
    assert [(found <= level).mean() for level in (0.05, 0.25, 0.5, 0.75)] == pytest.approx(
        [0.05, 0.25, 0.5, 0.75], abs=0.035
    )
    assert found.min() == pytest.approx(1 / 40)


def test_one_figure_among_many_is_enough():
    figures = np.random.default_rng(1).chisquare(3, size=(100, 6))
    figures[0] = figures.min(axis=0)
    assert p_value_of_first(figures) > 0.9
    figures[0, 4] = 100.0
    assert p_value_of_first(figures) == pytest.approx(0.01)


def test_figures_that_do_not_vary_say_nothing():
    assert p_value_of_first(np.ones((10, 2))) == 1.0
    assert p_value_of_first(np.zeros((10, 2))) == 1.0
