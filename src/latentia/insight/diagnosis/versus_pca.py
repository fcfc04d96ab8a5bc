"""Whether the network earns its place beside PCA."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.insight.diagnosis.wording import counted, signed
from latentia.insight.findings import Finding, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from latentia.insight.resampling_results import RepeatedSplits
    from latentia.insight.results import Quality

    Array = NDArray[np.float64]

# Two standard errors: a difference that chance alone makes about one time in twenty.
CLEAR = 2.0
# Less than half a percent of the variance is not worth a network, however certain it is.
SMALLEST_GAIN = 0.005
# A loss of this much R² means that something went wrong, not only that PCA suffices.
SERIOUS_LOSS = 0.05
LEVEL = 0.05
LITTLE_R2 = 0.1


def versus_pca(
    network: Quality,
    pca: Quality,
    network_errors: Array,
    pca_errors: Array,
    *,
    n_components: int,
    splits: RepeatedSplits | None = None,
) -> list[Finding]:
    """Compare the network with PCA on the same held-out rows, row by row, or on several splits.

    The difference counts as clear when its mean over the rows exceeds two standard errors, or on
    several splits when its p-value is below 0.05; and as worth something when it makes at least
    0.005 of R².

    Parameters
    ----------
    network, pca : Quality
        Both on the held-out rows.
    network_errors, pca_errors : ndarray of shape (rows,)
        Mean squared error of each held-out row under both.
    n_components : int
        Components of both.
    splits : RepeatedSplits, optional
        Both, learned anew on several splits of the rows; they decide where they are given.

    Returns
    -------
    list of Finding
        One of ``better_than_pca``, ``as_good_as_pca`` and ``worse_than_pca``, and
        ``little_structure`` where neither explains a tenth; nothing without held-out rows.

    Examples
    --------
    >>> from latentia.insight.quality import quality
    >>> rows = np.random.default_rng(0).normal(size=(30, 2))
    >>> good = quality(rows, 0.9 * rows, center=np.zeros(2), rows="held-out")
    >>> poor = quality(rows, 0.5 * rows, center=np.zeros(2), rows="held-out")
    >>> errors = (rows**2).mean(axis=1)
    >>> versus_pca(good, poor, 0.01 * errors, 0.25 * errors, n_components=1)[0].code
    'better_than_pca'
    """
    if not np.isfinite([network.r2, pca.r2]).all():
        return []
    difference = np.asarray(network_errors) - np.asarray(pca_errors)
    mean = float(difference.mean())
    error = float(difference.std(ddof=1) / np.sqrt(len(difference))) if len(difference) > 1 else float("inf")
    gain = network.r2 - pca.r2
    clear = abs(mean) > CLEAR * error
    evidence = {
        "r2": network.r2,
        "r2_pca": pca.r2,
        "mse": network.mse,
        "mse_pca": pca.mse,
        "mean_difference": mean,
        "standard_error": error if np.isfinite(error) else None,
        "n_rows": len(difference),
        "n_components": n_components,
    }
    numbers, clearly = _on_one_split(evidence)
    if splits is not None:
        gain, clear = splits.gain, splits.p_value < LEVEL
        evidence |= {
            "n_splits": splits.n_splits,
            "gain": splits.gain,
            "gain_low": splits.low,
            "gain_high": splits.high,
            "p_value": splits.p_value,
        }
        numbers, clearly = _on_splits(splits)
    clear = clear and abs(gain) >= SMALLEST_GAIN
    code = "as_good_as_pca" if not clear else "better_than_pca" if gain > 0 else "worse_than_pca"
    return [_finding(code, gain, numbers, clearly, evidence), *_little_structure(evidence)]


def _finding(code: str, gain: float, numbers: str, clearly: str, evidence: dict[str, Any]) -> Finding:
    told = {
        "better_than_pca": (Severity.GOOD, f"The network beats PCA: {numbers}{clearly}.", ""),
        "as_good_as_pca": (
            Severity.NOTE,
            f"The network does no better than PCA by more than chance or half a percent: {numbers}.",
            "Use PCA: it is simpler, exact, and the same for every seed.",
        ),
        "worse_than_pca": (
            Severity.SERIOUS if gain <= -SERIOUS_LOSS else Severity.WARNING,
            f"The network is worse than PCA: {numbers}{clearly}.",
            "Use PCA, or look at the training curves: a network that trains well can do what PCA does.",
        ),
    }
    severity, sentence, suggestion = told[code]
    return Finding(code=code, severity=severity, sentence=sentence, evidence=evidence, suggestion=suggestion)


def _on_one_split(evidence: dict[str, Any]) -> tuple[str, str]:
    """Return the figures in words, and how far apart they are."""
    numbers = (
        f"held-out error {evidence['mse']:.3f} against {evidence['mse_pca']:.3f} for PCA of the same size "
        f"(R² {evidence['r2']:.3f} against {evidence['r2_pca']:.3f})"
    )
    return numbers, f", a difference of {_in_errors(evidence)}"


def _on_splits(splits: RepeatedSplits) -> tuple[str, str]:
    """Return the same over several splits of the rows, on each of which both were learned anew."""
    numbers = (
        f"on {counted(splits.n_splits, 'new split')} of the rows its held-out R² is {splits.r2.mean():.3f} "
        f"on average, against {splits.r2_pca.mean():.3f} for PCA of the same size (difference "
        f"{signed(splits.gain)}, 95 % interval {signed(splits.low)} to {signed(splits.high)}, "
        f"p = {splits.p_value:.2g})"
    )
    return numbers, ""


def _in_errors(evidence: dict[str, Any]) -> str:
    """Write the mean difference with its standard error, which a single row does not have."""
    difference, error = f"{abs(evidence['mean_difference']):.3f}", evidence["standard_error"]
    return f"{difference} per row" if error is None else f"{difference} ± {error:.3f} per row"


def _little_structure(evidence: dict[str, Any]) -> list[Finding]:
    best = max(evidence["r2"], evidence["r2_pca"])
    if best >= LITTLE_R2:
        return []
    return [
        Finding(
            code="little_structure",
            severity=Severity.WARNING,
            sentence=(
                f"{counted(evidence['n_components'], 'component')} "
                f"{'explains' if evidence['n_components'] == 1 else 'explain'} hardly anything of the "
                f"held-out rows (best R² {best:.3f}): the columns are nearly unrelated."
            ),
            evidence={"best_r2": best, "threshold": LITTLE_R2},
            suggestion="Do not interpret the factors; more components or other columns may help.",
        )
    ]
