"""The still pictures of the report, each with words for those who do not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from latentia.views.figures.album import slug
from latentia.views.report.pictures import inline_png, inline_svg
from latentia.views.writing import counted, score

if TYPE_CHECKING:
    from latentia.insight.cluster_results import Clustering
    from latentia.insight.results import Study
    from latentia.views.figures.album import Album

# Line work is SVG. Scatters hold a point per row and are PNG.
DRAWN = (
    "baselines",
    "effects",
    "traversals",
    "columns",
    "ablation",
    "weight_bars",
    "weight_map",
    "stability",
    "repeated_splits",
    "sizes",
    "learning_rate",
    "candidates",
    "missing_cells",
    "k_distances",
)


def illustrations(study: Study, album: Album) -> dict[str, Markup]:
    """Return the still pictures of a study's report as HTML, by the names of the figures.

    Figures that a study has no use for are missing.
    """
    words = _words(study)
    pictures = {}
    for name in sorted(album, key=album.is_awaited):  # what another process still draws comes last
        if name in DRAWN:
            svg = inline_svg(album[name], name.replace("_", "-"), words[name])
            pictures[name] = Markup(svg)  # noqa: S704  escaped by matplotlib and inline_svg
        elif name in words:
            pictures[name] = _image(album.png(name), words[name])
    return pictures


def _image(png: bytes, description: str) -> Markup:
    return Markup('<img src="{}" alt="{}" loading="lazy">').format(inline_png(png), description)


def _words(study: Study) -> dict[str, str]:
    linear = "; ".join(f"{base.name} {score(base.held_out.r2)}" for base in study.baselines)
    rows = counted(len(study.latents), "row")
    ours = [one for one in study.clusterings if one.space == "latent"]
    known = {f"clusters_{slug(one.method)}": _of_clusters(one) for one in ours}
    return known | {
        "baselines": f"Bars of held-out R²: network {score(study.held_out.r2)}; {linear}; "
        f"untrained network {score(study.untrained.r2)}.",
        "effects": "Diverging bars: change of each column when one factor moves from its 10th to its 90th "
        "percentile. The same numbers are in the table of effects.",
        "traversals": "One panel per factor: curves of the columns that it moves most, from its 5th to its "
        "95th percentile, each with the column's name and its change in its own unit.",
        "columns": "Held-out R² of every column, network beside the first linear model. "
        "The same numbers are in the table of columns.",
        "ablation": "Heat map of the held-out R² that each column loses when one factor is fixed. "
        "The same numbers are in the table of columns.",
        "weight_bars": "One bar chart per column of its first-layer weights: "
        "blue where positive, grey where negative.",
        "weight_map": "Heat map of the first-layer weights, columns by units, blue positive, red negative.",
        "stability": "How alike every factor is to its partner under each other seed and in each network "
        "of resampled rows.",
        "repeated_splits": "Held-out R² of network and PCA on every split of the rows.",
        "sizes": "Held-out R² over the number of components, network and PCA, "
        "with the recommended number marked.",
        "learning_rate": "Loss of several networks over a growing learning rate, with the suggested rate "
        "and the rate of this analysis marked.",
        "candidates": "Training and held-out error of each recipe. "
        "The same numbers are in the table of recipes.",
        "missing_cells": "Bars of the share of rows that lack each column. "
        "The same numbers are in the table of missing cells.",
        "latent_space": f"{rows} in the space of the network's factors, in 3-D and in projections.",
        "pca_space": f"{rows} in the space of PCA's components, in the same style.",
        "clusters_on_pca": "Scatter plots of the first two components of PCA, one per clustering method, "
        "coloured by cluster; noise is drawn as grey crosses.",
        "k_distances": "Distance of each row to its nearest rows, sorted, with DBSCAN's radius at the knee.",
        "loss": "Training and validation loss over the epochs, with the best epoch marked.",
    }


def _of_clusters(clustering: Clustering) -> str:
    return (
        f"Scatter plots of the factors coloured by the clusters of {clustering.method}; "
        "noise is drawn as grey crosses."
    )
