from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from latentia.insight.agreement import _adjusted_rand, _mutual_information, agreement


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


def test_perfect_agreement_has_no_doubt():
    classes = np.repeat(["a", "b", "c"], 20)
    found = agreement(np.repeat([2, 0, 1], 20), classes)
    assert found.ari_interval == found.accuracy_interval == (1, 1)
    assert found.nmi_interval == (pytest.approx(1), pytest.approx(1))
    assert found.p_value == 0.001


def test_independent_labels_agree_as_chance_does():
    rng = np.random.default_rng(0)
    p_values = []
    for seed in range(60):
        found = agreement(rng.integers(0, 3, 100), rng.integers(0, 3, 100).astype(str), seed=seed)
        p_values.append(found.p_value)
    assert np.mean(np.array(p_values) <= 0.05) <= 0.15
    assert 0.35 < np.mean(p_values) < 0.65


def test_intervals_hold_the_figure_and_shrink_with_rows():
    rng = np.random.default_rng(0)
    widths = []
    for n in (100, 10_000):
        classes = rng.integers(0, 3, n)
        labels = np.where(rng.random(n) < 0.7, classes, rng.integers(0, 3, n))
        found = agreement(labels, classes)
        for figure, (low, high) in (
            (found.ari, found.ari_interval),
            (found.nmi, found.nmi_interval),
            (found.accuracy, found.accuracy_interval),
        ):
            assert low < figure < high
        widths.append(found.ari_interval[1] - found.ari_interval[0])
    assert widths[1] < widths[0] / 5


def test_figures_of_tables_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    labels, classes = rng.integers(0, 4, 200), rng.integers(0, 3, 200)
    table = np.zeros((1, 4, 3))
    np.add.at(table, (0, labels, classes), 1)
    assert _adjusted_rand(table)[0] == pytest.approx(adjusted_rand_score(classes, labels))
    assert _mutual_information(table)[0] == pytest.approx(normalized_mutual_info_score(classes, labels))


def test_too_many_classes_have_neither_interval_nor_p_value():
    found = agreement(np.arange(50), np.arange(50))
    assert np.isnan(found.p_value)
    assert np.isnan(found.ari_interval).all()
