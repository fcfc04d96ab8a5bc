"""What is said of structure, and of curves, and what it does to the verdict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from latentia.insight.diagnosis.structure import structure_findings
from latentia.insight.diagnosis.verdict import verdict
from latentia.insight.findings import Severity
from latentia.insight.results import Curvature, Quality, Structure

FOUND = Structure(p_value=0.005, straight=9.0, curved=1.1, shuffles=199, n_rows=100, n_columns=8)
CURVED = Curvature(
    p_value=0.01,
    told_of_rest=0.1,
    told_of_rest_by_chance=0.02,
    draws=99,
    n_rows=100,
    n_columns=8,
    n_components=3,
)
QUALITY = Quality(rows="held-out", n_rows=40, mse=0.2, r2=0.8, r2_per_column=np.ones(8))


def codes(*found):
    return [finding.code for finding in structure_findings(*found)]


def test_each_answer_has_its_finding():
    assert codes(FOUND, CURVED) == ["structure", "curved_structure"]
    assert codes(FOUND, replace(CURVED, p_value=0.06)) == ["structure", "straight_structure"]
    assert codes(FOUND, replace(CURVED, p_value=0.05)) == ["structure", "curved_structure"]
    assert codes(FOUND, None) == ["structure"]
    assert codes(replace(FOUND, p_value=0.02), None) == ["structure"]
    assert codes(replace(FOUND, p_value=0.025), None) == ["no_structure"]
    assert codes(None, None) == []


def test_the_sentences_name_their_numbers():
    none = structure_findings(replace(FOUND, p_value=0.43), None)[0]
    assert none.severity is Severity.SERIOUS
    assert "say no more about each other than those of 199 tables" in none.sentence
    assert none.sentence.endswith("with each column shuffled (p = 0.43; at most 0.02 is asked for).")
    little = structure_findings(replace(FOUND, p_value=0.04), None)[0]
    assert "say hardly more about each other" in little.sentence
    assert none.evidence["p_value"] == pytest.approx(0.43)
    straight = structure_findings(FOUND, replace(CURVED, p_value=0.3))[1]
    assert "99 tables with the same columns and correlations" in straight.sentence
    assert "(p = 0.3)" in straight.sentence
    assert straight.evidence["level"] == pytest.approx(0.05)


def test_without_structure_nothing_else_is_said():
    told = verdict(structure_findings(replace(FOUND, p_value=0.43), None), QUALITY, QUALITY, n_components=2)
    assert told.startswith("Do not read anything from this model yet: no structure was found")


def test_pca_that_does_as_well_is_told_beside_curves_that_the_network_missed():
    from latentia.insight.findings import Finding

    as_good = Finding(code="as_good_as_pca", severity=Severity.NOTE, sentence="", evidence={}, suggestion="")
    better = replace(as_good, code="better_than_pca", severity=Severity.GOOD)
    curved, straight = (
        structure_findings(FOUND, CURVED),
        structure_findings(FOUND, replace(CURVED, p_value=0.5)),
    )
    assert "though there is more than straight lines." in verdict(
        [as_good, *curved], QUALITY, QUALITY, n_components=2
    )
    assert verdict([as_good, *straight], QUALITY, QUALITY, n_components=2).endswith("worth its trouble.")
    assert verdict([better, *straight], QUALITY, QUALITY, n_components=2).endswith(
        "The gain is clear, though nothing but straight lines was found."
    )
    assert verdict([better, *curved], QUALITY, QUALITY, n_components=2).endswith("The gain is clear.")
