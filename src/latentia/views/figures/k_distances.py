"""How DBSCAN's radius was chosen: the sorted distances to near rows, and their knee."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.figures.clusters import space
from latentia.views.style import MUTED, NETWORK, TICK, dress, headline, new_figure
from latentia.views.writing import amount, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from latentia.insight.cluster_results import Clustering


def plot_k_distances(clusterings: Sequence[Clustering]) -> Figure:
    """Draw the sorted k-distance curve of each space with the radius that was taken.

    Parameters
    ----------
    clusterings : sequence of Clustering
        Of DBSCAN, each with a curve.

    Returns
    -------
    figure : matplotlib Figure
    """
    figure = new_figure(3.4 * len(clusterings), 3.2)
    for panel, one in zip(figure.subplots(1, len(clusterings), squeeze=False).flat, clusterings, strict=True):
        eps = float(one.settings["eps"])
        panel.plot(np.linspace(0, 100, len(one.curve)), one.curve, color=NETWORK, linewidth=2)
        panel.axhline(eps, color=MUTED, linewidth=1.5, linestyle=":")
        panel.set_title(f"{space(one)}: radius {amount(eps)}", fontsize=TICK, loc="left")
        dress(panel, grid="y", x="rows, % of all")
    nearest = clusterings[0].settings["min_samples"] - 1
    figure.axes[0].set_ylabel(f"distance to {counted(nearest, 'row')}")
    headline(figure, "DBSCAN's radius lies at the knee of the sorted distances")
    return figure
