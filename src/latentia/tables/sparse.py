"""Sparse arrays, which store only the cells that are not zero; a network sees all, so these are filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from latentia.errors import InputError
from latentia.tables.cells import LARGEST_EXACT_INTEGER
from latentia.tables.memory import refuse_beyond_memory

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

TWO_DIMENSIONS = 2
BYTES_AT_ONCE = 1 << 25


def is_sparse(data: Any) -> TypeGuard[Any]:
    """Say whether something is a sparse matrix or array of SciPy, or one that becomes such.

    Examples
    --------
    >>> from scipy import sparse
    >>> is_sparse(sparse.eye_array(3)), is_sparse(np.eye(3))
    (True, False)
    """
    return hasattr(data, "tocsr") and hasattr(data, "toarray")


def filled_in(data: Any, *, called: str = "sparse array", single: bool = False) -> NDArray[Any]:
    """Return all cells of a sparse array, as float64 unless they are none.

    Parameters
    ----------
    data : sparse array of shape (n, p)
    called : str
        What to call it.
    single : bool, default False
        Whether single precision stays what it is.

    Returns
    -------
    ndarray of shape (n, p)
        float64; booleans, complex numbers and integers that float64 cannot hold stay what they are, so
        that the rules about these are applied.
    """
    if len(data.shape) != TWO_DIMENSIONS:
        raise InputError(
            f"The {called} has shape {data.shape}, but a table has two dimensions, rows and columns; "
            "reshape it to (rows, columns)."
        )
    n_rows, n_columns = data.shape
    refuse_beyond_memory(n_rows, n_columns, called)
    rows = checked_sparse(data, called)
    cells = np.zeros((n_rows, n_columns), _dtype_of(rows, single=single))
    at_once = max(1, BYTES_AT_ONCE // max(1, n_columns * cells.itemsize))
    for start in range(0, n_rows, at_once):
        cells[start : start + at_once] = rows[start : start + at_once].toarray()
    return cells


def checked_sparse(data: Any, called: str) -> Any:
    """Return a sparse array by rows; places outside of it would be written to, whatever is there.

    Raises
    ------
    InputError
        If it is damaged.
    """
    try:
        if hasattr(data, "check_format"):
            data.check_format(full_check=True)
        return data.tocsr()
    except (ValueError, IndexError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:120]
        raise InputError(f"The {called} is damaged ({reason}); make it anew.") from None


def _dtype_of(rows: Any, *, single: bool) -> DTypeLike:
    kind, stored = rows.dtype.kind, rows.data
    if kind in "iu" and stored.size:
        too_large = int(stored.max()) > LARGEST_EXACT_INTEGER or int(stored.min()) < -LARGEST_EXACT_INTEGER
        return rows.dtype if too_large else np.float64
    if kind in "bc" or (single and rows.dtype == np.float32):
        return rows.dtype
    return np.float64
