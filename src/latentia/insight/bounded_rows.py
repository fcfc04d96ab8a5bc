"""Whether rows lie within the bounds of what a model has learned from; `bounding` finds these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import InputError
from latentia.insight.judged_rows import codes_and_reconstructions, scaled_to_judge
from latentia.insight.residuals import row_errors
from latentia.insight.strangeness import Region
from latentia.tables.pieces import row_pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from latentia.training.bounds import Bounds
    from latentia.training.coder import Coder

    Array = NDArray[np.float64]

FEWEST_HELD_OUT = 5


def known_bounds(trained: Coder) -> Bounds:
    """Return how far out held-out rows lie.

    Raises
    ------
    InputError
        When nothing is known of it.
    """
    if trained.bounds is None:
        raise InputError(
            f"Nothing says which rows are like those of this fit: {_reason(trained)}; fit again with "
            f"validation_fraction above 0 and at least {FEWEST_HELD_OUT} rows held out."
        )
    return trained.bounds


def _reason(trained: Coder) -> str:
    n_held_out = trained.n_held_out
    if n_held_out < FEWEST_HELD_OUT:
        return f"{n_held_out or 'no'} {'row was' if n_held_out == 1 else 'rows were'} held out"
    return "it has diverged, its held-out rows have no cells, or its file is of an earlier version"


def is_inside(trained: Coder, bounds: Bounds, values: Array) -> NDArray[np.bool_]:
    """Return which rows lie no farther out than held-out rows do, (n,); one without any cell does not.

    Parameters
    ----------
    trained : Coder
    bounds : Bounds
    values : ndarray of shape (n, p)
        In original units, as the networks see them.
    """
    codes, errors = codes_and_residuals(trained, values, np.arange(len(values)))
    region = Region(bounds.center, bounds.whitening, bounds.distance)
    return (errors <= bounds.residual) & (region.distances(codes) <= bounds.distance)


def codes_and_residuals(trained: Coder, values: Array, positions: NDArray[np.int64]) -> tuple[Array, Array]:
    """Return codes and residuals of some rows, piece by piece, so that wide ones are not all copied.

    Parameters
    ----------
    trained : Coder
    values : ndarray of shape (n, p)
        In original units, as the networks see them.
    positions : ndarray of int, shape (m,)
        Which rows.

    Returns
    -------
    codes : ndarray of shape (m, k)
    errors : ndarray of shape (m,)
        Mean squared residuals in scaled units; nan without any cell.
    """
    codes = np.empty((len(positions), trained.recipe.n_components))
    errors = np.empty(len(positions))
    for part in row_pieces((len(positions), values.shape[1])):
        scaled = scaled_to_judge(trained, values[positions[part]])
        codes[part], made = codes_and_reconstructions(trained, scaled)
        with np.errstate(invalid="ignore"):  # without any cell there is no residual
            errors[part] = row_errors(scaled, made)
    return codes, errors
