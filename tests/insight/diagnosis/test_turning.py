"""What is said of factors that work both ways, and when nothing is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from latentia.insight.diagnosis.turning import turning_effects
from latentia.insight.factor_results import Sensitivities
from latentia.insight.findings import Severity
from latentia.insight.results import Ablation, Quality

NAMES, FACTORS = ("ash", "hue", "alcohol", "proline"), ("factor 1", "factor 2")
QUALITY = Quality(rows="held-out", n_rows=40, mse=0.2, r2=0.8, r2_per_column=np.full(4, 0.8))
NEEDED = Ablation(r2_lost=np.full(2, 0.4), r2_lost_per_column=np.full((2, 4), 0.4))
STEADY = np.array([0.95, 0.9])


def slopes(low, high):
    low, high = np.array(low, float), np.array(high, float)
    zeros = np.zeros(low.shape)
    return Sensitivities(
        n_rows=90,
        step=np.ones(2),
        cuts=np.zeros((2, 2)),
        mean=zeros,
        mean_scaled=zeros,
        size_scaled=zeros,
        by_region=np.stack([low, zeros, high], axis=1),
        unevenness=zeros,
    )


TURNS = slopes([[0.5, 0, 0, 0], [0, 0, 0.9, 0.2]], [[-0.4, 0.6, 0, 0], [0, 0, -0.7, -0.9]])


def said(found=TURNS, held_out=QUALITY, ablation=NEEDED, comes_back=STEADY):
    return turning_effects(found, held_out, ablation, comes_back, NAMES, FACTORS)


def test_the_strongest_turn_comes_first_in_words():
    (finding,) = said()
    assert finding.severity is Severity.NOTE
    assert finding.sentence == (
        "Factor 2 raises alcohol where it is low and lowers it where it is high; "
        "factor 1 raises ash where it is low and lowers it where it is high."
    )
    assert finding.evidence["slope_where_high"] == [-0.7, -0.4]


def test_a_factor_that_only_flattens_does_not_turn():
    assert said(slopes(np.full((2, 4), 0.9), np.full((2, 4), 0.1))) == []
    assert said(slopes(np.full((2, 4), 0.9), np.full((2, 4), -0.2))) == []


def test_three_are_told_and_the_others_counted():
    low = np.array([[-0.5, -0.6, -0.7, 0.0], [0.0, 0.0, 0.4, 0.0]])
    (finding,) = said(slopes(low, -low))
    assert finding.sentence == (
        "Factor 1 lowers alcohol, hue and ash where it is low and raises them where it is high (and 1 more)."
    )
    assert finding.evidence["n_pairs"] == 4


def test_columns_that_are_not_explained_or_do_not_need_the_factor_say_nothing():
    poor = replace(QUALITY, r2_per_column=np.array([0.2, 0.8, np.nan, 0.8]))
    assert said(held_out=poor) == []
    idle = replace(NEEDED, r2_lost_per_column=np.full((2, 4), 0.04))
    assert said(ablation=idle) == []
    unknown = replace(NEEDED, r2_lost_per_column=np.full((2, 4), np.nan))
    assert said(ablation=unknown) == []


def test_a_factor_that_does_not_come_back_says_nothing_but_not_knowing_is_no_reason():
    assert said(comes_back=np.array([0.95, 0.5]))[0].evidence["factors"] == ["factor 1"]
    assert said(comes_back=np.full(2, np.nan))[0].evidence["n_pairs"] == 2


def test_a_region_without_rows_says_nothing():
    found = slopes(np.full((2, 4), np.nan), np.full((2, 4), -0.9))
    assert said(found) == []
