"""Learning-rate schedules: the share of the learning rate to use at a step.

A schedule is a function of the step and of the dials, and returns a factor; the learning rate
itself stays a dial, so that one compiled program serves every value of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp

if TYPE_CHECKING:
    from collections.abc import Callable

    import jax

    from latentia.training.plan import Dials


def _warmup(step: jax.Array, dials: Dials) -> jax.Array:
    """Rise linearly to 1 over the warm-up steps; 1 at once when there are none."""
    return jnp.minimum(1.0, (step + 1.0) / jnp.maximum(dials.warmup_steps, 1.0))


def constant(step: jax.Array, dials: Dials) -> jax.Array:
    """Keep the learning rate as it is, after the warm-up."""
    return _warmup(step, dials)


def cosine(step: jax.Array, dials: Dials) -> jax.Array:
    """Fall along half a cosine to the final share (Loshchilov & Hutter, 2017)."""
    rest = jnp.maximum(dials.total_steps - dials.warmup_steps, 1.0)
    progress = jnp.clip((step - dials.warmup_steps) / rest, 0.0, 1.0)
    fall = 0.5 * (1.0 + jnp.cos(jnp.pi * progress))
    return _warmup(step, dials) * (dials.final_share + (1.0 - dials.final_share) * fall)


def exponential(step: jax.Array, dials: Dials) -> jax.Array:
    """Go from 1 to the final share by a constant factor per step; upwards for a sweep."""
    progress = jnp.clip(step / jnp.maximum(dials.total_steps - 1.0, 1.0), 0.0, 1.0)
    return jnp.power(dials.final_share, progress)


SCHEDULES: dict[str, Callable[[jax.Array, Dials], jax.Array]] = {
    "constant": constant,
    "cosine": cosine,
    "exponential": exponential,
}
