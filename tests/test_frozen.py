"""A model without JAX takes what the estimator takes, says what it says, and loads nothing that is slow."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import latentia
from latentia import Autoencoder
from latentia.errors import InputError, LatentiaWarning
from latentia.modelfiles.model import save_model
from latentia.tables.scaling import Scaling
from problems import counts, curved, mixed
from saved_networks import assert_same

ROWS = curved(n_rows=60, n_columns=5)[0]
NAMES = ["a", "b [g]", "größe", "d", "e"]
FRAME = pd.DataFrame(ROWS, columns=NAMES)
SMALL = {"hidden_layer_sizes": (6,), "max_epochs": 3, "random_state": 0}
SOURCE = str(Path(latentia.__file__).parents[1])
SLOW = ["jax", "jaxlib", "equinox", "optax", "sklearn", "scipy", "pandas", "matplotlib", "plotly"]


def both(model, folder):
    """Return a model as it comes back from its file, with JAX and without."""
    model.save(folder / "m.latentia")
    return latentia.load(folder / "m.latentia"), latentia.load(folder / "m.latentia", backend="numpy")


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return both(Autoencoder(**SMALL).fit(FRAME), tmp_path_factory.mktemp("named"))


@pytest.fixture(scope="module")
def nameless(tmp_path_factory):
    return both(Autoencoder(**SMALL).fit(ROWS), tmp_path_factory.mktemp("nameless"))


@pytest.fixture(scope="module")
def of_kinds(tmp_path_factory):
    return both(Autoencoder(**SMALL).fit(mixed()), tmp_path_factory.mktemp("kinds"))


def test_it_gives_the_numbers_of_the_estimator(pair):
    model, frozen = pair
    codes = model.transform(FRAME)
    assert_same(frozen.transform(FRAME), codes)
    assert_same(frozen.inverse_transform(codes), model.inverse_transform(codes))
    assert_same(frozen.reconstruct(FRAME), model.reconstruct(FRAME))
    assert_same(frozen.score_samples(FRAME), model.score_samples(FRAME))
    np.testing.assert_array_equal(frozen.inside(FRAME), model.inside(FRAME))
    assert not frozen.inside(FRAME * 100).any()


def test_it_knows_its_columns(pair, nameless):
    model, frozen = pair
    assert list(frozen.feature_names_in_) == NAMES
    assert frozen.n_features_in_ == 5
    assert list(frozen.get_feature_names_out()) == list(model.get_feature_names_out())
    assert frozen.recipe_ == model.recipe_
    assert not hasattr(nameless[1], "feature_names_in_")


@pytest.mark.parametrize(
    "table",
    [
        FRAME,
        pl.from_pandas(FRAME),
        pa.Table.from_pandas(FRAME),
        FRAME.astype(np.float32),
        FRAME.convert_dtypes(),
    ],
    ids=["pandas", "polars", "arrow", "single precision", "nullable"],
)
def test_frames_of_all_libraries(pair, table):
    model, frozen = pair
    codes = model.transform(table)
    assert_same(frozen.transform(table), codes)
    assert frozen.transform(table).dtype == codes.dtype


@pytest.mark.parametrize(
    "table",
    [ROWS, ROWS.tolist(), ROWS.astype(np.float32), np.rint(ROWS).astype(int), ROWS > 0, ROWS.astype(object)],
    ids=["doubles", "lists", "singles", "integers", "flags", "objects"],
)
def test_arrays_of_all_types(nameless, table):
    model, frozen = nameless
    codes = model.transform(table)
    assert_same(frozen.transform(table), codes)
    assert frozen.transform(table).dtype == codes.dtype
    assert_same(frozen.inverse_transform(codes[:3].tolist()), model.inverse_transform(codes[:3].tolist()))


BAD = {
    "a column missing": FRAME[NAMES[:4]],
    "another order": FRAME[NAMES[::-1]],
    "other names": FRAME.rename(columns=dict(zip(NAMES, "pqrst", strict=True))),
    "a column more": FRAME.assign(f=1.0),
    "text": FRAME.assign(a="red"),
    "dates": FRAME.assign(a=pd.Timestamp("2020-01-01")),
    "infinite": FRAME.assign(a=np.inf),
    "no rows": FRAME[:0],
    "one dimension": ROWS[0],
    "three dimensions": ROWS[None],
    "no columns": np.empty((3, 0)),
    "too few columns": ROWS[:, :3],
    "infinite in an array": np.where(ROWS[0, 0] == ROWS, np.inf, ROWS),
    "long integers": np.full((2, 5), 2**60),
    "complex": ROWS + 1j,
    "words": np.full((2, 5), "red"),
    "path": "table.csv",
    "number": 3,
    "far out": FRAME * 1e200,
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_said_in_the_same_words(pair, case):
    said = []
    for model in pair:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises((InputError, TypeError)) as caught:
                model.transform(BAD[case])
        said.append((caught.type, str(caught.value)))
    if case == "no columns":  # scikit-learn names its estimator in words that nobody needs
        said = [(kind, text.split(" is required")[0]) for kind, text in said]
    assert said[0] == said[1]


@pytest.mark.parametrize("case", ["names for none", "none for names"])
def test_names_that_do_not_matter_are_warned_of(pair, nameless, case):
    models, table = (nameless, FRAME) if case == "names for none" else (pair, ROWS)
    said = []
    for model in models:
        with pytest.warns(UserWarning, match="feature names") as caught:
            model.transform(table)
        said.append([str(one.message) for one in caught])
    assert said[0] == said[1]


@pytest.mark.parametrize("case", ["too many", "a gap", "infinite"])
def test_codes_are_checked_in_the_same_words(pair, case):
    gap, infinite = np.array([[0, np.nan]]), np.array([[np.inf, 0]])
    bad = {"too many": np.zeros((3, 4)), "a gap": gap, "infinite": infinite}[case]
    said = []
    for model in pair:
        with pytest.raises(InputError) as caught:
            model.inverse_transform(bad)
        said.append(str(caught.value))
    assert said[0] == said[1]


def test_categories_dates_and_gaps(of_kinds):
    model, frozen = of_kinds
    gaps = mixed().to_pandas()
    gaps.loc[3, "size"] = gaps.loc[4, "kind"] = gaps.loc[25, "day"] = None
    codes = model.transform(gaps)
    assert_same(frozen.transform(gaps), codes)
    # Of what a model that was loaded returns, the library is that of the codes.
    pd.testing.assert_frame_equal(
        frozen.inverse_transform(codes).to_pandas(), model.inverse_transform(codes).to_pandas(), atol=1e-4
    )
    pd.testing.assert_frame_equal(frozen.reconstruct(gaps), model.reconstruct(gaps), atol=1e-4)


def test_a_category_that_is_new_is_warned_of(of_kinds):
    new = mixed().to_pandas()
    new.loc[0, "kind"] = "unheard of"
    said = []
    for model in of_kinds:
        with pytest.warns(LatentiaWarning, match="unheard of") as caught:
            codes = model.transform(new)
        said.append((str(caught[0].message), codes))
    assert said[0][0] == said[1][0]
    assert_same(said[1][1], said[0][1])


@pytest.mark.parametrize("table", ["named", "nameless", "kinds"])
def test_a_pickled_copy_gives_the_same_bytes(pair, nameless, of_kinds, table):
    (_, frozen), rows = {
        "named": (pair, FRAME),
        "nameless": (nameless, ROWS),
        "kinds": (of_kinds, mixed().to_pandas()),
    }[table]
    copy = pickle.loads(pickle.dumps(frozen))  # noqa: S301 - our own bytes
    np.testing.assert_array_equal(copy.transform(rows), frozen.transform(rows))
    np.testing.assert_array_equal(copy.score_samples(rows), frozen.score_samples(rows))
    with pytest.raises(ValueError, match="eature"):
        copy.transform(rows[:, :2] if table == "nameless" else rows[rows.columns[:2]])


def test_it_says_its_size_in_one_line(pair):
    assert repr(pair[1]) == "FrozenAutoencoder(n_features_in_=5, n_components=2)"


def test_a_table_on_disk(pair, tmp_path):
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    scan = latentia.scan_table(tmp_path / "t.csv")
    np.testing.assert_array_equal(pair[1].transform(scan), pair[1].transform(FRAME))


@pytest.mark.parametrize("kind", ["robust", "minmax", "quantile", "none", "log1p-standard"])
def test_every_scaling(pair, tmp_path, kind):
    positive = np.abs(ROWS)
    scaling = Scaling.fit(positive, (kind, *["standard"] * 3, kind))
    trained = replace(pair[0].trained_, scaling=scaling)
    save_model(tmp_path / "m.latentia", trained, None)
    frozen = latentia.load(tmp_path / "m.latentia", backend="numpy")
    codes = trained.encode(positive)
    assert_same(frozen.transform(positive), codes)
    assert_same(frozen.inverse_transform(codes), trained.decode(codes))


def test_counts(tmp_path):
    table = counts()[0]
    model, frozen = both(Autoencoder(loss="nb", **SMALL).fit(table), tmp_path)
    assert_same(frozen.transform(table), model.transform(table))
    assert_same(frozen.reconstruct(table), model.reconstruct(table))
    with pytest.raises(InputError, match="counts are at least 0"):
        frozen.transform(-np.asarray(table, float))


def test_a_model_that_diverged_says_so(tmp_path):
    with pytest.warns(LatentiaWarning, match="stopped being a finite number"):
        Autoencoder(**{**SMALL, "max_epochs": 20}, learning_rate=1e30, optimizer="sgd").fit(FRAME).save(
            tmp_path / "m.latentia"
        )
    with pytest.warns(LatentiaWarning, match="stopped being a finite number"):
        latentia.load(tmp_path / "m.latentia", backend="numpy")


def test_a_model_without_bounds_says_why(tmp_path):
    frozen = both(Autoencoder(validation_fraction=0, **SMALL).fit(FRAME), tmp_path)[1]
    with pytest.raises(InputError, match="no rows were held out"):
        frozen.inside(FRAME)


def test_an_unknown_backend_is_named():
    with pytest.raises(
        InputError, match=r"backend='torch' is none that computes; choose 'jax' or 'numpy'\.$"
    ):
        latentia.load("m.latentia", backend="torch")


def loaded_by(statement, *arguments):
    """Return which slow packages a fresh process loads to run a statement."""
    ending = f"; print([name for name in {SLOW!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {statement}{ending}", *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": SOURCE},
    )
    return done.stdout.splitlines()[-1]


def test_no_slow_package_is_loaded(pair, tmp_path):
    save_model(tmp_path / "m.latentia", pair[0].trained_, None)
    statement = (
        "import latentia, numpy as np; model = latentia.load(sys.argv[1], backend='numpy'); "
        "rows = np.ones((3, 5)); model.inverse_transform(model.transform(rows)); "
        "model.inside(rows); model.score_samples(rows)"
    )
    assert loaded_by(statement, tmp_path / "m.latentia") == "[]"


def commands(folder, ending, table, *flags):
    """Return what encodes a table, and decodes the codes, in a fresh process."""
    getattr(table, "to_csv" if ending == ".csv" else "to_parquet")(folder / f"t{ending}", index=False)
    paths = [folder / "m.latentia", folder / f"t{ending}", folder / f"codes{ending}"]
    statement = (
        "from latentia.cli import app; model, table, out = sys.argv[1:]; "
        f"app(['encode', model, table, '-o', out, *{flags!r}], standalone_mode=False); "
        "app(['decode', model, out, '-o', table], standalone_mode=False)"
    )
    return statement, *paths


@pytest.mark.parametrize("flags", [(), ("--flag",)])
@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_the_commands_load_no_slow_package(pair, tmp_path, ending, flags):
    save_model(tmp_path / "m.latentia", pair[0].trained_, NAMES)
    assert loaded_by(*commands(tmp_path, ending, FRAME, *flags)) == "[]"


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_nor_do_they_for_categories_and_dates(of_kinds, tmp_path, ending):
    of_kinds[0].save(tmp_path / "m.latentia")
    # Arrow makes dates with pandas, where it is installed.
    assert loaded_by(*commands(tmp_path, ending, mixed().to_pandas())) in ("[]", "['pandas']")
