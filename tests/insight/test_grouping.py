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
