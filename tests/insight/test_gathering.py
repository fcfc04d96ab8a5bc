"""From an ensemble and its table to a study: each part is measured on the rows it says it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA

from latentia.engines.local import LocalEngine
from latentia.insight import gathering
from latentia.insight.dimension import intrinsic_dimension
from latentia.insight.gathering import study_of
from latentia.insight.size_trials import sweep_sizes
from latentia.insight.trials import SHALLOW, try_others
from latentia.networks.tiles import decode_rows, encode_rows
from latentia.recipe import Recipe
from latentia.tables.sources import read_table
from latentia.tables.splits import hold_out
from latentia.training.fit import Task, fit

RECIPE = Recipe.from_settings(n_components=2, hidden_layer_sizes=(16,), max_epochs=40, n_seeds=3)
CLUSTERING = {"n_clusters": 3, "eps": None, "min_samples": 5}


def gathered(table, recipe=RECIPE, tried=None, sizes=None, rates=None):
    split = hold_out(table.n_rows, 0.2, 0)
    trained = fit(table.values[split.training], recipe, Task(seed=0))
    if tried is None:
        tried, _ = try_others(table.values[split.training], recipe, trained.recipe, LocalEngine(), seed=0)
    known = {"sizes": sizes, "rates": rates, "tried": tried}
    study = study_of(table, split, trained, **known, seed=0, clustering=CLUSTERING)
    return study, trained


@pytest.fixture(scope="module")
def wine():
    return read_table("wine")


@pytest.fixture(scope="module")
def both(wine):
    """Return a study, and the ensemble it is about."""
    return gathered(wine)


def test_the_table_and_the_split_are_told_as_they_are(both, wine):
    study, _ = both
    assert (study.title, study.column_names, study.label_name) == ("wine", wine.names, "class")
    np.testing.assert_array_equal(study.values, wine.values)
    np.testing.assert_array_equal(study.labels, wine.labels)
    assert len(study.held_out_rows) == 36
    assert sorted([*study.training_rows, *study.held_out_rows]) == list(range(178))


def test_the_intrinsic_dimension_is_that_of_the_scaled_training_rows(both, wine):
    study, trained = both
    rows = trained.scale(wine.values[study.training_rows])
    assert study.dimension == intrinsic_dimension(rows, seed=0)
    assert study.dimension.n_rows == 142


def test_quality_is_measured_on_the_rows_it_names(both, wine):
    study, trained = both
    scaled = trained.scale(wine.values)
    error = np.square(trained.reconstruct_scaled(scaled) - scaled).mean(axis=1)
    assert study.held_out.mse == pytest.approx(error[study.held_out_rows].mean())
    assert study.training.mse == pytest.approx(error[study.training_rows].mean())
    assert (study.held_out.n_rows, study.training.n_rows) == (36, 142)
    assert study.untrained.n_rows == 36
    assert study.untrained.r2 < 0.1 < study.held_out.r2


def test_baselines_stand_on_the_same_rows_and_scaling(both, wine):
    study, trained = both
    inside, outside = (
        trained.scale(wine.values[rows]) for rows in (study.training_rows, study.held_out_rows)
    )
    pca = PCA(2).fit(inside)
    error = np.square(pca.inverse_transform(pca.transform(outside)) - outside).mean()
    assert [baseline.name for baseline in study.baselines] == ["PCA", "Factor analysis"]
    assert study.baselines[0].held_out.mse == pytest.approx(error)
    assert study.baselines[1].held_out.mse > error * 0.9
    assert study.baselines[0].codes.shape == (178, 2)


def test_latents_are_the_codes_of_the_model_that_speaks_for_all(both, wine):
    study, trained = both
    np.testing.assert_array_equal(study.latents, trained.encode(wine.values))
    assert study.latent_names == ("factor 1", "factor 2")
    member = trained.chosen
    np.testing.assert_array_equal(study.history["val_loss"], trained.outcome.history["val_loss"][:, member])
    assert study.best_epoch == trained.outcome.best_epoch[member]


def test_seeds_are_compared_on_held_out_rows(both, wine):
    study, trained = both
    outside = trained.scale(wine.values[study.held_out_rows])
    r2 = []
    for member in range(3):
        network = trained.outcome.network(member)
        made = decode_rows(network, encode_rows(network, outside)).astype(float)
        r2.append(1 - np.square(made - outside).sum() / np.square(outside - trained.center).sum())
    np.testing.assert_allclose(study.stability.r2_per_seed, r2, rtol=1e-9)
    assert study.stability.correlation.shape == (2, 2)
    codes = encode_rows(trained.network, outside).astype(float)
    other = encode_rows(trained.outcome.network((trained.chosen + 1) % 3), outside).astype(float)
    table = np.abs(np.corrcoef(codes.T, other.T)[:2, 2:])
    matched = max(np.trace(table), np.trace(table[:, ::-1]))
    row = [member for member in range(3) if member != trained.chosen].index((trained.chosen + 1) % 3)
    assert study.stability.correlation[row].sum() == pytest.approx(matched)


def test_ablation_takes_a_factor_away_on_held_out_rows(both, wine):
    study, trained = both
    outside = trained.scale(wine.values[study.held_out_rows])
    codes = study.latents[study.held_out_rows].copy()
    codes[:, 0] = study.latents[study.training_rows, 0].mean()
    made = decode_rows(trained.network, codes).astype(float)
    r2 = 1 - np.square(made - outside).sum() / np.square(outside - trained.center).sum()
    assert study.ablation.r2_lost[0] == pytest.approx(study.held_out.r2 - r2)


def test_weights_are_read_where_the_first_layer_is_the_code(both, wine):
    study, _ = both
    # Of the shallow network beside a deep one, and said so.
    assert study.weights.network.startswith("13-2-13")
    assert study.weights.unit_names == ("factor 1", "factor 2")
    shallow, trained = gathered(wine, replace(RECIPE, hidden_layer_sizes=()))
    np.testing.assert_array_equal(shallow.weights.values, trained.network.encoder[0].weight)
    without, trained = gathered(wine, tried={})
    assert without.weights.values.shape == (13, 16)
    assert without.weights.unit_names[0] == "unit 1"
    assert len(without.candidates) == 1


def test_candidates_begin_with_the_analysis_itself(both):
    study, _ = both
    assert [one.chosen for one in study.candidates] == [True, False, False, False]
    assert study.candidates[0].held_out_mse == pytest.approx(study.held_out.mse)
    assert study.candidates[0].training_mse == pytest.approx(study.training.mse)
    assert study.candidates[2].name == SHALLOW
    assert study.candidates[0].findings == ()  # those are the study's own


def test_a_recipe_whose_output_cannot_reach_the_data_comes_with_its_warning(both, wine):
    study, trained = both
    found = {finding.code: finding for finding in study.candidates[3].findings}
    rows = wine.values[study.training_rows[trained.split.training]]
    scaled = trained.scale(rows)
    distance = np.maximum(np.maximum(-scaled, scaled - 1), 0)
    assert found["output_range"].evidence["floor"] == pytest.approx(np.square(distance).mean())
    assert found["output_range"].evidence["share_outside"] == pytest.approx((distance > 0).mean())
    assert {finding.severity for finding in study.candidates[3].findings} <= {"serious", "warning"}
    assert not any(finding.code == "output_range" for finding in study.candidates[2].findings)


def test_clusters_are_found_in_the_codes_in_pca_and_in_the_columns(both):
    study, _ = both
    methods = ["KMeans", "DBSCAN", "HDBSCAN", "Gaussian mixture"]
    assert [(one.space, one.method) for one in study.clusterings] == [
        (space, method) for space in ("latent", "PCA", "columns") for method in methods
    ]
    assert study.clusterings[0].n_clusters == 3
    assert all(len(one.labels) == 178 for one in study.clusterings)
    assert all(one.agreement is not None for one in study.clusterings)
    assert all(len(one.stability) == one.n_clusters for one in study.clusterings[:4])
    assert [one.space for one in study.clouds] == ["latent", "PCA"]
    assert {one.code for one in study.findings} & {"clusters", "one_cloud", "clusters_in_network_only"}


def test_findings_are_in_order_and_the_verdict_counts_the_held_out_rows(both):
    study, _ = both
    ranks = [["serious", "warning", "note", "good"].index(one.severity) for one in study.findings]
    assert ranks == sorted(ranks)
    assert "36 held-out rows" in study.verdict
    codes = {one.code for one in study.findings}
    assert codes & {"stable_factors", "unstable_factors"}


def test_a_finding_about_a_cell_names_its_row_in_the_table(both, wine):
    """Through two splits: of the table, and of what the ensemble was given."""
    study, trained = both
    at = int(study.training_rows[trained.split.training[-1]])
    values = wine.values.copy()
    values[at, 3] = 1e5
    found = {one.code: one for one in gathered(replace(wine, values=values), tried={})[0].findings}
    assert found["dominating_cell"].evidence["rows"] == [at]
    assert found["fewer_rows_than_parameters"].evidence["n_training_rows"] == len(trained.split.training)


def test_strange_rows_say_on_which_side_they_stand(both, wine):
    study, trained = both
    errors = np.square(trained.reconstruct_scaled(trained.scale(wine.values)) - trained.scale(wine.values))
    strangest = study.strange_rows[0]
    assert strangest.row == errors.mean(axis=1).argmax()
    for one in study.strange_rows:
        assert one.held_out == (one.row in study.held_out_rows)
        assert one.values[0] == wine.values[one.row, wine.names.index(one.columns[0])]


def test_held_out_rows_teach_nothing(wine):
    """Rows that no fit has seen change what is measured on them, and nothing else."""
    split = hold_out(wine.n_rows, 0.2, 0)
    changed = wine.values.copy()
    changed[split.held_out] *= np.random.default_rng(0).uniform(0.2, 3.0, size=(len(split.held_out), 13))
    one, _ = gathered(wine, tried={})
    other, _ = gathered(replace(wine, values=changed), tried={})
    np.testing.assert_array_equal(one.latents[split.training], other.latents[split.training])
    np.testing.assert_array_equal(
        one.baselines[0].codes[split.training], other.baselines[0].codes[split.training]
    )
    np.testing.assert_array_equal(
        one.baselines[1].codes[split.training], other.baselines[1].codes[split.training]
    )
    np.testing.assert_array_equal(one.effects.change, other.effects.change)
    np.testing.assert_array_equal(one.weights.values, other.weights.values)
    assert one.training == replace(other.training, r2_per_column=one.training.r2_per_column)
    assert one.held_out.mse < other.held_out.mse


def test_sizes_are_kept_as_they_came(wine):
    split = hold_out(wine.n_rows, 0.2, 0)
    sizes = sweep_sizes(wine.values[split.training], replace(RECIPE, max_epochs=5), LocalEngine(), seed=0)
    study, _ = gathered(wine, replace(RECIPE, max_epochs=5, n_seeds=1), tried={}, sizes=sizes)
    assert study.sizes is sizes
    assert np.isnan(study.stability.per_factor).all()


def test_of_too_many_columns_factor_analysis_is_left_out_and_a_finding_says_so(wine, monkeypatch):
    monkeypatch.setattr(gathering, "MOST_COLUMNS_FOR_FACTORS", 12)
    study, _ = gathered(wine, tried={})
    assert [baseline.name for baseline in study.baselines] == ["PCA"]
    told = next(one for one in study.findings if one.code == "factor_analysis_left_out")
    assert told.sentence == (
        "Factor analysis, which estimates a noise variance for each column, is left out for 13 columns "
        "(it is compared with up to 12)."
    )
