"""Learning-rate schedules: the share of the learning rate to use at a step.

A schedule is a function of the step and of the dials, and returns a factor. The host works the
factors out beforehand and hands them to the compiled program, so one program serves every schedule.
What depends on how the losses go is not in here but in ``plateaus``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentia.networks.network import Array
    from latentia.training.plan import Dials

STEPS_FOR_MEAN = 512


def _warmup(step: Array, dials: Dials) -> Array:
    """Rise linearly to 1 over the warm-up steps; 1 at once when there are none."""
    return np.minimum(1.0, (step + 1.0) / np.maximum(dials.warmup_steps, 1.0))


def _progress(step: Array, dials: Dials, *, last: float = 0.0) -> Array:
    """Go from 0 after the warm-up to 1 at the end, which is `last` steps before the total."""
    rest = np.maximum(dials.total_steps - dials.warmup_steps - last, 1.0)
    return np.clip((step - dials.warmup_steps) / rest, 0.0, 1.0)


def _half_cosine(begin: Array, end: Array, progress: Array) -> Array:
    """Go from one value to another along half a cosine."""
    return end + (begin - end) * 0.5 * (1.0 + np.cos(np.pi * progress))


def constant(step: Array, dials: Dials) -> Array:
    """Keep the learning rate as it is, after the warm-up."""
    return _warmup(step, dials)


def cosine(step: Array, dials: Dials) -> Array:
    """Fall along half a cosine to the final share (Loshchilov & Hutter, 2017)."""
    one = np.ones_like(dials.final_share)
    return _warmup(step, dials) * _half_cosine(one, dials.final_share, _progress(step, dials))


def exponential(step: Array, dials: Dials) -> Array:
    """Go from 1 to the final share by a constant factor per step; upwards for a sweep."""
    progress = _progress(step, dials, last=1.0)
    return _warmup(step, dials) * np.power(dials.final_share, progress)


def stepwise(step: Array, dials: Dials) -> Array:
    """Drop by a factor at each of the given steps (He et al., 2016)."""
    share = _warmup(step, dials)
    for drop in dials.drop_steps:
        share = share * np.where(step >= drop, dials.factor, 1.0)
    return share


def one_cycle(step: Array, dials: Dials) -> Array:
    """Rise from the initial share over the warm-up, then fall to the final share (Smith, 2018).

    Both ways go along half a cosine, as fastai and PyTorch do it.
    """
    one = np.ones_like(dials.final_share)
    risen = np.minimum(1.0, step / np.maximum(dials.warmup_steps, 1.0))
    rise = _half_cosine(dials.initial_share, one, risen)
    fall = _half_cosine(one, dials.final_share, _progress(step, dials))
    return np.where(step < dials.warmup_steps, rise, fall)


SCHEDULES: dict[str, Callable[[Array, Dials], Array]] = {
    "constant": constant,
    "cosine": cosine,
    "exponential": exponential,
    "step": stepwise,
    "one_cycle": one_cycle,
    "reduce_on_plateau": constant,  # what is left of it after plateaus is in the state
}


def shares(schedule: str, steps: np.ndarray, dials: Dials) -> np.ndarray:
    """Return the shares of the learning rate at some steps, float32, with an axis of members behind them.

    Examples
    --------
    >>> from latentia.training.plan import make_dials
    >>> shares("cosine", np.array([0, 50, 100]), make_dials(2, total_steps=100)).tolist()
    [[1.0, 1.0], [0.5, 0.5], [0.0, 0.0]]
    """
    found = SCHEDULES[schedule](np.asarray(steps, np.float64)[..., None], dials)
    return np.asarray(np.broadcast_to(found, (*np.shape(steps), len(dials.learning_rate))), np.float32)


def mean_share(schedule: str, dials: Dials) -> float:
    """Return a schedule's share of the learning rate, on average over all steps; dials of one member.

    Examples
    --------
    >>> from latentia.training.plan import make_dials
    >>> mean_share("cosine", make_dials(1, total_steps=6000))
    0.50
    """
    steps = np.linspace(0.0, np.asarray(dials.total_steps)[0] - 1.0, STEPS_FOR_MEAN)
    return float(np.mean(SCHEDULES[schedule](steps, dials)))
