"""The still pictures of the report, each with words for those who do not see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from latentia.views.figures.album import album
from latentia.views.report.pictures import inline_png, inline_svg
from latentia.views.writing import counted, score

if TYPE_CHECKING:
    from latentia.insight.results import Study

# Line work is SVG. Scatters hold a point per row and are PNG.
DRAWN = (
    "baselines",
    "effects",
    "columns",
    "ablation",
    "weight_bars",
    "weight_map",
    "stability",
    "sizes",
    "candidates",
)
PAINTED = ("latent_space", "pca_space", "loss")


@dataclass(frozen=True, kw_only=True)
class Illustration:
    """A picture as HTML, ready to stand in the page."""

    html: Markup


def illustrations(study: Study) -> dict[str, Illustration]:
    """Draw the still pictures of a study's report.

    Returns
    -------
    pictures : dict of str to Illustration
        By the names of the figures; figures that a study has no use for are missing.
    """
    pages = album(study)
    words = _words(study)
    clusters = [name for name in pages if name.startswith("clusters_") and not name.endswith("_pca")]
    pictures = {}
    for name, draw in pages.items():
        if name in DRAWN:
            html = Markup(inline_svg(draw(), name.replace("_", "-"), words[name]))  # noqa: S704  escaped by matplotlib
            pictures[name] = Illustration(html=html)
        elif name in PAINTED or name in clusters:
            dpi = 75 if name in clusters else 100
            said = words.get(name) or _clusters_in_words(name)
            pictures[name] = Illustration(html=_image(draw(), said, dpi))
    return pictures


def _image(figure: Any, description: str, dpi: float) -> Markup:
    return Markup('<img src="{}" alt="{}" loading="lazy">').format(inline_png(figure, dpi), description)


def _clusters_in_words(name: str) -> str:
    method = name.removeprefix("clusters_").removesuffix("_latent").replace("_", " ")
    return (
        f"Scatter plots of the latents coloured by the clusters of {method}; noise is drawn as grey crosses."
    )


def _words(study: Study) -> dict[str, str]:
    linear = "; ".join(f"{base.name} {score(base.held_out.r2)}" for base in study.baselines)
    rows = counted(len(study.latents), "row")
    return {
        "baselines": f"Bars of held-out R²: network {score(study.held_out.r2)}; {linear}; "
        f"untrained network {score(study.untrained.r2)}.",
        "effects": "Diverging bars: change of each column when one factor moves from its 10th to its 90th "
        "percentile. The same numbers are in the table of effects.",
        "columns": "Held-out R² of every column, network beside the first linear model. "
        "The same numbers are in the table of columns.",
        "ablation": "Heat map of the held-out R² that each column loses when one factor is fixed. "
        "The same numbers are in the table of columns.",
        "weight_bars": "One bar chart per column of its first-layer weights: "
        "blue where positive, grey where negative.",
        "weight_map": "Heat map of the first-layer weights, columns by units, blue positive, red negative.",
        "stability": "Matched correlation of every factor with its partner under each other seed.",
        "sizes": "Held-out R² over the number of components, network and PCA, "
        "with the recommended number marked.",
        "candidates": "Training and held-out error of each recipe. "
        "The same numbers are in the table of recipes.",
        "latent_space": f"{rows} in the space of the network's factors, in 3-D and in projections.",
        "pca_space": f"{rows} in the space of PCA's components, in the same style.",
        "loss": "Training and validation loss over the epochs, with the best epoch marked.",
    }
