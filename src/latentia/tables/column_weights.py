"""What each column that a network sees counts in its loss: what a setting says of the columns of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import InputError
from latentia.settings import OTHER_COLUMNS
from latentia.tables.naming import find
from latentia.tables.table import Schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


def weights_of(
    setting: Mapping[str, float] | None, columns: Schema | Sequence[str]
) -> NDArray[np.float64] | None:
    """Return what the columns that a network sees count, (q,), with a mean of one over the table's columns.

    All indicators of a category have its weight.

    Parameters
    ----------
    setting : dict or None
        Names of columns with their weights and, as ``"*"``, that of all others, by default 1.
    columns : Schema or sequence of str
        What the columns are, or the names of columns that all hold numbers.

    Returns
    -------
    ndarray of shape (q,) or None
        None where all columns count alike.

    Raises
    ------
    InputError
        If the setting names a column that is not there, or leaves none with a weight.

    Examples
    --------
    >>> weights_of({"income": 2}, ["age", "debt", "income"])
    array([0.75, 0.75, 1.5 ])
    """
    if setting is None:
        return None
    names = columns.names if isinstance(columns, Schema) else columns
    weights = np.full(len(names), setting.get(OTHER_COLUMNS, 1.0))
    for name, weight in setting.items():
        if name != OTHER_COLUMNS:
            weights[find(name, names, "weigh")] = weight
    if not weights.any():
        raise InputError(
            f"column_weights={dict(setting)} gives every column a weight of 0, so there is nothing to learn; "
            "give at least one of them more."
        )
    if (weights == weights[0]).all():
        return None
    # The largest becomes one first, so that no sum overflows.
    weights /= weights.max()
    weights /= weights.mean()
    return (
        np.repeat(weights, [column.width for column in columns.columns])
        if isinstance(columns, Schema)
        else weights
    )
