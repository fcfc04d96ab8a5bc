"""What R² says of a network of counts, and what it cannot say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from latentia.insight.findings import Finding, Severity

if TYPE_CHECKING:
    from latentia.insight.results import Quality

# From here on chance takes less than half of what R² could be.
MOSTLY = 0.5


def counts_by_chance(held_out: Quality, exact: float) -> list[Finding]:
    """Say so where even exact means would have an R² of less than a half.

    Parameters
    ----------
    held_out : Quality
        Of the network.
    exact : float
        The R² that it would have if what it says were exact.

    Examples
    --------
    >>> import numpy as np
    >>> from latentia.insight.results import Quality
    >>> own = Quality(rows="held-out", n_rows=30, mse=1.0, r2=0.02, r2_per_column=np.ones(9))
    >>> print(counts_by_chance(own, 0.04)[0].sentence)
    Single counts are mostly chance: exact means would have an R² of 0.04 here, where the network has 0.02.
    """
    if not (math.isfinite(exact) and math.isfinite(held_out.r2)) or exact >= MOSTLY:
        return []
    return [
        Finding(
            code="counts_by_chance",
            severity=Severity.NOTE,
            sentence=(
                f"Single counts are mostly chance: exact means would have an R² of {_told(exact)} here, "
                f"where the network has {_told(held_out.r2)}."
            ),
            evidence={
                "r2_of_exact_means": exact,
                "held_out_r2": held_out.r2,
                "n_rows": held_out.n_rows,
                "threshold": MOSTLY,
            },
            suggestion=(
                "Compare networks of counts by their loss, and judge this one by whether its factors come "
                "back; R² compares logarithms of single counts, and so does PCA."
            ),
        )
    ]


def _told(r2: float) -> str:
    return f"{r2:.2f}".replace("-", "−")
