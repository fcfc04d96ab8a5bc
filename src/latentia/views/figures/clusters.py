"""Clusters among the codes: where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.figures.groups import by_cluster, thinned
from latentia.views.figures.latent_space import (
    draw_legend,
    legend_height,
    plot_codes,
    plot_projection,
    plot_strip,
)
from latentia.views.style import TICK, headline, label, new_figure
from latentia.views.writing import counted, score, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from latentia.insight.cluster_results import Clustering


def plot_clustering(
    clustering: Clustering,
    codes: NDArray[np.float64],
    *,
    names: Sequence[str] | None = None,
    label_name: str | None = None,
) -> Figure:
    """Draw codes by cluster, in 3-D and in projections, with noise as grey crosses.

    Parameters
    ----------
    clustering : Clustering
    codes : ndarray of shape (n, k)
        The codes that were clustered: the network's or PCA's.
    names : sequence of str, optional
        Names of the columns of codes.
    label_name : str, optional
        What the classes are called, for the title.

    Returns
    -------
    figure : matplotlib Figure
    """
    title = f"{where(clustering)}: {found(clustering, label_name)}"
    return plot_codes(codes, names=names, groups=by_cluster(np.asarray(clustering.labels)), title=title)


def plot_clusterings(
    clusterings: Sequence[Clustering],
    codes: NDArray[np.float64],
    *,
    names: Sequence[str] | None = None,
    label_name: str | None = None,
) -> Figure:
    """Draw several clusterings of the same codes beside each other, on the first two axes.

    Parameters
    ----------
    clusterings : sequence of Clustering
        All of the same codes.
    codes : ndarray of shape (n, k)
    names : sequence of str, optional
        Names of the columns of codes.
    label_name : str, optional
        What the classes are called, for the title.

    Returns
    -------
    figure : matplotlib Figure
    """
    parts = [thinned(by_cluster(np.asarray(one.labels))) for one in clusterings]
    every = {group.name: group for part in parts for group in part}
    shown = sorted(every.values(), key=lambda group: (group.marker == "x", len(group.name), group.name))
    lines = -(-len(clusterings) // 2)
    figure = new_figure(9.4, 0.6 + 4.0 * lines + legend_height(shown))
    panels = figure.subplots(lines, 2, sharex=True, sharey=codes.shape[1] > 1, squeeze=False)
    for panel in panels.flat[len(clusterings) :]:
        panel.set_visible(False)
    for panel, one, groups in zip(panels.flat, clusterings, parts, strict=False):
        if codes.shape[1] > 1:
            plot_projection(codes, names=names, groups=groups, ax=panel)
        else:
            plot_strip(codes[:, 0], name="" if names is None else names[0], groups=groups, ax=panel)
            panel.set_yticks([])  # the legend below names the clusters of all panels
        panel.label_outer()
        panel.set_title(f"{one.method}: {found(one)}", fontsize=TICK, loc="left")
    headline(figure, _comparison(clusterings, label_name))
    draw_legend(figure, shown)
    return figure


def where(clustering: Clustering) -> str:
    """Return the method with the space it worked in: "KMeans on PCA"."""
    return f"{clustering.method} on {space(clustering)}"


def space(clustering: Clustering) -> str:
    """Return whose codes were clustered, in words."""
    return {"PCA": "PCA", "columns": "all columns"}.get(clustering.space, "the factors")


def found(clustering: Clustering, label_name: str | None = None) -> str:
    """Return what a clustering found, in one line."""
    parts = [counted(clustering.n_clusters, "cluster")]
    if clustering.noise_share > 0:
        parts.append(f"{share(clustering.noise_share)} noise")
    if clustering.agreement is not None:
        named = f" with {label(label_name, most=24)}" if label_name else ""
        parts.append(f"ARI {score(clustering.agreement.ari)}{named}")
    elif np.isfinite(clustering.silhouette):
        parts.append(f"silhouette {score(clustering.silhouette)}")
    return ", ".join(parts)


def _comparison(clusterings: Sequence[Clustering], label_name: str | None) -> str:
    """Say which method did best on these codes, by what is known about it."""
    known = [one for one in clusterings if one.agreement is not None]
    if known:
        best = max(known, key=lambda one: one.agreement.ari if one.agreement else 0.0)
        return f"On {space(best)}, {best.method} agrees best with {label(label_name or 'the classes')}"
    judged = [one for one in clusterings if np.isfinite(one.silhouette)]
    if judged:
        best = max(judged, key=lambda one: one.silhouette)
        return f"On {space(best)}, the clusters of {best.method} lie furthest apart"
    return f"Clusters on {space(clusterings[0])}"
