"""A model in an ONNX graph says what the model says, whatever it is made of."""

from __future__ import annotations

import json
from dataclasses import replace

import jax
import numpy as np
import pytest

from latentia import Autoencoder
from latentia.errors import InputError
from latentia.insight.residuals import row_errors
from latentia.modelfiles import onnx_drawing
from latentia.modelfiles.onnx_check import Session
from latentia.modelfiles.onnx_graph import Told, codes_model, rows_model
from latentia.networks.architecture import Architecture
from latentia.networks.bottlenecks import Ordered
from latentia.networks.network import initialise
from latentia.settings import ACTIVATION_NAMES, BOTTLENECK_SETTINGS, OUTPUT_ACTIVATION_NAMES
from latentia.tables.scalable import KINDS
from latentia.tables.scaling import Scaling
from latentia.tables.table import Column, Schema
from problems import counts, holed

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

N, P = 90, 5
RNG = np.random.default_rng(8)
ROWS = np.abs(RNG.normal(size=(N, 2)) @ RNG.normal(size=(2, P)) + 0.1 * RNG.normal(size=(N, P))) * [
    1.0, 20.0, 0.01, 3.0, 1000.0
]  # fmt: skip
TOLD = Told("a" * 64, None)


@pytest.fixture(scope="module")
def template():
    """Return what any fit leaves behind, for parts to be exchanged."""
    return Autoencoder(1, hidden_layer_sizes=(), max_epochs=1, random_state=0).fit(ROWS).trained_


def trained_of(template, scaling, schema=None, seed=0, **shape):
    """Return a model with random weights and biases of this shape."""
    width = scaling.n_columns
    shape = {"hidden": (7, 6), "n_components": 3, "n_features": width, **shape}
    network, rng = initialise(Architecture(**shape), np.random.default_rng(seed)), np.random.default_rng(seed)
    network = jax.tree.map(
        lambda leaf: (leaf + (0.3 * rng.normal(size=leaf.shape) if leaf.ndim == 1 else 0)).astype(np.float32),
        network,
    )
    return replace(
        template,
        recipe=replace(template.recipe, n_components=shape["n_components"]),
        scaling=scaling,
        outcome=replace(template.outcome, networks=jax.tree.map(lambda leaf: leaf[None], network)),
        center=np.zeros(width),
        schema=schema,
    )


def sessions(trained, told=TOLD):
    """Return both graphs, ready to run."""
    return [Session(draw(trained, told).SerializeToString()) for draw in (rows_model, codes_model)]


