"""The networks that a fit begins with.

Weights are drawn by chance. A network of counts begins by predicting each column's mean, because
logarithms of means lie far apart: the many small steps from zero to all of them would be most of
the training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.networks.network import predicting
from latentia.settings import COUNT_LOSSES
from latentia.training.program import fresh_networks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentia.networks.network import Network
    from latentia.tables.scaling import Scaling
    from latentia.training.plan import Plan

# A column in which next to nothing is counted; and dispersions of tables as one meets them.
SMALLEST_MEAN = 1e-4
LOW_DISPERSION, HIGH_DISPERSION = 0.02, 10.0


def first_networks(plan: Plan, seed: int, identities: Iterable[int], scaling: Scaling) -> Network:
    """Return the networks of a fresh fit, NumPy arrays with a member axis.

    Parameters
    ----------
    plan : Plan
    seed : int
        Source of the weights.
    identities : iterable of int
        Whose networks, from 0; the first of a larger ensemble are those of a smaller one.
    scaling : Scaling
        Of the training rows; knows their means and how they spread.
    """
    networks = fresh_networks(plan, seed, identities)
    if plan.loss not in COUNT_LOSSES:
        return networks
    mean = np.maximum(scaling.center, SMALLEST_MEAN)
    # The variance is mean + dispersion * mean²: the estimate by moments.
    dispersion = (np.square(scaling.spread) - mean) / np.square(mean)
    return predicting(networks, np.log(mean), np.log(np.clip(dispersion, LOW_DISPERSION, HIGH_DISPERSION)))
