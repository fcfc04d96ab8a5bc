"""Muon: steps along the orthogonalised momentum of each weight matrix.

A gradient is dominated by a few directions; weights that follow it learn those first and the others
late. Muon steps along nearly ``U Vᵀ`` where the momentum of a matrix is ``U S Vᵀ``, so that all
directions are learned at one pace. Singular vectors are never computed: an odd polynomial of a
matrix acts on its singular values alone, and three of them, one after the other, bring all but
the smallest close to one.

Those products are what Muon costs, whatever the size of a batch. Two things keep them few. The
polynomials are the best of their kind, where five of the customary ones do the same. And a matrix is
brought to size by a norm that hardly exceeds its largest singular value and that its first products
yield anyway; by the Frobenius norm, all singular values would begin several times smaller.

References
----------
Jordan et al. (2024), "Muon: an optimizer for hidden layers in neural networks"; Amsel et al. (2025),
"The Polar Express"; Grishina et al. (2025), "Accelerating Newton-Schulz iteration for
orthogonalization via Chebyshev-type polynomials".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import optax

if TYPE_CHECKING:
    from collections.abc import Hashable

# Singular values of at least this share of the largest come out within LEFT of one.
SMALLEST, LEFT = 0.01, 0.27
# A row (a, b, c) stands for a x + b x³ + c x⁵: of all these, what brings the values that the rows before
# it make of those from SMALLEST to 1 closest to one.
POLYNOMIALS = (
    (8.09337, -23.62043, 17.44615),
    (3.63658, -2.72192, 0.53655),
    (2.66118, -1.97680, 0.45247),
)


def orthogonalised(matrix: jax.Array) -> jax.Array:
    """Return a matrix with the same singular vectors and singular values near one."""
    tall = matrix.shape[0] > matrix.shape[1]
    # At first by the largest entry, so that no product leaves the range of single precision.
    x = matrix / jnp.maximum(jnp.max(jnp.abs(matrix)), jnp.finfo(matrix.dtype).tiny)
    x, gram, square = _to_size(x, *_powers(x, tall=tall))
    for place, (a, b, c) in enumerate(POLYNOMIALS):
        if place > 0:
            gram, square = _powers(x, tall=tall)
        factor = b * gram + c * square
        x = a * x + (x @ factor if tall else factor @ x)
    return x


def _powers(x: jax.Array, *, tall: bool) -> tuple[jax.Array, jax.Array]:
    """Return the smaller of a matrix's two products with itself, and its square."""
    gram = x.T @ x if tall else x @ x.T
    return gram, gram @ gram


def _to_size(x: jax.Array, gram: jax.Array, square: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Divide a matrix, and its powers, by the Schatten norm of order eight."""
    # At least the largest entry, which is one; less only if all are zero.
    size = jnp.maximum(jnp.linalg.norm(square) ** 0.25, 1.0)
    return x / size, gram / size**2, square / size**4


def _along(momentum: jax.Array) -> jax.Array:
    """Orthogonalise; layers that widen move further, so that each of their outputs moves as far."""
    inputs, outputs = momentum.shape
    return orthogonalised(momentum) * max(1.0, outputs / inputs) ** 0.5


def muon(beta: float = 0.95, adam_share: float = 0.1) -> optax.GradientTransformation:
    """Orthogonalised Nesterov momentum for matrices, Adam at a share of the rate for biases."""
    orthogonal = optax.stateless(lambda momenta, _: jax.tree.map(_along, momenta))
    parts: dict[Hashable, optax.GradientTransformation] = {
        "matrix": optax.chain(optax.trace(decay=beta, nesterov=True), orthogonal),
        "vector": optax.chain(optax.scale_by_adam(), optax.scale(adam_share)),
    }

    def kind(leaf: jax.Array) -> str:
        return "matrix" if leaf.ndim == 2 else "vector"  # noqa: PLR2004 - a matrix has two axes

    return optax.partition(parts, lambda tree: jax.tree.map(kind, tree))
