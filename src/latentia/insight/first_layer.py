"""The weights between the columns and the first layer, and whether their signs can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from latentia.insight.results import FirstLayerWeights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def first_layer_weights(
    kernel: Array,
    column_names: Sequence[str],
    other_kernels: Sequence[Array] | None = None,
    *,
    is_code: bool,
    sign_is_free: bool = False,
    network: str = "",
) -> FirstLayerWeights:
    """Sort the columns of each first-layer unit by the sign of their weight.

    Units of the other seeds are matched one to one by cosine similarity before signs are
    compared. Where the sign of a whole unit is arbitrary (a linear or odd activation), the
    absolute similarity matches, and a matched unit may be flipped as a whole. Two units of
    random weights agree in half of their signs; the matching lifts that somewhat.

    Parameters
    ----------
    kernel : ndarray of shape (p, width)
        First-layer weights of the model that is shown.
    column_names : sequence of str
        Names of the p columns.
    other_kernels : sequence of ndarray of shape (p, width), optional
        First-layer weights of the other seeds.
    is_code : bool
        Whether the first layer is the code itself, so that its units are factors.
    sign_is_free : bool, default False
        Whether a unit of another seed may be flipped as a whole.
    network : str, default ""
        Whose weights these are, in one line.

    Returns
    -------
    FirstLayerWeights
        Weights, lists of columns, and the share of signs that the other seeds agree with; unknown of a
        single column, whose sign has no other beside it to be read against.

    Examples
    --------
    >>> import numpy as np
    >>> kernel = np.array([[0.5], [-0.2]])
    >>> weights = first_layer_weights(kernel, ["ash", "hue"], [np.array([[0.4], [0.1]])], is_code=True)
    >>> weights.unit_names, weights.positive, weights.negative, weights.sign_agreement
    (('factor 1',), (('ash',),), (('hue',),), 0.5)
    """
    names = np.asarray(column_names, dtype=object)
    word = "factor" if is_code else "unit"
    others = other_kernels or () if len(names) > 1 else ()
    agreement = [_agreement(kernel, other, sign_is_free=sign_is_free) for other in others]
    return FirstLayerWeights(
        values=np.asarray(kernel, dtype=np.float64),
        unit_names=tuple(f"{word} {unit + 1}" for unit in range(kernel.shape[1])),
        positive=tuple(tuple(names[weights > 0]) for weights in kernel.T),
        negative=tuple(tuple(names[weights < 0]) for weights in kernel.T),
        sign_agreement=float(np.mean(agreement)) if agreement else float("nan"),
        network=network,
    )


def _agreement(kernel: Array, other: Array, *, sign_is_free: bool) -> float:
    """Return the share of equal signs after matching the units of `other` to those of `kernel`."""
    cosine = _unit_columns(kernel).T @ _unit_columns(other)
    units, partners = linear_sum_assignment(np.abs(cosine) if sign_is_free else cosine, maximize=True)
    flip = np.where(cosine[units, partners] < 0, -1.0, 1.0) if sign_is_free else 1.0
    return float(np.mean(np.sign(kernel[:, units]) == np.sign(other[:, partners] * flip)))


def _unit_columns(kernel: Array) -> Array:
    length = np.linalg.norm(kernel, axis=0)
    return kernel / np.where(length > 0, length, 1.0)
