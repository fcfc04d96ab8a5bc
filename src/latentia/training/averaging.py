"""An average of the weights over the last steps, to be judged and kept in their place.

Steps on batches leave the weights circling a minimum at a distance that grows with the learning
rate. Their average lies nearer to it than any of them, and where the loss is flat, which serves rows
that were not trained on.

References
----------
Polyak & Juditsky (1992), "Acceleration of stochastic approximation by averaging"; Izmailov et al.
(2018), "Averaging weights leads to wider optima and better generalization".
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def averaged(average: Any, weights: Any, step: jax.Array, reach: jax.Array) -> Any:
    """Return the average with the weights after one more step.

    Parameters
    ----------
    average : tree of arrays
        What this function returned after the step before; anything before the first.
    weights : tree of arrays
        The weights after the step.
    step : scalar array
        Number of the step, from 0.
    reach : scalar array of at least 1
        The mean of all weights so far until there are as many; from then on older ones fade, so that
        what is averaged is that many steps old on average.

    Examples
    --------
    >>> average = 0.0
    >>> for step, weight in enumerate([4.0, 8.0, 6.0, 10.0]):
    ...     average = averaged(average, weight, step, jnp.float32(2.0))
    >>> float(average)  # (4 + 8) / 2 = 6, then half of it and half of the newer
    8.0
    """
    share = 1.0 / jnp.minimum(step + 1.0, reach)
    return jax.tree.map(lambda old, new: old + share * (new - old), average, weights)
