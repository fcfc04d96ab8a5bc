from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from latentia.insight.agreement import agreement
from latentia.insight.cluster_results import Cloud, Clustering
from latentia.insight.diagnosis.clusters import cluster_findings, told_clustering

ONE = Cloud(
    space="latent",
    p_value=0.4,
    n_clusters=1,
    prominence=0.5,
    prominence_by_chance=1.0,
    draws=99,
    n_rows=200,
    n_neighbours=14,
)
GROUPS = replace(ONE, p_value=0.01, n_clusters=3, prominence=3.0)
TWO = Clustering(
    method="KMeans",
    space="latent",
    settings={},
    labels=np.repeat([0, 1], 100),
    n_clusters=2,
    noise_share=0.0,
    silhouette=0.5,
    agreement=None,
    stability=(0.9, 0.9),
)
THREE = replace(TWO, method="HDBSCAN", n_clusters=3, labels=np.arange(200) % 3, stability=(0.9, 0.8, 0.5))


def on_pca(cloud):
    return replace(cloud, space="PCA")


@pytest.mark.parametrize(
    ("clouds", "expected"),
    [
        ((GROUPS, on_pca(GROUPS)), "clusters"),
        ((ONE, on_pca(GROUPS)), "clusters"),
        ((GROUPS, on_pca(ONE)), "clusters_in_network_only"),
        ((ONE, on_pca(ONE)), "one_cloud"),
        ((), None),
    ],
)
def test_groups_count_where_pca_shows_them(clouds, expected):
    found = cluster_findings(clouds, [TWO])
    assert [one.code for one in found] == ([] if expected is None else [expected])


def test_the_clustering_with_as_many_clusters_as_peaks_is_told_with_its_stability_and_agreement():
    clouds = (GROUPS, on_pca(GROUPS))
    known = replace(THREE, agreement=agreement(THREE.labels, THREE.labels))
    assert told_clustering(clouds, [TWO, known]) is known
    first, second = cluster_findings(clouds, [TWO, known])
    assert "3 groups or more" in first.sentence
    assert "HDBSCAN" in first.sentence
    assert "ARI 1.00" in first.sentence
    assert first.evidence["stability"] == [0.9, 0.8, 0.5]
    assert second.code == "unstable_clusters"
    assert second.evidence["similarity"] == {"cluster 2": 0.5}
    assert second.sentence.startswith("Cluster 2 of HDBSCAN")


def test_one_cloud_with_a_shallow_dip_is_not_said_to_be_like_any_other():
    dip = replace(ONE, p_value=0.02)
    (found,) = cluster_findings((dip, on_pca(ONE)), [TWO])
    assert found.code == "one_cloud"
    assert "dips more than by chance" in found.sentence
    assert "p = 0.02 on the factors" in found.sentence
    assert "cannot be told" not in found.sentence
    (even,) = cluster_findings((ONE, on_pca(ONE)), [TWO])
    assert "cannot be told from one cloud" in even.sentence


def test_of_one_cloud_the_parts_are_named_as_parts():
    (found,) = cluster_findings((ONE, on_pca(ONE)), [TWO, replace(TWO, method="PCA only", space="PCA")])
    assert "The clusters of KMeans are parts of it" in found.suggestion
    assert "PCA only" not in found.suggestion
    assert found.severity == "note"


def test_factors_that_hide_the_groups_are_told():
    found = cluster_findings((ONE, on_pca(GROUPS)), [TWO])[0]
    assert "The factors do not tell them apart" in found.sentence


def shared(n_clusters, *columns):
    return replace(ONE, space="shared", n_clusters=n_clusters, columns=columns)


def test_groups_that_are_the_values_of_one_column_are_no_groups():
    (found,) = cluster_findings((ONE, on_pca(GROUPS), shared(1, "flag")), [TWO])
    assert found.code == "groups_of_one_column"
    assert found.severity == "note"
    assert found.sentence.startswith(
        "No groups were found but the values of flag: PCA's components fall into 3"
    )
    assert "flag is taken as what the other columns tell of it" in found.sentence
    assert "without it (drop)" in found.suggestion
    (several,) = cluster_findings((ONE, on_pca(GROUPS), shared(1)), [TWO])
    assert "values of single columns" in several.sentence


def test_parts_that_no_single_column_accounts_for_are_groups_unless_what_is_shared_is_one_cloud():
    clouds = (ONE, on_pca(GROUPS), replace(shared(1), p_value=0.01))
    found = cluster_findings(clouds, [TWO, THREE])[0]
    assert found.code == "clusters"
    assert found.evidence["n_groups"] == 3
    assert "The factors do not tell them apart. HDBSCAN on the factors finds 3" in found.sentence


def test_of_groups_that_stay_only_those_seen_in_several_columns_are_counted():
    clouds = (GROUPS, on_pca(replace(GROUPS, n_clusters=4)), shared(2, "flag"))
    found = cluster_findings(clouds, [TWO, THREE])[0]
    assert found.code == "clusters"
    assert found.evidence["n_groups"] == 2
    assert "PCA shows 4, the more of them by the values of flag alone" in found.sentence
    assert "KMeans" in found.sentence
