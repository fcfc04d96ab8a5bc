"""Rows as they are judged: in scaled units, however far out they are, with codes and residuals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.residuals import row_errors
from latentia.tables.scaled_rows import LARGEST_SCALED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from latentia.training.coder import Coder

    Array = NDArray[np.float64]

# What is farther out than single precision can square is as far out as it can.
FARTHEST = LARGEST_SCALED / 10


def scaled_to_judge(trained: Coder, values: Array) -> Array:
    """Return rows in scaled units; unlike a row to encode, one may be as far out as it likes.

    Parameters
    ----------
    trained : Coder
    values : ndarray of shape (n, p)
        In original units, one column for each level of a category.
    """
    return np.clip(trained.scaling.transform(values), -FARTHEST, FARTHEST)


def codes_and_reconstructions(trained: Coder, scaled: Array) -> tuple[Array, Array]:
    """Return the codes of scaled rows, (n, k), and what the network makes of them, (n, p); float64 both."""
    codes = trained.encode_scaled(scaled)
    return codes.astype(np.float64), trained.decode_scaled(codes).astype(np.float64)


def codes_and_errors(trained: Coder, scaled: Array) -> tuple[Array, Array]:
    """Return the codes of scaled rows, (n, k), and their mean squared residuals, (n,)."""
    codes, made = codes_and_reconstructions(trained, scaled)
    return codes, row_errors(scaled, made)
