"""The optimisers: each turns a gradient into a direction to step along.

The learning rate and the decoupled weight decay are not part of the direction; the training step
applies them, so that they can differ between members that train side by side.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
import optax

from latentia.training.muon import muon

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _sgd(momentum: float = 0.0, *, nesterov: bool = False) -> optax.GradientTransformation:
    return optax.trace(decay=momentum, nesterov=nesterov) if momentum else optax.identity()


def _adam(b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8) -> optax.GradientTransformation:
    return optax.scale_by_adam(b1=b1, b2=b2, eps=eps)


def _rmsprop(decay: float = 0.9, eps: float = 1e-7) -> optax.GradientTransformation:
    # Epsilon under the root, where Keras has it.
    return optax.scale_by_rms(decay=decay, eps=eps, eps_in_sqrt=True)


def _adagrad(initial: float = 0.1, eps: float = 1e-7) -> optax.GradientTransformation:
    return optax.scale_by_rss(initial_accumulator_value=initial, eps=eps)


def _lion(b1: float = 0.9, b2: float = 0.99) -> optax.GradientTransformation:
    return optax.scale_by_lion(b1=b1, b2=b2)


OPTIMIZERS: dict[str, Callable[..., optax.GradientTransformation]] = {
    "adam": _adam,
    "adamw": _adam,
    "sgd": _sgd,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
    "lion": _lion,
    "muon": muon,
}

# Decoupled weight decay where none is given; the others follow their papers and use none.
DEFAULT_WEIGHT_DECAY: Mapping[str, float] = {"adamw": 0.1, "lion": 0.1, "muon": 0.1}


# Those whose memory is nothing but zeros at first: no program has to be compiled for that.
BEGIN_WITH_ZEROS = frozenset({"adam", "adamw", "sgd", "rmsprop", "lion"})


def fresh_memory(spec: Any, weights: Any) -> Any:
    """Return what an optimiser remembers before the first step, for weights with a member axis."""
    if isinstance(spec, tuple) and spec[0] in BEGIN_WITH_ZEROS:
        shapes = jax.eval_shape(jax.vmap(direction(spec).init), weights)
        return jax.device_put(jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes))
    return _computed_memory(spec, weights)


@partial(jax.jit, static_argnames="spec")
def _computed_memory(spec: Any, weights: Any) -> Any:
    return jax.vmap(direction(spec).init)(weights)


def direction(spec: Any) -> optax.GradientTransformation:
    """Return the transformation for ``(name, settings)``, or the user's own as it is.

    An own transformation ends with a negative learning rate, as all of Optax's do; its sign is
    turned here, because the training step subtracts.
    """
    if isinstance(spec, optax.GradientTransformation):
        return optax.chain(spec, optax.scale(-1.0))
    name, settings = spec
    return OPTIMIZERS[name](**dict(settings))
