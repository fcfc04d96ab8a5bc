"""How much of counts is chance: the R² that a network of counts would have if its means were exact.

R² compares logarithms. The logarithm of a mean lies above the mean of the logarithms (Jensen), and the
more so the fewer there are to count: of rare counts, even exact means can have an R² below 0. How far that
goes is found by drawing counts from what a network says of rows and judging it by these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.quality import quality
from latentia.networks.counts import HIGHEST_LOG_DISPERSION, LOWEST_LOG_DISPERSION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from latentia.training.trained import Trained

    Array = NDArray[np.float64]

# Larger ones are what a network that blew up says; their chance is nothing beside them.
LARGEST_MEAN = 1e12


def r2_of_exact_means(trained: Trained, values: Array) -> float:
    """Return the R² that a network of counts would have on some rows if what it says of them were exact.

    Parameters
    ----------
    trained : Trained
        Of a loss for counts.
    values : ndarray of shape (n, p)
        Counts, nan where a cell is missing.
    """
    scaled = trained.scale(values)
    made = trained.reconstruct_scaled(scaled).astype(np.float64)
    sizes = trained.scaling.sizes(values)
    size = 1.0 if sizes is None else np.asarray(sizes, np.float64)
    means = np.nan_to_num(np.clip(size * np.expm1(np.minimum(made, np.log(LARGEST_MEAN))), 0.0, LARGEST_MEAN))
    drawn = _drawn(means, trained.network.log_dispersion, np.random.default_rng(trained.seed))
    target = np.where(np.isnan(scaled), np.nan, np.log1p(drawn / size))
    return quality(target, made, center=trained.center, rows="held-out").r2


def _drawn(means: Array, log_dispersion: object, rng: np.random.Generator) -> Array:
    """Draw counts with these means; of a negative binomial as Poisson's with means that vary (Gamma)."""
    if log_dispersion is not None:
        dispersion = np.exp(
            np.clip(np.asarray(log_dispersion, np.float64), LOWEST_LOG_DISPERSION, HIGHEST_LOG_DISPERSION)
        )
        means = np.minimum(
            rng.gamma(np.broadcast_to(1.0 / dispersion, means.shape), dispersion * means), LARGEST_MEAN
        )
    return rng.poisson(means).astype(np.float64)
