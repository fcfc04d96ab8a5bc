"""The activation functions, each with the range of values it can reach.

The range is data, not decoration: the diagnosis compares an output layer's range with the
scaled table and says how low the loss can get at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Activation:
    """A function applied to every unit, and the closed interval its values lie in."""

    function: Callable[[jax.Array], jax.Array]
    low: float = -math.inf
    high: float = math.inf


def _identity(x: jax.Array) -> jax.Array:
    return x


def _exact_gelu(x: jax.Array) -> jax.Array:
    # The error-function form, as Keras and PyTorch compute it; JAX's default is the tanh fit. Its exact form
    # keeps more digits where the value is all but zero, takes longer to run and far longer to compile.
    return 0.5 * x * (1.0 + jax.lax.erf(x * np.float32(np.sqrt(0.5))))


def _leaky_relu(x: jax.Array) -> jax.Array:
    return jax.nn.leaky_relu(x, negative_slope=0.01)


# Smallest values of GELU and SiLU: -0.16997 at x = -0.7518 and -0.27846 at x = -1.2785.
ACTIVATIONS: dict[str, Activation] = {
    "linear": Activation(_identity),
    "relu": Activation(jax.nn.relu, low=0.0),
    "leaky_relu": Activation(_leaky_relu),
    "elu": Activation(jax.nn.elu, low=-1.0),
    "selu": Activation(jax.nn.selu, low=-1.7580993408473766),
    "gelu": Activation(_exact_gelu, low=-0.16997120747990369),
    "silu": Activation(jax.nn.silu, low=-0.27846454276107374),
    "tanh": Activation(jnp.tanh, low=-1.0, high=1.0),
    "sigmoid": Activation(jax.nn.sigmoid, low=0.0, high=1.0),
    "softplus": Activation(jax.nn.softplus, low=0.0),
    "softmax": Activation(jax.nn.softmax, low=0.0, high=1.0),  # of a row: only for an output
}


def activate(name: str, x: jax.Array) -> jax.Array:
    """Apply the activation called `name` to every value of `x`."""
    return ACTIVATIONS[name].function(x)


def output_range(name: str) -> tuple[float, float]:
    """Return the lowest and the highest value that an activation can reach.

    Examples
    --------
    >>> output_range("sigmoid")
    (0.0, 1.0)
    """
    return ACTIVATIONS[name].low, ACTIVATIONS[name].high
