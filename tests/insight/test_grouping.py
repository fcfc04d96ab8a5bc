from __future__ import annotations

import numpy as np
import pytest

import problems
from latentia.insight.grouping import clouds_of, groups_of, wide_components

METHODS = ["KMeans", "DBSCAN", "HDBSCAN", "Gaussian mixture"]


def grouped(rows, labels=None, **more):
    places = np.arange(len(rows))
    return groups_of(rows[:, :2], rows[:, :2], rows, places, labels, seed=0, settings={}, resamples=2, **more)


def test_three_spaces_stand_side_by_side_and_two_are_tested():
    rows, labels = problems.blobs()
    found = grouped(rows, labels)
    assert [(one.space, one.method) for one in found.clusterings] == [
        (space, method) for space in ("latent", "PCA", "columns") for method in METHODS
    ]
    assert [one.space for one in found.clouds] == ["latent", "PCA"]
    assert all(one.n_clusters == 3 for one in found.clouds)
    assert [len(one.stability) for one in found.clusterings] == [3] * 4 + [0] * 8
    curves = [one for one in found.clusterings if one.curve]
    assert [one.method for one in curves] == ["DBSCAN"] * 3
    assert all(len(one.curve) <= 200 and list(one.curve) == sorted(one.curve) for one in curves)


def test_missing_cells_are_filled_in():
    rows, labels = problems.blobs()
    holed = rows.copy()
    holed[np.random.default_rng(0).random(rows.shape) < 0.1] = np.nan
    places = np.arange(len(rows))
    found = groups_of(rows[:, :2], rows[:, :2], holed, places, labels, seed=0, settings={}, resamples=0)
    assert found.clusterings[8].agreement.ari > 0.8


def test_more_rows_than_are_looked_at_join_the_nearest(monkeypatch):
    monkeypatch.setattr("latentia.insight.grouping.MOST_ROWS", 60)
    rows, labels = problems.blobs(distance=12.0)
    found = grouped(rows, labels).clusterings[8]
    assert len(found.labels) == len(rows)
    assert found.agreement.ari == 1
    assert "other_rows" in found.settings


def test_very_many_columns_are_not_clustered_and_a_mixture_of_many_has_no_covariances(monkeypatch):
    rows = problems.unrelated(60, 40)
    assert grouped(rows).clusterings[-1].settings.get("covariance") == "diag"
    monkeypatch.setattr("latentia.insight.grouping.MOST_COLUMNS", 30)
    assert {one.space for one in grouped(rows).clusterings} == {"latent", "PCA"}


@pytest.mark.parametrize("n_rows", [5, 39])
def test_too_few_rows_have_no_answer(n_rows):
    assert clouds_of(problems.unrelated(n_rows, 2), problems.unrelated(n_rows, 3), seed=0) == ()


def test_scaled_rows_may_stand_in_another_order_than_the_codes():
    rows, labels = problems.blobs()
    order = np.random.default_rng(0).permutation(len(rows))
    settings = {"seed": 0, "settings": {}, "resamples": 0}
    one = groups_of(rows[:, :2], rows[:, :2], rows, np.arange(len(rows)), labels, **settings)
    other = groups_of(rows[:, :2], rows[:, :2], rows[order], np.argsort(order), labels, **settings)
    for mine, theirs in zip(one.clusterings, other.clusterings, strict=True):
        assert mine.labels.tolist() == theirs.labels.tolist()
    assert one.clouds == other.clouds


def test_components_of_many_columns_are_those_of_pca():
    from sklearn.decomposition import PCA

    rows = problems.linear(n_rows=60, n_columns=700, rank=8, noise=0.1)[0] + 5.0
    found = wide_components(rows, np.arange(60), 6)
    theirs = PCA(6, svd_solver="full").fit_transform(rows)
    assert np.abs(found) == pytest.approx(np.abs(theirs), abs=1e-6)


def factors_and(*marks, n_rows=600, seed=0):
    """Return eight columns of three Gaussian factors, and further ones, all scaled."""
    rng = np.random.default_rng(seed)
    eight = rng.normal(size=(n_rows, 3)) @ rng.normal(size=(3, 8)) + 0.7 * rng.normal(size=(n_rows, 8))
    rows = np.column_stack([eight, *[mark(rng, n_rows) for mark in marks]])
    return (rows - rows.mean(axis=0)) / rows.std(axis=0)


def coin(rng, n_rows):
    return (rng.random(n_rows) < 0.5).astype(float)


def clouds_by_space(rows, **more):
    return {one.space: one for one in grouped(rows, **more).clouds}


@pytest.mark.parametrize("n_coins", [1, 2])
def test_the_values_of_coins_are_no_groups_and_are_named(n_coins):
    rows = factors_and(*[coin] * n_coins)
    names = [f"x{at}" for at in range(8)] + ["flag", "sex"][:n_coins]
    found = clouds_by_space(rows, names=names)
    assert found["PCA"].n_clusters == 2**n_coins
    assert found["shared"].n_clusters == 1
    assert found["shared"].columns == ("flag", "sex")[:n_coins]


def test_the_indicators_of_a_category_are_those_of_one_column():
    rows = factors_and(coin)
    rows = np.column_stack([rows[:, :8], rows[:, 8], -rows[:, 8]])
    names = [*(f"x{at}" for at in range(8)), "sex"]
    found = clouds_by_space(rows, owner=np.array([*range(8), 8, 8]), names=names)
    assert found["PCA"].n_clusters > 1
    assert found["shared"].n_clusters == 1
    assert found["shared"].columns == ("sex",)


@pytest.mark.parametrize("of_class", [True, False], ids=["of the class", "of a coin"])
def test_groups_in_several_columns_are_found_beside_one_with_two_values(of_class):
    rng = np.random.default_rng(1)
    kind = rng.integers(0, 2, 600)
    rows = factors_and(coin)
    rows[:, :4] += 3.0 * kind[:, None]
    if of_class:
        rows[:, 8] = 2.0 * kind - 1.0
    found = clouds_by_space(rows / rows.std(axis=0), names=[f"x{at}" for at in range(9)])
    assert found["shared"].n_clusters == 2
    assert found["shared"].columns == (() if of_class else ("x8",))


def test_groups_in_a_survey_of_yes_and_no_are_still_found():
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, 600)
    rows = np.where(rng.random((600, 20)) < 0.85, kind[:, None], 1 - kind[:, None]).astype(float)
    found = clouds_by_space((rows - rows.mean(axis=0)) / rows.std(axis=0))
    assert found["PCA"].n_clusters == found["shared"].n_clusters == 2


def test_without_columns_of_two_values_nothing_is_asked_again():
    rows, _ = problems.blobs()
    assert {one.space for one in grouped(rows).clouds} == {"latent", "PCA"}
