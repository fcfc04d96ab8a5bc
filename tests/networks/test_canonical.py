"""Writing a network down canonically changes its code, never what it reconstructs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import special_ortho_group

from latentia.networks.architecture import Architecture
from latentia.networks.canonical import canonical, varimax
from latentia.networks.network import Dense, Network, initialise
from latentia.networks.tiles import decode_rows, encode_rows
from problems import linear


def rows(n_columns=8):
    values = linear(n_rows=300, n_columns=n_columns, rank=n_columns, seed=4)[0]
    return (values - values.mean(axis=0)) / values.std(axis=0)


def network_of(hidden=(16,), n_components=3, seed=0, **activations):
    shape = Architecture(n_features=8, hidden=hidden, n_components=n_components, **activations)
    network = initialise(shape, np.random.default_rng(seed))
    rng = np.random.default_rng(seed + 9)
    for layer in (*network.encoder, *network.decoder):
        layer.bias[:] = rng.normal(size=layer.bias.shape)
    return network


def pca_as_network(x, k, turn):
    """PCA as a linear autoencoder whose code is turned and moved, so that its axes mean nothing."""
    axes = np.linalg.svd(x, full_matrices=False)[2][:k]
    f32 = lambda array: np.asarray(array, np.float32)  # noqa: E731
    encoder = Dense(f32(axes.T @ turn), f32(np.arange(k)))
    back = np.linalg.inv(turn) @ axes
    decoder = Dense(f32(back), f32(-np.arange(k) @ back))
    shape = Architecture(n_features=x.shape[1], n_components=k, activation="linear")
    return Network((encoder,), (decoder,), shape)


@pytest.mark.parametrize("free", [True, False])
@pytest.mark.parametrize("hidden", [(), (16,), (20, 10)])
def test_reconstructions_stay(hidden, free):
    x, network = rows(), network_of(hidden)
    settled = canonical(network, x, free_axes=free)
    before = decode_rows(network, encode_rows(network, x))
    after = decode_rows(settled, encode_rows(settled, x))
    np.testing.assert_allclose(after, before, atol=1e-5)
    if free:
        assert not np.allclose(encode_rows(settled, x), encode_rows(network, x))


def test_codes_are_centred_and_ordered_and_a_second_time_changes_nothing():
    x = rows()
    settled = canonical(network_of(), x, free_axes=True)
    codes = encode_rows(settled, x)
    np.testing.assert_allclose(codes.mean(axis=0), 0, atol=1e-5)
    spread = codes.std(axis=0)
    assert (np.diff(spread) < 0).all()
    again = encode_rows(canonical(settled, x, free_axes=True), x)
    np.testing.assert_allclose(again, codes, atol=1e-4)


def test_codes_of_a_linear_autoencoder_are_pcas_scores():
    x, k = rows(), 3
    turn = special_ortho_group.rvs(k, random_state=0) @ np.diag([3.0, 0.2, 1.0])
    settled = canonical(pca_as_network(x, k, turn), x, free_axes=True)
    axes = np.linalg.svd(x, full_matrices=False)[2][:k]
    signs = np.sign(axes[np.arange(k), np.abs(axes).argmax(axis=1)])
    np.testing.assert_allclose(encode_rows(settled, x), x @ (axes * signs[:, None]).T, atol=1e-4)


def test_two_writings_of_one_autoencoder_become_one():
    x = rows()
    network = network_of()
    turn = np.random.default_rng(2).normal(size=(3, 3))
    last, first = network.encoder[-1], network.decoder[0]
    turned = Network(
        (
            *network.encoder[:-1],
            Dense((last.weight @ turn).astype(np.float32), (last.bias @ turn).astype(np.float32)),
        ),
        (Dense((np.linalg.inv(turn) @ first.weight).astype(np.float32), first.bias), *network.decoder[1:]),
        network.architecture,
    )
    one, other = (encode_rows(canonical(each, x, free_axes=True), x) for each in (network, turned))
    np.testing.assert_allclose(one, other, atol=1e-4)


def test_axes_that_are_not_free_are_only_ordered_by_what_the_reconstruction_loses():
    x = rows()
    network = network_of(bottleneck="relu")
    settled = canonical(network, x, free_axes=False)
    before, after = encode_rows(network, x), encode_rows(settled, x)
    assert sorted(map(tuple, before.T)) == sorted(map(tuple, after.T))
    losses = []
    for component in range(3):
        fixed = after.astype(np.float64)
        fixed[:, component] = fixed[:, component].mean()
        losses.append(np.mean((decode_rows(settled, fixed) - x) ** 2))
    assert losses == sorted(losses, reverse=True)


def test_a_code_that_cannot_be_turned_is_ordered_instead():
    x = rows()
    network = network_of()
    network.encoder[-1].weight[:, 1] = 0.0  # one component says nothing: no principal axis for it
    settled = canonical(network, x, free_axes=True)
    before = decode_rows(network, encode_rows(network, x))
    np.testing.assert_allclose(decode_rows(settled, encode_rows(settled, x)), before, atol=1e-5)
    spread = np.ptp(encode_rows(settled, x), axis=0)
    assert sorted(spread) == sorted(np.ptp(encode_rows(network, x), axis=0))
    assert spread.min() == 0


def test_a_broken_network_is_left_as_it_is():
    network = network_of()
    network.encoder[0].weight[0, 0] = np.nan
    assert canonical(network, rows(), free_axes=True) is network


def blocks(n_rows=400, noise=0.05, seed=0):
    """Three factors of different strength, each of which moves three columns of its own."""
    rng = np.random.default_rng(seed)
    loadings = np.kron(np.diag([3.0, 2.0, 1.0]), np.array([[1.0, -0.8, 0.6]]))
    factors = rng.normal(size=(n_rows, 3))
    factors -= factors.mean(axis=0)
    factors = np.linalg.qr(factors)[0] * np.sqrt(n_rows)
    x = factors @ loadings + noise * rng.normal(size=(n_rows, 9))
    return x - x.mean(axis=0), factors, loadings


def test_varimax_finds_the_factor_that_moves_few_columns():
    x, factors, _ = blocks()
    # Principal axes of unequal strength are the blocks already, so all are brought to one strength.
    x = x @ np.diag(1 / x.std(axis=0))
    turn = special_ortho_group.rvs(3, random_state=1) @ np.diag([2.0, 1.0, 0.3])
    network = pca_as_network(x, 3, turn)
    settled = canonical(network, x, free_axes=True, rotation="varimax")
    codes = encode_rows(settled, x)
    correlation = np.abs(np.corrcoef(codes.T, factors.T)[:3, 3:])
    assert sorted(correlation.argmax(axis=1).tolist()) == [0, 1, 2]
    assert correlation.max(axis=1) == pytest.approx(np.ones(3), abs=0.01)
    np.testing.assert_allclose(
        decode_rows(settled, codes), decode_rows(network, encode_rows(network, x)), atol=1e-4
    )


def test_rotated_factors_stay_uncorrelated_centred_and_in_order_of_strength():
    x = rows()
    settled = canonical(network_of(), x, free_axes=True, rotation="varimax")
    codes = encode_rows(settled, x).astype(float)
    np.testing.assert_allclose(codes.mean(axis=0), 0, atol=1e-5)
    covariance = np.cov(codes.T)
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 1e-3 * covariance.max()
    assert (np.diff(np.diag(covariance)) < 0).all()
    again = encode_rows(canonical(settled, x, free_axes=True, rotation="varimax"), x)
    np.testing.assert_allclose(again, codes, atol=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_varimax_is_that_of_scikit_learn(seed):
    from sklearn.decomposition._factor_analysis import _ortho_rotation

    loadings = np.random.default_rng(seed).normal(size=(12, 4))
    theirs = _ortho_rotation(loadings, method="varimax", tol=1e-10, max_iter=1000)
    ours = (loadings @ varimax(loadings)).T

    def criterion(turned):
        return np.square(turned).var(axis=1).sum()

    assert criterion(ours) >= criterion(loadings.T)
    assert criterion(ours) == pytest.approx(criterion(theirs), rel=1e-3)


def test_without_simple_structure_to_find_one_axis_stays():
    assert varimax(np.array([[0.5], [2.0]])) == pytest.approx(np.eye(1))
