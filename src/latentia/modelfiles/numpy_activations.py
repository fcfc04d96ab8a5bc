"""The activation functions in NumPy, single precision, in place: what a network needs without JAX.

Every function is a few passes over numbers that a cache holds. GELU needs the error function, which NumPy
lacks: ``x * (1 + erf(x / √2)) / 2`` is ``x * (1 + tanh(x * R(x²))) / 2``, where R is smooth. In its place
stands the rational function ``A x² + B + (C x² + D) / (x⁴ + E x² + F)``, fitted to R on 0 < x < 6 so that the
largest error of GELU itself is smallest (Lawson's weights): it is 1.2e-7, one rounding in single precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float32]
    # Changes x in place; there are three arrays of its shape to write to.
    InPlace = Callable[[Array, Sequence[Array]], object]

ONE = np.float32(1)
LEAK = np.float32(0.01)
SELU_SCALE, SELU_ALPHA = np.float32(1.0507009873554805), np.float32(1.6732632423543772)
# R of the error function: A to F.
GELU = (
    0.017254692530705076,
    1.2446233148895685,
    -4.61417611029373,
    -141.32257969301932,
    23.83249484857021,
    316.34492327395805,
)
# With numbers that come multiplied by this, A is 1 and its pass is saved.
GELU_SCALE = GELU[0] ** (1 / 3)
GELU_SCALED = tuple(
    np.float32(coefficient * GELU_SCALE**power)
    for coefficient, power in zip(GELU[1:], (-1, 1, 3, 2, 4), strict=True)
)


@dataclass(frozen=True)
class Activation:
    """A function of every number, but for two factors that the weights around it can take.

    Parameters
    ----------
    function : callable
    before : float, default 1.0
        What its argument has to be multiplied by first.
    left : float, default 1.0
        What its result has still to be multiplied by.
    """

    function: InPlace
    before: float = 1.0
    left: float = 1.0


def _linear(_x: Array, _: Sequence[Array]) -> None:
    """Leave numbers as they are."""


def _twice_relu(x: Array, scratch: Sequence[Array]) -> None:
    # Two quick passes: NumPy's maximum looks for nan, which takes four times as long.
    np.abs(x, out=scratch[0])
    np.add(x, scratch[0], out=x)


def _leaky_relu(x: Array, scratch: Sequence[Array]) -> None:
    one = scratch[0]
    np.multiply(x, LEAK, out=one)
    np.maximum(x, one, out=x)


def _elu(x: Array, scratch: Sequence[Array]) -> None:
    one = scratch[0]
    np.minimum(x, 0, out=one)
    np.expm1(one, out=one)
    np.maximum(x, 0, out=x)
    x += one


def _selu(x: Array, scratch: Sequence[Array]) -> None:
    one = scratch[0]
    np.minimum(x, 0, out=one)
    np.expm1(one, out=one)
    one *= SELU_ALPHA
    np.maximum(x, 0, out=x)
    x += one
    x *= SELU_SCALE


def _gelu(x: Array, scratch: Sequence[Array]) -> None:
    b, c, d, e, f = GELU_SCALED
    square, below, above = scratch
    np.multiply(x, x, out=square)
    np.add(square, e, out=below)
    np.multiply(below, square, out=below)
    np.add(below, f, out=below)
    np.multiply(square, c, out=above)
    np.add(above, d, out=above)
    np.divide(above, below, out=above)
    np.add(square, b, out=square)
    np.add(square, above, out=square)
    np.multiply(square, x, out=square)
    np.tanh(square, out=square)
    np.add(square, ONE, out=square)
    np.multiply(x, square, out=x)


def _exp_of_minus(x: Array, out: Array) -> None:
    np.negative(x, out=out)
    np.exp(out, out=out)


def _silu(x: Array, scratch: Sequence[Array]) -> None:
    one = scratch[0]
    _exp_of_minus(x, one)
    one += ONE
    np.divide(x, one, out=x)


def _tanh(x: Array, _: Sequence[Array]) -> None:
    np.tanh(x, out=x)


def _sigmoid(x: Array, scratch: Sequence[Array]) -> None:
    one = scratch[0]
    _exp_of_minus(x, one)
    one += ONE
    np.divide(ONE, one, out=x)


def _softplus(x: Array, scratch: Sequence[Array]) -> None:
    one = scratch[0]
    np.abs(x, out=one)
    _exp_of_minus(one, one)
    np.log1p(one, out=one)
    np.maximum(x, 0, out=x)
    x += one


ACTIVATIONS = {
    "linear": Activation(_linear),
    "relu": Activation(_twice_relu, left=0.5),
    "leaky_relu": Activation(_leaky_relu),
    "elu": Activation(_elu),
    "selu": Activation(_selu),
    "gelu": Activation(_gelu, before=GELU_SCALE, left=0.5 / GELU_SCALE),
    "silu": Activation(_silu),
    "tanh": Activation(_tanh),
    "sigmoid": Activation(_sigmoid),
    "softplus": Activation(_softplus),
}


def softmax(x: Array) -> Array:
    """Return the shares that rows stand for, each adding up to 1.

    Examples
    --------
    >>> softmax(np.zeros((1, 4), np.float32))
    array([[0.25, 0.25, 0.25, 0.25]], dtype=float32)
    """
    shares = np.exp(x - x.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares
