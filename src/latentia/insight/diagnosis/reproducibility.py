"""Which factors come back, from other starts and on other rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.insight.diagnosis.wording import at_least, begun, counted, listed
from latentia.insight.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latentia.insight.resampling_results import Reproducibility
    from latentia.insight.results import Stability

# Two factors that correlate at 0.8 share 64 % of their variance: less than two thirds is another factor.
STABLE = 0.8
SAME_SPACE = 0.9


def unstable_factors(
    stability: Stability,
    factor_names: Sequence[str],
    *,
    space_r2: float = float("nan"),
    reproducibility: Reproducibility | None = None,
    structured: bool = True,
) -> list[Finding]:
    """Name the factors that do not come back under other seeds or on resampled rows (below 0.8).

    Parameters
    ----------
    stability : Stability
        Matched correlations over seeds.
    factor_names : sequence of str
        Names of the k factors.
    space_r2 : float, optional
        How well the factors follow linearly from those of other seeds
        (`latentia.insight.stability.shared_space`); tells turned axes from another result.
    reproducibility : Reproducibility, optional
        How well they come back in networks of resampled rows.
    structured : bool, default True
        Whether columns hang together; of those that do not, no component of PCA can be named either.

    Returns
    -------
    list of Finding
        ``stable_factors`` or ``unstable_factors``; nothing where nothing was compared.

    Examples
    --------
    >>> from latentia.insight.results import Stability
    >>> seen = Stability(
    ...     n_seeds=2,
    ...     correlation=np.array([[0.99, 0.4]]),
    ...     per_factor=np.array([0.99, 0.4]),
    ...     r2_per_seed=np.array([0.7, 0.7]),
    ... )
    >>> unstable_factors(seen, ["factor 1", "factor 2"])[0].evidence["factors"]
    ['factor 2']
    """
    seeds = stability.per_factor
    rows = np.full(len(seeds), np.nan) if reproducibility is None else reproducibility.per_factor
    overall = np.fmin(seeds, rows)
    if not np.isfinite(overall).any():
        return []
    weak = np.flatnonzero(np.nan_to_num(overall, nan=1.0) < STABLE)
    spaces = [space_r2] if reproducibility is None else [space_r2, reproducibility.space_r2]
    space = float(np.fmin.reduce(spaces))
    evidence = {
        "factors": [factor_names[int(factor)] for factor in weak],
        "per_factor": [float(value) for value in overall],
        "under_other_seeds": [float(value) for value in seeds] if np.isfinite(seeds).any() else None,
        "threshold": STABLE,
        "n_seeds": stability.n_seeds,
        "space_r2": space if np.isfinite(space) else None,
    }
    if reproducibility is not None:
        evidence |= {
            "on_resampled_rows": [float(value) for value in rows],
            "pca_on_resampled_rows": [float(value) for value in reproducibility.per_component],
            "n_resamples": reproducibility.n_resamples,
        }
    if len(weak):
        return [_unstable(evidence, weak, seeds, rows, structured=structured)]
    return [
        Finding(
            code="stable_factors",
            severity=Severity.GOOD,
            sentence=(
                f"Every factor comes back {where_looked_for(evidence)} "
                f"(reproducibility {at_least(float(np.nanmin(overall)))} of 1)."
            ),
            evidence=evidence,
        )
    ]


def _unstable(
    evidence: dict[str, Any], weak: np.ndarray, seeds: np.ndarray, rows: np.ndarray, *, structured: bool
) -> Finding:
    told = [
        f"{name} ({_figures(float(seeds[factor]), float(rows[factor]))})"
        for name, factor in zip(evidence["factors"], weak.tolist(), strict=True)
    ]
    space = evidence["space_r2"]
    if space is not None and space >= SAME_SPACE:
        sentence_end = f", although all factors together span the same space (R² {space:.2f})"
        suggestion = "Use the factors together, for maps and clusters, but do not name them one by one."
    else:
        sentence_end = f" (reproducibility below {STABLE} of 1)"
        suggestion = (
            "Do not interpret it; more rows or a stronger penalty may help."
            if len(seeds) == 1
            else "Do not interpret these factors; try fewer components or a stronger penalty."
        )
    linear = evidence.get("pca_on_resampled_rows")
    if structured and linear and min(linear) >= STABLE:
        sentence_end += f"; the components of PCA do ({at_least(min(linear))})"
        suggestion += " PCA's components can be named."
    return Finding(
        code="unstable_factors",
        severity=Severity.WARNING,
        sentence=f"{begun(listed(told))} {'does' if len(told) == 1 else 'do'} not come back{sentence_end}.",
        evidence=evidence,
        suggestion=suggestion,
    )


def _figures(seeds: float, rows: float) -> str:
    """Return the figures of one factor, as far as they are known."""
    told = [f"{_hundredths(seeds):.2f} under other seeds"] if np.isfinite(seeds) else []
    told += [f"{_hundredths(rows):.2f} on resampled rows"] if np.isfinite(rows) else []
    return ", ".join(told)


def _hundredths(figure: float) -> float:
    """Return a figure to two digits, one just below the limit not as the limit."""
    return round(figure, 2) if figure >= STABLE else min(round(figure, 2), STABLE - 0.01)


def where_looked_for(evidence: Mapping[str, Any]) -> str:
    """Say in which networks the factors were looked for, of those that could be compared."""
    others = 0 if evidence["under_other_seeds"] is None else evidence["n_seeds"] - 1
    resamples = evidence.get("n_resamples", 0)
    told = [f"under {counted(others, 'other seed')}"] if others else []
    told += [f"in {counted(resamples, 'network')} of resampled rows"] if resamples else []
    return " and ".join(told)
