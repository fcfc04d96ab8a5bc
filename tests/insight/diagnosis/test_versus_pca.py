from __future__ import annotations

import json

import numpy as np
import pytest

import problems
from latentia.insight.diagnosis.versus_pca import versus_pca
from latentia.insight.findings import Severity
from latentia.insight.quality import quality
from latentia.insight.residuals import row_errors

ROWS = problems.unrelated(200, 5)


def compared(network_noise, pca_noise, rows=ROWS, components=2):
    made = [
        rows + size * problems.unrelated(*rows.shape, seed=seed)
        for seed, size in ((1, network_noise), (2, pca_noise))
    ]
    qualities = [quality(rows, each, center=np.zeros(rows.shape[1]), rows="held-out") for each in made]
    found = versus_pca(*qualities, *(row_errors(rows, each) for each in made), n_components=components)
    json.dumps([finding.to_dict() for finding in found], allow_nan=False)
    return found


@pytest.mark.parametrize(
    ("network", "pca", "code", "severity"),
    [
        (0.5, 0.7, "better_than_pca", Severity.GOOD),
        (0.7, 0.5, "worse_than_pca", Severity.SERIOUS),
        (0.35, 0.3, "worse_than_pca", Severity.WARNING),
        (0.5, 0.5, "as_good_as_pca", Severity.NOTE),
        (0.01, 0.05, "as_good_as_pca", Severity.NOTE),  # certain, but worth less than 0.005 of R²
    ],
)
def test_the_verdict_is_paired_and_practical(network, pca, code, severity):
    found = compared(network, pca)
    assert [(finding.code, finding.severity) for finding in found] == [(code, severity)]
    assert f"{found[0].evidence['mse']:.3f} against {found[0].evidence['mse_pca']:.3f}" in found[0].sentence
    assert ("Use PCA" in found[0].suggestion) is (code != "better_than_pca")


def test_pairing_sees_a_small_difference_beside_large_rows():
    errors = np.random.default_rng(0).exponential(size=100)
    sizes = np.sqrt(errors)[:, None] * np.ones((1, 4))
    rows = np.sqrt(2) * problems.unrelated(100, 4)
    better, worse = (
        quality(rows, rows + factor * sizes, center=np.zeros(4), rows="held-out") for factor in (0.95, 1.0)
    )
    found = versus_pca(better, worse, 0.95**2 * errors, errors, n_components=2)
    assert found[0].code == "better_than_pca"


def test_few_rows_decide_nothing():
    assert compared(0.2, 0.9, rows=ROWS[:1])[0].code == "as_good_as_pca"
    assert compared(0.2, 0.9, rows=ROWS[:0]) == []


def test_unrelated_columns_have_little_structure():
    found = compared(1.0, 1.1)
    assert "little_structure" in [finding.code for finding in found]


def test_chance_alone_rarely_makes_a_difference():
    rng = np.random.default_rng(0)
    decided = 0
    for _ in range(200):
        rows, first, second = rng.normal(size=(3, 36, 5))
        made = [rows + 0.5 * noise for noise in (first, second)]
        qualities = [quality(rows, each, center=np.zeros(5), rows="held-out") for each in made]
        errors = [row_errors(rows, each) for each in made]
        decided += versus_pca(*qualities, *errors, n_components=2)[0].code != "as_good_as_pca"
    assert decided < 20
