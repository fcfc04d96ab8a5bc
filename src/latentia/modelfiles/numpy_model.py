"""A model file as something that encodes and decodes without JAX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.modelfiles.container import read_container
from latentia.modelfiles.manifest import read, resolved_recipe
from latentia.modelfiles.numpy_network import NumpyNetwork
from latentia.modelfiles.stored_parts import bounds_of, scaling_of
from latentia.modelfiles.stored_schema import from_store
from latentia.tables.scaled_rows import checked_scale

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

    from latentia.modelfiles.manifest import Manifest
    from latentia.recipe import Recipe
    from latentia.tables.scaling import Scaling
    from latentia.tables.table import Schema
    from latentia.training.bounds import Bounds

    Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class NumpyModel:
    """What `Trained` is to those who only encode and decode: the chosen network with what belongs to it.

    Parameters
    ----------
    recipe : Recipe
    network : NumpyNetwork
    scaling : Scaling
    schema : Schema or None
    bounds : Bounds or None
    n_held_out : int
        See `Trained` for all of these.
    """

    recipe: Recipe
    network: NumpyNetwork
    scaling: Scaling
    schema: Schema | None
    bounds: Bounds | None
    n_held_out: int

    def scale(self, values: Array) -> Array:
        """Return values in scaled units, float64."""
        return checked_scale(self.scaling, values)

    def encode(self, values: Array) -> NDArray[np.float32]:
        """Return the codes of rows in original units, float32 (n, n_components)."""
        return self.encode_scaled(self.scale(values))

    def decode(self, codes: NDArray[Any]) -> Array:
        """Return the rows that codes stand for, in original units, float64 (n, n_features)."""
        return self.scaling.inverse_transform(self.decode_scaled(codes))

    def encode_scaled(self, scaled: Array) -> NDArray[np.float32]:
        """Return the codes of rows in scaled units, float32 (n, n_components)."""
        return self.network.encode(scaled)

    def decode_scaled(self, codes: NDArray[Any]) -> NDArray[np.float32]:
        """Return the rows that codes stand for, in scaled units, float32 (n, n_features)."""
        return self.network.decode(codes)

    def reconstruct_scaled(self, scaled: Array) -> Array:
        """Return the reconstruction of scaled rows in scaled units, float64."""
        return self.decode_scaled(self.encode_scaled(scaled)).astype(np.float64)


def load_without_jax(path: str | os.PathLike[str]) -> tuple[NumpyModel, Manifest]:
    """Read a model, and what its file says about it.

    Raises
    ------
    ModelFileError
        When the file is damaged or its parts do not fit together.
    """
    raw, arrays = read_container(path)
    manifest = read(raw, arrays)
    recipe = resolved_recipe(manifest)
    model = NumpyModel(
        recipe=recipe,
        network=NumpyNetwork.of(manifest.architecture, arrays, member=manifest.chosen),
        scaling=scaling_of(recipe, arrays),
        schema=from_store(manifest.schema),
        bounds=bounds_of(manifest, arrays),
        n_held_out=manifest.n_held_out,
    )
    return model, manifest
