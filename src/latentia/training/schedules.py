"""Learning-rate schedules: the share of the learning rate to use at a step.

A schedule is a function of the step and of the dials, and returns a factor; the learning rate
itself stays a dial, so that one compiled program serves every value of it. What depends on how
the losses go is not in here but in ``plateaus``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentia.training.plan import Dials

STEPS_FOR_MEAN = 512


def _warmup(step: jax.Array, dials: Dials) -> jax.Array:
    """Rise linearly to 1 over the warm-up steps; 1 at once when there are none."""
    return jnp.minimum(1.0, (step + 1.0) / jnp.maximum(dials.warmup_steps, 1.0))


def _progress(step: jax.Array, dials: Dials, *, last: float = 0.0) -> jax.Array:
    """Go from 0 after the warm-up to 1 at the end, which is `last` steps before the total."""
    rest = jnp.maximum(dials.total_steps - dials.warmup_steps - last, 1.0)
    return jnp.clip((step - dials.warmup_steps) / rest, 0.0, 1.0)


def _half_cosine(begin: jax.Array, end: jax.Array, progress: jax.Array) -> jax.Array:
    """Go from one value to another along half a cosine."""
    return end + (begin - end) * 0.5 * (1.0 + jnp.cos(jnp.pi * progress))


def constant(step: jax.Array, dials: Dials) -> jax.Array:
    """Keep the learning rate as it is, after the warm-up."""
    return _warmup(step, dials)


def cosine(step: jax.Array, dials: Dials) -> jax.Array:
    """Fall along half a cosine to the final share (Loshchilov & Hutter, 2017)."""
    one = jnp.ones_like(dials.final_share)
    return _warmup(step, dials) * _half_cosine(one, dials.final_share, _progress(step, dials))


def exponential(step: jax.Array, dials: Dials) -> jax.Array:
    """Go from 1 to the final share by a constant factor per step; upwards for a sweep."""
    progress = _progress(step, dials, last=1.0)
    return _warmup(step, dials) * jnp.power(dials.final_share, progress)


def stepwise(step: jax.Array, dials: Dials) -> jax.Array:
    """Drop by a factor at each of the given steps (He et al., 2016)."""
    share = _warmup(step, dials)
    for drop in dials.drop_steps:
        share = share * jnp.where(step >= drop, dials.factor, 1.0)
    return share


def one_cycle(step: jax.Array, dials: Dials) -> jax.Array:
    """Rise from the initial share over the warm-up, then fall to the final share (Smith, 2018).

    Both ways go along half a cosine, as fastai and PyTorch do it.
    """
    one = jnp.ones_like(dials.final_share)
    risen = jnp.minimum(1.0, step / jnp.maximum(dials.warmup_steps, 1.0))
    rise = _half_cosine(dials.initial_share, one, risen)
    fall = _half_cosine(one, dials.final_share, _progress(step, dials))
    return jnp.where(step < dials.warmup_steps, rise, fall)


SCHEDULES: dict[str, Callable[[jax.Array, Dials], jax.Array]] = {
    "constant": constant,
    "cosine": cosine,
    "exponential": exponential,
    "step": stepwise,
    "one_cycle": one_cycle,
    "reduce_on_plateau": constant,  # what is left of it after plateaus is in the state
}


def mean_share(schedule: str, dials: Dials) -> float:
    """Return a schedule's share of the learning rate, on average over all steps; dials of one member.

    Examples
    --------
    >>> from latentia.training.plan import make_dials
    >>> mean_share("cosine", make_dials(1, total_steps=6000))
    0.50
    """
    steps = np.linspace(0.0, np.asarray(dials.total_steps)[0] - 1.0, STEPS_FOR_MEAN)
    return float(np.mean(_shares(SCHEDULES[schedule], jnp.asarray(steps), dials)))


@partial(jax.jit, static_argnames="schedule")  # as one program: each operation alone would compile, too
def _shares(schedule: Callable[..., jax.Array], steps: jax.Array, dials: Dials) -> jax.Array:
    return schedule(steps, dials)
