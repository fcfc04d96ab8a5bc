"""The numbers that must hold: known answers, limits and symmetries, each to its tolerance."""

from __future__ import annotations

import os
import subprocess
import sys

import jax
import numpy as np
import pytest
from scipy.linalg import subspace_angles
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.metrics import r2_score

from latentia import Autoencoder
from latentia.training import beginning, groups
from latentia.training.program import fresh_networks
from problems import curved, linear, split

WINE = load_wine().data
TABLES = {
    "wine": (WINE, 3),
    "breast_cancer": (load_breast_cancer().data, 3),
    "iris": (load_iris().data, 2),
    "rank 4 and noise": (linear(n_rows=300, n_columns=12, rank=4, noise=0.5)[0], 4),
}
# Nothing but squared error, and steps that shrink to nothing.
PLAIN = {
    "activation": "linear",
    "hidden_layer_sizes": (),
    "corruption": None,
    "optimizer": "adam",
    "learning_rate": {"schedule": "cosine", "rate": 2e-2},
    "max_epochs": 1000,
    "batch_size": 32,
    "validation_fraction": 0,
    "random_state": 0,
}
BRIEF = {"hidden_layer_sizes": (16,), "corruption": {"gaussian": 0.2}, "max_epochs": 8, "random_state": 0}


def brief(n_components=2, **settings):
    return Autoencoder(n_components, **{**BRIEF, **settings})


def arrays_of(model):
    """Return everything that a fit learned, as arrays."""
    trained = model.trained_
    return [
        *map(np.asarray, jax.tree.leaves(trained.outcome.networks)),
        *trained.scaling.arrays().values(),
        *(trained.outcome.history[name] for name in sorted(trained.outcome.history)),
    ]


# With linear units and squared error alone, the best network is PCA (Baldi & Hornik, 1989).


@pytest.fixture(scope="module", params=[*TABLES, "wine, deep"])
def beside_pca(request):
    """Return a linear autoencoder, its rows, these scaled, and PCA of the scaled rows."""
    X, k = TABLES[request.param.removesuffix(", deep")]
    deep = {"hidden_layer_sizes": (16,)} if request.param.endswith("deep") else {}
    model = Autoencoder(k, **{**PLAIN, **deep}).fit(X)
    scaled = model.trained_.scale(X)
    return model, X, scaled, PCA(k).fit(scaled)


def test_a_linear_autoencoder_has_the_error_of_pca_to_a_thousandth(beside_pca):
    model, X, scaled, pca = beside_pca
    best = np.mean((pca.inverse_transform(pca.transform(scaled)) - scaled) ** 2)
    # Nothing linear can be below PCA, but for the rounding of single precision.
    assert -1e-6 < -model.score_samples(X).mean() / best - 1 < 1e-3


def test_a_linear_autoencoder_reconstructs_in_the_subspace_of_pca_to_a_degree(beside_pca):
    model, _, scaled, pca = beside_pca
    made = model.trained_.reconstruct_scaled(scaled)
    axes = np.linalg.svd(made - made.mean(axis=0), full_matrices=False)[2][: pca.n_components_]
    assert np.degrees(subspace_angles(axes.T, pca.components_.T)).max() < 1


def test_the_codes_of_a_linear_autoencoder_are_the_scores_of_pca(beside_pca):
    """In the same order; up to sign and scale, which PCA settles in another way."""
    model, X, scaled, pca = beside_pca
    codes, scores = model.transform(X), pca.transform(scaled)
    for factor in range(pca.n_components_):
        assert abs(np.corrcoef(codes[:, factor], scores[:, factor])[0, 1]) > 0.999


def test_a_table_of_rank_k_is_reconstructed_by_k_components():
    training, unseen = split(linear(n_rows=250, n_columns=8, rank=3)[0])
    assert Autoencoder(3, **PLAIN).fit(training).score(unseen) > 0.9999
    two = Autoencoder(2, **PLAIN).fit(training)
    best = PCA(2).fit(two.trained_.scale(training)).explained_variance_ratio_.sum()
    assert two.score(training) == pytest.approx(best, abs=1e-3)


# Other known answers.


@pytest.mark.parametrize("name", ["wine", "iris", "curved"])
def test_a_trained_network_beats_an_untrained_one_on_rows_that_neither_has_seen(name):
    X = curved(n_rows=200)[0] if name == "curved" else TABLES[name][0]
    training, unseen = split(X)
    untrained, trained = (
        Autoencoder(2, hidden_layer_sizes=(32,), random_state=0, max_epochs=epochs).fit(training)
        for epochs in (0, 80)
    )
    assert untrained.score(unseen) < 0.1
    assert trained.score(unseen) > 0.45


def test_r2_is_that_of_scikit_learn():
    """On the training rows, where both compare with the same means."""
    model = brief(validation_fraction=0).fit(WINE)
    scaled = model.trained_.scale(WINE)
    made = model.trained_.reconstruct_scaled(scaled)
    expected = r2_score(scaled, made, multioutput="variance_weighted")
    assert model.score(WINE) == pytest.approx(expected, abs=1e-12)
    assert model.score_samples(WINE).mean() == pytest.approx(-np.mean((scaled - made) ** 2), rel=1e-12)


