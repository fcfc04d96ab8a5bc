"""The data sets that come with scikit-learn; nothing is downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.tables.assembly import Draft

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

BUILT_IN = ("breast_cancer", "digits", "iris", "wine")
CLASS = "class"


def read_built_in(name: str) -> Draft:
    """Read one of the built-in tables; its classes are in the column ``"class"``.

    Units are known where the column's name states them, as in iris.

    Examples
    --------
    >>> draft = read_built_in("iris")
    >>> draft.n_rows, draft.names[0]
    (150, 'sepal length (cm)')
    """
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    values = np.asarray(bunch.data, dtype=np.float64)
    classes = np.array([str(one) for one in bunch.target_names], dtype=object)[bunch.target]
    return Draft(
        names=[str(column) for column in bunch.feature_names],
        fetch=_columns_of(values),
        n_rows=len(values),
        name=name,
        labels={CLASS: classes},
        default_label=CLASS,
        block=values,
    )


def _columns_of(values: NDArray[np.float64]) -> Callable[[int], Any]:
    return lambda position: values[:, position]
