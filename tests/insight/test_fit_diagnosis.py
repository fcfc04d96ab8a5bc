"""All that is said about one fit: which rows it rests on, and that each rule is asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from sklearn.datasets import load_wine

from latentia import Autoencoder
from latentia.errors import InputError
from latentia.insight.baselines import pca_baseline
from latentia.insight.fit_diagnosis import (
    Evidence,
    diagnose_fit,
    network_quality,
    reconstruct,
    untrained_network,
)
from latentia.networks.tiles import encode_rows
from latentia.recipe import Recipe
from latentia.tables.splits import Split
from latentia.training.fit import Task, fit
from problems import curved, linear
from small_fits import assert_same_weights

WINE = load_wine().data
BRIEF = {"n_components": 2, "hidden_layer_sizes": (16,), "max_epochs": 8}


def trained_on(values, *, task=None, **settings):
    return fit(values, Recipe.from_settings(**{**BRIEF, **settings}), task or Task(seed=0))


def found_in(values, trained, **more):
    evidence = Evidence.of(values, trained.split)
    names = [f"c{position}" for position in range(values.shape[1])]
    return {finding.code: finding for finding in diagnose_fit(trained, evidence, names, **more)}


def test_evidence_is_the_table_of_the_fit():
    split = Split(np.array([0, 2, 3]), np.array([1, 4]))
    table = np.arange(10.0).reshape(5, 2)
    evidence = Evidence.of(table, split)
    np.testing.assert_array_equal(evidence.training, table[[0, 2, 3]])
    np.testing.assert_array_equal(evidence.judged, table[[1, 4]])
    np.testing.assert_array_equal(evidence.positions, [0, 2, 3])
    with pytest.raises(InputError, match="X has 4 rows, but the fit had 5"):
        Evidence.of(table[:4], split)


def test_columns_and_rows_are_looked_at():
    rng = np.random.default_rng(0)
    table = np.c_[curved(n_rows=200)[0], np.full(200, 3.0), rng.normal(size=200)]
    table = np.c_[table, 5 - table[:, -1]]
    table[100:] = table[:100]
    found = found_in(table, trained_on(table))
    assert found["nearly_constant_column"].evidence["columns"] == ["c6"]
    assert found["duplicate_columns"].evidence["groups"] == [["c7", "c8"]]
    assert found["rows_duplicated_across_split"].evidence["n_held_out"] == 40
    assert "fewer_rows_than_parameters" in found
    assert "few_held_out_rows" not in found


def test_only_squared_errors_of_sparse_counts_are_warned_of():
    table = np.minimum(np.random.default_rng(0).poisson(0.1, (60, 12)), 3).astype(float)
    assert "sparse_counts" in found_in(table, trained_on(table))
    assert "sparse_counts" not in found_in(table, trained_on(table, loss="poisson"))


def test_codes_for_missing_answers_are_looked_for_beside_gaps():
    rng = np.random.default_rng(1)
    table = rng.integers(1, 6, (120, 4)).astype(float)
    table[::7, 1], table[::11, 2], table[::5, 3] = 99.0, np.nan, -9.0
    model = Autoencoder(1, hidden_layer_sizes=(8,), max_epochs=2, random_state=0).fit(table)
    found = {finding.code: finding for finding in model.diagnose(table)}
    assert found["missing_value_codes"].evidence["codes"] == [99, -9]
    assert found["missing_value_codes"].evidence["columns"] == [["column 2"], ["column 4"]]


def test_only_training_rows_tell_about_columns():
    """A cell of a held-out row makes no column dominate, and none vary."""
    table = curved(n_rows=100)[0]
    table[:, 0] = 1.0
    trained = trained_on(table)
    at = trained.split.held_out[0]
    changed = table.copy()
    changed[at, 0], changed[at, 1] = 99.0, 1e6
    before, after = (found_in(values, trained) for values in (table, changed))
    for code in ("nearly_constant_column", "dominating_cell", "dominating_column", "duplicate_columns"):
        assert (code in before) == (code in after)
    assert after["nearly_constant_column"] == before["nearly_constant_column"]


def test_a_cell_is_named_by_its_row_in_the_table():
    table = curved(n_rows=100)[0]
    trained = trained_on(table)
    at = int(trained.split.training[7])
    table[at, 3] = 1000.0
    found = found_in(table, trained_on(table))
    assert found["dominating_cell"].evidence["rows"] == [at]


def test_a_table_without_these_troubles_has_none_of_these_findings():
    table = curved(n_rows=200)[0]
    found = found_in(table, trained_on(table, max_epochs=200, hidden_layer_sizes=(32,)))
    troubles = {
        *("nearly_constant_column", "duplicate_columns", "rows_duplicated_across_split", "dominating_cell"),
        *("dominating_column", "output_range", "dead_units", "untrained_no_better", "worse_than_pca"),
        *("validation_rows_seen", "few_held_out_rows", "diverged"),
    }
    assert not troubles & set(found)
    assert "better_than_pca" in found


def test_a_short_fit_of_a_linear_table_is_worse_than_pca():
    table = linear(n_rows=200, n_columns=8, rank=2, noise=0.1)[0]
    trained = trained_on(table, max_epochs=2)
    found = found_in(table, trained)
    evidence = found["worse_than_pca"].evidence
    assert found["worse_than_pca"].severity == "serious"
    judged = trained.scale(table[trained.split.held_out])
    pca = pca_baseline(trained.scale(table[trained.split.training]), judged, judged[:0], 2)
    assert pca.held_out.mse in evidence.values()


def test_units_and_output_are_looked_at():
    found = found_in(WINE, trained_on(WINE, output_activation="sigmoid"))
    assert found["output_range"].evidence["activation"] == "sigmoid"
    # A price on every code that is not zero, far above what it could gain.
    dead = trained_on(
        WINE,
        hidden_layer_sizes=(),
        bottleneck="relu",
        penalty={"l1_codes": 10.0},
        learning_rate=0.1,
        max_epochs=60,
    )
    assert "dead_units" in found_in(WINE, dead)


@pytest.mark.parametrize("seed", range(4))
def test_steps_that_throw_the_loss_up_are_blamed_on_the_learning_rate(seed):
    """A rate of 1 ends one way or another, and is named in every one."""
    settings = {"optimizer": "adam", "learning_rate": 1.0, "max_epochs": 60, "patience": None}
    found = found_in(WINE, trained_on(WINE, task=Task(seed=seed), **settings))
    assert set(found) & {"learning_rate_too_high", "diverged"}
    sensible = trained_on(WINE, task=Task(seed=seed), **{**settings, "learning_rate": 3e-3})
    assert not set(found_in(WINE, sensible)) & {"learning_rate_too_high", "diverged"}


def test_a_table_far_from_zero_is_not_blamed_on_the_learning_rate():
    far = 2000 + curved(n_rows=100)[0]
    assert "learning_rate_too_high" not in found_in(far, trained_on(far, scaling=None, max_epochs=20))


def test_rows_that_an_earlier_fit_has_seen_come_first():
    first = trained_on(WINE)
    again = trained_on(WINE, task=Task(seed=1, previous=first, previous_values=WINE))
    evidence = Evidence.of(WINE, again.split)
    assert diagnose_fit(again, evidence, ["c"] * 13)[0].code == "validation_rows_seen"
    # Known without the rows, too.
    assert diagnose_fit(again, None, ["c"] * 13)[0].code == "validation_rows_seen"


def test_without_rows_the_curves_are_all_there_is():
    trained = trained_on(WINE, optimizer="sgd", learning_rate=1e9)
    assert [one.code for one in diagnose_fit(trained, None, ["c"] * 13)] == ["diverged"]


def test_without_held_out_rows_nothing_is_said_of_them():
    trained = trained_on(WINE, validation_fraction=0)
    found = found_in(WINE, trained)
    assert found["few_held_out_rows"].severity == "warning"
    assert not {"worse_than_pca", "better_than_pca", "as_good_as_pca", "untrained_no_better"} & set(found)


def test_pca_is_used_as_it_is_given():
    trained = trained_on(WINE)
    inside, outside = (trained.scale(WINE[rows]) for rows in (trained.split.training, trained.split.held_out))
    thirteen = pca_baseline(inside, outside, outside[:0], 13)
    evidence = Evidence(
        training=WINE[trained.split.training], judged=WINE[trained.split.held_out], pca=thirteen
    )
    found = {one.code: one for one in diagnose_fit(trained, evidence, ["c"] * 13)}
    assert found["worse_than_pca"].evidence["r2_pca"] == pytest.approx(1.0)


@pytest.mark.parametrize("chosen", [0, 1])
def test_the_untrained_network_is_where_the_chosen_one_started(chosen):
    trained = trained_on(WINE, n_seeds=2, max_epochs=0)
    # Nothing was learned, so the two differ by the axes of the code alone.
    start = untrained_network(replace(trained, chosen=chosen))
    scaled = trained.scale(WINE)
    shown = trained.outcome.network(chosen)
    np.testing.assert_allclose(reconstruct(start, scaled), reconstruct(shown, scaled), atol=1e-5)
    other = untrained_network(replace(trained, chosen=1 - chosen))
    with pytest.raises(AssertionError):
        assert_same_weights(start, other)


def test_quality_is_that_of_the_network():
    trained = trained_on(WINE)
    scaled = trained.scale(WINE)
    measured = network_quality(trained.network, scaled, trained.center, "training")
    made = reconstruct(trained.network, scaled)
    assert measured.mse == pytest.approx(np.mean((made - scaled) ** 2))
    assert made.dtype == np.float64
    assert encode_rows(trained.network, scaled).shape == (178, 2)


def test_columns_with_gaps_are_judged_by_their_observed_cells():
    rng = np.random.default_rng(8)
    values = rng.normal(size=(120, 5))
    values[:, 1] = 3.0  # constant but for the gaps below
    values[:, 4] = 2 * values[:, 0] - 1
    values[7, 2] = 400.0
    values[::9] = np.nan
    values[::9, 3] = 0.5
    model = Autoencoder(2, hidden_layer_sizes=(8,), max_epochs=5, random_state=0).fit(values)
    found = {finding.code: finding for finding in model.diagnose(values)}
    assert found["nearly_constant_column"].evidence["columns"] == ["column 2"]
    assert found["duplicate_columns"].evidence["groups"] == [["column 1", "column 5"]]
    assert found["dominating_cell"].evidence["columns"] == ["column 3"]


def test_a_rare_level_is_no_fault_of_the_table():
    rng = np.random.default_rng(0)
    kind = np.where(np.arange(600) % 120 == 0, "rare", np.where(rng.random(600) > 0.5, "u", "v"))
    few = np.where(np.arange(600) % 150 == 0, 1.0, 0.0)
    table = pa.table({"a": rng.normal(size=600), "few": few, "kind": kind})
    model = Autoencoder(1, hidden_layer_sizes=(8,), max_epochs=2, random_state=0).fit(table)
    assert "kind = rare" in model.trained_.schema.expanded_names
    found = {finding.code: finding for finding in model.diagnose(table)}
    assert found["nearly_constant_column"].evidence["columns"] == ["few"]


def test_advice_is_not_what_is_set_already():
    table = curved(n_rows=100)[0]
    table[7, 3] = 1000.0
    trained = trained_on(table, scaling="robust", loss="huber")
    advice = found_in(table, trained)["dominating_cell"].suggestion
    assert "quantile" in advice
    assert "robust" not in advice
    assert "huber" not in advice
