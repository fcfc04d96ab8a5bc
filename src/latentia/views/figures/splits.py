"""Network and PCA on several splits of the rows: who wins, how often, and by how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.style import INK, LINE, LINEAR, MUTED, NETWORK, axes_of, dress, headline, legend
from latentia.views.writing import counted, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from latentia.insight.resampling_results import RepeatedSplits


def plot_splits(splits: RepeatedSplits, *, ax: Axes | None = None) -> Figure | SubFigure:
    """Draw the held-out R² of network and PCA on every split, the split of the largest gain on top.

    Parameters
    ----------
    splits : RepeatedSplits
    ax : matplotlib axes, optional

    Returns
    -------
    figure : matplotlib Figure
    """
    figure, axes = axes_of(ax, 8, 2.1 + 0.24 * splits.n_splits)
    order = np.argsort(splits.r2_pca - splits.r2, kind="stable")
    rows = np.arange(splits.n_splits)
    axes.hlines(rows, splits.r2_pca[order], splits.r2[order], color=LINE, linewidth=2)
    axes.scatter(splits.r2_pca[order], rows, s=42, color=LINEAR.get("PCA", MUTED), zorder=3, label="PCA")
    axes.scatter(splits.r2[order], rows, s=42, color=NETWORK, zorder=3, label="network")
    axes.set_yticks([])
    axes.invert_yaxis()
    dress(axes, grid="x", x=f"R² on {splits.n_held_out:,} held-out rows of each split")
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=5)
    axes.ticklabel_format(axis="x", useOffset=False)  # 0.9999, and not what it lacks of 1
    legend(axes, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    interval = f"95 %: {signed(splits.low, 2)} to {signed(splits.high, 2)}"
    axes.annotate(
        f"gain {signed(splits.gain, 2)}\n{interval}\np = {splits.p_value:.2g}",
        (1.02, 0.0), xycoords="axes fraction", fontsize=11, color=INK, va="bottom", annotation_clip=False,
    )  # fmt: skip
    wins = int(np.sum(splits.r2 > splits.r2_pca))
    headline(figure, f"The network explains more than PCA on {wins} of {counted(splits.n_splits, 'split')}")
    return figure
