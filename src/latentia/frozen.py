"""A fitted autoencoder that learns no more: it encodes and decodes with NumPy alone, and starts at once."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.decoding import decoded, reconstructed
from latentia.errors import LatentiaWarning
from latentia.insight.bounded_rows import is_inside, known_bounds
from latentia.insight.residuals import row_errors
from latentia.modelfiles.numpy_model import load_without_jax
from latentia.tables.aligned_blocks import rows_on_disk
from latentia.tables.estimator_rows import checked_codes, checked_rows
from latentia.tables.plain_rows import LikeLearned, floats
from latentia.tables.scan import TableScan
from latentia.training.endings import Ending

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from latentia.modelfiles.manifest import Manifest
    from latentia.modelfiles.numpy_model import NumpyModel


class FrozenAutoencoder:
    """What `latentia.load` returns with ``backend="numpy"``: an autoencoder that has learned all it will.

    It takes the tables that `Autoencoder` takes, checks them by the same rules, and gives the same numbers
    but for rounding (1e-5 of their scale). Neither JAX nor scikit-learn is loaded. It can be pickled.

    Parameters
    ----------
    path : path-like
        A ``.latentia`` file.

    Attributes
    ----------
    recipe_ : Recipe
        Every setting of the fit.
    trained_ : NumpyModel
        The network, with the scaling and the columns that belong to it.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Names of the columns, when the table of the fit had names.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from latentia import Autoencoder, load
    >>> X = np.random.default_rng(0).normal(size=(50, 4))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Autoencoder(max_epochs=2, random_state=0).fit(X).save(Path(folder, "m.latentia"))
    ...     model = load(Path(folder, "m.latentia"), backend="numpy")
    >>> model.transform(X).shape
    (50, 2)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.trained_, manifest = load_without_jax(path)
        self.recipe_, self.n_features_in_ = self.trained_.recipe, manifest.n_columns
        if manifest.columns is not None:
            self.feature_names_in_ = np.asarray(manifest.columns, dtype=object)
        self._validate = LikeLearned(manifest.columns, manifest.n_columns, "Autoencoder")
        _warn_of_divergence(manifest)

    def __repr__(self) -> str:
        """Return the number of columns and that of hidden variables."""
        size = f"n_features_in_={self.n_features_in_}, n_components={self.recipe_.n_components}"
        return f"FrozenAutoencoder({size})"

    trained_: NumpyModel
    feature_names_in_: NDArray[np.object_]

    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """Return the hidden variables of rows; a row has the same alone, in any order, and among others.

        Parameters
        ----------
        X : array-like, sparse array, dataframe or TableScan of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_components)
            float32 for float32 rows, else float64.
        """
        encode = self.trained_.encode
        parts = [encode(np.asarray(rows, np.float64)).astype(rows.dtype) for rows in self._blocks(X)]
        return np.concatenate(parts)

    def inverse_transform(self, Z: ArrayLike) -> Any:
        """Return the rows that codes stand for, in the table's units; see `Autoencoder.inverse_transform`."""
        return decoded(self.trained_, Z, checked_codes(Z, validate=floats))

    def reconstruct(self, X: ArrayLike) -> Any:
        """Return what the model makes of rows, in the table's units; see `Autoencoder.reconstruct`."""
        return reconstructed(self.trained_, X, self._checked(X))

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return minus the mean squared error of each row, in scaled units; missing cells count nowhere."""
        trained = self.trained_
        scaled = (trained.scale(np.asarray(rows, np.float64)) for rows in self._blocks(X))
        return -np.concatenate([row_errors(rows, trained.reconstruct_scaled(rows)) for rows in scaled])

    def inside(self, X: ArrayLike) -> NDArray[np.bool_]:
        """Say which rows lie within what the fit has learned from; see `Autoencoder.inside`."""
        trained, bounds = self.trained_, known_bounds(self.trained_)
        blocks = self._blocks(X)
        return np.concatenate([is_inside(trained, bounds, np.asarray(rows, np.float64)) for rows in blocks])

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Return the names of the hidden variables, ``factor_1`` and so on, whatever the columns are."""
        names = [f"factor_{index + 1}" for index in range(self.recipe_.n_components)]
        return np.asarray(names, dtype=object)

    def _checked(self, X: ArrayLike) -> NDArray[Any]:
        schema, counts = self.trained_.schema, self.recipe_.of_counts
        return checked_rows(self, X, schema=schema, counts=counts, validate=self._validate)

    def _blocks(self, X: ArrayLike) -> Iterator[NDArray[Any]]:
        return rows_on_disk(self, X) if isinstance(X, TableScan) else iter([self._checked(X)])


def _warn_of_divergence(manifest: Manifest) -> None:
    ending = Ending[manifest.endings[manifest.chosen].upper()]
    if ending is Ending.DIVERGED:
        warnings.warn(ending.advice, LatentiaWarning, stacklevel=4)
