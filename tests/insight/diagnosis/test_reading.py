from __future__ import annotations

import json

import numpy as np
import pytest

import problems
from latentia.insight.diagnosis.reading import sign_reading, unstable_factors
from latentia.insight.findings import Severity
from latentia.insight.first_layer import first_layer_weights
from latentia.insight.results import Ablation, Quality
from latentia.insight.stability import shared_space, stability

FACTORS = ["factor 1", "factor 2", "factor 3"]
COLUMNS = ["alcohol", "proline", "magnesium", "hue"]
KERNEL = np.array([[-1.0, -0.5], [-0.3, -0.2], [-0.1, -0.4], [0.5, -0.5]])


def held_out(*r2):
    return Quality(rows="held-out", n_rows=36, mse=0.3, r2=0.7, r2_per_column=np.array(r2))


def lost(*per_column):
    return Ablation(r2_lost=np.array([0.3, 0.2]), r2_lost_per_column=np.array([per_column, np.zeros(4)]))


def codes_of(findings):
    json.dumps([finding.to_dict() for finding in findings], allow_nan=False)
    return [finding.code for finding in findings]


def test_columns_without_positive_weight_are_shown_to_be_used():
    weights = first_layer_weights(KERNEL, COLUMNS, is_code=True)
    found = sign_reading(weights, COLUMNS, held_out(0.8, 0.7, 0.02, 0.9), lost(0.5, 0.4, 0.3, 0.5))
    assert codes_of(found) == ["negative_is_not_unimportant"]
    assert found[0].evidence["columns"] == ["alcohol", "proline"]  # magnesium is not reconstructed
    assert "alcohol (held-out R² 0.80, 0.50 of it lost without one factor)" in found[0].sentence


@pytest.mark.parametrize(
    ("kernel", "r2", "per_column"),
    [
        (np.abs(KERNEL), [0.8] * 4, [0.5] * 4),
        (KERNEL, [0.05] * 4, [0.5] * 4),
        (KERNEL, [0.8] * 4, [0.01] * 4),
        (KERNEL, [np.nan] * 4, [np.nan] * 4),
    ],
    ids=["all positive", "not reconstructed", "not by the factors", "nothing held out"],
)
def test_columns_without_evidence_of_use_are_not_named(kernel, r2, per_column):
    weights = first_layer_weights(kernel, COLUMNS, is_code=True)
    assert sign_reading(weights, COLUMNS, held_out(*r2), lost(*per_column)) == []


@pytest.mark.parametrize(("contradicted", "expected"), [(0, False), (1, False), (2, True), (8, True)])
def test_signs_that_depend_on_the_seed_are_told(contradicted, expected):
    kernel = np.array([[5.0, 0.1], [0.1, 5.0], [0.1, 0.1], [0.1, 0.1]])
    other = kernel.copy()
    # The small weights change their sign, which leaves the matching by similarity as it is.
    for row, unit in [(2, 0), (2, 1), (3, 0), (3, 1), (0, 1), (1, 0), (0, 0), (1, 1)][:contradicted]:
        other[row, unit] *= -1
    weights = first_layer_weights(kernel, COLUMNS, [other], is_code=True)
    found = codes_of(sign_reading(weights, COLUMNS, held_out(*[np.nan] * 4), lost(*[0.0] * 4)))
    assert (found == ["sign_reading_depends_on_seed"]) is expected


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
    assert "2 other seeds" in found[0].sentence


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
