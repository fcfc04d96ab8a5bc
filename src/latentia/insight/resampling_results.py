"""What came of doing it all again on other rows, as plain values; see `latentia.insight.results`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Why a question was not asked."""

    reason: str  # in running text: "fewer than 25 rows"


@dataclass(frozen=True, kw_only=True)
class RepeatedSplits:
    """Network and PCA of the same size, both learned anew on several splits of the rows."""

    n_training: int  # rows of each split that both were given
    n_held_out: int  # rows of each that judged them
    n_starts: int  # networks of each split; the one that its validation rows like best was judged
    r2: Array  # (splits,) of the network, on the rows held out
    r2_pca: Array  # (splits,)
    gain: float  # mean of how much more the network explains, in R²
    standard_error: float  # of the gain, allowing for rows that the splits share
    low: float  # ends of a 95 % interval of the gain
    high: float
    p_value: float  # two-sided, that there is no gain and no loss

    @property
    def n_splits(self) -> int:
        """How often all was learned anew."""
        return len(self.r2)


@dataclass(frozen=True, kw_only=True)
class Reproducibility:
    """How well the factors of the shown network come back in networks of resampled rows and other starts.

    A factor comes back as far as both its codes do and what it does to the columns; the lower counts.
    """

    n_rows: int  # on which codes were compared
    codes: Array  # (resamples, k) absolute correlation with the matched factor
    loadings: Array  # (resamples, k) cosine between what both do to the columns; 0 where it is opposed
    per_factor: Array  # (k,) median over the resamples of the lower of the two, 0 to 1
    per_component: Array  # the same of PCA's components on the same resamples
    space_r2: float  # how well all factors together follow linearly from those of a resample, as a median

    @property
    def n_resamples(self) -> int:
        """How many networks the factors were looked for in."""
        return len(self.codes)
