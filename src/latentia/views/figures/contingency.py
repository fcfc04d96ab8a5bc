"""Clusters against known classes: how many rows of each class every cluster holds."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from latentia.views.figures.clusters import space
from latentia.views.figures.heat_map import draw_heat_map
from latentia.views.style import INK, LABEL, TICK, headline, label, labels, new_figure, note
from latentia.views.writing import counted, score, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from latentia.insight.cluster_results import Agreement, Clustering

MOST_CLUSTERS = 12  # of each clustering; they are numbered by size, so these are the largest
MOST_WRITTEN = 14  # classes: beyond, numbers do not fit into the cells
NARROW, WIDE = 3.9, 6.4  # inches of a panel


def plot_contingency(clusterings: Sequence[Clustering], *, label_name: str | None = None) -> Figure:
    """Draw the counts of classes by clusters as heat maps: methods below each other, spaces side by side.

    Parameters
    ----------
    clusterings : sequence of Clustering
        On the network's codes and on PCA's. Of more than 12 clusters the largest are drawn.
    label_name : str, optional
        What the classes are called.

    Returns
    -------
    figure : matplotlib Figure
        A study without classes gives one that says so.
    """
    known = {(one.method, one.space): one for one in clusterings if one.agreement is not None}
    if not known:
        figure = new_figure(6.4, 3)
        note(figure.add_subplot(), "No classes are known, so clusters cannot be compared with them.")
        return figure
    methods, spaces = (list(dict.fromkeys(names)) for names in zip(*known, strict=True))
    tall = [max(_height(one) for one in known.values() if one.method == method) for method in methods]
    across = max(len(_agreement(one).classes) for one in known.values())
    width = min(max(NARROW, 1.0 + 0.62 * across), WIDE) + 0.9
    figure = new_figure(max(6.4, width * len(spaces)), 1.4 + sum(0.42 + 0.31 * rows for rows in tall))
    panels = figure.subplots(len(methods), len(spaces), squeeze=False, height_ratios=tall)
    for (row, method), (column, space_name) in product(enumerate(methods), enumerate(spaces)):
        panel, one = panels[row, column], known.get((method, space_name))
        if one is None:
            panel.set_visible(False)
            continue
        _draw_counts(panel, one, room=int(11 * (width - 0.9)))
        panel.tick_params(labelbottom=row == len(methods) - 1)
    figure.supxlabel(label(label_name or "class"), fontsize=LABEL, color=INK)
    headline(figure, _title(list(known.values()), label_name))
    return figure


def _agreement(one: Clustering) -> Agreement:
    assert one.agreement is not None  # noqa: S101 - only those that have one are drawn
    return one.agreement


def _height(one: Clustering) -> int:
    return len(_drawn(_agreement(one))) or 1


def _drawn(agreement: Agreement) -> list[int]:
    """Return the positions of the clusters to draw: the largest, and the noise."""
    noise = [at for at, name in enumerate(agreement.clusters) if name == "noise"]
    clusters = [at for at in range(len(agreement.clusters)) if at not in noise]
    return clusters[:MOST_CLUSTERS] + noise


def _draw_counts(ax: Axes, one: Clustering, *, room: int) -> None:
    agreement = _agreement(one)
    drawn = _drawn(agreement)
    counts = np.asarray(agreement.contingency)[drawn]
    draw_heat_map(
        ax,
        counts,
        rows=labels([agreement.clusters[at] for at in drawn]),
        columns=labels(agreement.classes, most=16),
        colours="Blues",
        limits=(0.0, float(max(counts.max(initial=1), 1))),
        written=(lambda count: f"{int(count):,}" if count else "·")
        if len(agreement.classes) <= MOST_WRITTEN
        else None,
        room=room,
    )
    left_out = len(agreement.clusters) - len(drawn)
    fewer = f"\n{counted(left_out, 'smaller cluster')} not drawn" if left_out else ""
    told = f"{one.method} on {space(one)}: ARI {score(agreement.ari)}, NMI {score(agreement.nmi)}{fewer}"
    ax.set_title(told, fontsize=TICK - 1, color=INK, loc="left")


def _title(shown: Sequence[Clustering], label_name: str | None) -> str:
    """Say which clustering agrees best with the classes."""
    best = max(shown, key=lambda one: _agreement(one).ari)
    agreement = _agreement(best)
    return (
        f"{best.method} on {space(best)} agrees best with {label(label_name or 'class')}: "
        f"ARI {score(agreement.ari)}, {share(agreement.accuracy)} of the rows match"
    )
