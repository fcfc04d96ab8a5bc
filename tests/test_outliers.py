"""Rows that do not belong: found near and far, as rarely wrong as promised, and explained."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

import problems
from latentia import Autoencoder, AutoencoderOutlierDetector, InputError, RecipeError
from latentia.training.progress import Silent

QUICK = Autoencoder(max_epochs=20, hidden_layer_sizes=(32,))
LINEAR = Autoencoder(hidden_layer_sizes=(), activation="linear", corruption=None)


def ordinary(n_rows, seed):
    """Two factors behind six columns, always by the same loadings."""
    loadings = np.random.default_rng(7).normal(size=(2, 6))
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_rows, 2)) @ loadings + 0.1 * rng.normal(size=(n_rows, 6)), loadings


@pytest.fixture(scope="module")
def detector():
    return AutoencoderOutlierDetector(2, autoencoder=QUICK, random_state=0).fit(ordinary(300, 0)[0])


@parametrize_with_checks(
    [
        # Few epochs: the contract is about behaviour, and the defaults are measured elsewhere.
        AutoencoderOutlierDetector(1, autoencoder=Autoencoder(max_epochs=4, hidden_layer_sizes=()), n_folds=2)
    ]
)
def test_every_check_of_scikit_learn(estimator, check):
    check(estimator)


def test_the_defaults_pass_the_checks_of_outlier_detectors():
    from sklearn.utils import estimator_checks as checks

    checks.check_outliers_train(
        "AutoencoderOutlierDetector", AutoencoderOutlierDetector(autoencoder=Autoencoder(max_epochs=10))
    )


class Interrupting(Silent):
    """Presses Ctrl-C once, while the network of a number learns."""

    def __init__(self, network):
        self.network, self.begun, self.done = network, 0, np.inf

    def epochs(self, done, total, loss, val_loss):
        self.begun, self.done = self.begun + (done <= self.done), done
        if self.begun == self.network:
            raise KeyboardInterrupt


@pytest.mark.parametrize("network", [1, 3, 6])
def test_ctrl_c_ends_the_fit_of_all_networks_and_leaves_nothing_half_fitted(detector, network):
    rows = ordinary(300, 0)[0]
    pressed = Interrupting(network)
    fresh = clone(detector)
    with pytest.raises(KeyboardInterrupt):
        fresh.fit(rows, progress=pressed)
    assert pressed.begun == network
    with pytest.raises(NotFittedError):
        fresh.predict(rows)
    assert vars(fresh).keys() == vars(clone(detector)).keys()


def test_ctrl_c_leaves_the_fit_that_was_there_before():
    rows = ordinary(300, 0)[0]
    fitted = AutoencoderOutlierDetector(2, autoencoder=QUICK, random_state=0).fit(rows)
    expected = fitted.score_samples(rows)
    with pytest.raises(KeyboardInterrupt):
        fitted.fit(ordinary(300, 1)[0][:, :5], progress=Interrupting(2))
    np.testing.assert_array_equal(fitted.score_samples(rows), expected)


def test_no_more_new_ordinary_rows_are_called_strange_than_was_said():
    """Over four tables, so that one lucky draw proves nothing; 0.05 comes with an error of about 0.006."""
    shares = []
    for seed in range(4):
        detector = AutoencoderOutlierDetector(2, autoencoder=QUICK, random_state=seed)
        detector.fit(ordinary(300, 10 + seed)[0])
        found = detector.p_values(ordinary(2000, 20 + seed)[0])
        shares.append([(found <= level).mean() for level in (0.01, 0.05, 0.1, 0.3)])
        assert found.min() >= 1 / 301
    assert (np.mean(shares, axis=0) <= [0.02, 0.07, 0.13, 0.36]).all()
    # Nor are the p-values so careful that they find nothing.
    assert (np.mean(shares, axis=0) >= [0.001, 0.02, 0.05, 0.18]).all()


def test_rows_of_the_fit_are_judged_by_networks_that_have_not_seen_them(detector):
    assert np.isclose(detector.p_values_.mean(), 0.5, atol=0.01)
    assert detector.p_values_.min() == 1 / 300
    assert len(np.unique(detector.p_values_)) > 290


@pytest.mark.parametrize("noise", [None, 2.0])
def test_a_far_row_is_found_although_it_is_reconstructed_perfectly(noise):
    rows, loadings = ordinary(300, 0)
    detector = AutoencoderOutlierDetector(2, autoencoder=LINEAR, noise=noise, random_state=0).fit(rows)
    far = 100 * loadings[:1]
    made = detector.autoencoder_.reconstruct(far)
    assert np.abs(made - far).max() < 0.1 * np.abs(far).max()
    assert detector.predict(far) == [-1]
    assert detector.p_values(far) == [1 / 301]
    assert detector.score_samples(far) < detector.score_samples(rows).min()
    # Its nearest normal version is no longer far.
    assert np.abs(detector.nearest_normal(far)).max() < 1.5 * np.abs(rows).max()


def test_a_row_is_never_too_far_out_to_be_judged(detector):
    rows = np.full((1, 6), 1e200)
    assert detector.predict(rows) == [-1]
    assert np.isfinite(detector.nearest_normal(rows)).all()
    spoilt = np.r_[ordinary(299, 0)[0], rows * 1e-190]
    again = AutoencoderOutlierDetector(2, autoencoder=QUICK, random_state=0).fit(spoilt)
    assert again.p_values_.argmin() == 299


def test_a_category_that_is_expected_is_not_blamed():
    table = problems.mixed(n=120).to_pandas()
    detector = AutoencoderOutlierDetector(2, autoencoder=QUICK, random_state=0).fit(table)
    for one in detector.explain(table):
        assert all(value != other for value, other in zip(one.values, one.expected, strict=True))


@pytest.mark.parametrize("n_rows", [4, 5, 7])
def test_few_rows_are_enough(n_rows):
    rows = np.random.default_rng(0).normal(size=(n_rows, 9))
    detector = AutoencoderOutlierDetector(autoencoder=QUICK, random_state=0).fit(rows)
    assert detector.p_values(100 + rows).max() == 1 / (n_rows + 1)


@pytest.mark.parametrize("column", range(6))
def test_the_changed_cell_is_named_and_put_right(detector, column):
    rows = ordinary(20, 99)[0]
    changed = rows.copy()
    changed[:, column] += 9.0
    assert (detector.predict(changed) == -1).all()
    told = detector.explain(changed)
    assert [one.columns[0] for one in told].count(f"column {column + 1}") >= 19
    expected = np.array([one.expected[0] for one in told])
    assert np.median(np.abs(expected - rows[:, column])) < 0.6
    assert told[0].values[0] == pytest.approx(changed[0, column])  # noqa: PD011 - not a frame
    put_right = detector.nearest_normal(changed)
    assert np.median(np.abs(put_right - rows)) < 0.2


def test_missing_cells_are_no_reason_to_be_strange():
    rows = problems.holed(ordinary(300, 0)[0], 0.1)
    detector = AutoencoderOutlierDetector(2, autoencoder=QUICK, random_state=0).fit(rows)
    new = problems.holed(ordinary(500, 5)[0], 0.1, seed=1)
    assert (detector.predict(new) == -1).mean() < 0.12
    filled = detector.nearest_normal(new)
    assert np.isfinite(filled).all()
    for row, one in zip(new, detector.explain(new), strict=True):
        assert not any(np.isnan(row[int(name.split()[1]) - 1]) for name in one.columns)


def test_outliers_among_the_rows_of_the_fit_are_found_all_the_same():
    rows = ordinary(300, 0)[0]
    rng = np.random.default_rng(3)
    strange = 3.0 * rng.normal(size=(15, 6))
    detector = AutoencoderOutlierDetector(2, autoencoder=QUICK, contamination=15 / 315, random_state=0)
    called = detector.fit_predict(np.r_[rows, strange])
    assert (called == -1).sum() == pytest.approx(16, abs=1)
    assert (called[300:] == -1).sum() >= 12
    assert np.median(detector.p_values_[300:]) < 0.06


def test_the_level_says_what_predict_calls_strange(detector):
    new = np.r_[ordinary(300, 5)[0], 3 * ordinary(50, 6)[0]]
    for level in (0.05, 0.2, 0.001):
        other = clone(detector).set_params(level=level).fit(ordinary(300, 0)[0])
        expected = other.p_values(new) <= max(level, 1 / 301)
        assert ((other.predict(new) == -1) == expected).all()


def test_the_same_seed_gives_the_same_judgement_also_after_pickling(detector):
    rows = ordinary(300, 0)[0]
    again = clone(detector).fit(rows)
    assert (again.score_samples(rows) == detector.score_samples(rows)).all()
    kept = pickle.loads(pickle.dumps(detector))  # noqa: S301 - our own bytes
    assert (kept.p_values(rows) == detector.p_values(rows)).all()
    assert kept.explain(rows[:3]) == detector.explain(rows[:3])


def test_frames_with_categories_are_judged_and_explained_in_their_own_words():
    table = problems.mixed(n=120).to_pandas().drop(columns="day")
    table["twin"] = table["kind"].map({"u": 5.0, "v": -5.0}).fillna(0.0) + 0.01 * table["size"]
    detector = AutoencoderOutlierDetector(2, autoencoder=QUICK, random_state=0).fit(table)
    wrong = table[table["kind"] == "u"].head(8).copy()
    wrong["twin"] = -40.0
    told = detector.explain(wrong)
    assert (detector.predict(wrong) == -1).all()
    assert all("twin" in one.columns for one in told)
    normal = detector.nearest_normal(wrong)
    assert isinstance(normal, pd.DataFrame)
    assert list(normal.columns) == list(table.columns)
    assert set(normal["kind"]) <= {"u", "v", "(other)"}


def test_auto_counts_the_directions_of_the_table():
    rows = np.tile(problems.unrelated(300, 2), 3)
    detector = AutoencoderOutlierDetector(autoencoder=QUICK, random_state=0).fit(rows)
    assert detector.n_components_ == 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"level": 0}, "level=0 must be a number between 0 and 1"),
        ({"level": "low"}, "level='low' must be"),
        ({"contamination": 0.6}, "contamination=0.6 must be 'auto', or above 0 and at most 0.5"),
        ({"n_folds": 1}, "n_folds=1 must be a whole number of at least 2"),
        ({"n_components": 0}, "n_components=0 must be a whole number of at least 1, or 'auto'"),
        ({"autoencoder": "deep"}, "autoencoder='deep' must be an Autoencoder"),
        ({"noise": -1.0}, "-1"),
    ],
)
def test_settings_are_refused_in_a_sentence(settings, message):
    with pytest.raises(RecipeError, match=message):
        AutoencoderOutlierDetector(**settings).fit(ordinary(30, 0)[0])


def test_three_rows_cannot_judge_each_other():
    with pytest.raises(InputError, match="X has 3 rows, but at least 4 are needed"):
        AutoencoderOutlierDetector(1).fit(ordinary(3, 0)[0])
