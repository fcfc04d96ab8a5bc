"""Rows as they are judged: in scaled units, however far out they are, with codes and residuals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.quality import row_errors
from latentia.networks.tiles import decode_rows, encode_rows
from latentia.training.trained import LARGEST_SCALED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from latentia.training.trained import Trained

    Array = NDArray[np.float64]

# What is farther out than single precision can square is as far out as it can.
FARTHEST = LARGEST_SCALED / 10


def scaled_to_judge(trained: Trained, values: Array) -> Array:
    """Return rows in scaled units; unlike a row to encode, one may be as far out as it likes.

    Parameters
    ----------
    trained : Trained
    values : ndarray of shape (n, p)
        In original units, one column for each level of a category.
    """
    return np.clip(trained.scaling.transform(values), -FARTHEST, FARTHEST)


def codes_and_reconstructions(trained: Trained, scaled: Array) -> tuple[Array, Array]:
    """Return the codes of scaled rows, (n, k), and what the network makes of them, (n, p); float64 both."""
    codes = encode_rows(trained.network, scaled)
    return codes.astype(np.float64), decode_rows(trained.network, codes).astype(np.float64)


def codes_and_errors(trained: Trained, scaled: Array) -> tuple[Array, Array]:
    """Return the codes of scaled rows, (n, k), and their mean squared residuals, (n,)."""
    codes, made = codes_and_reconstructions(trained, scaled)
    return codes, row_errors(scaled, made)
