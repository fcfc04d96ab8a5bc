"""Fits to tables on disk: the same as in memory for the same rows in the same order, and as they come."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, feather, parquet

from latentia import Autoencoder, InputError, RecipeError, analyze, scan_table
from latentia.request import recipe_of
from latentia.tables.scanned_rows import scanned_rows
from latentia.training import fit as fitting
from latentia.training import streaming
from latentia.training.feeds import InMemory, Speed
from latentia.training.fit import Task, fit
from latentia.training.rows import training_rows

SMALL = {"hidden_layer_sizes": (16,), "max_epochs": 5, "random_state": 0, "batch_size": 32}


@pytest.fixture
def rows():
    generator = np.random.default_rng(1)
    hidden = generator.normal(size=(1000, 2))
    rows = np.tanh(hidden @ generator.normal(size=(2, 6))) + 0.1 * generator.normal(size=(1000, 6))
    return rows[np.argsort(rows[:, 0])] * [1, 10, 0.1, 1, 5, 1] + [0, 3, 0, 1e3, 0, 0]  # sorted, in units


@pytest.fixture
def mixed(rows):
    """Numbers, categories, gaps, an id and a constant."""
    columns = {f"x{at}": rows[:, at] for at in range(4)}
    columns["hue"] = np.where(rows[:, 4] > 0, "red", "white").astype(object)
    columns["hue"][::50] = None
    columns["x1"] = np.where(np.arange(1000) % 7 == 0, np.nan, rows[:, 1])
    columns["id"] = np.arange(1000)
    columns["constant"] = np.ones(1000)
    return pa.table({name: pa.array(column, from_pandas=True) for name, column in columns.items()})


@pytest.fixture
def counts():
    generator = np.random.default_rng(3)
    rates = np.exp(generator.normal(size=(600, 1)) + generator.normal(size=(1, 5)))
    return generator.poisson(rates).astype(np.float64)


@pytest.fixture
def scan(mixed, tmp_path):
    parquet.write_table(mixed, tmp_path / "mixed.parquet", row_group_size=100)
    return scan_table(tmp_path / "mixed.parquet")


@pytest.fixture
def _small_windows(monkeypatch):
    """Few rows at a time, so that a small table has many windows and portions."""
    monkeypatch.setattr(streaming, "WINDOW_BYTES", 3000)
    monkeypatch.setattr(streaming, "PIECE_BYTES", 500)
    monkeypatch.setattr(streaming, "PORTION_BYTES", 4000)


def prepared_from(scan, model):
    recipe = recipe_of(model)
    table = scanned_rows(model, scan, {}, recipe, seed=0)
    return streaming.on_disk(table, recipe, Task(seed=0, schema=table.schema)), table, recipe


def scan_table_of(rows, scan):
    """Open a table of numbers alone, beside another one."""
    path = f"{scan.store.path}.numbers.parquet"
    parquet.write_table(pa.table({f"x{at}": rows[:, at] for at in range(6)}), path)
    return scan_table(path)


def in_memory_feed(feed):
    """Hand out the same rows in the same order, but from memory."""
    rows = feed.scratch.read(0, feed.scratch.n_rows)
    size = rows[:, -1:] if feed.sized else None
    x = rows[:, :-1] if feed.sized else rows
    return InMemory(training_rows(x, size=size), feed.order, len(rows), feed.batch_size)


def all_weights(trained):
    return [np.asarray(part) for layer in trained.network.encoder for part in (layer.weight, layer.bias)]


@pytest.mark.usefixtures("_small_windows")
@pytest.mark.parametrize("kind", ["mixed", "counts"])
def test_streamed_training_equals_training_in_memory(kind, request, tmp_path, monkeypatch):
    settings = SMALL
    if kind == "mixed":
        scan = request.getfixturevalue("scan")
    else:
        np.save(tmp_path / "counts.npy", request.getfixturevalue("counts"))
        scan, settings = scan_table(tmp_path / "counts.npy"), SMALL | {"loss": "nb"}
    streamed = Autoencoder(2, **settings).fit(scan).trained_

    prepared, table, recipe = prepared_from(scan, Autoencoder(2, **settings))
    assert prepared.feed.order.n_windows >= 5
    assert prepared.feed.sized == (kind == "counts")
    assert prepared.n_rows > 3 * prepared.feed.steps * 32
    with_memory = replace(prepared, feed=in_memory_feed(prepared.feed))
    prepared.feed.close()
    monkeypatch.setattr(fitting, "on_disk", lambda *_: with_memory)
    whole = fit(table, recipe, Task(seed=0, schema=table.schema))

    np.testing.assert_allclose(
        streamed.outcome.history["val_loss"], whole.outcome.history["val_loss"], rtol=1e-6
    )
    for mine, theirs in zip(all_weights(streamed), all_weights(whole), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-7)


@pytest.mark.usefixtures("_small_windows")
@pytest.mark.parametrize("step", [0, 3, 7, 25])
def test_a_feed_goes_on_in_the_middle_of_an_epoch(scan, step):
    prepared, _, _ = prepared_from(scan, Autoencoder(2, **SMALL))
    feed = prepared.feed
    order = feed.order.rows(1)[step * 32 :]
    whole = feed.scratch.read(0, feed.scratch.n_rows)
    got, ends = [], []
    for portion in feed.portions(1, step, 2, Speed(1)):
        positions = np.asarray(portion.segment.order[0, : int(portion.segment.n_steps)])
        got.append(np.asarray(portion.rows.x)[positions[positions >= 0]])
        ends.append(portion.ends_epoch)
        assert (np.asarray(portion.rows.present)[positions[positions >= 0]] == 1).all()
    feed.close()
    np.testing.assert_array_equal(np.concatenate(got), whole[order])
    assert ends == [False] * (len(ends) - 1) + [True]


@pytest.mark.usefixtures("_small_windows")
def test_all_portions_have_one_shape(scan):
    prepared, _, _ = prepared_from(scan, Autoencoder(2, **SMALL))
    shapes = {
        (portion.rows.x.shape, portion.segment.order.shape)
        for portion in prepared.feed.portions(0, 0, 2, Speed(1))
    }
    prepared.feed.close()
    assert len(shapes) == 1


def test_a_table_on_disk_is_taken_for_what_it_is(scan, mixed, rows):
    model = Autoencoder(2, **SMALL).fit(scan)
    trained = model.trained_
    assert list(model.feature_names_in_) == ["x0", "x1", "x2", "x3", "hue"]
    assert trained.schema.columns[4].levels == ("red", "white")
    learned = rows[trained.split.training]
    np.testing.assert_allclose(trained.scaling.center[0], learned[:, 0].mean(), rtol=1e-12)
    np.testing.assert_allclose(trained.scaling.spread[3], learned[:, 3].std(), rtol=1e-10)
    observed = np.where(np.arange(1000) % 7 == 0, np.nan, rows[:, 1])[trained.split.training]
    np.testing.assert_allclose(trained.scaling.center[1], np.nanmean(observed), rtol=1e-12)
    assert 150 < trained.split.n_held_out < 250
    assert trained.network.architecture.markers == (1,)
    codes = model.transform(mixed.select(list(model.feature_names_in_)))
    assert codes.shape == (1000, 2)
    assert model.score(mixed.select(list(model.feature_names_in_))) > 0.3


def test_the_model_file_of_a_table_on_disk_lists_no_rows(scan, mixed, tmp_path):
    import latentia

    model = Autoencoder(2, **SMALL).fit(scan)
    model.save(tmp_path / "m.latentia")
    loaded = latentia.load(tmp_path / "m.latentia")
    assert loaded.trained_.split == model.trained_.split
    np.testing.assert_array_equal(loaded.trained_.split.held_out, model.trained_.split.held_out)
    known = mixed.select(list(model.feature_names_in_))
    np.testing.assert_array_equal(loaded.transform(known), model.transform(known))
    assert loaded.describe()["rows_held_out"] == model.trained_.split.n_held_out


def test_a_table_on_disk_is_encoded_and_judged_in_blocks(scan, mixed, monkeypatch):
    from latentia.tables.stores import store

    model = Autoencoder(2, **SMALL).fit(scan)
    known = mixed.select(list(model.feature_names_in_))
    monkeypatch.setattr(store, "MOST_BYTES", 5000)
    np.testing.assert_array_equal(model.transform(scan), model.transform(known))
    np.testing.assert_array_equal(model.score_samples(scan), model.score_samples(known))
    np.testing.assert_allclose(model.score(scan), model.score(known), rtol=1e-12)


def test_another_fit_lets_go_of_the_table_on_disk(scan, rows, mixed):
    plain = scan_table_of(rows, scan)
    for again in ("fit", "partial_fit"):
        model = Autoencoder(2, learning_rate=1e-3, **SMALL).fit(plain)
        assert model._on_disk is not None
        getattr(model, again)(pa.table({f"x{at}": rows[:, at] for at in range(6)}))
        assert model._on_disk is None
        assert model.diagnose()


def test_what_cannot_be_read_from_disk_is_told(scan):
    model = Autoencoder(2, **SMALL)
    told = r"mixed.parquet is on disk, where fit, transform, score and score_samples can read it"
    for method in (model.find_learning_rate, model.partial_fit):
        with pytest.raises(InputError, match=told):
            method(scan)
    with pytest.raises(InputError, match=r"mixed.parquet is on disk and need not be opened; pass its path"):
        analyze(scan)


def test_parquet_files_at_an_address_are_learned_from(mixed, tmp_path):
    import fsspec

    parquet.write_table(mixed, tmp_path / "t.parquet", row_group_size=100)
    files = fsspec.filesystem("memory")
    for part in ("a", "b"):
        files.pipe_file(f"/streamed/{part}.parquet", (tmp_path / "t.parquet").read_bytes())
    model = Autoencoder(2, **SMALL).fit(scan_table("memory://streamed/*.parquet"))
    assert model.trained_.split.n_rows == 2000
    assert len(model.transform(mixed.select(list(model.feature_names_in_)))) == 1000


def test_a_diagnosis_rests_on_samples(scan):
    model = Autoencoder(2, **SMALL).fit(scan)
    sample = model._on_disk
    np.testing.assert_array_equal(sample.sampled_positions, model.trained_.split.training)
    assert {finding.code for finding in model.diagnose()}  # something is said of five epochs


@pytest.mark.parametrize("name", ["t.feather", "t.arrow", "t.csv", "t.npy"])
def test_formats_make_no_difference(rows, tmp_path, name):
    table = pa.table({f"column {at + 1}": column for at, column in enumerate(rows.T)})
    parquet.write_table(table, tmp_path / "t.parquet", row_group_size=130)
    path = tmp_path / name
    if name == "t.npy":
        np.save(path, rows)
    elif name == "t.csv":
        csv.write_csv(table, path)
    else:
        feather.write_feather(table, path, chunksize=90)
    one, other = (Autoencoder(2, **SMALL).fit(scan_table(file)) for file in (path, tmp_path / "t.parquet"))
    for mine, theirs in zip(all_weights(one.trained_), all_weights(other.trained_), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-7)


def test_same_seed_same_bytes(scan):
    one, other = (Autoencoder(2, **SMALL).fit(scan).trained_ for _ in range(2))
    for mine, theirs in zip(all_weights(one), all_weights(other), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_rows_behind_the_others_leave_the_sides_of_the_others_alone(rows, tmp_path):
    np.save(tmp_path / "some.npy", rows[:700])
    np.save(tmp_path / "all.npy", rows)
    some, more = (
        Autoencoder(2, **SMALL).fit(scan_table(tmp_path / name)).trained_.split
        for name in ("some.npy", "all.npy")
    )
    np.testing.assert_array_equal(more.held_out[more.held_out < 700], some.held_out)


class PowerCutError(Exception):
    """Ends a fit like a power cut."""


@pytest.mark.usefixtures("_small_windows")
def test_a_fit_that_was_cut_off_goes_on_in_mid_epoch(scan, tmp_path):
    from latentia.modelfiles.checkpoint_folder import CheckpointFolder

    whole = Autoencoder(2, **SMALL).fit(scan).trained_

    class CutOff(CheckpointFolder):
        offers = 0

        def offer(self, make, *, last=False):
            super().offer(make, last=last)
            self.offers += 1
            if self.offers == 10:
                raise PowerCutError

    folder = CutOff(tmp_path / "kept", every=0.0)
    with pytest.raises(PowerCutError):
        Autoencoder(2, **SMALL).fit(scan, checkpoint=folder)
    steps = []

    class Watched(CheckpointFolder):
        def opened(self, fingerprint):
            opened = super().opened(fingerprint)
            return _noting(opened, steps)

    again = Autoencoder(2, **SMALL).fit(scan, checkpoint=Watched(tmp_path / "kept", every=1e9)).trained_
    assert steps[0] > 0  # in the middle of an epoch
    for mine, theirs in zip(all_weights(again), all_weights(whole), strict=True):
        np.testing.assert_array_equal(mine, theirs)


class _noting:  # noqa: N801 - a context manager reads like a function
    def __init__(self, opened, steps):
        self.opened, self.steps = opened, steps

    def __enter__(self):
        past = self.opened.__enter__()
        self.steps.append(past.step)
        return past

    def __exit__(self, *error):
        return self.opened.__exit__(*error)


@pytest.mark.parametrize(
    "options",
    [{"sample_weight": np.ones(1000)}, {"groups": np.arange(1000)}, {"validation": np.ones((3, 5))}],
)
def test_what_needs_rows_in_memory_is_refused(scan, options):
    with pytest.raises(RecipeError, match=r"needs rows in memory, but mixed.parquet is read from disk"):
        Autoencoder(2, **SMALL).fit(scan, **options)


def test_a_disk_without_room_is_told_before_anything_is_written(scan, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1 << 20})())
    with pytest.raises(InputError, match=r"has 0.0 GiB left; let the environment variable TMPDIR name"):
        Autoencoder(2, **SMALL).fit(scan)


def test_a_file_that_changes_between_two_looks_is_told(scan, mixed, tmp_path):
    model = Autoencoder(2, **SMALL)
    recipe = recipe_of(model)
    table = scanned_rows(model, scan, {}, recipe, seed=0)
    parquet.write_table(mixed.slice(0, 900), tmp_path / "mixed.parquet")
    with pytest.raises(InputError, match="changed while it was read"):
        streaming.on_disk(table, recipe, Task(seed=0, schema=table.schema))


FIT = """
import re, sys
import latentia

model = latentia.Autoencoder(2, hidden_layer_sizes=(16,), max_epochs=1, batch_size=4096, random_state=0)
model.fit(latentia.scan_table(sys.argv[1]))
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="how much memory a process takes is asked of /proc")
def test_memory_does_not_grow_with_the_table(tmp_path):
    rows = np.random.default_rng(0).normal(size=(50, 100_000))
    table = pa.table({f"x{at}": column for at, column in enumerate(rows)})
    most = []
    for name, n_files in (("small", 3), ("large", 12)):
        (tmp_path / name).mkdir()
        for at in range(n_files):
            path = tmp_path / name / f"{at:02d}.parquet"
            parquet.write_table(table, path, row_group_size=25_000, use_dictionary=False)
        command = [sys.executable, "-c", FIT, str(tmp_path / name)]
        most.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    small, large = most
    assert large - small < 120  # MiB; the larger table has 340 MiB more
