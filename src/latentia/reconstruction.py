"""What a model makes of codes and rows: reconstructions, and the cells that rows lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from latentia.decoding import decoded, in_units, reconstructed
from latentia.tables.estimator_rows import checked_codes, checked_rows
from latentia.tables.filling import filled
from latentia.tables.naming import numbered
from latentia.tables.sparse import filled_in, is_sparse
from latentia.tables.table import OTHERS, Column

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from sklearn.base import BaseEstimator

    from latentia.tables.table import Schema
    from latentia.training.trained import Trained

    Array = NDArray[np.float64]


def inverse_transform(estimator: BaseEstimator, Z: ArrayLike) -> Any:
    """Return the rows that codes stand for, in the table's units.

    Parameters
    ----------
    Z : array-like or dataframe of shape (n_samples, n_components)

    Returns
    -------
    ndarray or dataframe of shape (n_samples, n_features)
        An array of numbers. If the model was fitted to categories or dates, a frame of the same
        library with the same columns, of the same types: text, dates, times and whole numbers are what
        they were. A model that was loaded knows no library and takes that of `Z`. In an array, times
        of the day and durations are seconds.
    """
    trained, codes = _trained(estimator), checked_codes(Z)
    # A model that was loaded has learned columns, but from no table at hand.
    return decoded(trained, Z, codes, cast("Any", estimator)._container)  # noqa: SLF001 - this is a method of it


def reconstruct(estimator: BaseEstimator, X: ArrayLike) -> Any:
    """Return what the model makes of rows: each one through the code and back, in the table's units.

    Parameters
    ----------
    X : array-like or dataframe of shape (n_samples, n_features)

    Returns
    -------
    ndarray or dataframe of shape (n_samples, n_features)
        As `inverse_transform` returns it; with a loss for counts, counts of a row as large as it is.
        It is what the chosen network says, whose codes `transform` gives.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from latentia import Autoencoder
    >>> X = load_wine().data
    >>> Autoencoder(n_components=3, max_epochs=20, random_state=0).fit(X).reconstruct(X).shape
    (178, 13)
    """
    trained = _trained(estimator)
    return reconstructed(trained, X, _rows(estimator, X))


def impute(estimator: BaseEstimator, X: ArrayLike) -> Any:
    """Return rows with their missing cells filled in by what the model makes of the other cells.

    Where several networks were trained (`n_seeds`), the mean of what they say is taken, which errs
    less than one alone. More components than a picture needs often fill gaps better. The code of a row
    is moved until its other cells fit better, if the fit has found on hidden cells of its validation
    rows that this fills gaps clearly better (`trained_.hold`).

    Parameters
    ----------
    X : array-like or dataframe of shape (n_samples, n_features)

    Returns
    -------
    ndarray or dataframe of shape (n_samples, n_features)
        Of the kind that was passed, and of the same types. Cells that were there are untouched. A
        missing category becomes the likeliest one that has a level of its own.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_wine
    >>> from latentia import Autoencoder
    >>> X = load_wine().data
    >>> X[::7, 4] = np.nan
    >>> whole = Autoencoder(n_components=3, max_epochs=20, random_state=0).fit(X).impute(X)
    >>> bool(np.isnan(whole).any()), bool((whole[1] == X[1]).all())
    (False, True)
    """
    trained = _trained(estimator)
    X = filled_in(X) if is_sparse(X) else X
    made = in_units(trained, _rows(estimator, X), trained.fill_scaled)
    schema = trained.schema
    if schema is None:
        names = numbered(made.shape[1])
        return filled(X, made, [Column(name, "numeric", "float64", None, "") for name in names])
    return filled(X, schema.collapse(_without_pools(made, schema)), schema.columns)


def _trained(estimator: BaseEstimator) -> Trained:
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(estimator)
    return cast("Any", estimator).trained_


def _rows(estimator: BaseEstimator, X: ArrayLike) -> NDArray[Any]:
    trained = _trained(estimator)
    return checked_rows(estimator, X, schema=trained.schema, counts=trained.recipe.of_counts)


def _without_pools(made: Array, schema: Schema) -> Array:
    """Leave the level of all rare categories out: no cell can hold it."""
    made = made.copy()
    ends = np.cumsum([column.width for column in schema.columns])
    for end, column in zip(ends.tolist(), schema.columns, strict=True):
        last = column.levels[-1] if column.levels else ""
        if last.strip() == OTHERS and last not in column.categories:
            made[:, end - 1] = -1.0 if column.width > 1 else np.nan
    return made
