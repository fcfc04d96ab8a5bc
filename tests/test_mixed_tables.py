"""Text, categories, dates and missing cells: in through the estimator and out again as they were."""

from __future__ import annotations

import datetime as dt
import pickle
from contextlib import nullcontext

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

import latentia
from latentia import Autoencoder, InputError, LatentiaWarning
from latentia.networks.filling import filled_rows
from latentia.passing import impute_table
from problems import BRIEF

RNG = np.random.default_rng(0)
N = 80
ISLANDS = np.array(["Biscoe", "Dream", "Torgersen"])[RNG.integers(3, size=N)]
SIZE = RNG.normal(size=N)
COLUMNS = {
    "mass": [None if row % 9 == 4 else float(value) for row, value in enumerate(4000 + 500 * SIZE)],
    "island": [None if row % 11 == 3 else str(name) for row, name in enumerate(ISLANDS)],
    "day": (np.datetime64("2007-01-01") + np.arange(N) % 50).astype("M8[D]").tolist(),
    "eggs": [int(value) for value in np.rint(5 + SIZE)],
    "tagged": [bool(value > 0) for value in SIZE],
}
COLUMNS["day"][5] = None
TABLE = pa.table(COLUMNS)
MAKERS = {"pandas": pa.Table.to_pandas, "polars": pl.from_arrow, "pyarrow": lambda table: table}
CODED = [[0.5, -0.5], [1.0, 0.0]]


def brief(**settings):
    return Autoencoder(2, hidden_layer_sizes=(8,), max_epochs=3, random_state=0, **settings)


@pytest.fixture(params=MAKERS)
def frame(request):
    return MAKERS[request.param](TABLE)


@pytest.fixture(scope="module")
def fitted():
    return brief().fit(TABLE)


def test_every_library_gives_the_same_model(frame, fitted):
    model = brief().fit(frame)
    np.testing.assert_array_equal(model.transform(frame), fitted.transform(TABLE))
    assert np.isfinite(model.transform(frame)).all()
    assert model.n_features_in_ == 5
    assert list(model.feature_names_in_) == TABLE.column_names
    assert model.score_samples(frame).shape == (N,)
    assert np.isfinite(model.score(frame))


def test_codes_become_rows_of_the_columns_that_there_were(frame):
    model = brief().fit(frame)
    rows = model.inverse_transform(model.transform(frame))
    assert type(rows) is type(frame)
    made = rows if isinstance(rows, pa.Table) else pa.table(rows)
    assert made.column_names == TABLE.column_names
    assert made.num_rows == N
    assert pa.types.is_integer(made["eggs"].type)
    assert pa.types.is_boolean(made["tagged"].type)
    assert pa.types.is_temporal(made["day"].type)
    assert set(made["island"].to_pylist()) <= set(ISLANDS)
    again = model.reconstruct(frame)
    assert type(again) is type(frame)
    assert pa.table(again).equals(made)


def test_only_missing_cells_are_filled(frame):
    model = brief().fit(frame)
    whole = model.impute(frame)
    assert type(whole) is type(frame)
    before, after = TABLE.to_pylist(), pa.table(whole).to_pylist()
    for old, new in zip(before, after, strict=True):
        for name, cell in old.items():
            assert new[name] is not None
            if cell is not None:
                assert str(new[name])[:10] == str(cell)[:10] if name == "day" else new[name] == cell


HOURS = [None if row % 8 == 3 else 8.0 + (row % 80) / 8 for row in range(N)]
TIMES = [None if hour is None else dt.time(int(hour), int(hour % 1 * 60)) for hour in HOURS]
DURATIONS = [None if hour is None else dt.timedelta(hours=hour) for hour in HOURS]
BESIDE = {"up": [row / 8 for row in range(N)], "more": [row**0.9 for row in range(N)]}


def in_hours(cells):
    return [
        (cell.hour * 3600 + cell.minute * 60 + cell.second if isinstance(cell, dt.time) else cell.seconds)
        / 3600
        for cell in cells
    ]


