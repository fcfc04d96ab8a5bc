"""The orthogonalisation is that of the singular values, and the steps are those of Muon by hand."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from latentia.training.muon import LEFT, POLYNOMIALS, SMALLEST, muon, orthogonalised

SHAPES = [(12, 12), (9, 30), (30, 9), (1, 6), (6, 1)]
turned = jax.jit(orthogonalised)


def with_singular_values(values, shape, seed=0):
    """Return left vectors, a matrix and right vectors, the matrix in single precision."""
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.normal(size=(side, min(shape))))[0] for side in shape)
    return left, (left * values @ right.T).astype(np.float32), right.T


def polynomials(x, rows=POLYNOMIALS):
    for a, b, c in rows:
        x = a * x + b * x**3 + c * x**5
    return x


@pytest.mark.parametrize("shape", SHAPES)
def test_singular_values_come_near_one_and_singular_vectors_stay(shape):
    values = np.geomspace(1, 0.015, min(shape)) * 7
    left, matrix, right = with_singular_values(values, shape)
    seen = left.T @ np.asarray(turned(matrix)) @ right.T
    assert (np.abs(np.diag(seen) - 1) < LEFT + 0.01).all()
    np.testing.assert_allclose(seen, np.diag(np.diag(seen)), atol=2e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_what_the_singular_values_say_in_double_precision(shape):
    values = np.random.default_rng(1).uniform(0, 3, min(shape))
    left, matrix, right = with_singular_values(values, shape)
    scaled = values / np.sum(values**8) ** (1 / 8)
    np.testing.assert_allclose(turned(matrix), left * polynomials(scaled) @ right, atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_turning_transposing_and_scaling_change_nothing_else(shape):
    matrix = np.random.default_rng(2).normal(size=shape).astype(np.float32)
    result = np.asarray(turned(matrix))
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(shape[0],) * 2))[0].astype(np.float32)
    np.testing.assert_allclose(turned(matrix.T), result.T, atol=2e-5)
    np.testing.assert_allclose(turned(-matrix), -result, atol=2e-5)
    np.testing.assert_allclose(turned(turn @ matrix), turn @ result, atol=2e-4)
    for size in (1e-30, 1e-9, 1e9, 1e30):
        np.testing.assert_allclose(turned(matrix * np.float32(size)), result, atol=2e-5)


def test_nothing_stays_nothing():
    np.testing.assert_array_equal(turned(np.zeros((4, 7), np.float32)), np.zeros((4, 7)))


@pytest.mark.parametrize("place", range(len(POLYNOMIALS)))
def test_each_polynomial_is_the_best_after_those_before_it(place):
    """Chebyshev: an error that is largest at four points, its sign in turn, can be had no smaller."""
    values = np.geomspace(SMALLEST, 1, 200_001)
    reached = polynomials(values, POLYNOMIALS[:place])
    x = np.linspace(reached.min(), reached.max(), 200_001)
    a, b, c = POLYNOMIALS[place]
    error = a * x + b * x**3 + c * x**5 - 1
    largest = np.abs(error).max()
    signs = np.sign(error[np.abs(error) > 0.998 * largest])
    assert 1 + (np.diff(signs) != 0).sum() == 4
    if place == len(POLYNOMIALS) - 1:
        assert LEFT - 0.01 < largest < LEFT


def test_a_step_is_nesterovs_momentum_made_orthogonal_and_wider_layers_move_further():
    first, second = np.random.default_rng(4).normal(size=(2, 3, 12)).astype(np.float32)
    rule = muon(beta=0.8)
    state = rule.init({"weight": jnp.asarray(first)})
    _, state = rule.update({"weight": jnp.asarray(first)}, state)
    move, _ = rule.update({"weight": jnp.asarray(second)}, state)
    momentum = second + 0.8 * first
    np.testing.assert_allclose(move["weight"], 2 * turned(second + 0.8 * momentum), atol=1e-4)
    narrower = rule.update({"weight": jnp.asarray(first.T)}, rule.init({"weight": jnp.asarray(first.T)}))[0]
    np.testing.assert_allclose(narrower["weight"], turned(first.T), atol=1e-4)
