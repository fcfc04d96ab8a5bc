from __future__ import annotations

import numpy as np
import pytest

import problems
from latentia.insight.cluster_stability import STABLE, UNSTABLE, cluster_stability
from latentia.insight.clusters import cluster_all


def halves(rows, _seed):
    return (rows[:, 0] > 0).astype(np.int64)


def test_clusters_that_are_always_the_same_have_a_similarity_of_one():
    rows = problems.unrelated(100, 2)
    assert cluster_stability(rows, halves(rows, 0), halves, seed=0) == (1.0, 1.0)


def test_clusters_drawn_at_random_do_not_come_back():
    rng = np.random.default_rng(0)
    rows = problems.unrelated(300, 2)
    found = cluster_stability(
        rows, rng.integers(4, size=300), lambda some, _: rng.integers(4, size=len(some)), seed=0
    )
    assert max(found) < 0.4


def test_rows_that_become_noise_are_lost():
    rows = problems.unrelated(100, 2)
    noise = lambda some, _: np.full(len(some), -1)  # noqa: E731
    assert cluster_stability(rows, halves(rows, 0), noise, seed=0) == (0.0, 0.0)
    assert cluster_stability(rows, noise(rows, 0), halves, seed=0) == ()


def test_a_cluster_that_takes_all_rows_is_as_similar_as_its_share():
    rows = problems.unrelated(400, 2)
    labels = np.repeat([0, 1], [300, 100])
    found = cluster_stability(rows, labels, lambda some, _: np.zeros(len(some), dtype=np.int64), seed=0)
    assert found == (pytest.approx(0.75, abs=0.02), pytest.approx(0.25, abs=0.02))


def test_plain_groups_are_stable_for_every_method_and_parts_of_one_cloud_are_not_for_all():
    codes, _ = problems.blobs()
    for found in cluster_all(codes, space="latent", seed=0, resamples=5):
        assert len(found.stability) == found.n_clusters
        assert min(found.stability) > STABLE
    cut = cluster_all(problems.unrelated(200, 2), space="latent", seed=0, n_clusters=7, resamples=5)[0]
    assert min(cut.stability) < UNSTABLE


def test_nothing_is_asked_without_resamples():
    codes, _ = problems.blobs()
    assert all(found.stability == () for found in cluster_all(codes, space="latent", seed=0))
