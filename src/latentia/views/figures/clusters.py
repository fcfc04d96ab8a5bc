"""Clusters among the codes, and how they agree with known classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.figures.groups import cluster_groups
from latentia.views.figures.heat_map import draw_heat_map
from latentia.views.figures.latent_space import plot_codes
from latentia.views.style import INK, LABEL, axes_of, headline, label, note
from latentia.views.writing import counted, score, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from latentia.insight.results import Clustering


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
    return plot_codes(
        codes, names=names, groups=cluster_groups(clustering), title=clustering_title(clustering, label_name)
    )


def plot_contingency(
    clustering: Clustering, *, label_name: str | None = None, ax: Axes | None = None
) -> Figure | SubFigure:
    """Draw how many rows of each class every cluster holds, as counts in a heat map.

    A study without classes gives a figure that says so.
    """
    agreement = clustering.agreement
    if agreement is None:
        figure, axes = axes_of(ax, 6.4, 3)
        note(axes, "No classes are known, so clusters cannot be compared with them.")
        return figure
    counts = np.asarray(agreement.contingency)
    figure, axes = axes_of(
        ax, max(5.6, min(2.6 + 0.95 * counts.shape[1], 11)), 2.0 + 0.42 * min(len(counts), 30)
    )
    draw_heat_map(
        axes,
        counts,
        rows=[label(name) for name in agreement.clusters],
        columns=[label(name, most=16) for name in agreement.classes],
        colours="Blues",
        limits=(0.0, float(max(counts.max(initial=1), 1))),
        written=lambda count: f"{int(count):,}" if count else "·",
    )
    axes.set_xlabel(label(label_name or "class"), fontsize=LABEL, color=INK)
    headline(
        figure,
        f"{where(clustering)} finds {share(agreement.accuracy)} of the rows' "
        f"{label(label_name or 'class')}\nARI {score(agreement.ari)}, NMI {score(agreement.nmi)}",
    )
    return figure


def where(clustering: Clustering) -> str:
    """Return the method with the space it worked in: "KMeans on PCA"."""
    return f"{clustering.method} on {'PCA' if clustering.space == 'PCA' else 'the latents'}"


def clustering_title(clustering: Clustering, label_name: str | None = None) -> str:
    """Return what a clustering found, in one line."""
    parts = [counted(clustering.n_clusters, "cluster")]
    if clustering.noise_share > 0:
        parts.append(f"{share(clustering.noise_share)} noise")
    if clustering.agreement is not None:
        parts.append(f"ARI {score(clustering.agreement.ari)} with {label(label_name or 'the classes')}")
    elif np.isfinite(clustering.silhouette):
        parts.append(f"silhouette {score(clustering.silhouette)}")
    return f"{where(clustering)}: {', '.join(parts)}"