def assert_same(trained, rows):
    """Compare graphs with a model of numbers alone: codes, scores, and cells in scaled units."""
    forward, backward = sessions(trained)
    scaled = trained.scale(rows)
    codes, made = trained.encode(rows), trained.reconstruct_scaled(scaled)
    told = forward.run({"X": rows})
    np.testing.assert_allclose(told["codes"], codes, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(told["score"], -row_errors(scaled, made), rtol=1e-5, atol=1e-5)
    sizes = trained.scaling.sizes(rows)
    told_cells = told["reconstruction"] if sizes is None else told["reconstruction"] / sizes
    for cells, said in ((told_cells, made), (backward.run({"codes": codes})["reconstruction"], made)):
        # A quantile map may be steep; where it leads from within 1e-5 of a score is what counts.
        around = 1e-5 * (1 + np.abs(said))
        low, high = (trained.scaling.inverse_transform(said + sign * around) for sign in (-1, 1))
        slack = 1e-12 * np.abs(high)
        assert ((cells >= low - slack) & (cells <= high + slack)).all()


@pytest.fixture(scope="module")
def scalings():
    """Return every scaling, and all of them in turn."""
    mixed = ("log1p-standard", "quantile", "none", "log1p", "robust")
    fitted = {kind: Scaling.fit(ROWS, kind) for kind in (*KINDS, mixed)}
    # A network in original units is a network of very large numbers.
    return {**fitted, "none": Scaling.fit(ROWS / ROWS.std(axis=0), "none")}


@pytest.mark.slow
@pytest.mark.parametrize("bottleneck", BOTTLENECK_SETTINGS)
@pytest.mark.parametrize("activation", ACTIVATION_NAMES)
def test_every_activation_with_every_bottleneck_and_every_scaling(template, scalings, activation, bottleneck):
    rows = holed(ROWS, 0.1)
    for kind, scaling in scalings.items():
        trained = trained_of(template, scaling, activation=activation, bottleneck=bottleneck, active=2)
        assert_same(trained, rows / ROWS.std(axis=0) if kind == "none" else rows)


@pytest.mark.parametrize("output", OUTPUT_ACTIVATION_NAMES)
def test_every_output_activation(template, scalings, output):
    assert_same(trained_of(template, scalings["standard"], output_activation=output), ROWS)


@pytest.mark.parametrize(
    "shape",
    [
        {"hidden": ()},
        {"tied": True},
        {"tied": True, "bottleneck": "gaussian"},
        {"markers": (1, 4)},
        {"n_components": 1},
        {"bottleneck": "topk", "active": 9},
    ],
    ids=str,
)
def test_every_shape(template, scalings, shape):
    assert_same(trained_of(template, scalings["standard"], **shape), holed(ROWS, 0.3))


@pytest.mark.parametrize("dispersed", [False, True], ids=["poisson", "nb"])
def test_counts_are_those_of_a_row_as_large_as_it_is(template, dispersed):
    rows = holed(counts(n_rows=40, n_columns=6).table, 0.1) * np.where(np.arange(40) % 2, 1, 9)[:, None]
    scaling = Scaling.fit(rows, "log1p", size_factors=True)
    trained = trained_of(template, scaling, output_activation="softplus", dispersed=dispersed)
    assert_same(trained, rows)
    alone = sessions(trained)[0].run({"X": rows})["reconstruction"]
    made = scaling.inverse_transform(trained.reconstruct_scaled(trained.scale(rows)))
    np.testing.assert_allclose(alone, made * scaling.sizes(rows), rtol=1e-5)


def test_any_number_of_rows_may_come_at_a_time(template, scalings):
    session = sessions(trained_of(template, scalings["quantile"]))[0]
    whole = session.run({"X": ROWS})
    for n_rows in (0, 1, 7):
        part = session.run({"X": ROWS[:n_rows]})
        for name, cells in part.items():
            assert cells.shape[0] == n_rows
            np.testing.assert_allclose(cells, whole[name][:n_rows], rtol=1e-5)


def test_a_row_without_any_cell_has_a_code_and_no_score(template, scalings):
    trained = trained_of(template, scalings["standard"], markers=(0,))
    rows = np.full((1, P), np.nan)
    told = sessions(trained)[0].run({"X": rows})
    np.testing.assert_allclose(told["codes"], trained.encode(rows), atol=1e-5)
    assert np.isfinite(told["reconstruction"]).all()
    assert np.isnan(told["score"]).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cell", [np.inf, -np.inf, 1e40, -1.0], ids=str)
def test_what_an_estimator_refuses_becomes_nan_and_touches_no_other_row(template, scalings, kind, cell):
    refused = np.isinf(cell) or (cell < 0 and kind.startswith("log1p")) or (cell > 1 and kind in {
        "standard", "robust", "minmax", "quantile", "none"
    })  # fmt: skip
    rows = np.array(ROWS[:4])
    rows[2, 1] = cell
    session = sessions(trained_of(template, scalings[kind]))[0]
    told, whole = session.run({"X": rows}), session.run({"X": ROWS[:4]})
    for name, cells in told.items():
        assert np.isnan(cells[2]).all() == refused
        np.testing.assert_array_equal(cells[[0, 1, 3]], whole[name][[0, 1, 3]])


HUE = Column("hue", "category", "string", None, "", ("blue", "green", "red", "white", "none"))
TYPE = Column("type", "category", "string", None, "", ("a", "b", "c"))
EMPTY = Column("empty", "category", "string", None, "", ("x",))
# Blue and green are rare and stand together, and "none" with them; no training row had "c".
LEARNED = Schema(
    (
        HUE.counted(np.array([2, 3, 20, 30, 0])),
        Column("mass", "numeric", "double", "g", ""),
        TYPE.counted(np.array([20, 30, 0])),
        EMPTY.counted(np.array([0])),
        Column("tagged", "boolean", "bool", None, ""),
    )
)
CELLS = [
    ("red", 1.0, "a", "x", 0.0),
    ("blue", 2.0, "b", "", 1.0),
    ("green", np.nan, "", "y", np.nan),
    ("none", 0.5, "c", "", 0.0),  # without a level of their own
    ("purple", 0.5, "d", "", 0.0),  # new: rare in one column, missing in the other
    ("", -3.0, "a", "x", 1.0),
]
EXPANDED = np.array(
    [
        [1, 0, 0, 1.0, 1, 0, 0],
        [0, 0, 1, 2.0, 0, 1, 1],
        [0, 0, 1, np.nan, np.nan, np.nan, np.nan],
        [0, 0, 1, 0.5, np.nan, np.nan, 0],
        [0, 0, 1, 0.5, np.nan, np.nan, 0],
        [np.nan, np.nan, np.nan, -3.0, 1, 0, 1],
    ]
)


@pytest.fixture
def mixed(template):
    """Return a model of numbers and categories, and its rows as they go into a graph."""
    kinds = ("none", "none", "none", "standard", "none", "none", "minmax")
    scaling = Scaling.fit(EXPANDED, kinds)
    trained = trained_of(
        template, scaling, LEARNED, blocks=LEARNED.blocks, markers=(0, 3, 6), output_activation="sigmoid"
    )
    columns = list(zip(*CELLS, strict=True))
    feed = {"X": np.array([columns[1], columns[4]]).T, "categories": np.array(columns, object)[[0, 2, 3]].T}
    return trained, feed


def test_categories_are_text_in_and_out(mixed):
    trained, feed = mixed
    forward, backward = sessions(trained)
    told, codes = forward.run(feed), trained.encode(EXPANDED)
    np.testing.assert_allclose(told["codes"], codes, atol=1e-5)
    made = trained.reconstruct_scaled(trained.scale(EXPANDED))
    np.testing.assert_allclose(told["score"], -row_errors(trained.scale(EXPANDED), made), atol=1e-5)
    for said in (told, backward.run({"codes": codes})):
        np.testing.assert_allclose(said["reconstruction"], trained.decode(codes)[:, [3, 6]], atol=1e-5)
        places = trained.schema.collapse(made)
        levels = [[LEARNED.columns[at].levels[int(place)] for place in places[:, at]] for at in (0, 2)]
        np.testing.assert_array_equal(said["reconstructed_categories"][:, :2].T, levels)
        assert set(said["reconstructed_categories"][:, 2]) == {""}
    assert set(levels[0]) | set(levels[1]) <= {"red", "white", "(other)", "a", "b"}


def test_a_refused_row_has_no_categories(mixed):
    trained, feed = mixed
    feed["X"][1, 0] = np.inf
    told = sessions(trained)[0].run(feed)
    assert list(told["reconstructed_categories"][1]) == ["", "", ""]
    assert told["reconstructed_categories"][0, 0] != ""


def test_a_table_of_categories_alone_needs_no_numbers(template):
    schema = Schema((HUE.counted(np.array([20, 20, 20, 20, 20])),))
    scaling = Scaling.fit(np.eye(5), "none")
    trained = trained_of(template, scaling, schema, blocks=schema.blocks)
    told = sessions(trained)[0].run({"categories": np.array([["red"], ["white"]], object)})
    np.testing.assert_allclose(told["codes"], trained.encode(np.eye(5)[[2, 3]]), atol=1e-5)
    assert set(told) == {"codes", "reconstructed_categories", "score"}


def test_a_file_says_what_goes_in_and_what_comes_out(mixed):
    trained, _ = mixed
    for model in (rows_model(trained, TOLD), codes_model(trained, TOLD)):
        told = {entry.key: entry.value for entry in model.metadata_props}
        columns = json.loads(told["columns"])
        assert [column["name"] for column in columns] == list(LEARNED.names)
        assert [(column["input"], column["position"]) for column in columns] == [
            ("categories", 0), ("X", 0), ("categories", 1), ("categories", 2), ("X", 1)
        ]  # fmt: skip
        assert columns[1]["unit"] == "g"
        assert columns[0]["levels"] == ["red", "white", "(other)"]
        assert json.loads(told["codes"]) == ["factor_1", "factor_2", "factor_3"]
        assert told["model_sha256"] == TOLD.checksum
    batch = {
        value.type.tensor_type.shape.dim[0].dim_param for value in (*model.graph.input, *model.graph.output)
    }
    assert batch == {"rows"}


def test_names_of_a_table_without_a_schema_are_kept(template, scalings):
    trained = trained_of(template, scalings["standard"])
    told = Told("", ("a", "b [g]", "größe", "d", "e"))
    columns = json.loads(rows_model(trained, told).metadata_props[2].value)
    assert tuple(column["name"] for column in columns) == told.names


def test_the_same_model_gives_the_same_bytes_and_only_the_chosen_network(template, scalings):
    one = trained_of(template, scalings["quantile"])
    several = [trained_of(template, scalings["quantile"], seed=seed).outcome.network(0) for seed in (1, 0)]
    networks = jax.tree.map(lambda *leaves: np.stack(leaves), *several)
    endings = one.outcome.endings * 2
    two = replace(one, outcome=replace(one.outcome, networks=networks, endings=endings), chosen=1)
    for draw in (rows_model, codes_model):
        assert draw(one, TOLD).SerializeToString() == draw(two, TOLD).SerializeToString()
    assert rows_model(two, TOLD) != rows_model(replace(two, chosen=0), TOLD)


def test_a_bottleneck_of_the_users_own_is_refused(template, scalings):
    trained = trained_of(template, scalings["standard"], bottleneck=Ordered())
    for draw in (rows_model, codes_model):
        with pytest.raises(InputError, match="of the type Ordered, which ONNX cannot express; set bottle"):
            draw(trained, TOLD)


def test_a_model_that_is_too_large_for_a_file_is_refused(template, scalings, monkeypatch):
    monkeypatch.setattr(onnx_drawing, "LARGEST_FILE", 100)
    with pytest.raises(InputError, match=r"bytes of numbers, but an ONNX file holds 100; fit a smaller"):
        rows_model(trained_of(template, scalings["standard"]), TOLD)
