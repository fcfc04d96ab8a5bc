"""How well rows are reconstructed, measured against predicting the training mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.results import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def quality(scaled: Array, reconstructed: Array, *, center: Array, rows: str) -> Quality:
    """Measure a reconstruction by its squared error and by R².

    R² is ``1 - error / error of predicting the training mean``, over all cells and for each
    column. It is nan where it has no meaning: per column where the column does not vary among
    these rows, overall where the training mean is already exact or there are no rows.

    Parameters
    ----------
    scaled, reconstructed : ndarray of shape (rows, p)
        The rows and what the model makes of them, in scaled units.
    center : ndarray of shape (p,)
        Mean of each column over the training rows, in scaled units.
    rows : str
        Which rows these are, ``"training"`` or ``"held-out"``.

    Returns
    -------
    Quality
        Error and R², overall and per column.

    Examples
    --------
    >>> import numpy as np
    >>> seen = np.array([[1.0, 5.0], [-1.0, 5.0]])
    >>> made = np.array([[0.5, 5.0], [-0.5, 5.0]])
    >>> measured = quality(seen, made, center=np.array([0.0, 5.0]), rows="training")
    >>> measured.mse, measured.r2, measured.r2_per_column
    (0.125, 0.75, array([0.75,  nan]))
    """
    n_rows, n_columns = scaled.shape
    # A network that blew up is measured too: its overflow is the result, not an accident.
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.square(reconstructed - scaled).sum(axis=0)
        reference = np.square(scaled - center).sum(axis=0)
        varies = np.ptp(scaled, axis=0) > 0 if n_rows else np.zeros(n_columns, dtype=bool)
        per_column = np.full(n_columns, np.nan)
        per_column[varies] = 1 - error[varies] / reference[varies]
        total = reference.sum()
        return Quality(
            rows=rows,
            n_rows=n_rows,
            mse=float(error.sum() / scaled.size) if scaled.size else float("nan"),
            r2=float(1 - error.sum() / total) if total > 0 else float("nan"),
            r2_per_column=per_column,
        )


def row_errors(scaled: Array, reconstructed: Array) -> Array:
    """Return the mean squared error of each row, in scaled units.

    Examples
    --------
    >>> import numpy as np
    >>> row_errors(np.zeros((2, 2)), np.array([[0.0, 0.0], [1.0, 3.0]]))
    array([0., 5.])
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return np.square(reconstructed - scaled).mean(axis=1)
