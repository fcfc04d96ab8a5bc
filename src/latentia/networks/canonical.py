"""One way to write down a network that can be written in many.

A linear code is free up to an invertible map: a rotated code with a decoder that rotates back is
the same autoencoder. That freedom is why factors of two seeds seem to differ when they do not.
It is settled here, exactly, by absorbing the map into the last encoder and the first decoder
layer: codes have mean zero over the training rows, and their axes are the principal axes of the
linear part of the reconstruction, strongest first, with the largest loading positive. For a
linear autoencoder the codes become PCA's scores. Where a simple structure is asked for, the axes are turned
further, so that each moves few columns and those strongly (varimax).

A code with an activation or a sparsity penalty has axes of its own; it is only put in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import equinox as eqx
import numpy as np

from latentia.networks.tiles import decode_rows, encode_rows

if TYPE_CHECKING:
    from latentia.networks.network import Dense, Network

# Beyond this condition number the map is not invertible in float32 without loss.
WORST_CONDITION = 1e4


def canonical(network: Network, x: np.ndarray, *, free_axes: bool, rotation: str | None = None) -> Network:
    """Return the same autoencoder with its components turned or ordered canonically.

    Parameters
    ----------
    network : Network
        One network, NumPy weights.
    x : array of shape (n, p)
        Scaled training rows.
    free_axes : bool
        Whether the code may be turned; otherwise components are only ordered.
    rotation : {"varimax"}, optional
        A rotation after the principal axes.
    """
    codes = encode_rows(network, x).astype(np.float64)
    reconstruction = decode_rows(network, codes).astype(np.float64)
    if len(x) < 2 or not (np.isfinite(codes).all() and np.isfinite(reconstruction).all()):  # noqa: PLR2004
        return network
    center = codes.mean(axis=0)
    if free_axes:
        centered = reconstruction - reconstruction.mean(axis=0)
        turn = _principal_map(codes - center, centered)
        if turn is not None and rotation == "varimax":
            turn = turn @ _simple_structure((codes - center) @ turn, centered)
        if turn is not None:
            return _mapped(network, turn, center)
    return _ordered(network, _importance_order(network, codes, center, x))


def _principal_map(codes: np.ndarray, reconstruction: np.ndarray) -> np.ndarray | None:
    """Return T so that codes @ T are principal scores of the codes' linear reconstruction."""
    if len(codes) <= codes.shape[1]:
        return None
    basis, triangle = np.linalg.qr(codes)
    # The principal axes of the codes' linear reconstruction, from products of the small sides alone.
    small = basis.T @ reconstruction
    squares, left = np.linalg.eigh(small @ small.T)
    strengths = np.sqrt(np.maximum(squares[::-1], 0.0))
    if strengths[-1] <= strengths[0] / WORST_CONDITION:
        return None
    axes = (left[:, ::-1].T @ small) / strengths[:, None]
    k = len(axes)
    signs = np.sign(axes[np.arange(k), np.abs(axes).argmax(axis=1)])
    if np.linalg.cond(triangle) >= WORST_CONDITION:
        return None
    # The codes' regression on these axes: the triangle's inverse times the loadings along them.
    turn = np.linalg.solve(triangle, small @ (axes * signs[:, None]).T)
    return turn if np.linalg.cond(turn) < WORST_CONDITION else None


def _simple_structure(scores: np.ndarray, reconstruction: np.ndarray) -> np.ndarray:
    """Return the map from principal scores to factors of simple structure, strongest first.

    Standardised factors stay uncorrelated; each has the length of its loadings, as principal scores have.
    """
    spread = scores.std(axis=0)
    standard = scores / spread
    loadings = standard.T @ reconstruction / len(scores)
    rotation = varimax(loadings.T)
    turned = rotation.T @ loadings
    lengths = np.linalg.norm(turned, axis=1)
    order = np.argsort(-lengths, kind="stable")
    signs = np.sign(turned[np.arange(len(turned)), np.abs(turned).argmax(axis=1)])
    return (rotation * (signs * lengths))[:, order] / spread[:, None]


def varimax(loadings: np.ndarray, *, steps: int = 500, tolerance: float = 1e-10) -> np.ndarray:
    """Return the rotation that makes the variance of squared loadings largest (Kaiser 1958).

    Parameters
    ----------
    loadings : ndarray of shape (p, k)
    steps : int, default 500
        Most steps of the search, each a singular value decomposition.
    tolerance : float, default 1e-10
        Relative gain of a step below which the search ends.

    Returns
    -------
    ndarray of shape (k, k)
        Orthogonal; the rotated loadings are ``loadings @ rotation``.

    Examples
    --------
    >>> turned = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]) @ [[0.8, -0.6], [0.6, 0.8]]
    >>> np.abs(turned @ varimax(turned)).round(6).max(axis=1)
    array([1., 1., 1.])
    """
    rotation, before = np.eye(loadings.shape[1]), 0.0
    for _ in range(steps):
        turned = loadings @ rotation
        left, sizes, right = np.linalg.svd(loadings.T @ (turned**3 - turned * np.square(turned).mean(axis=0)))
        rotation = left @ right
        if sizes.sum() <= before * (1 + tolerance):
            break
        before = float(sizes.sum())
    return rotation


def _mapped(network: Network, turn: np.ndarray, center: np.ndarray) -> Network:
    """Absorb ``code -> (code - center) @ turn`` into the layers around the code."""
    back = np.linalg.inv(turn)
    last, first = network.encoder[-1], network.decoder[0]
    return _around_code(
        network,
        _dense_like(last, _f64(last.weight) @ turn, (_f64(last.bias) - center) @ turn),
        _dense_like(first, back @ _f64(first.weight), _f64(first.bias) + center @ _f64(first.weight)),
    )


def _importance_order(network: Network, codes: np.ndarray, center: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Order components by how much worse the reconstruction is without each."""
    errors = []
    for component in range(codes.shape[1]):
        fixed = codes.copy()
        fixed[:, component] = center[component]
        errors.append(np.mean((decode_rows(network, fixed) - x) ** 2))
    return np.argsort(-np.asarray(errors), kind="stable")


def _ordered(network: Network, order: np.ndarray) -> Network:
    last, first = network.encoder[-1], network.decoder[0]
    # A variational code's last layer has a second block of outputs, in the same order.
    blocks = len(last.bias) // len(order)
    outputs = np.concatenate([order + block * len(order) for block in range(blocks)])
    return _around_code(
        network,
        _dense_like(last, _f64(last.weight)[:, outputs], _f64(last.bias)[outputs]),
        _dense_like(first, _f64(first.weight)[order], _f64(first.bias)),
    )


def _around_code(network: Network, last: Dense, first: Dense) -> Network:
    encoder, decoder = (*network.encoder[:-1], last), (first, *network.decoder[1:])
    return eqx.tree_at(lambda tree: (tree.encoder, tree.decoder), network, (encoder, decoder))


def _dense_like(layer: Dense, weight: np.ndarray, bias: np.ndarray) -> Dense:
    parts = (weight.astype(np.float32), bias.astype(np.float32))
    return eqx.tree_at(lambda dense: (dense.weight, dense.bias), layer, parts)


def _f64(array: object) -> np.ndarray:
    return np.asarray(array, np.float64)
