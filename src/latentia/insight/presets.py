"""How much evidence is gathered: how often rows are drawn anew, never which questions are asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latentia.errors import RecipeError
from latentia.settings import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Preset:
    """How many draws answer each question.

    Parameters
    ----------
    name : str
    splits : int
        On which network and PCA are learned anew.
    bootstraps : int
        Networks of resampled rows, in which factors are looked for.
    shuffles : int
        Tables with shuffled columns, beside which structure has to stand out.
    gaussians : int
        Tables of straight lines, beside which curves have to.
    cluster_resamples : int
        On which every clustering is repeated.
    budget : float
        Multiply-adds that the networks of splits, and those of bootstraps, may take; where a table
        would need more, there are fewer of them, and the report says how many or that there are none.
    """

    name: str
    splits: int
    bootstraps: int
    shuffles: int
    gaussians: int
    cluster_resamples: int
    budget: float


PRESETS: Mapping[str, Preset] = {
    one.name: one
    for one in (
        Preset(
            name="fast",
            splits=5,
            bootstraps=10,
            shuffles=99,
            gaussians=99,
            cluster_resamples=10,
            budget=3e10,
        ),
        Preset(
            name="standard",
            splits=10,
            bootstraps=20,
            shuffles=199,
            gaussians=99,
            cluster_resamples=20,
            budget=1.5e11,
        ),
        Preset(
            name="thorough",
            splits=30,
            bootstraps=100,
            shuffles=999,
            gaussians=499,
            cluster_resamples=100,
            budget=3e12,
        ),
    )
}


def preset_named(name: str) -> Preset:
    """Return the preset of a name.

    Raises
    ------
    RecipeError
        When there is none.

    Examples
    --------
    >>> preset_named("fast").bootstraps
    10
    """
    if name in PRESETS:
        return PRESETS[name]
    raise RecipeError(f"preset={name!r} is not known{nearest(name, PRESETS)}")
