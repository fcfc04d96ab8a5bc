"""What was found out about the meaning of factors and clusters, as plain values.

As in `latentia.insight.results`, "k" counts the components and "p" the columns that a network sees;
arrays are NumPy float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Sensitivities:
    """How steeply each column rises with each factor: slopes of the decoder at the codes of many rows.

    Slopes are per standard deviation of the factor over the training rows. Regions are thirds of the
    training rows by the factor's own value: low, middle and high.
    """

    n_rows: int  # whose codes were looked at
    step: Array  # (k,) standard deviation of each factor
    cuts: Array  # (k, 2) where the middle region begins and ends
    mean: Array  # (k, p) original units
    mean_scaled: Array  # (k, p) in standard deviations of the training rows
    size_scaled: Array  # (k, p) the same without signs: mean of absolute slopes
    by_region: Array  # (k, 3, p) mean slopes, scaled; nan where no row lies
    unevenness: Array  # (k, p) share of the squared slopes that differs between regions, 0 to 1


@dataclass(frozen=True, kw_only=True)
class Alone:
    """Held-out R² of one factor, with all others fixed at their training means."""

    r2: Array  # (k,) all columns together
    r2_per_column: Array  # (k, p)


@dataclass(frozen=True, kw_only=True)
class Traversals:
    """Walks along each factor, the others at their median, and the columns that change most on the way."""

    values: Array  # (k, steps) of the factor, from its 5th to its 95th percentile
    columns: NDArray[np.int64]  # (k, m) positions of the columns, the one that changes most first
    change_scaled: Array  # (k, m, steps) against the factor's median, in sd of the training rows
    in_units: Array  # (k, m, steps) the columns themselves, in original units


@dataclass(frozen=True, kw_only=True)
class Driver:
    """A column whose values in a cluster differ from those of the other rows; missing cells are left out."""

    column: str  # "alcohol", or of a category the level whose share differs most: "island = Dream"
    unit: str | None
    is_level: bool  # then means are shares
    inside: float  # mean of the cluster's rows, original units
    elsewhere: float  # mean of all other rows
    difference: float  # inside - elsewhere
    difference_scaled: float  # in standard deviations of the training rows
    low_scaled: float  # ends of its 95 % interval, by Welch; nan with fewer than two cells on a side
    high_scaled: float
    auc: float  # of telling the cluster by this column alone: 1 without error, 0.5 by chance


@dataclass(frozen=True, kw_only=True)
class ClusterDrivers:
    """The columns that set a cluster apart, the largest difference in standard deviations first."""

    cluster: int
    n_rows: int
    columns: tuple[Driver, ...]


@dataclass(frozen=True, kw_only=True)
class Drivers:
    """What sets the clusters of one clustering apart."""

    method: str
    space: str
    clusters: tuple[ClusterDrivers, ...]
