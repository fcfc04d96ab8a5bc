"""From codes and rows to what a model makes of them, in the units and the types that the table had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError
from latentia.tables.containers import ARRAY, ARROW, Container, contained, container_of
from latentia.tables.restoring import restored

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from latentia.training.coder import Coder

    Array = NDArray[np.float64]


def decoded(trained: Coder, Z: ArrayLike, codes: NDArray[Any], container: Container | None = None) -> Any:
    """Return the rows that checked codes stand for, as `Autoencoder.inverse_transform` does.

    Parameters
    ----------
    trained : Coder
    Z : array-like or dataframe
        The codes as they were passed.
    codes : ndarray of shape (n_samples, n_components)
    container : Container, optional
        What the table of the fit came in; otherwise the library of the codes is taken.
    """
    if codes.shape[1] != trained.recipe.n_components:
        columns = f"{codes.shape[1]} columns, but the code has {trained.recipe.n_components}"
        raise InputError(f"Z has {columns}; pass what transform returned.")
    made, schema = trained.decode(codes), trained.schema
    if schema is None or schema.holds_numbers:
        return made.astype(codes.dtype)
    return contained(restored(schema.collapse(made), schema), container or _library_or_arrow(Z), rows_of=Z)


def reconstructed(trained: Coder, X: ArrayLike, rows: NDArray[Any]) -> Any:
    """Return what a model makes of rows, as `Autoencoder.reconstruct` does.

    Parameters
    ----------
    trained : Coder
    X : array-like or dataframe
        The rows as they were passed.
    rows : ndarray of shape (n, p)
        The same as the networks see them.
    """
    made, schema = in_units(trained, rows, trained.reconstruct_scaled), trained.schema
    if schema is None or schema.holds_numbers:
        return made.astype(rows.dtype)
    return contained(restored(schema.collapse(made), schema), container_of(X), rows_of=X)


def in_units(trained: Coder, rows: NDArray[Any], made_of: Callable[[Array], Array]) -> Array:
    """Return reconstructions in original units; of counts, for a row of the same size.

    Parameters
    ----------
    trained : Coder
    rows : ndarray of shape (n, p)
        As the networks see them.
    made_of : callable
        Returns reconstructions of scaled rows, in scaled units.
    """
    values = np.asarray(rows, np.float64)
    made = trained.scaling.inverse_transform(made_of(trained.scale(values)))
    sizes = trained.scaling.sizes(values)
    return made if sizes is None else made * sizes


def _library_or_arrow(data: Any) -> Container:
    library = container_of(data).library
    return Container(ARROW if library == ARRAY else library)