@pytest.mark.parametrize("make", [*MAKERS.values(), lambda table: table.to_pandas().to_numpy(object)])
@pytest.mark.parametrize(("cells", "kind"), [(TIMES, dt.time), (DURATIONS, dt.timedelta)])
def test_gaps_among_times_are_filled_with_times(make, cells, kind):
    table = make(pa.table({"up": BESIDE["up"], "at": cells}))
    whole = brief().fit(table).impute(table)
    assert type(whole) is type(table)
    column = whole[:, 1].tolist() if isinstance(whole, np.ndarray) else pa.table(whole)["at"].to_pylist()
    assert all(isinstance(cell, kind) for cell in column)
    assert [cell for cell, there in zip(column, cells, strict=True) if there] == [*filter(None, cells)]
    assert all(6 < hour < 20 for hour in in_hours(column))


@pytest.mark.parametrize("stored", [pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")])
def test_times_of_every_type_come_back_as_that_type(stored):
    table = pa.table({"up": BESIDE["up"], "at": pa.array(TIMES, stored)})
    model = brief().fit(table)
    assert model.impute(table).schema == table.schema
    # All columns are numbers, and so the rows are an array of numbers: seconds since midnight.
    assert 6 < model.reconstruct(table)[:, 1].mean() / 3600 < 20
    named = table.append_column("island", pa.array(ISLANDS))
    assert brief().fit(named).reconstruct(named).schema == named.schema


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_gaps_among_times_in_a_file_are_filled_with_times(tmp_path, ending):
    parquet.write_table(pa.table({**BESIDE, "at": pa.array(TIMES)}), tmp_path / "in.parquet")
    table = latentia.tables.read_table(tmp_path / "in.parquet")
    impute_table(brief().fit(table), tmp_path / "in.parquet", tmp_path / f"out.{ending}")
    read = csv.read_csv if ending == "csv" else parquet.read_table
    cells = map(str, read(tmp_path / f"out.{ending}")["at"].to_pylist())
    assert all(6 < hour < 20 for hour in in_hours(map(dt.time.fromisoformat, cells)))


def test_a_whole_table_is_returned_as_it_is(frame):
    model = brief().fit(frame)
    whole = model.impute(frame)
    again = model.impute(whole)
    assert pa.table(again).equals(pa.table(whole))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_gaps_in_arrays_are_filled_too(dtype):
    X = RNG.normal(size=(60, 4)).astype(dtype)
    gaps = RNG.random(X.shape) < 0.1
    holed = np.where(gaps, np.nan, X).astype(dtype)
    model = brief().fit(holed)
    codes = model.transform(holed)
    assert codes.dtype == dtype
    assert np.isfinite(codes).all()
    whole = model.impute(holed)
    assert whole.dtype == dtype
    np.testing.assert_array_equal(whole[~gaps], X[~gaps])
    made = model.reconstruct(holed)
    np.testing.assert_allclose(whole[gaps], made[gaps], rtol=1e-6)
    assert np.isnan(holed).any()  # what was passed is not changed
    np.testing.assert_array_equal(model.impute(holed.astype(object)).astype(dtype)[~gaps], X[~gaps])
    assert np.isfinite(model.score(holed))


def test_categories_keep_their_order_and_their_type():
    kinds = ["Torgersen", "Dream", "Biscoe", "Elsewhere"]
    frame = TABLE.to_pandas()
    frame["island"] = pd.Categorical(frame.island, categories=kinds)
    model = brief().fit(frame)
    assert list(model.inverse_transform(model.transform(frame)).island.cat.categories) == kinds
    whole = model.impute(frame)
    assert list(whole.island.cat.categories) == kinds
    assert whole.index.equals(frame.index)
    assert not whole.isna().any(axis=None)
    # The order of the categories in other rows does not matter.
    turned = frame.assign(island=frame.island.cat.reorder_categories(sorted(kinds)))
    np.testing.assert_array_equal(model.transform(turned), model.transform(frame))


def test_new_categories_are_told_once_and_count_as_missing(fitted):
    rows = TABLE.slice(0, 3)
    place = TABLE.column_names.index("island")
    new = rows.set_column(place, "island", pa.array(["Elba", "Dream", "Elba"]))
    gone = rows.set_column(place, "island", pa.array([None, "Dream", None], pa.string()))
    with pytest.warns(
        LatentiaWarning, match=r"'island' has 'Elba' in 2 rows, which counts as missing\.$"
    ) as told:
        codes = fitted.transform(new)
    assert len(told) == 1
    np.testing.assert_array_equal(codes, fitted.transform(gone))
    with pytest.warns(LatentiaWarning, match="Elba"):
        assert fitted.impute(new)["island"].to_pylist() == ["Elba", "Dream", "Elba"]


def test_rare_categories_stand_together_and_new_ones_with_them():
    kinds = ["common"] * 40 + ["other"] * 34 + ["a", "a", "b", "b", "c", "c"]
    table = TABLE.set_column(1, "island", pa.array(kinds))
    model = brief(validation_fraction=0).fit(table)
    assert model.trained_.schema.columns[1].levels == ("common", "other", "(other)")
    with pytest.warns(LatentiaWarning, match="counts as one of the rare categories"):
        model.transform(table.set_column(1, "island", pa.array(["new"] * N)))
    gaps = table.set_column(1, "island", pa.array([None] * N, pa.string()))
    assert set(model.impute(gaps)["island"].to_pylist()) <= {"common", "other"}


def test_levels_are_learned_from_training_rows_only():
    kinds = np.array(["u", "v"] * (N // 2), object)
    model = brief().fit(TABLE.set_column(1, "island", pa.array(kinds.tolist())))
    kinds[model.trained_.split.held_out] = "only held out"
    with_held_out = brief().fit(TABLE.set_column(1, "island", pa.array(kinds.tolist())))
    assert with_held_out.trained_.schema.columns[1].levels == ("u", "v")
    np.testing.assert_array_equal(with_held_out.trained_.split.held_out, model.trained_.split.held_out)


def test_a_file_and_a_pickle_keep_the_columns(fitted, tmp_path):
    fitted.save(tmp_path / "m.latentia")
    loaded = latentia.load(tmp_path / "m.latentia")
    assert loaded.trained_.schema == fitted.trained_.schema
    assert (loaded.n_features_in_, loaded.describe()["n_columns"]) == (5, 5)
    assert loaded.describe()["kinds"] == {"numeric": 2, "category": 1, "date": 1, "boolean": 1}
    for model in (loaded, pickle.loads(pickle.dumps(fitted))):  # noqa: S301 - our own
        np.testing.assert_array_equal(model.transform(TABLE), fitted.transform(TABLE))
        assert model.inverse_transform(CODED).equals(fitted.inverse_transform(CODED))
        assert model.impute(TABLE).equals(fitted.impute(TABLE))


def precise(library):
    """Return the same table in types that a library has, and that others may not have."""
    if library == "polars":
        exact = {"island": pl.Enum(["Biscoe", "Dream", "Torgersen", "nowhere"]), "eggs": pl.Int8}
        return pl.from_arrow(TABLE).cast(exact)
    if library == "pandas":
        exact = {"mass": "Float32", "eggs": "UInt8", "tagged": "boolean", "day": "datetime64[ns]"}
        return TABLE.to_pandas().astype(exact | {"island": "string"})
    exact = {"mass": pa.float32(), "eggs": pa.int8(), "island": pa.large_string()}
    return pa.table({name: TABLE[name].cast(exact.get(name, TABLE[name].type)) for name in COLUMNS})


def test_rows_come_back_with_the_index_of_pandas_that_they_had():
    frame = precise("pandas").set_axis(range(100, 100 + N), axis=0)
    model = brief().fit(frame)
    codes = model.set_output(transform="pandas").transform(frame)
    for again in (model.reconstruct(frame), model.inverse_transform(codes), model.impute(frame)):
        assert again.index.equals(frame.index)


@pytest.mark.parametrize("library", MAKERS)
def test_columns_come_back_in_the_types_they_had(library):
    frame = precise(library)
    types = frame.schema if library != "pandas" else dict(frame.dtypes)
    model = brief().fit(frame)
    for again in (model.inverse_transform(CODED), model.reconstruct(frame), model.impute(frame)):
        assert (again.schema if library != "pandas" else dict(again.dtypes)) == types
    # Pickled, a model still knows what it was fitted to.
    once_more = pickle.loads(pickle.dumps(model)).inverse_transform(CODED)  # noqa: S301 - our own
    assert once_more.equals(model.inverse_transform(CODED))


def test_other_ways_to_fit_take_them_too():
    passes = brief(learning_rate=1e-3)
    for _ in range(2):
        passes.partial_fit(TABLE)
    assert np.isfinite(passes.transform(TABLE)).all()
    assert type(passes.inverse_transform(CODED)) is pa.Table
    grid = brief().fit_grid(TABLE.drop_null(), {"n_components": [1, 2]})
    assert type(grid.best_model.reconstruct(TABLE)) is pa.Table
    assert brief().find_learning_rate(TABLE, n_steps=50, n_networks=2).rates.size
    again = brief(warm_start=True).fit(TABLE).fit(TABLE)
    assert np.isfinite(again.transform(TABLE)).all()
    judged = brief().fit(TABLE.slice(0, 60), validation=TABLE.slice(60))
    assert len(judged.trained_.split.held_out) == 20


def test_counts_have_no_categories():
    with pytest.raises(InputError, match="2 columns hold no counts"):
        brief(loss="poisson").fit(TABLE)


def test_arrays_of_objects_come_back_as_arrays_of_objects():
    cells = np.array([[name, value] for name, value in zip(ISLANDS, SIZE, strict=True)], object)
    cells[3, 0] = None
    model = Autoencoder(1, hidden_layer_sizes=(4,), max_epochs=2, random_state=0)
    rows = model.fit(cells).reconstruct(cells)
    assert (type(rows), rows.shape, rows.dtype) == (np.ndarray, (N, 2), object)
    assert model.impute(cells)[3, 0] in set(ISLANDS)


def test_numbers_as_names_and_several_levels_of_names_are_fine():
    frame = pd.DataFrame({0: SIZE, 1: ISLANDS})
    frame.loc[3, 1] = None
    model = Autoencoder(1, hidden_layer_sizes=(4,), max_epochs=2, random_state=0).fit(frame)
    assert not model.impute(frame).isna().any(axis=None)
    frame.columns = pd.MultiIndex.from_tuples([("bird", "size"), ("bird", "island")])
    model.fit(frame)
    assert np.isfinite(model.transform(frame)).all()


@pytest.mark.parametrize(
    "change",
    [
        {"empty": np.nan},  # no cell has a value
        {"empty": None, "mass": 1.0},  # nor does another one vary
        {"when": pd.Timestamp("2020-01-01")},
    ],
)
def test_columns_that_carry_nothing_stay_in_an_estimator(change):
    frame = TABLE.to_pandas().assign(**change)
    with pytest.warns(LatentiaWarning, match="'empty' has no cell") if "empty" in change else nullcontext():
        model = brief().fit(frame)
    assert model.n_features_in_ == len(frame.columns)
    assert np.isfinite(model.transform(frame)).all()
    assert list(model.inverse_transform(CODED).columns) == list(frame.columns)


def test_a_row_without_any_value_has_a_code_and_is_filled(fitted):
    nothing = pa.table(
        {
            name: pa.nulls(1, column.type)
            for name, column in zip(TABLE.column_names, TABLE.columns, strict=True)
        }
    )
    assert np.isfinite(fitted.transform(nothing)).all()
    assert fitted.impute(nothing).drop_null().num_rows == 1


def test_other_columns_than_those_of_the_fit_are_refused(fitted):
    with pytest.raises(InputError, match="unseen at fit time"):
        fitted.transform(TABLE.append_column("more", pa.array(SIZE)))
    with pytest.raises(InputError, match="seen at fit time, yet now missing"):
        fitted.transform(TABLE.drop_columns(["mass"]))
    with pytest.raises(InputError, match="same order"):
        fitted.transform(TABLE.select(TABLE.column_names[::-1]))
    cells = TABLE.to_pandas().to_numpy(object)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        np.testing.assert_allclose(fitted.transform(cells), fitted.transform(TABLE), atol=1e-6)


def test_analysis_of_gaps_and_categories_says_nothing_of_them_that_is_wrong():
    rng = np.random.default_rng(4)
    # Of as many rows and columns as the table of insight/test_gaps.py, with gaps in the same columns.
    hidden = rng.normal(size=240)
    table = pd.DataFrame({f"reading {at}": hidden * at + 0.3 * rng.normal(size=240) for at in range(1, 5)})
    table["side"] = np.where(hidden > 0, "left", "right")
    table.iloc[::9, 2] = np.nan
    table.iloc[4::9, 3] = np.nan
    table.iloc[::11, 4] = None
    study = latentia.analyze(table, **{**BRIEF, "max_epochs": 60}).study
    codes = {finding.code for finding in study.findings}
    assert not codes & {"output_range", "duplicate_columns"}
    assert np.isfinite(study.held_out.r2)
    assert study.held_out.r2 > 0.5
    assert study.column_names[-2:] == ("side = left", "side = right")
    assert np.isfinite(study.latents).all()


def test_gaps_are_filled_with_the_mean_of_all_networks():
    rng = np.random.default_rng(2)
    hidden = rng.normal(size=(200, 2))
    whole = hidden @ rng.normal(size=(2, 6)) + 0.1 * rng.normal(size=(200, 6))
    gaps = rng.random(whole.shape) < 0.2
    holed = np.where(gaps, np.nan, whole)
    model = Autoencoder(3, n_seeds=3, random_state=0, max_epochs=80).fit(holed)
    filled = model.impute(holed)
    scaled = model.trained_.scale(holed)
    trained = model.trained_
    each = [filled_rows(one, scaled, trained.hold) for one in map(trained.outcome.network, range(3))]
    expected = model.trained_.scaling.inverse_transform(np.mean(each, axis=0, dtype=float))
    np.testing.assert_allclose(filled[gaps], expected[gaps])
    np.testing.assert_array_equal(filled[~gaps], whole[~gaps])
    means = np.broadcast_to(np.nanmean(holed, axis=0), whole.shape)
    assert np.square(filled - whole)[gaps].mean() < 0.25 * np.square(means - whole)[gaps].mean()


@pytest.mark.parametrize("named", [True, False])
def test_columns_may_have_scalings_of_their_own(named, tmp_path):
    rng = np.random.default_rng(6)
    rows = np.exp(rng.normal(size=(80, 3)) @ rng.normal(size=(3, 3)))
    table = pd.DataFrame(rows, columns=["age", "income", "rent"]) if named else rows
    name = "income" if named else "column 2"
    model = brief(scaling={name: "log1p-standard", "*": "robust"}).fit(table)
    assert model.trained_.scaling.kind == ("robust", "log1p-standard", "robust")
    model.save(tmp_path / "own.latentia")
    again = latentia.load(tmp_path / "own.latentia")
    np.testing.assert_array_equal(again.transform(table), model.transform(table))
    with pytest.raises(InputError, match=f"no column '{name}s' to scale; the nearest name is '{name}'"):
        brief(scaling={f"{name}s": "robust"}).fit(table)


def test_of_a_mixed_table_indicators_stay_as_they_are(frame):
    model = brief(scaling="minmax").fit(frame)
    kinds = set(model.trained_.scaling.kind)
    assert kinds == {"minmax", "none"}


def test_the_loss_of_categories_is_not_compared_with_squared_errors_of_pca():
    rng = np.random.default_rng(3)
    hidden = rng.normal(size=120)
    table = pd.DataFrame({"left": hidden, "right": -hidden})
    assert _underfitting(table).evidence["pca_training_loss"] is not None
    table["side"] = np.where(rng.random(120) < 0.5, "near", "far")
    found = _underfitting(table)
    assert found is None or found.evidence["pca_training_loss"] is None


def _underfitting(table):
    model = Autoencoder(1, hidden_layer_sizes=(4,), max_epochs=1, random_state=0).fit(table)
    return next((one for one in model.diagnose(table) if one.code == "underfitting"), None)
