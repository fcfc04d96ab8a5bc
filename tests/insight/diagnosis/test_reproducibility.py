from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import problems
from latentia.insight.diagnosis.reproducibility import unstable_factors
from latentia.insight.findings import Severity
from latentia.insight.resampling_results import Reproducibility
from latentia.insight.stability import shared_space, stability

FACTORS = ["factor 1", "factor 2", "factor 3"]


def codes_of(findings):
    json.dumps([finding.to_dict() for finding in findings], allow_nan=False)
    return [finding.code for finding in findings]


def seeds(noise):
    """Three seeds of three factors; the last factor is another one in every seed, by `noise`."""
    base = problems.unrelated(60, 3)
    others = [base + noise * np.outer(problems.unrelated(60, 1, seed=seed), [0, 0, 1]) for seed in (7, 8)]
    return np.stack([base, *others])


@pytest.mark.parametrize(("noise", "expected"), [(0.1, "stable_factors"), (5.0, "unstable_factors")])
def test_factors_below_the_threshold_are_named(noise, expected):
    codes = seeds(noise)
    found = unstable_factors(stability(codes, [0.7] * 3, shown=0), FACTORS)
    assert codes_of(found) == [expected]
    assert found[0].evidence["factors"] == (["factor 3"] if expected == "unstable_factors" else [])
    assert found[0].severity is (Severity.WARNING if expected == "unstable_factors" else Severity.GOOD)
    assert "other seeds" in found[0].sentence


def test_turned_axes_are_told_from_another_space():
    angle = np.pi / 4
    base = problems.unrelated(60, 2)
    turned = base @ [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    codes = np.stack([base, turned])
    found = unstable_factors(
        stability(codes, [0.7, 0.7], shown=0), FACTORS[:2], space_r2=shared_space(codes, 0)
    )
    assert "span the same space" in found[0].sentence
    assert "together" in found[0].suggestion


def test_one_seed_claims_nothing():
    assert unstable_factors(stability(seeds(0.1)[:1], [0.7], shown=0), FACTORS) == []


def again(*per_factor, pca=0.97, space=0.7):
    each = np.tile(per_factor, (20, 1))
    return Reproducibility(
        n_rows=36,
        codes=each,
        loadings=np.ones_like(each),
        per_factor=np.array(per_factor),
        per_component=np.full(len(per_factor), pca),
        space_r2=space,
    )


def test_a_factor_that_only_resampled_rows_lose_is_named_with_both_figures():
    steady = stability(seeds(0.1), [0.7] * 3, shown=0)
    found = unstable_factors(steady, FACTORS, space_r2=0.99, reproducibility=again(0.9, 0.85, 0.4))[0]
    assert found.code == "unstable_factors"
    assert found.evidence["factors"] == ["factor 3"]
    assert "Factor 3 (0.99 under other seeds, 0.40 on resampled rows) does not come back" in found.sentence
    assert "the components of PCA do (at least 0.97)" in found.sentence
    assert "same space" not in found.sentence, "what resampled rows lose is not kept by the seeds' space"


def test_pca_is_not_recommended_where_its_components_do_not_come_back_either():
    steady = stability(seeds(0.1), [0.7] * 3, shown=0)
    found = unstable_factors(steady, FACTORS, reproducibility=again(0.9, 0.85, 0.4, pca=0.5))[0]
    assert "PCA" not in found.sentence + found.suggestion


def test_of_columns_that_do_not_hang_together_no_component_of_pca_is_to_be_named():
    steady = stability(seeds(0.1), [0.7] * 3, shown=0)
    found = unstable_factors(
        steady, FACTORS, reproducibility=again(0.9, 0.85, 0.4, pca=0.97), structured=False
    )[0]
    assert "PCA" not in found.sentence + found.suggestion


def test_factors_that_come_back_both_ways_are_told_with_the_lowest_figure():
    steady = stability(seeds(0.1), [0.7] * 3, shown=0)
    found = unstable_factors(steady, FACTORS, reproducibility=again(0.95, 0.88, 0.9))[0]
    assert found.code == "stable_factors"
    assert "under 2 other seeds and in 20 networks of resampled rows" in found.sentence
    assert "at least 0.88 of 1" in found.sentence


def test_resampled_rows_speak_where_there_is_one_seed():
    alone = stability(seeds(0.1)[:1], [0.7], shown=0)
    found = unstable_factors(alone, FACTORS, reproducibility=again(0.95, 0.88, 0.9))[0]
    assert found.code == "stable_factors"
    assert "other seed" not in found.sentence


def test_seeds_that_could_not_be_compared_are_not_told():
    unknown = replace(stability(seeds(0.1), [0.7] * 3, shown=0), per_factor=np.full(3, np.nan))
    found = unstable_factors(unknown, FACTORS, reproducibility=again(0.95, 0.88, 0.9))[0]
    assert found.sentence.startswith("Every factor comes back in 20 networks of resampled rows (")
    assert found.evidence["under_other_seeds"] is None


def test_a_figure_just_below_the_limit_is_not_rounded_to_it():
    found = unstable_factors(
        replace(stability(seeds(0.1), [0.7] * 3, shown=0), per_factor=np.array([0.9, 0.799, 0.9])), FACTORS
    )[0]
    assert "(0.79 under other seeds)" in found.sentence


def test_a_single_factor_is_not_advised_to_be_fewer():
    lone = replace(stability(seeds(0.1), [0.7] * 3, shown=0), per_factor=np.array([0.4]))
    (found,) = unstable_factors(lone, ["factor 1"])
    assert found.code == "unstable_factors"
    assert "fewer" not in found.suggestion
