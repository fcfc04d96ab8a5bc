"""Known classes as text, one per row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MISSING_LABEL = "missing"


def as_labels(column: Any) -> tuple[NDArray[np.object_], int]:
    """Return the classes as strings, and how many rows had none.

    Whole numbers are written without a decimal point, and rows without a class get the class
    ``"missing"``.

    Parameters
    ----------
    column : ndarray of shape (n,) or pyarrow.ChunkedArray
        The cells of the label column.

    Returns
    -------
    labels : ndarray of shape (n,), objects
        The classes as strings.
    n_missing : int
        How many rows had no class.

    Examples
    --------
    >>> as_labels(np.array([3.0, 5.0, np.nan]))
    (array(['3', '5', 'missing'], dtype=object), 1)
    """
    cells = column.tolist() if isinstance(column, np.ndarray) else column.to_pylist()
    labels = np.array([cell_as_text(cell) for cell in cells], dtype=object)
    missing = np.array([label is None for label in labels], dtype=bool)
    labels[missing] = MISSING_LABEL
    return labels, int(missing.sum())


def cell_as_text(cell: object) -> str | None:
    """Return a cell as text, None where it is missing or blank.

    Examples
    --------
    >>> cell_as_text(3.0), cell_as_text(" a "), cell_as_text("  ")
    ('3', 'a', None)
    """
    if cell is None or cell != cell:  # noqa: PLR0124 - only nan differs from itself
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, bytes):
        return cell.decode("utf-8", errors="replace")
    return str(cell).strip() or None
