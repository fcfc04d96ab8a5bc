"""Whether new rows are like those that a model has learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from sklearn.utils.validation import check_is_fitted

from latentia.insight.bounded_rows import is_inside, known_bounds

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from sklearn.base import BaseEstimator

    from latentia.training.trained import Trained


def inside(estimator: BaseEstimator, X: ArrayLike) -> NDArray[np.bool_]:
    """Say which rows lie within what the fit has learned from; the codes of others mean little.

    A row is inside if its residual is no larger, and its code no farther out, than those of the rows that
    the fit held out, at limits that about one in a hundred rows like these exceeds.

    Parameters
    ----------
    X : array-like, sparse array, dataframe or TableScan of shape (n_samples, n_features)

    Returns
    -------
    ndarray of bool, shape (n_samples,)
        False also for a row without any cell.

    Raises
    ------
    InputError
        When fewer than five rows were held out, as after `partial_fit`, so that nothing is known.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from latentia import Autoencoder
    >>> X = load_wine().data
    >>> ae = Autoencoder(n_components=3, max_epochs=20, random_state=0).fit(X)
    >>> bool(ae.inside(X).mean() > 0.9), bool(ae.inside(2 * X).any())
    (True, False)
    """
    check_is_fitted(estimator)
    trained: Trained = cast("Any", estimator).trained_
    bounds = known_bounds(trained)
    blocks = cast("Any", estimator)._blocks(X)  # noqa: SLF001 - this function is a method of it
    return np.concatenate([is_inside(trained, bounds, np.asarray(rows, np.float64)) for rows in blocks])