def test_units_of_the_columns_make_no_difference():
    """Scaled rows are the same to rounding, of which eight epochs cannot make much."""
    factor, offset = 10.0 ** np.arange(-6, 7), np.linspace(-50, 50, 13)
    other_units = WINE * factor + offset * factor
    one, other = brief(3).fit(WINE), brief(3).fit(other_units)
    np.testing.assert_allclose(other.transform(other_units), one.transform(WINE), rtol=1e-3, atol=1e-4)
    made, again = (model.inverse_transform(one.transform(WINE)) for model in (one, other))
    np.testing.assert_allclose(again / factor - offset, made, rtol=1e-3)


# One seed, one result: in a process, across processes, among members.

IN_ANOTHER_PROCESS = f"""
import os, sys
if sys.argv[1] == "one core":
    os.sched_setaffinity(0, {{min(os.sched_getaffinity(0))}})
from sklearn.datasets import load_wine
from latentia import Autoencoder
X = load_wine().data
print(Autoencoder(2, n_seeds=2, dropout=0.1, **{BRIEF!r}).fit(X).transform(X).tobytes().hex())
"""


def test_the_same_seed_gives_the_same_bytes_and_another_does_not():
    one, again, other = (brief(n_seeds=2, dropout=0.1, random_state=seed).fit(WINE) for seed in (0, 0, 1))
    for a, b in zip(arrays_of(one), arrays_of(again), strict=True):
        np.testing.assert_array_equal(a, b)
    assert one.transform(WINE).tobytes() == again.transform(WINE).tobytes() != other.transform(WINE).tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("cores", ["one core", "all cores"])
def test_another_process_gives_the_same_bytes(cores):
    """With programs that are compiled anew there, and were kept here."""
    here = brief(n_seeds=2, dropout=0.1).fit(WINE).transform(WINE).tobytes().hex()
    there = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS, cores],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "LATENTIA_CACHE": "off", "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert there.stdout.strip() == here


@pytest.mark.parametrize("member", [0, 1, 2])
def test_networks_trained_side_by_side_are_those_trained_alone(monkeypatch, member):
    """To the rounding of single precision, which a few epochs do not blow up."""
    together = brief(n_seeds=3, dropout=0.1).fit(WINE).trained_.outcome
    make_keys = groups.make_keys

    def only(leaf):
        return leaf[[member]]

    monkeypatch.setattr(groups, "make_keys", lambda seed, _: only(make_keys(seed, 3)))
    monkeypatch.setattr(
        beginning, "fresh_networks", lambda plan, seed, _: jax.tree.map(only, fresh_networks(plan, seed, 3))
    )
    alone = brief(dropout=0.1).fit(WINE)
    for name, values in together.history_of(member).items():
        np.testing.assert_allclose(alone.history_[name], values, rtol=1e-4, err_msg=name)
    pairs = zip(
        jax.tree.leaves(alone.trained_.network), jax.tree.leaves(together.network(member)), strict=True
    )
    for one, other in pairs:
        np.testing.assert_allclose(one, other, atol=1e-4)


# Held-out rows choose the epoch, and nothing else.


def test_held_out_rows_change_neither_the_scaling_nor_a_step():
    one = brief().fit(WINE).trained_
    rng, changed = np.random.default_rng(0), WINE.copy()
    changed[one.split.held_out] = rng.normal(1e3, 1e3, size=(len(one.split.held_out), WINE.shape[1]))
    other = brief().fit(changed).trained_
    for name, array in one.scaling.arrays().items():
        np.testing.assert_array_equal(array, other.scaling.arrays()[name])
    np.testing.assert_array_equal(one.center, other.center)
    np.testing.assert_array_equal(one.outcome.step_loss, other.outcome.step_loss)
    assert not np.allclose(one.outcome.history["val_loss"], other.outcome.history["val_loss"])


# Rows are encoded one by one, to the last bit, whatever stands around them.


@pytest.fixture(scope="module")
def fitted():
    return brief(3).fit(WINE)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_order_of_the_rows_makes_no_difference(fitted, dtype):
    rows = np.tile(WINE, (4, 1)).astype(dtype)
    order = np.random.default_rng(0).permutation(len(rows))
    np.testing.assert_array_equal(fitted.transform(rows[order]), fitted.transform(rows)[order])
    np.testing.assert_array_equal(fitted.score_samples(rows[order]), fitted.score_samples(rows)[order])


@pytest.mark.parametrize("n_rows", [1, 2, 31, 255, 256, 257, 600])
def test_a_row_alone_is_the_row_among_others(fitted, n_rows):
    rows = np.tile(WINE, (4, 1))[:n_rows]
    codes = fitted.transform(rows)
    np.testing.assert_array_equal(codes[-1:], fitted.transform(rows[-1:]))
    np.testing.assert_array_equal(fitted.inverse_transform(codes)[-1:], fitted.inverse_transform(codes[-1:]))
