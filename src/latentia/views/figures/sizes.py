"""How many components? R² on validation rows over their number, and the one recommended.

In a study the rows that judge the sizes are a part of the training rows, so that its held-out rows
take no part in the choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.style import LINEAR, MUTED, NETWORK, TICK, axes_of, dress, headline, legend, note
from latentia.views.writing import counted, score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from latentia.insight.results import SizeSweep


def plot_sizes(
    sizes: SizeSweep | None, *, judged: str = "validation", ax: Axes | None = None
) -> Figure | SubFigure:
    """Draw the mean R² with one standard deviation over seeds, PCA's, and the recommendation.

    Parameters
    ----------
    sizes : SizeSweep or None
    judged : str, default "validation"
        What the rows that judge are called.
    ax : matplotlib axes, optional
        Where to draw; without it a figure is made.
    """
    figure, axes = axes_of(ax, 8, 4.6)
    if sizes is None:
        note(axes, "The number of components was given, so no sizes were compared.")
        return figure
    numbers = np.asarray(sizes.sizes)
    seeds = np.ma.masked_invalid(np.asarray(sizes.r2, dtype=float))  # a network that diverged is left out
    mean = np.ma.filled(seeds.mean(axis=1), np.nan)
    axes.axvline(sizes.chosen, color=MUTED, linewidth=1.5, linestyle=":")
    axes.plot(numbers, sizes.r2_pca, color=LINEAR["PCA"], marker="D", markersize=7, linewidth=2, label="PCA")
    spread = np.ma.filled(seeds.std(axis=1, ddof=1), np.nan) if seeds.shape[1] > 1 else None
    name = (
        f"network, mean ± sd of {counted(seeds.shape[1], 'seed')}"
        if spread is not None
        else "network, one seed"
    )
    axes.errorbar(
        numbers,
        mean,
        yerr=spread,
        color=NETWORK,
        marker="o",
        markersize=8,
        linewidth=2,
        capsize=5,
        label=name,
    )
    dress(axes, grid="y", x="number of components", y=f"R² on {judged} rows")
    right = sizes.chosen > numbers.mean()
    axes.annotate(
        f"recommended: {sizes.chosen}", (sizes.chosen, 1.0), xycoords=("data", "axes fraction"),
        xytext=(-6 if right else 6, -4), textcoords="offset points", fontsize=TICK, color=MUTED,
        ha="right" if right else "left", va="top",
    )  # fmt: skip
    axes.set_xticks(numbers if len(numbers) <= 16 else numbers[:: -(-len(numbers) // 16)])  # noqa: PLR2004
    legend(axes, loc="lower right")
    place = int(np.argmin(np.abs(numbers - sizes.chosen)))
    headline(
        figure,
        f"{counted(sizes.chosen, 'component')} recommended: R² {score(float(mean[place]))} on {judged} rows, "
        f"PCA {score(float(np.asarray(sizes.r2_pca)[place]))}",
    )
    return figure
