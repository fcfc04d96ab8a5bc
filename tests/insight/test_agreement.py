from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from latentia.insight.agreement import agreement


def test_renamed_clusters_agree_in_full():
    found = agreement([2, 2, 0, 0, 1], ["a", "a", "b", "b", "c"])
    assert (found.ari, found.accuracy) == (1, 1)
    assert found.nmi == pytest.approx(1)
    np.testing.assert_array_equal(found.contingency, [[0, 2, 0], [0, 0, 1], [2, 0, 0]])
    assert found.classes == ("a", "b", "c")
    assert found.clusters == ("cluster 0", "cluster 1", "cluster 2")


def test_noise_is_never_right_but_is_a_cluster_for_the_indices():
    labels, classes = [0, 0, -1, -1], ["a", "a", "b", "b"]
    found = agreement(labels, classes)
    assert found.accuracy == 0.5
    assert found.ari == adjusted_rand_score(classes, labels) == 1
    assert found.clusters == ("cluster 0", "noise")
    np.testing.assert_array_equal(found.contingency, [[2, 0], [0, 2]])


def test_all_noise_has_no_accuracy():
    found = agreement([-1, -1, -1], ["a", "b", "b"])
    assert found.accuracy == 0
    assert found.clusters == ("noise",)


def test_two_clusters_cannot_both_be_the_same_class():
    assert agreement([0, 0, 1, 1], ["a", "a", "a", "a"]).accuracy == 0.5


def test_random_labels_agree_by_chance_only():
    rng = np.random.default_rng(0)
    labels, classes = rng.integers(0, 3, 3000), rng.integers(0, 3, 3000).astype(str)
    found = agreement(labels, classes.astype(object))
    assert abs(found.ari) < 0.01
    assert found.accuracy < 0.4
    assert found.nmi == pytest.approx(normalized_mutual_info_score(classes, labels))


def test_as_many_classes_as_rows_are_no_accident():
    assert agreement(np.arange(50), np.arange(50)).accuracy == 1
