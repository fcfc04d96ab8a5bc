from __future__ import annotations

import numpy as np
import pytest

import problems
from latentia.insight.one_cloud import LEVEL, cloud_of
from latentia.insight.peaks import Graph, peaks_of


def normal(seed, n, k):
    return np.random.default_rng(seed).normal(size=(n, k))


def ring(seed, n):
    turn = np.random.default_rng(seed).uniform(0, 2 * np.pi, n)
    return np.c_[np.cos(turn), np.sin(turn)] + 0.1 * normal(seed + 1, n, 2)


def blobs(seed, n, groups, k=3, distance=6.0):
    """Groups at the corners of a simplex, so many standard deviations apart."""
    corners = np.eye(max(groups, k))[:groups] * distance / np.sqrt(2)
    at = np.random.default_rng(seed).integers(groups, size=n)
    return corners[at] + normal(seed + 1, n, max(groups, k))


ONE = {
    "round": lambda seed: normal(seed, 300, 2),
    "line": lambda seed: normal(seed, 300, 1),
    "ten columns": lambda seed: normal(seed, 300, 10),
    "square": lambda seed: np.random.default_rng(seed).uniform(size=(300, 2)),
    "ring": lambda seed: ring(seed, 300),
    "banana": lambda seed: np.c_[
        normal(seed, 300, 1), normal(seed, 300, 1) ** 2 + 0.5 * normal(seed + 9, 300, 1)
    ],
    "heavy tails": lambda seed: np.random.default_rng(seed).standard_t(3, size=(300, 2)),
    "skewed": lambda seed: np.random.default_rng(seed).exponential(size=(300, 3)),
    "uneven": lambda seed: np.exp(1.5 * normal(seed, 300, 2)),
}


@pytest.mark.parametrize("shape", ONE)
def test_one_cloud_of_any_shape_is_seldom_called_groups(shape):
    found = [cloud_of(ONE[shape](100 * seed), space="latent", seed=seed) for seed in range(10)]
    assert sum(one.n_clusters > 1 for one in found) <= 1
    assert np.mean([one.p_value for one in found]) > 0.2


@pytest.mark.parametrize("groups", [2, 3, 6])
def test_groups_are_counted(groups):
    found = [cloud_of(blobs(seed, 600, groups, distance=8.0), space="latent", seed=seed) for seed in range(3)]
    assert [one.n_clusters for one in found] == [groups] * 3
    assert all(one.p_value <= LEVEL and one.prominence > one.prominence_by_chance for one in found)


def test_a_shallow_valley_is_no_border_however_many_rows_show_it():
    close = cloud_of(blobs(0, 2000, 2, k=2, distance=3.6), space="latent", seed=0)
    assert close.p_value <= LEVEL
    assert 0 < close.prominence < np.log(5)
    assert close.n_clusters == 1


def test_a_handful_of_outliers_is_no_group():
    rows = np.concatenate([normal(0, 300, 2), [40.0, 40.0] + 0.01 * normal(1, 8, 2)])
    assert cloud_of(rows, space="latent", seed=0).n_clusters == 1


@pytest.mark.parametrize("unit", [1e-9, 1e6])
def test_the_unit_and_the_place_do_not_matter(unit):
    rows = blobs(0, 200, 3)
    first, other = (cloud_of(one, space="PCA", seed=0) for one in (rows, unit * (rows + 3.0)))
    assert (first.p_value, first.n_clusters) == (other.p_value, other.n_clusters)
    assert first.prominence == pytest.approx(other.prominence, rel=1e-4)


@pytest.mark.parametrize(
    "rows",
    [normal(0, 39, 2), problems.repeated_rows(3, 40), np.ones((60, 2))],
    ids=["few", "repeats", "equal"],
)
def test_nothing_is_asked_of_few_or_repeated_rows(rows):
    assert cloud_of(rows, space="latent", seed=0) is None


def test_some_repeated_rows_do_no_harm():
    rows = normal(0, 200, 2)
    rows[:60] = rows[0]
    assert np.isfinite(cloud_of(rows, space="latent", seed=0).prominence)


def test_many_rows_are_sampled_and_the_same_seed_gives_the_same_answer():
    first, second = (cloud_of(normal(0, 5000, 2), space="latent", seed=3, draws=19) for _ in range(2))
    assert first == second
    assert first.n_rows == 2000
    assert first.draws == 19


def test_peaks_on_a_line_are_cut_down_to_their_valleys():
    heights = np.array([0.0, 5.0, 2.0, 4.0, 1.0, 3.0, 0.0])
    rows = np.arange(7)
    beside = np.c_[np.maximum(rows - 1, 0), np.minimum(rows + 1, 6)]
    graph = Graph.of(beside, np.empty((0, 2), dtype=np.int64))
    found = peaks_of(heights, np.empty(0), graph, smallest=1)
    assert sorted(found.prominences) == [2.0, 2.0]
    np.testing.assert_array_equal(found.levelled, [0, 5, 2, 2, 1, 1, 0])
    assert peaks_of(found.levelled, np.empty(0), graph, smallest=1).prominences in ([], [0.0], [0.0, 0.0])


def test_a_link_is_as_low_as_its_middle():
    heights = np.array([5.0, 5.0, 4.0, 4.0])
    graph = Graph.of(np.array([[1], [0], [3], [2]]), np.array([[1, 2]]))
    assert peaks_of(heights, np.array([-3.0]), graph, smallest=1).prominences[-1] == 7.0
