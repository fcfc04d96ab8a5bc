"""In which order factors are shown, and how those that do not come back are marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.diagnosis.reproducibility import STABLE

if TYPE_CHECKING:
    from latentia.insight.results import Study


def factor_order(study: Study) -> list[int]:
    """Return the positions of the factors as they are shown: those that do not come back last."""
    return [int(factor) for factor in np.argsort(_unstable(study), kind="stable")]


def named_factors(study: Study) -> list[str]:
    """Return the names of the factors by position, those that do not come back marked."""
    return [
        f"{name} (unstable)" if unstable else name
        for name, unstable in zip(study.latent_names, _unstable(study), strict=True)
    ]


def _unstable(study: Study) -> np.ndarray:
    return np.nan_to_num(study.comes_back, nan=1.0) < STABLE
