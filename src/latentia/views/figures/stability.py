"""Stability: do the factors come back when only the seed changes, and when the rows change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.diagnosis.reproducibility import STABLE
from latentia.views.style import (
    INK,
    LINE,
    LINEAR,
    MUTED,
    NETWORK,
    VIOLET,
    axes_of,
    dress,
    headline,
    labels,
    legend,
    note,
)
from latentia.views.writing import counted, score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from latentia.insight.resampling_results import Reproducibility
    from latentia.insight.results import Stability

SPREAD = 0.1


def plot_stability(
    stability: Stability,
    reproducibility: Reproducibility | None = None,
    *,
    factor_names: Sequence[str] | None = None,
    order: Sequence[int] | None = None,
    ax: Axes | None = None,
) -> Figure | SubFigure:
    """Draw, per factor, how alike it is to its partner under each other seed and in each resample.

    A line marks the median of each kind, a diamond PCA's component of the same rank on the same
    resamples. With one seed and no resamples nothing can be compared, and the figure says so.

    Parameters
    ----------
    stability : Stability
    reproducibility : Reproducibility, optional
    factor_names : sequence of str, optional
    order : sequence of int, optional
        Positions of the factors from top to bottom.
    ax : matplotlib axes, optional

    Returns
    -------
    figure : matplotlib Figure
    """
    k = len(stability.per_factor)
    names = [f"factor {j + 1}" for j in range(k)] if factor_names is None else factor_names
    shown = list(range(k)) if order is None else list(order)
    figure, axes = axes_of(ax, 8, 2.5 + 0.75 * k)
    kinds = _kinds(stability, reproducibility)
    if not kinds:
        note(axes, "One network was fitted, so nothing is known about the factors of others.")
        return figure
    axes.axvline(STABLE, color=LINE, linewidth=1.5, linestyle="--")
    overall = np.fmin.reduce([np.nanmedian(each, axis=0) for _, each, _ in kinds])
    for offset, (words, each, colour) in zip(np.linspace(-0.2, 0.2, len(kinds)), kinds, strict=True):
        _draw(axes, each[:, shown], offset if len(kinds) > 1 else 0.0, colour, words)
    if reproducibility is not None:
        components = reproducibility.per_component[:k]
        axes.scatter(
            components, range(len(components)), s=46, marker="D", facecolors="none",
            edgecolors=LINEAR.get("PCA", MUTED), linewidths=1.5, zorder=4,
            label="PCA’s 1st, 2nd … component on the same resamples",
        )  # fmt: skip
    for place, factor in enumerate(shown):
        axes.annotate(
            score(overall[factor]), (1.02, place), va="center", fontsize=12, color=INK, annotation_clip=False
        )
    axes.set_yticks(range(k), labels([names[factor] for factor in shown]))
    axes.set_ylim(k - 0.5, -0.5)
    lowest = min(float(np.nanmin(each, initial=1.0)) for _, each, _ in kinds)
    axes.set_xlim(min(0.0, lowest), 1.01)
    dress(axes, grid="x", x="likeness to the matching factor of another network, 0 to 1")
    axes.text(
        STABLE, 1.01, "steady →", fontsize=10, color=MUTED, ha="left", transform=axes.get_xaxis_transform()
    )
    legend(axes, loc="upper left", bbox_to_anchor=(-0.01, -0.22 if k > 1 else -0.35), ncols=1)
    steady = int(np.sum(overall >= STABLE))
    who = f"{steady} of {counted(k, 'factor')} {'comes' if steady == 1 else 'come'} back"
    headline(figure, f"{who} (median likeness at least {STABLE})")
    return figure


def _kinds(
    stability: Stability, reproducibility: Reproducibility | None
) -> list[tuple[str, NDArray[np.float64], str]]:
    """Return what the factors are compared with: words, likenesses (networks, k), colour."""
    kinds = []
    if stability.n_seeds > 1 and stability.correlation.size and np.isfinite(stability.correlation).any():
        words = f"{counted(stability.n_seeds - 1, 'other seed')}, same rows"
        kinds.append((words, np.asarray(stability.correlation, dtype=float), NETWORK))
    if reproducibility is not None:
        words = f"{counted(reproducibility.n_resamples, 'network')} of resampled rows"
        kinds.append((words, np.minimum(reproducibility.codes, reproducibility.loadings), VIOLET))
    return kinds


def _draw(axes: Axes, each: NDArray[np.float64], offset: float, colour: str, words: str) -> None:
    places = np.linspace(-SPREAD, SPREAD, len(each)) if len(each) > 1 else np.zeros(1)
    for factor in range(each.shape[1]):
        at = factor + offset
        axes.scatter(
            each[:, factor], at + places, s=24, color=colour, alpha=0.7, linewidths=0,
            label=words if factor == 0 else None,
        )  # fmt: skip
        median = float(np.nanmedian(each[:, factor]))
        axes.plot([median, median], [at - 0.16, at + 0.16], color=INK, linewidth=2.5)
