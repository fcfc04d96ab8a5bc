from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import DBSCAN, HDBSCAN
from sklearn.metrics import adjusted_rand_score

import problems
from latentia.insight.clusters import cluster_all
from latentia.insight.densities import choose_eps
from latentia.insight.subsample import distinct_rows, subsample

METHODS = ["KMeans", "DBSCAN", "HDBSCAN", "Gaussian mixture"]


def by_method(codes, **settings):
    found = cluster_all(codes, space="latent", seed=0, **settings)
    assert [clustering.method for clustering in found] == METHODS
    for clustering in found:
        assert clustering.labels.shape == (len(codes),)
        assert clustering.labels.min(initial=0) >= -1
        assert clustering.n_clusters == len(set(clustering.labels) - {-1})
        assert clustering.noise_share == pytest.approx(np.mean(clustering.labels == -1))
        assert "chosen_by" in clustering.settings
    return {clustering.method: clustering for clustering in found}


@pytest.mark.parametrize("unit", [1.0, 1e-9, 1e6])
@pytest.mark.parametrize("method", METHODS)
def test_three_clouds_are_found_by_every_method_in_any_unit(method, unit):
    codes, labels = problems.blobs()
    found = by_method(unit * codes, labels=labels)[method]
    assert found.n_clusters == 3
    assert found.agreement.ari > 0.9
    assert found.silhouette > 0.7


def test_one_cloud_is_one_component_for_the_mixture_and_no_clear_silhouette():
    found = by_method(problems.unrelated(300, 3))
    assert found["Gaussian mixture"].n_clusters == 1
    assert found["DBSCAN"].n_clusters == 1
    assert found["KMeans"].silhouette < 0.4


def test_given_settings_are_used_and_recorded():
    codes, _ = problems.blobs()
    found = by_method(codes, n_clusters=4, eps=1.8, min_samples=7)
    assert found["KMeans"].n_clusters == found["Gaussian mixture"].n_clusters == 4
    assert found["DBSCAN"].settings["eps"] == 1.8
    for method in ("KMeans", "DBSCAN", "Gaussian mixture"):
        assert found[method].settings["chosen_by"] == "given"
    assert found["DBSCAN"].settings["min_samples"] == found["HDBSCAN"].settings["min_samples"] == 7


def test_density_methods_equal_scikit_learn_on_the_same_settings():
    codes, _ = problems.blobs()
    found = by_method(codes, eps=1.8)
    theirs = {
        "DBSCAN": DBSCAN(eps=1.8, min_samples=5).fit_predict(codes),
        "HDBSCAN": HDBSCAN(min_cluster_size=5, min_samples=5, copy=True).fit_predict(codes),
    }
    for method, labels in theirs.items():
        pairs = set(zip(labels, found[method].labels, strict=True))
        assert len(pairs) == len(set(labels))  # the same groups, numbered by size


def test_clusters_are_numbered_by_size():
    codes = np.concatenate([np.zeros(10), np.full(30, 9.0), np.full(20, 20.0)])[:, None]
    codes = codes + np.random.default_rng(0).normal(size=codes.shape)
    for clustering in by_method(codes).values():
        sizes = np.bincount(clustering.labels[clustering.labels >= 0])
        assert list(sizes) == sorted(sizes, reverse=True)


def test_noise_stays_noise():
    codes = np.concatenate([problems.blobs()[0], [[200.0, -200.0, 200.0]]])
    found = by_method(codes)
    assert found["DBSCAN"].labels[-1] == -1
    assert found["HDBSCAN"].labels[-1] == -1


