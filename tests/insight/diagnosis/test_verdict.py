from __future__ import annotations

import numpy as np
import pytest

from latentia.insight.diagnosis.curves import curves
from latentia.insight.diagnosis.missing_codes import missing_value_codes
from latentia.insight.diagnosis.reproducibility import unstable_factors
from latentia.insight.diagnosis.rows import few_held_out_rows, rows_duplicated_across_split
from latentia.insight.diagnosis.training import validation_rows_seen
from latentia.insight.diagnosis.units import output_range
from latentia.insight.diagnosis.verdict import verdict
from latentia.insight.diagnosis.versus_pca import versus_pca
from latentia.insight.findings import Finding, Severity
from latentia.insight.resampling_results import Reproducibility
from latentia.insight.results import Quality, Stability


def quality(r2, n_rows=36):
    return Quality(rows="held-out", n_rows=n_rows, mse=1 - r2, r2=r2, r2_per_column=np.full(13, r2))


def stability(*per_factor):
    values = np.array(per_factor)
    return Stability(
        n_seeds=8, correlation=np.tile(values, (7, 1)), per_factor=values, r2_per_seed=np.full(8, 0.7)
    )


GOOD, PCA = quality(0.712), quality(0.648)
STEADY, SHAKY = stability(0.97, 0.95, 0.96), stability(0.97, 0.95, 0.4)
NAMES = ["factor 1", "factor 2", "factor 3"]
ERRORS = np.linspace(0.1, 0.5, 36)


def against(network, pca):
    difference = pca.mse - network.mse
    return versus_pca(network, pca, ERRORS - difference, ERRORS, n_components=3)


@pytest.mark.parametrize(
    ("findings", "network", "pca", "expected"),
    [
        (
            against(GOOD, PCA) + unstable_factors(STEADY, NAMES),
            GOOD,
            PCA,
            ["71.2 %", "PCA", "64.8 %", "gain is clear", "at least 0.95"],
        ),
        (against(PCA, GOOD), PCA, GOOD, ["Use PCA", "worse"]),
        (against(PCA, PCA), PCA, PCA, ["Use PCA", "gains nothing"]),
        (
            against(GOOD, PCA) + unstable_factors(SHAKY, NAMES),
            GOOD,
            PCA,
            ["71.2 %", "factor 3 does not come back"],
        ),
        (
            output_range(np.array([[-3.0], [3.0]]), 0.0, 1.0, activation="sigmoid"),
            GOOD,
            PCA,
            ["Do not read anything", "the sigmoid output"],
        ),
        (validation_rows_seen(30, 36), GOOD, PCA, ["Do not read anything", "30 of 36"]),
        (
            curves({"loss": [1.0, np.nan]}, best_epoch=1, ending="diverged"),
            quality(float("nan")),
            PCA,
            ["Do not read anything", "stopped being a finite number"],
        ),
        (
            few_held_out_rows(0),
            quality(float("nan"), 0),
            None,
            ["unknown part", "no rows were held out"],
        ),
        ([], GOOD, None, ["3 factors explain 71.2 % of the variation of 36 held-out rows."]),
        ([], quality(-0.3), PCA, ["explain nothing"]),
    ],
    ids=[
        "better",
        "worse",
        "equal",
        "unstable",
        "range",
        "seen",
        "diverged",
        "nothing held out",
        "bare",
        "negative",
    ],
)
def test_the_verdict_says_what_matters_most(findings, network, pca, expected):
    said = verdict(findings, network, pca, n_components=3)
    for words in expected:
        assert words in said
    assert said.endswith(".")
    assert "nan" not in said


def test_copies_of_measured_rows_forbid_reading_and_equal_answers_do_not():
    copies, answers = np.random.default_rng(0).normal(size=(40, 4)), np.tile(np.eye(4), (10, 1))
    said = verdict(rows_duplicated_across_split(copies, copies), GOOD, PCA, n_components=3)
    assert said.startswith("Do not read anything from this model yet: 40 held-out rows of 40 (100 %)")
    natural = [*against(GOOD, PCA), *rows_duplicated_across_split(answers, answers)]
    assert "Do not read anything" not in verdict(natural, GOOD, PCA, n_components=3)


def test_codes_for_missing_answers_are_heard_before_any_comparison():
    answers = np.tile([1.0, 2.0, 3.0, 4.0, 99.0], 10)[:, None]
    groups = Finding(code="clusters", severity=Severity.GOOD, sentence="", evidence={"n_groups": 2})
    found = [*against(PCA, GOOD), groups, *missing_value_codes(answers, ["q1"])]
    said = verdict(found, PCA, GOOD, n_components=3)
    assert "Take care: codes for missing answers may have been read as numbers" in said
    assert said.endswith("in 50 training rows: 99 in q1 (10 cells).")
    assert "Use PCA" not in said


def test_one_factor_is_singular():
    assert verdict([], GOOD, n_components=1).startswith("1 factor explains 71.2 %")


def test_what_only_concerns_single_weights_does_not_stand_against_the_factors():
    of_weights = Finding(
        code="sign_reading_depends_on_seed",
        severity=Severity.WARNING,
        sentence="Only 54 % of the signs are the same.",
        evidence={},
    )
    said = verdict([*against(GOOD, PCA), of_weights], GOOD, PCA, n_components=3)
    assert said.endswith("The gain is clear.")


def test_a_factor_lost_on_resampled_rows_is_told_as_that():
    each = np.tile([0.95, 0.9, 0.4], (20, 1))
    again = Reproducibility(
        n_rows=36,
        codes=each,
        loadings=each,
        per_factor=each[0],
        per_component=each[0],
        space_r2=0.7,
    )
    found = unstable_factors(STEADY, NAMES, reproducibility=again)
    said = verdict([*against(GOOD, PCA), *found], GOOD, PCA, n_components=3)
    assert said.endswith("Take care: factor 3 does not come back on resampled rows.")


def test_serious_findings_are_heard_beside_what_stands_against_the_network():
    batch = Finding(code="nuisance", severity=Severity.SERIOUS, sentence="Factor 1 mostly says batch.")
    mild = Finding(code="nuisance", severity=Severity.WARNING, sentence="Factor 2 partly follows batch.")
    use_pca = verdict([*against(PCA, GOOD), batch, mild], PCA, GOOD, n_components=3)
    assert use_pca.endswith("is clearly worse here. Take care: factor 1 mostly says batch.")
    shaky = verdict([*unstable_factors(SHAKY, NAMES), batch], GOOD, PCA, n_components=3)
    assert shaky.endswith("under other seeds. Take care: factor 1 mostly says batch.")
    assert "batch" not in verdict([*against(PCA, GOOD), mild], PCA, GOOD, n_components=3)


def test_groups_are_told_last_and_one_cloud_is_no_news():
    groups = Finding(code="clusters", severity=Severity.GOOD, sentence="", evidence={"n_groups": 4})
    cloud = Finding(code="one_cloud", severity=Severity.NOTE, sentence="", evidence={})
    told = verdict([*unstable_factors(SHAKY, NAMES), groups], GOOD, PCA, n_components=3)
    assert told.endswith("does not come back under other seeds. The rows fall into 4 groups or more.")
    batches = Finding(
        code="groups_of_nuisance", severity=Severity.SERIOUS, sentence="", evidence={"suspect": "batch"}
    )
    told = verdict([groups, batches], GOOD, PCA, n_components=3)
    assert told.endswith("The rows fall into 4 groups or more, those of batch.")
    assert verdict([cloud], GOOD, PCA, n_components=3) == verdict([], GOOD, PCA, n_components=3)
