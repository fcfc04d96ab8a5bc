"""Clusters against known classes: how many rows of each class every cluster holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.figures.clusters import space
from latentia.views.figures.heat_map import draw_heat_map
from latentia.views.style import INK, LABEL, TICK, headline, label, labels, new_figure, note
from latentia.views.writing import score, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from latentia.insight.results import Agreement, Clustering

MOST_TALL = 30  # clusters that add to a panel's height


def plot_contingency(clusterings: Sequence[Clustering], *, label_name: str | None = None) -> Figure:
    """Draw the counts of classes by clusters as heat maps, one per space, under each other.

    Parameters
    ----------
    clusterings : sequence of Clustering
        Of one method, on the network's codes and on PCA's.
    label_name : str, optional
        What the classes are called.

    Returns
    -------
    figure : matplotlib Figure
        A study without classes gives one that says so.
    """
    shown = [(one, one.agreement) for one in clusterings if one.agreement is not None]
    if not shown:
        figure = new_figure(6.4, 3)
        note(figure.add_subplot(), "No classes are known, so clusters cannot be compared with them.")
        return figure
    tall = [min(len(agreement.clusters), MOST_TALL) for _, agreement in shown]
    across = max(len(agreement.classes) for _, agreement in shown)
    figure = new_figure(max(6.4, min(2.6 + 0.95 * across, 11)), 1.5 + sum(0.5 + 0.42 * rows for rows in tall))
    panels = figure.subplots(len(shown), 1, squeeze=False, height_ratios=tall)
    for panel, (one, agreement) in zip(panels[:, 0], shown, strict=True):
        _draw_counts(panel, agreement)
        told = f"on {space(one)}: ARI {score(agreement.ari)}, NMI {score(agreement.nmi)}"
        panel.set_title(told, fontsize=TICK, color=INK, loc="left")
    for panel in panels[:-1, 0]:
        panel.tick_params(labelbottom=False)
    panels[-1, 0].set_xlabel(label(label_name or "class"), fontsize=LABEL, color=INK)
    headline(figure, _title(shown, label_name))
    return figure


def _draw_counts(ax: Axes, agreement: Agreement) -> None:
    counts = np.asarray(agreement.contingency)
    draw_heat_map(
        ax,
        counts,
        rows=labels(agreement.clusters),
        columns=labels(agreement.classes, most=16),
        colours="Blues",
        limits=(0.0, float(max(counts.max(initial=1), 1))),
        written=lambda count: f"{int(count):,}" if count else "·",
    )


def _title(shown: Sequence[tuple[Clustering, Agreement]], label_name: str | None) -> str:
    """Say for what share of the rows clusters and classes match, in each space."""
    parts = [f"{share(agreement.accuracy)} of rows on {space(one)}" for one, agreement in shown]
    return f"{shown[0][0].method} and {label(label_name or 'class')} agree for {', '.join(parts)}"
