"""What is exported is run and compared: on rows that try everything, and a difference is noticed."""

from __future__ import annotations

import numpy as np
import pytest

from latentia import Autoencoder
from latentia.modelfiles import onnx_graph, onnx_network
from latentia.modelfiles.onnx_check import TOLERANCE, largest_difference, made_rows
from latentia.modelfiles.onnx_graph import Told, codes_model, rows_model
from problems import counts, heavy_tails, linear, mixed, nearly_constant

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

SMALL = {"hidden_layer_sizes": (6,), "max_epochs": 3, "random_state": 0}
NUMBERS = linear(n_rows=80, n_columns=5, rank=2, noise=0.3)[0]
TABLES = {
    "standard": (NUMBERS, {}),
    "an offset of 1e9": (NUMBERS + 1e9, {}),
    "nearly constant": (nearly_constant()[:, [0, 2, 3]], {}),
    "quantile": (np.round(NUMBERS), {"scaling": "quantile"}),
    "far outside": (heavy_tails(), {"scaling": "robust", "activation": "relu"}),
    "skewed": (np.exp(4 * NUMBERS), {"scaling": "log1p-standard"}),
    "as they are": (NUMBERS, {"scaling": None, "bottleneck": "gaussian"}),
    "counts": (counts(n_rows=80, n_columns=6).table, {"loss": "nb"}),
    "mixed": (mixed(), {"bottleneck": {"name": "topk", "active": 1}}),
}


@pytest.fixture(scope="module", params=TABLES)
def trained(request):
    rows, settings = TABLES[request.param]
    return Autoencoder(2, **SMALL, **settings).fit(rows).trained_


def difference(trained):
    drawn = [draw(trained, Told("", None)).SerializeToString() for draw in (rows_model, codes_model)]
    return largest_difference(*drawn, trained)


def test_what_was_exported_is_the_model(trained):
    assert 0 < difference(trained) < TOLERANCE / 2


@pytest.mark.parametrize("part", ["encoded", "decoded"])
def test_a_network_that_is_a_little_off_is_noticed(trained, part, monkeypatch):
    drawn, dense = getattr(onnx_graph, part), onnx_network._dense

    def off(drawing, rows, weight, bias):
        return dense(drawing, rows, 1.002 * weight, bias)

    def spoiled(*arguments):
        with monkeypatch.context() as change:
            change.setattr(onnx_network, "_dense", off)
            return drawn(*arguments)

    monkeypatch.setattr(onnx_graph, part, spoiled)
    assert difference(trained) > TOLERANCE


def test_a_score_that_is_another_is_noticed(trained, monkeypatch):
    score = onnx_graph._score
    monkeypatch.setattr(onnx_graph, "_score", lambda drawing, *rows: drawing.op("Abs", score(drawing, *rows)))
    assert difference(trained) > TOLERANCE


@pytest.mark.parametrize("trained", ["counts"], indirect=True)
def test_sizes_that_are_left_out_are_noticed(trained, monkeypatch):
    monkeypatch.setattr(onnx_graph, "sizes_of", lambda *_: None)
    assert difference(trained) > TOLERANCE


@pytest.mark.parametrize("trained", ["mixed"], indirect=True)
def test_categories_that_are_others_are_noticed(trained, monkeypatch):
    monkeypatch.setattr(onnx_graph, "pooled_code", lambda _: None)
    assert difference(trained) > TOLERANCE
    monkeypatch.undo()
    likeliest = onnx_graph._likeliest
    turned = lambda drawing, back, *more: likeliest(drawing, drawing.op("Neg", back), *more)  # noqa: E731
    monkeypatch.setattr(onnx_graph, "_likeliest", turned)
    assert difference(trained) > TOLERANCE


@pytest.mark.parametrize("trained", ["quantile", "skewed"], indirect=True)
def test_a_scaling_that_is_another_is_noticed(trained, monkeypatch):
    scaled = onnx_graph.scaled
    monkeypatch.setattr(onnx_graph, "scaled", lambda *known: known[0].op("Floor", scaled(*known)))
    assert difference(trained) > TOLERANCE


@pytest.mark.parametrize("trained", ["mixed"], indirect=True)
def test_rows_have_gaps_far_cells_and_new_categories(trained):
    rows = made_rows(trained, 300, np.random.default_rng(0))
    scaled, texts = trained.scale(rows.values), rows.feed["categories"]
    assert np.isnan(rows.feed["X"]).any(axis=0).all()
    assert np.nanmax(np.abs(scaled)) > 30
    assert {"", "?"} < set(texts.ravel())
    known = {text for column in trained.schema.columns for text in column.categories}
    assert known < set(texts.ravel())
    assert not np.isnan(rows.values).all(axis=1).any()


@pytest.mark.parametrize("trained", ["quantile"], indirect=True)
def test_rows_of_a_quantile_map_are_at_its_knots_and_between_them(trained):
    rows = made_rows(trained, 300, np.random.default_rng(0)).values
    knots = trained.scaling.quantiles.knots
    at = np.array([np.isin(rows[:, column], knots[:, column]).mean() for column in range(rows.shape[1])])
    assert ((at > 0.3) & (at < 0.95)).all()


@pytest.mark.parametrize("trained", ["counts"], indirect=True)
def test_rows_of_counts_are_counts(trained):
    rows = made_rows(trained, 300, np.random.default_rng(0)).values
    there = rows[~np.isnan(rows)]
    assert (there >= 0).all()
    assert (there == np.rint(there)).all()
