"""What happens at the narrow place, between the last encoder layer and the code.

A bottleneck makes the code of the last layer's raw outputs. While a network learns it may do so by
chance (a variational code is drawn, an ordered one cut short) and may ask for a price beside the
reconstruction. Afterwards nothing is left to chance: a row always has the same code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import jax
import jax.numpy as jnp

from latentia.networks import chance
from latentia.networks.activations import ACTIVATIONS, activate

if TYPE_CHECKING:
    from latentia.networks.architecture import Architecture


class Learning(NamedTuple):
    """A code as it is while a network learns, and what each row pays for it."""

    code: jax.Array  # (rows, n_components)
    cost: jax.Array | None  # (rows,), in nats; None where there is no price


class Bottleneck(Protocol):
    """Anything that makes codes of raw outputs, (rows, outputs_per_component * n_components).

    An object of the user's own has to be hashable, because it is part of what is compiled.
    """

    @property
    def outputs_per_component(self) -> int:
        """How many numbers the encoder gives for each component."""
        ...

    @property
    def draws(self) -> bool:
        """Whether `learn` uses its key."""
        ...

    def code(self, raw: jax.Array) -> jax.Array:
        """Return the code that a row has once training is over."""
        ...

    def learn(self, raw: jax.Array, key: jax.Array | None) -> Learning:
        """Return the code to learn with."""
        ...


@dataclass(frozen=True)
class Activated:
    """An activation of the raw outputs, ``"linear"`` for none."""

    activation: str = "linear"
    outputs_per_component: int = 1
    draws: bool = False

    def code(self, raw: jax.Array) -> jax.Array:
        """Return the activated outputs."""
        return activate(self.activation, raw)

    def learn(self, raw: jax.Array, key: jax.Array | None) -> Learning:  # noqa: ARG002 - nothing is drawn
        """Return the same code, which costs nothing."""
        return Learning(self.code(raw), None)


@dataclass(frozen=True)
class Gaussian:
    """A variational code: the encoder gives a mean and a log variance per component.

    While learning the code is drawn from that normal distribution, and a row pays the
    Kullback-Leibler divergence from the standard normal one. Afterwards the code is the mean.

    References
    ----------
    Kingma & Welling (2014). Auto-encoding variational Bayes. ICLR.
    """

    outputs_per_component: int = 2
    draws: bool = True

    def code(self, raw: jax.Array) -> jax.Array:
        """Return the posterior means."""
        return posterior(raw)[0]

    def learn(self, raw: jax.Array, key: jax.Array | None) -> Learning:
        """Return a draw from the posterior, and its divergence from the prior."""
        mean, log_variance = posterior(raw)
        cost = jnp.sum(divergence(raw), axis=-1)
        if key is None:
            return Learning(mean, cost)
        return Learning(mean + jnp.exp(0.5 * log_variance) * chance.normal(key, mean.shape), cost)


def posterior(raw: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return mean and log variance of a variational code, each (rows, n_components)."""
    mean, log_variance = jnp.split(raw, 2, axis=-1)
    # Beyond these the variance is zero or infinite in single precision.
    return mean, jnp.clip(log_variance, -20.0, 20.0)


def divergence(raw: jax.Array) -> jax.Array:
    """Return the divergence of each component's posterior from the standard normal, in nats."""
    mean, log_variance = posterior(raw)
    return 0.5 * (jnp.square(mean) + jnp.exp(log_variance) - 1.0 - log_variance)


@dataclass(frozen=True)
class TopK:
    """A sparse code: in every row the `active` largest positive outputs stay, the others are zero.

    References
    ----------
    Makhzani & Frey (2014). k-sparse autoencoders. ICLR.
    """

    active: int
    outputs_per_component: int = 1
    draws: bool = False

    def code(self, raw: jax.Array) -> jax.Array:
        """Return the outputs that are among the largest of their row."""
        positive = jnp.maximum(raw, 0.0)
        smallest = jax.lax.top_k(positive, min(self.active, raw.shape[-1]))[0][..., -1:]
        return jnp.where(positive >= smallest, positive, 0.0)

    def learn(self, raw: jax.Array, key: jax.Array | None) -> Learning:  # noqa: ARG002 - nothing is drawn
        """Return the same code, which costs nothing."""
        return Learning(self.code(raw), None)


@dataclass(frozen=True)
class Ordered:
    """A code whose components come in order of importance (nested dropout).

    While learning each row keeps its first b components, b drawn evenly from 1 to all of them, so
    the first is worth most, the second most of what is left, and so on. On linear data they become
    the principal axes.

    References
    ----------
    Rippel, Gelbart & Adams (2014). Learning ordered representations with nested dropout. ICML.
    """

    outputs_per_component: int = 1
    draws: bool = True

    def code(self, raw: jax.Array) -> jax.Array:
        """Return all components."""
        return raw

    def learn(self, raw: jax.Array, key: jax.Array | None) -> Learning:
        """Return the first components of each row."""
        if key is None:
            return Learning(raw, None)
        rows, components = raw.shape
        kept = jnp.floor(chance.uniform(key, (rows, 1)) * components) + 1.0
        return Learning(jnp.where(jnp.arange(components) < kept, raw, 0.0), None)


def bottleneck_of(architecture: Architecture) -> Bottleneck:
    """Return the bottleneck of a network: by its name, or the object that was given."""
    name = architecture.bottleneck
    if not isinstance(name, str):
        return name
    if name in ACTIVATIONS:
        return Activated(name)
    return {"gaussian": Gaussian(), "ordered": Ordered(), "topk": TopK(architecture.active)}[name]
