"""The engine for this machine: one process, the devices that JAX finds by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentia.engines.compilation_cache import use_compilation_cache
from latentia.engines.devices import told_if_too_small
from latentia.training.fit import fit
from latentia.training.groups import available_cores

if TYPE_CHECKING:
    import numpy as np

    from latentia.recipe import Recipe
    from latentia.tables.table_on_disk import TableOnDisk
    from latentia.training.fit import Task
    from latentia.training.trained import Trained


class LocalEngine:
    """Fits in the current process."""

    @property
    def fits_at_once(self) -> int:
        """How many small fits may go on side by side, in threads: one for each core, or one on a GPU."""
        import jax

        return available_cores() if jax.default_backend() == "cpu" else 1

    def fit(self, values: np.ndarray | TableOnDisk, recipe: Recipe, task: Task) -> Trained:
        """Fit here and now; compiled programs are kept for the next time."""
        use_compilation_cache()
        with told_if_too_small():
            return fit(values, recipe, task)