@pytest.mark.parametrize(
    "codes",
    [
        np.random.default_rng(0).normal(size=(5, 1)),
        np.full((5, 2), 0.1),
        np.full((3, 2), 0.1),
        np.ones((1, 1)),
        np.random.default_rng(0).normal(size=(2, 3)),
        problems.repeated_rows(3, 10),
        problems.repeated_rows(2, 40, 1),
        np.concatenate([np.zeros((50, 2)), problems.unrelated(3, 2)]),
        np.c_[problems.unrelated(60, 1), np.zeros(60)],
        np.arange(50.0)[:, None],
        1e8 + problems.unrelated(60, 2),
    ],
    ids=[
        "5 rows",
        "equal",
        "3 equal",
        "1 row",
        "2 rows",
        "repeats",
        "pairs",
        "mostly 0",
        "flat",
        "grid",
        "far",
    ],
)
def test_degenerate_tables_have_clusters_without_a_warning(codes):
    by_method(codes, labels=np.arange(len(codes)).astype(str))
    by_method(codes, n_clusters=30, eps=0.5)


@pytest.mark.parametrize(("n_rows", "noisy"), [(5, False), (4, True)])
def test_equal_codes_are_one_cluster_or_too_few_for_one(n_rows, noisy):
    found = by_method(np.full((n_rows, 2), 0.1))
    assert found["KMeans"].n_clusters == found["Gaussian mixture"].n_clusters == 1
    for method in ("DBSCAN", "HDBSCAN"):
        assert found[method].noise_share == (1.0 if noisy else 0.0)


@pytest.mark.parametrize("method", METHODS)
def test_repeated_rows_are_their_own_clusters(method):
    found = by_method(problems.repeated_rows(4, 25))[method]
    assert found.n_clusters == 4
    assert found.silhouette == pytest.approx(1)


def test_more_clusters_than_distinct_rows_are_lowered_and_told():
    found = by_method(problems.repeated_rows(3, 10), n_clusters=8)["KMeans"]
    assert found.n_clusters == 3
    assert "lowered from 8" in found.settings["chosen_by"]


def test_a_factor_of_little_size_has_little_say():
    codes, labels = problems.blobs(n_columns=1)
    noise = 1e-3 * problems.unrelated(len(codes), 1)
    assert by_method(np.c_[codes, noise], labels=labels)["KMeans"].agreement.ari == 1


@pytest.mark.slow
def test_many_rows_take_a_recorded_subsample_and_the_same_clusters_twice():
    codes, labels = problems.blobs(n_rows=100_000, distance=12.0)
    first, second = (by_method(codes, labels=labels) for _ in range(2))
    for method in METHODS:
        np.testing.assert_array_equal(first[method].labels, second[method].labels)
        assert first[method].settings["rows_fitted"] < len(codes)
        assert first[method].agreement.ari > 0.9


def test_rows_outside_the_subsample_get_the_labels_of_the_full_fit(monkeypatch):
    codes, _ = problems.blobs(n_rows=600, distance=12.0)
    full = by_method(codes, eps=2.0)
    monkeypatch.setattr("latentia.insight.densities.MOST_ROWS", 300)
    monkeypatch.setattr("latentia.insight.centers.MOST_ROWS_TO_FIT", 300)
    part = by_method(codes, eps=2.0)
    for method in METHODS:
        both = (full[method].labels >= 0) & (part[method].labels >= 0)
        assert both.mean() > 0.9
        assert adjusted_rand_score(full[method].labels[both], part[method].labels[both]) == 1


def test_eps_lies_between_the_gaps_within_and_between_clouds():
    codes, _ = problems.blobs(distance=20.0)
    chosen = choose_eps(codes, 5)
    assert 0.5 < chosen["eps"] < 10
    assert "knee" in chosen["chosen_by"]


def test_eps_is_never_a_rounding_of_zero():
    mostly_equal = np.concatenate([np.zeros((50, 2)), problems.unrelated(3, 2)])
    assert choose_eps(mostly_equal, 5)["eps"] > 0.01


def test_subsamples_are_fixed_sorted_and_without_repeats():
    first = subsample(1000, 50, seed=3)
    np.testing.assert_array_equal(first, subsample(1000, 50, seed=3))
    assert (np.diff(first) > 0).all()


@pytest.mark.parametrize(
    ("codes", "expected"),
    [(np.full((4, 2), 0.1), 1), (np.arange(4.0)[:, None] * 1e-30, 4), (np.empty((0, 2)), 0)],
)
def test_distinct_rows_are_counted_beyond_rounding(codes, expected):
    assert distinct_rows(codes) == expected
