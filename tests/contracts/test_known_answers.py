"""What each part must find on data whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import subspace_angles
from scipy.optimize import linear_sum_assignment
from sklearn.decomposition import PCA

from latentia.networks.bottlenecks import Ordered
from latentia.recipe import Recipe
from latentia.training.fit import Task, fit

LINEAR = {
    "hidden_layer_sizes": (),
    "activation": "linear",
    "corruption": None,
    "optimizer": "adam",
    "learning_rate": {"schedule": "cosine", "rate": 0.02},
    "scaling": None,
    "validation_fraction": 0.0,
    "batch_size": 64,
}


def spectrum(variances, n_rows=400, seed=0):
    """Normal columns whose principal variances are exactly these, in a random basis; and the axes."""
    rng = np.random.default_rng(seed)
    p = len(variances)
    axes = np.linalg.qr(rng.normal(size=(p, p)))[0]
    white = rng.normal(size=(n_rows, p))
    white = np.linalg.svd(white - white.mean(axis=0), full_matrices=False)[0] * np.sqrt(n_rows)
    return white * np.sqrt(variances) @ axes.T, axes


def fitted(rows, **settings):
    return fit(rows, Recipe.from_settings(**{**LINEAR, **settings}), Task(seed=0))


def test_an_ordered_code_finds_the_principal_axes_in_order():
    rows, axes = spectrum([9.0, 4.0, 2.0, 1.0, 0.1, 0.1])
    trained = fitted(rows, bottleneck="ordered", n_components=4, max_epochs=600)
    found = np.asarray(trained.network.decoder[0].weight, float)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    assert (np.abs(np.sum(found * axes[:, :4].T, axis=1)) > 0.99).all()


def test_an_object_of_the_user_s_own_is_a_bottleneck_like_any_other():
    rows, _ = spectrum([9.0, 4.0, 2.0, 1.0])
    own, named = (
        fitted(rows, bottleneck=one, n_components=3, max_epochs=5) for one in (Ordered(), "ordered")
    )
    np.testing.assert_array_equal(own.outcome.step_loss, named.outcome.step_loss)


@pytest.mark.slow
def test_a_linear_variational_code_is_probabilistic_pca():
    """It keeps the directions above the noise, shrinks them as it must, and lets the others go.

    With noise of variance s² the posterior of a direction of variance l has variance s² / l, so its
    divergence is half the logarithm of l / s² on average (Lucas et al., 2019).
    """
    variances, noise = np.array([8.0, 4.0, 2.0, 0.2, 0.2, 0.2]), 0.5
    rows, axes = spectrum(variances)
    trained = fitted(
        rows,
        n_components=5,
        bottleneck={"name": "gaussian", "kl_weight": 2 * noise, "warmup": 0.1},
        max_epochs=800,
        learning_rate={"schedule": "cosine", "rate": 0.01},
    )
    nats = np.sort(trained.divergences)[::-1]
    np.testing.assert_allclose(nats[:3], 0.5 * np.log(variances[:3] / noise), atol=0.03)
    assert (nats[3:] < 0.01).all()
    kept = np.asarray(trained.network.decoder[0].weight)[np.argsort(-trained.divergences)[:3]]
    assert np.rad2deg(subspace_angles(kept.T, axes[:, :3])).max() < 2


def test_too_high_a_price_collapses_every_component():
    rows, _ = spectrum([1.0, 0.8, 0.5])
    trained = fitted(rows, n_components=2, bottleneck={"name": "gaussian", "kl_weight": 8.0}, max_epochs=200)
    assert (trained.divergences < 0.01).all()
    free = fitted(rows, n_components=2, bottleneck={"name": "gaussian", "kl_weight": 0.05}, max_epochs=200)
    assert (free.divergences > 0.5).all()


def test_tied_linear_weights_are_the_principal_axes():
    """The decoder is the encoder transposed, so the best it can do is an orthonormal basis."""
    rows, axes = spectrum([9.0, 4.0, 2.0, 0.1, 0.1])
    trained = fitted(rows, tied=True, n_components=3, max_epochs=300)
    encoder, decoder = trained.network.encoder[0].weight, trained.network.decoder[0].weight
    np.testing.assert_array_equal(decoder, np.transpose(encoder))
    np.testing.assert_allclose(decoder @ encoder, np.eye(3), atol=0.02)
    assert np.rad2deg(subspace_angles(np.asarray(encoder, float), axes[:, :3])).max() < 1
    pca = PCA(3).fit(rows)
    best = np.square(pca.inverse_transform(pca.transform(rows)) - rows).mean()
    made = trained.reconstruct_scaled(trained.scale(rows))
    assert np.square(made - rows).mean() == pytest.approx(best, rel=1e-3)


def test_a_deep_tied_network_has_half_the_kernels():
    rows, _ = spectrum([9.0, 4.0, 2.0, 0.1, 0.1])
    tied, free = (
        fitted(rows, tied=value, hidden_layer_sizes=(8,), activation="tanh", n_components=2, max_epochs=2)
        for value in (True, False)
    )
    biases = 8 + 2 + 8 + 5
    assert tied.network.architecture.n_parameters == (5 * 8 + 8 * 2) + biases
    assert free.network.architecture.n_parameters == 2 * (5 * 8 + 8 * 2) + biases


@pytest.mark.slow
def test_top_k_finds_the_parts_that_rows_are_made_of():
    """Each row is a positive sum of two of eight random directions, and the decoder has to find the eight.

    It has twice as many components, because some die; and four starts, because some end in between.
    """
    rng = np.random.default_rng(1)
    parts = rng.normal(size=(8, 20))
    parts /= np.linalg.norm(parts, axis=1, keepdims=True)
    amounts = np.zeros((2000, 8))
    for row in amounts:
        row[rng.choice(8, size=2, replace=False)] = rng.uniform(1.0, 2.0, size=2)
    trained = fitted(
        amounts @ parts,
        n_components=16,
        bottleneck={"name": "topk", "active": 2},
        max_epochs=100,
        learning_rate={"schedule": "cosine", "rate": 0.01},
        n_seeds=4,
    )
    found = np.asarray(trained.network.decoder[0].weight, float)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    likeness = found @ parts.T
    pairs = linear_sum_assignment(-likeness)
    assert np.median(likeness[pairs]) > 0.95
    assert ((trained.encode(amounts @ parts) > 0).sum(axis=1) <= 2).all()


def test_masking_makes_a_network_guess_cells_from_the_others():
    """Two equal columns: to fill a hidden one, the code has to take from both."""
    rng = np.random.default_rng(0)
    same = rng.normal(size=(400, 1))
    rows = np.hstack([same, same])
    weights = {}
    for level in (0.0, 0.5):
        corruption = {"masking": level} if level else None
        trained = fitted(rows, n_components=1, corruption=corruption, max_epochs=150)
        weights[level] = np.abs(np.asarray(trained.network.encoder[0].weight)[:, 0])
    ratio = weights[0.5].min() / weights[0.5].max()
    assert ratio > 0.8


def test_a_contractive_code_moves_less_and_a_sparse_one_is_mostly_silent():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 6))
    common = {"n_components": 4, "bottleneck": "sigmoid", "max_epochs": 120}

    def slopes(**settings):
        trained = fitted(rows, **common, **settings)
        kernel = np.asarray(trained.network.encoder[0].weight, float)
        code = trained.encode(rows).astype(float)
        return float(np.mean((code * (1 - code)) ** 2 @ (kernel**2).sum(axis=0))), code.mean()

    free, pressed = slopes(), slopes(penalty={"contractive": 1.0})
    sparse = slopes(penalty={"kl_sparsity": 10.0})
    assert pressed[0] < 0.5 * free[0]
    assert sparse[1] == pytest.approx(0.05, abs=0.02)
    assert free[1] > 0.2


def test_cross_entropy_learns_the_probability_of_each_coin():
    """Rows of two kinds with their own probabilities: one component tells which, the output how likely."""
    rng = np.random.default_rng(0)
    chances = np.array([[0.9, 0.1, 0.8, 0.2, 0.9, 0.1], [0.1, 0.9, 0.2, 0.8, 0.1, 0.9]])
    kind = rng.integers(0, 2, size=1500)
    rows = (rng.random((1500, 6)) < chances[kind]).astype(float)
    trained = fitted(
        rows, loss="bce", n_components=1, hidden_layer_sizes=(16,), activation="gelu", max_epochs=60,
        corruption={"masking": 0.3}, learning_rate={"schedule": "cosine", "rate": 0.005},
    )  # fmt: skip
    made = trained.reconstruct_scaled(rows)
    assert ((made >= 0) & (made <= 1)).all()
    for one in (0, 1):
        np.testing.assert_allclose(made[kind == one].mean(axis=0), chances[one], atol=0.12)
