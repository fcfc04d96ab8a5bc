from __future__ import annotations

import json

import numpy as np
import pytest

from latentia.insight.diagnosis.reading import sign_reading
from latentia.insight.first_layer import first_layer_weights
from latentia.insight.results import Ablation, Quality

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


def test_nothing_is_read_from_the_sign_of_a_single_column():
    up, down = np.array([[0.7]]), np.array([[-0.7]])
    weights = first_layer_weights(down, ["ash"], [up, up, down], is_code=True)
    assert np.isnan(weights.sign_agreement)
    loss = Ablation(r2_lost=np.array([0.9]), r2_lost_per_column=np.array([[0.9]]))
    assert sign_reading(weights, ["ash"], held_out(0.9), loss) == []
