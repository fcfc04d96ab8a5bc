"""Parts of a model file that are plain NumPy, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentia.tables.scaling import Scaling
from latentia.training.bounds import Bounds

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from latentia.modelfiles.manifest import Manifest
    from latentia.recipe import Recipe

    Arrays = Mapping[str, np.ndarray]


def scaling_of(recipe: Recipe, arrays: Arrays) -> Scaling:
    """Return how columns were brought to comparable size."""
    kept = {
        name.removeprefix("scaling/"): array for name, array in arrays.items() if name.startswith("scaling/")
    }
    return Scaling.from_arrays(recipe.scaling, kept)


def bounds_of(manifest: Manifest, arrays: Arrays) -> Bounds | None:
    """Return how far out held-out rows lie, None where nobody knows."""
    known = manifest.bounds
    if known is None:
        return None
    center, whitening = arrays["bounds/center"], arrays["bounds/whitening"]
    return Bounds(center, whitening, known.distance, known.residual, known.n_rows)
