"""Groups of rows that are those of a named nuisance are told as that, and no others."""

from __future__ import annotations

import numpy as np
import pytest

from latentia.insight.cluster_results import Clustering
from latentia.insight.diagnosis.group_nuisance import groups_of_nuisances
from latentia.insight.findings import Severity
from latentia.insight.nuisance import GROUPS, NUMBERS, ORDER, Suspect

LABELS = np.repeat([0, 1], 50)
TWO = Clustering(
    method="KMeans",
    space="latent",
    settings={},
    labels=LABELS,
    n_clusters=2,
    noise_share=0.0,
    silhouette=0.5,
    agreement=None,
)
BATCH = LABELS.astype(float)


@pytest.mark.parametrize("kind", [GROUPS, NUMBERS])
def test_groups_that_are_batches_are_named(kind):
    values = BATCH.copy()
    values[3], values[60] = np.nan, 0.0
    (found,) = groups_of_nuisances(TWO, [Suspect("plate", kind, values)])
    assert (found.code, found.severity) == ("groups_of_nuisance", Severity.SERIOUS)
    assert found.sentence.startswith("The groups of rows are those of plate: KMeans on the factors")
    assert 0.9 < found.evidence["ari"] < 1


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (GROUPS, np.random.default_rng(0).integers(2, size=100).astype(float)),
        (GROUPS, np.zeros(100)),
        (GROUPS, np.full(100, np.nan)),
        (NUMBERS, np.arange(100.0)),
        (ORDER, BATCH),
    ],
    ids=["others", "one", "none", "a number", "order"],
)
def test_of_others_nothing_is_said(kind, values):
    assert groups_of_nuisances(TWO, [Suspect("plate", kind, values)]) == []
    assert groups_of_nuisances(None, [Suspect("plate", GROUPS, BATCH)]) == []
