"""What a fit has learned, as far as it takes to encode rows and decode codes, with JAX or without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from latentia.recipe import Recipe
    from latentia.tables.scaling import Scaling
    from latentia.tables.table import Schema
    from latentia.training.bounds import Bounds

    Array = NDArray[np.float64]


class Coder(Protocol):
    """Anything that encodes and decodes: `Trained`, and what a file is to those who do without JAX."""

    @property
    def recipe(self) -> Recipe:
        """Every setting, with values in place of "auto"."""
        ...

    @property
    def scaling(self) -> Scaling:
        """How columns were brought to comparable size."""
        ...

    @property
    def schema(self) -> Schema | None:
        """What the columns are; None where all of them hold numbers and nothing else is known."""
        ...

    @property
    def bounds(self) -> Bounds | None:
        """How far out held-out rows lie; None where nobody knows."""
        ...

    @property
    def n_held_out(self) -> int:
        """How many rows were held out."""
        ...

    def scale(self, values: Array) -> Array:
        """Return rows in scaled units, (n, n_features)."""
        ...

    def encode(self, values: Array) -> NDArray[np.float32]:
        """Return the codes of rows in original units, (n, n_components)."""
        ...

    def decode(self, codes: NDArray[Any]) -> Array:
        """Return the rows that codes stand for, in original units, (n, n_features)."""
        ...

    def encode_scaled(self, scaled: Array) -> NDArray[np.float32]:
        """Return the codes of rows in scaled units, (n, n_components)."""
        ...

    def decode_scaled(self, codes: NDArray[Any]) -> NDArray[np.float32]:
        """Return the rows that codes stand for, in scaled units, (n, n_features)."""
        ...

    def reconstruct_scaled(self, scaled: Array) -> Array:
        """Return the reconstruction of rows, both in scaled units, (n, n_features)."""
        ...
