"""A nuisance is named with its factor where it is both sure and strong, and only there."""

from __future__ import annotations

import pytest

from latentia.insight.diagnosis.nuisance import nuisances
from latentia.insight.findings import Severity
from latentia.insight.results import Following

NAN = float("nan")


def pair(factor="factor 1", suspect="batch", kind="groups", share=0.6, correlation=NAN, p_value=0.01):
    return Following(
        factor=factor,
        suspect=suspect,
        kind=kind,
        share=share,
        correlation=correlation,
        p_value=p_value,
        n_rows=90,
    )


@pytest.mark.parametrize(
    ("share", "p_value", "severity"),
    [
        (0.5, 0.05, Severity.SERIOUS),
        (0.49, 0.05, Severity.WARNING),
        (0.1, 0.001, Severity.WARNING),
        (0.09, 0.001, None),
        (0.9, 0.051, None),
    ],
)
def test_both_a_small_p_value_and_a_large_share_are_needed(share, p_value, severity):
    found = nuisances([pair(share=share, p_value=p_value)], ["batch"])
    assert [one.severity for one in found] == ([] if severity is None else [severity])
    assert all(one.code == "nuisance" for one in found)


def test_factors_that_follow_alike_are_told_together():
    group = [pair("factor 1"), pair("factor 2", share=0.2), pair("factor 3", share=0.7, p_value=0.02)]
    mostly, partly = nuisances(group, ["batch"])
    assert mostly.sentence == (
        "Factor 1 and factor 3 mostly say batch, with which 60 % and 70 % of their variation goes (p ≤ 0.02)."
    )
    assert (
        partly.sentence == "Factor 2 partly follows batch, with which 20 % of its variation goes (p = 0.01)."
    )
    assert mostly.evidence["factors"] == ["factor 1", "factor 3"]
    assert mostly.evidence["correlation"] is None
    assert "by batch" in mostly.suggestion
    assert "Rows of one batch are alike and stand on both sides of the split" in mostly.suggestion
    assert "both sides" not in partly.suggestion
    assert "both sides" not in nuisances([pair(kind="numbers", correlation=0.9)], ["batch"])[0].suggestion


def test_the_order_of_the_rows_has_advice_of_its_own():
    (found,) = nuisances([pair(suspect="the order of the rows", kind="order", correlation=-0.8)], [])
    assert "nuisance=" in found.suggestion
    assert found.evidence["correlation"] == [-0.8]


@pytest.mark.parametrize(("kind", "severity"), [("size", Severity.NOTE), ("gaps", Severity.WARNING)])
def test_what_is_made_of_the_columns_is_judged_by_strength_alone(kind, severity):
    suspect = "the size of a row"
    assert nuisances([pair(suspect=suspect, kind=kind, correlation=0.89, p_value=NAN)], []) == []
    (found,) = nuisances([pair(suspect=suspect, kind=kind, correlation=-0.9, p_value=NAN)], [])
    assert found.severity is severity
    assert found.sentence.startswith("Factor 1 is little more than the size of a row (rank correlation -0.90")
    assert found.sentence.endswith("so this is judged by its strength, and not by a test.")
    assert found.evidence["p_value"] is None


def test_a_column_that_could_not_be_judged_is_named():
    (found,) = nuisances([pair(share=0.0, p_value=1.0)], ["batch", "day"])
    assert found.code == "nuisance_not_judged"
    assert found.evidence["suspects"] == ["day"]
