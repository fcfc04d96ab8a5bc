"""What a model leaves over of rows: their squared errors, cell by cell and row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.tables.pieces import row_pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def row_errors(scaled: Array, reconstructed: NDArray[Any]) -> Array:
    """Return the mean squared error of each row's observed cells, in scaled units; nan without any.

    Examples
    --------
    >>> import numpy as np
    >>> row_errors(np.array([[0.0, 0.0], [0.0, np.nan]]), np.array([[0.0, 0.0], [1.0, 3.0]]))
    array([0., 1.])
    """
    errors = np.empty(len(scaled))
    with np.errstate(over="ignore", invalid="ignore"):
        for part in row_pieces(scaled.shape):
            missing = np.isnan(scaled[part])
            squares = squared(reconstructed[part] - scaled[part], missing)
            errors[part] = squares.sum(axis=1) / (~missing).sum(axis=1)
    return errors


def squared(difference: Array, missing: NDArray[np.bool_]) -> Array:
    """Return squares in place of differences, 0 where a cell is missing.

    Parameters
    ----------
    difference : ndarray of shape (n, p)
        Written over.
    missing : ndarray of bool, shape (n, p)
    """
    np.square(difference, out=difference)
    difference[missing] = 0.0
    return difference
