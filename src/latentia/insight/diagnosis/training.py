"""Whether training achieved anything, and whether its judge was independent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.diagnosis.wording import counted, percent
from latentia.insight.findings import Finding, Severity

if TYPE_CHECKING:
    from latentia.insight.results import Quality

# Initial weights explain nothing; a hundredth of the variance is the least that counts as learning.
SMALLEST_GAIN = 0.01


def untrained_no_better(trained: Quality, untrained: Quality) -> list[Finding]:
    """Check that training made the network better than its initial weights.

    Parameters
    ----------
    trained, untrained : Quality
        The same network after and before training, on the same held-out rows.

    Examples
    --------
    >>> from latentia.insight.quality import quality
    >>> rows = np.array([[1.0], [-1.0]])
    >>> same = quality(rows, 0 * rows, center=np.zeros(1), rows="held-out")
    >>> untrained_no_better(same, same)[0].code
    'untrained_no_better'
    """
    gain = trained.r2 - untrained.r2
    # A diverged network has no R² at all, and is no better either; without rows nothing is known.
    if trained.n_rows == 0 or np.isnan(untrained.r2) or gain >= SMALLEST_GAIN:
        return []
    return [
        Finding(
            code="untrained_no_better",
            severity=Severity.SERIOUS,
            sentence=(
                f"Training gained nothing: the mean squared error on {trained.rows} rows is "
                f"{trained.mse:.3f} after training and {untrained.mse:.3f} with the initial weights."
            ),
            evidence={
                "mse": _number(trained.mse),
                "mse_untrained": _number(untrained.mse),
                "r2": _number(trained.r2),
                "r2_untrained": _number(untrained.r2),
            },
            suggestion="Check the learning rate and the number of epochs; the factors mean nothing yet.",
        )
    ]


def validation_rows_seen(n_seen: int, n_validation: int) -> list[Finding]:
    """Warn that a warm start was trained before on rows that now judge it.

    Parameters
    ----------
    n_seen : int
        Validation rows that an earlier fit of the same weights was trained on.
    n_validation : int
        All validation rows of this fit.

    Examples
    --------
    >>> print(validation_rows_seen(30, 36)[0].sentence)
    30 of 36 validation rows were already trained on by the fit that this one continues, ...
    """
    if n_seen == 0:
        return []
    return [
        Finding(
            code="validation_rows_seen",
            severity=Severity.SERIOUS,
            sentence=(
                f"{n_seen:,} of {counted(n_validation, 'validation row')} {'was' if n_seen == 1 else 'were'} "
                "already trained on by the fit that this one continues, so the validation loss starts too "
                "low, and its later rise is not overfitting."
            ),
            evidence={
                "n_seen": n_seen,
                "n_validation": n_validation,
                "share": percent(n_seen / n_validation),
            },
            suggestion="Start fresh (warm_start=False), or keep the same validation rows for every fit.",
        )
    ]


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
