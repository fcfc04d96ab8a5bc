"""How well rows are reconstructed, measured against predicting the training mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.insight.residuals import squared
from latentia.insight.results import Quality
from latentia.tables.pieces import column_pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def quality(
    scaled: Array, reconstructed: NDArray[Any] | Callable[[slice], Array], *, center: Array, rows: str
) -> Quality:
    """Measure a reconstruction by its squared error and by R².

    R² is ``1 - error / error of predicting the training mean``, over all cells and for each
    column. It is nan where it has no meaning: per column where the column does not vary among
    these rows, overall where the training mean is already exact or there are no rows. Missing
    cells (nan) count nowhere: what a model makes of them cannot be judged.

    Parameters
    ----------
    scaled : ndarray of shape (rows, p)
        The rows in scaled units, nan where a cell is missing.
    reconstructed : ndarray of shape (rows, p), or callable
        What the model makes of them; or what takes a slice of the columns and returns these.
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
    made_of = reconstructed if callable(reconstructed) else lambda part: reconstructed[:, part]
    n_observed, varies = 0, varying(scaled)
    error, reference = np.zeros(scaled.shape[1]), np.zeros(scaled.shape[1])
    # A network that blew up is measured too: its overflow is the result, not an accident.
    with np.errstate(over="ignore", invalid="ignore"):
        for part in column_pieces(scaled.shape):
            seen = scaled[:, part]
            missing = np.isnan(seen)
            n_observed += missing.size - int(missing.sum())
            error[part] = squared(made_of(part) - seen, missing).sum(axis=0)
            reference[part] = squared(seen - center[part], missing).sum(axis=0)
        per_column = np.full(scaled.shape[1], np.nan)
        per_column[varies] = 1 - error[varies] / reference[varies]
        total = reference.sum()
        return Quality(
            rows=rows,
            n_rows=len(scaled),
            mse=float(error.sum() / n_observed) if n_observed else float("nan"),
            r2=float(1 - error.sum() / total) if total > 0 else float("nan"),
            r2_per_column=per_column,
        )


def varying(values: Array) -> NDArray[np.bool_]:
    """Return which columns have at least two different observed cells.

    Examples
    --------
    >>> import numpy as np
    >>> varying(np.array([[1.0, 5.0, np.nan], [2.0, np.nan, np.nan]]))
    array([ True, False, False])
    """
    low = np.fmin.reduce(values, axis=0, initial=np.inf)
    return np.asarray(np.fmax.reduce(values, axis=0, initial=-np.inf) > low)
