"""Missing cells: filled in better than by means, never worse, in the types that were passed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_wine
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - unlocks the next import
from sklearn.impute import IterativeImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import latentia
import problems
from latentia import Autoencoder, AutoencoderImputer, InputError, RecipeError

QUICK = Autoencoder(max_epochs=40, hidden_layer_sizes=(32,))


def holed(whole, share=0.2, seed=0):
    return np.where(np.random.default_rng(seed).random(whole.shape) < share, np.nan, whole)


def factors(n_rows=300, n_columns=12, noise=0.1, seed=0):
    loadings = np.random.default_rng(seed).normal(size=(3, n_columns))
    rng = np.random.default_rng(seed + 1)
    return rng.normal(size=(n_rows, 3)) @ loadings + noise * rng.normal(size=(n_rows, n_columns))


@parametrize_with_checks(
    [AutoencoderImputer(1, autoencoder=Autoencoder(max_epochs=4, hidden_layer_sizes=()))]
)
def test_every_check_of_scikit_learn(estimator, check):
    check(estimator)


def test_wine_is_filled_better_than_by_regressions_and_far_better_than_by_means():
    whole = load_wine().data
    gaps = holed(whole)
    gone, spread = np.isnan(gaps), whole.std(axis=0)

    def error(filled):
        return np.square((filled - whole) / spread)[gone].mean()

    ours = error(AutoencoderImputer(random_state=0).fit_transform(gaps))
    means = error(np.where(gone, np.nanmean(gaps, axis=0), whole))
    theirs = error(IterativeImputer(random_state=0, max_iter=20).fit_transform(gaps))
    assert ours < 0.6 * means
    assert ours < theirs


def test_a_size_is_taken_that_fills_hidden_cells_well():
    imputer = AutoencoderImputer(autoencoder=QUICK, random_state=0).fit(holed(factors()))
    assert sorted(imputer.errors_) == [1, 2, 4, 8]
    assert imputer.n_components_ in {4, 8}
    assert imputer.errors_[1] > 2 * imputer.errors_[imputer.n_components_]
    assert imputer.autoencoder_.trained_.recipe.n_components == imputer.n_components_
    assert imputer.autoencoder_.transform(factors()[:5]).shape == (5, imputer.n_components_)


def test_the_errors_told_are_those_on_rows_that_come_later():
    """The cells of new rows are hidden as often as there: a fifth at a time."""
    imputer = AutoencoderImputer(autoencoder=QUICK, random_state=0).fit(factors(300))
    new = factors(2300)[300:]
    gaps = holed(new, seed=1)
    gone = np.isnan(gaps)
    off = np.square(imputer.transform(gaps) - new)[gone].sum()
    means = np.square(factors(300).mean(axis=0) - new)[gone].sum()
    assert off / means == pytest.approx(imputer.errors_[imputer.n_components_], rel=0.35)


def test_noise_gets_its_means():
    whole = np.random.default_rng(0).normal(size=load_wine().data.shape)
    gaps = holed(whole)
    imputer = AutoencoderImputer(random_state=0).fit(gaps)
    assert min(imputer.errors_.values()) == pytest.approx(1.0, abs=0.05)
    filled = imputer.transform(gaps)[np.isnan(gaps)]
    means = np.where(np.isnan(gaps), np.nanmean(gaps, axis=0), whole)[np.isnan(gaps)]
    assert np.abs(filled - means).std() < 0.3


def test_frames_come_back_as_they_were_with_nothing_missing():
    frame = problems.mixed().to_pandas()
    frame.loc[3, "size"] = frame.loc[4, "kind"] = None
    imputer = AutoencoderImputer(2, autoencoder=QUICK, random_state=0)
    filled = imputer.fit_transform(frame)
    assert list(filled.dtypes) == list(frame.dtypes)
    assert not filled.isna().any(axis=None)
    pd.testing.assert_frame_equal(filled.drop(index=[3, 4]), frame.drop(index=[3, 4]))
    assert list(imputer.get_feature_names_out()) == list(frame.columns)
    again = clone(imputer).fit(pl.from_pandas(frame)).transform(pl.from_pandas(frame))
    assert isinstance(again, pl.DataFrame)
    assert again["kind"].to_list() == filled["kind"].to_list()


def test_whole_rows_teach_it_to_fill_gaps_of_others():
    whole = factors(400)
    gaps = holed(whole[300:])
    imputer = AutoencoderImputer(autoencoder=QUICK, random_state=0).fit(whole[:300])
    assert imputer.autoencoder_.trained_.recipe.corruption == ("masking", 0.2)
    gone = np.isnan(gaps)
    off = np.square(imputer.transform(gaps) - whole[300:])[gone].mean()
    assert off < 0.5 * whole.var()
    plain = AutoencoderImputer(autoencoder=clone(QUICK).set_params(corruption=None)).fit(whole[:300])
    assert plain.autoencoder_.trained_.recipe.corruption is None


def test_the_same_number_gives_the_same_cells():
    gaps = holed(factors())
    first, second, other = (
        AutoencoderImputer(autoencoder=QUICK, random_state=seed).fit_transform(gaps) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_it_stands_in_pipelines_and_cross_validation():
    X, y = load_wine(return_X_y=True)
    steps = make_pipeline(
        AutoencoderImputer(2, autoencoder=QUICK, random_state=0), StandardScaler(), LogisticRegression()
    )
    assert cross_val_score(steps, holed(X), y, cv=2).mean() > 0.85


def test_sparse_rows_are_filled_in_as_arrays():
    rows = sparse.csr_array(factors())
    assert AutoencoderImputer(2, autoencoder=QUICK, random_state=0).fit_transform(rows).shape == (300, 12)


def test_few_rows_are_filled_in_without_saying_how_well():
    gaps = holed(factors(12, 4), share=0.1)
    imputer = AutoencoderImputer(autoencoder=QUICK, random_state=0).fit(gaps)
    assert imputer.errors_ == {}
    assert imputer.n_components_ == 3
    assert not np.isnan(imputer.transform(gaps)).any()


def test_its_model_can_be_kept_and_passed_to_others(tmp_path):
    gaps = pd.DataFrame(holed(factors()), columns=[f"c{at}" for at in range(12)])
    imputer = AutoencoderImputer(autoencoder=QUICK, random_state=0).fit(gaps)
    imputer.autoencoder_.save(tmp_path / "m.latentia")
    pd.testing.assert_frame_equal(
        latentia.load(tmp_path / "m.latentia").impute(gaps), imputer.transform(gaps)
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_components": 0}, "n_components=0 must be a whole number of at least 1, or 'auto'"),
        ({"n_components": "all"}, "n_components='all' must be a whole number"),
        ({"autoencoder": "mine"}, "autoencoder='mine' must be an Autoencoder"),
    ],
)
def test_settings_that_cannot_be(settings, message):
    with pytest.raises(RecipeError, match=message):
        AutoencoderImputer(**settings).fit(factors())


def test_a_column_without_a_cell_is_refused_and_named():
    gaps = factors()
    gaps[:, 2] = np.nan
    with pytest.raises(InputError, match=r"No cell of 'column 3' is there, .* drop it first"):
        AutoencoderImputer(2, autoencoder=QUICK).fit(gaps)
    frame = pd.DataFrame(gaps).add_prefix("c").assign(c5=np.nan)
    with pytest.raises(InputError, match=r"No cell of 'c2', 'c5' is there, .* drop them first"):
        AutoencoderImputer(2, autoencoder=QUICK).fit(frame)


def test_a_table_on_disk_is_referred_to_the_estimator(tmp_path):
    pd.DataFrame(factors(), columns=[f"c{at}" for at in range(12)]).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(InputError, match="fit an Autoencoder to it"):
        AutoencoderImputer().fit(latentia.scan_table(tmp_path / "t.parquet"))
