"""A model file as an estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

import numpy as np

from latentia.errors import InputError

if TYPE_CHECKING:
    import os

    from latentia.autoencoder import Autoencoder
    from latentia.frozen import FrozenAutoencoder

BACKENDS = ("jax", "numpy")


@overload
def load(path: str | os.PathLike[str], backend: Literal["jax"] = "jax") -> Autoencoder: ...


@overload
def load(path: str | os.PathLike[str], backend: Literal["numpy"]) -> FrozenAutoencoder: ...


def load(path: str | os.PathLike[str], backend: str = "jax") -> Autoencoder | FrozenAutoencoder:
    """Read a model from a ``.latentia`` file; nothing in the file is ever run.

    Parameters
    ----------
    path : path-like
    backend : {"jax", "numpy"}, default "jax"
        What computes. With "numpy" the model encodes, decodes and judges rows, but learns no more; it is
        there in a fraction of a second, without JAX and scikit-learn.

    Returns
    -------
    Autoencoder or FrozenAutoencoder
        Fitted; its settings are those of the saved fit.

    Raises
    ------
    ModelFileError
        When the file is damaged, too new or not a model file.
    InputError
        When there is no such backend.
    """
    if backend not in BACKENDS:
        raise InputError(f"backend={backend!r} is none that computes; choose 'jax' or 'numpy'.")
    if backend == "numpy":
        from latentia.frozen import FrozenAutoencoder

        return FrozenAutoencoder(path)
    return _estimator(path)


def _estimator(path: str | os.PathLike[str]) -> Autoencoder:
    from latentia.autoencoder import Autoencoder
    from latentia.modelfiles.model import load_model

    trained, names = load_model(path)
    settings = {name: value for name, value in trained.recipe.to_dict().items() if value != "custom"}
    model = Autoencoder(**settings, random_state=trained.seed)
    model.trained_ = trained
    columns = None if trained.schema is None else len(trained.schema.columns)
    model.n_features_in_ = trained.scaling.n_columns if columns is None else columns
    if names is not None:
        model.feature_names_in_ = np.asarray(names, dtype=object)
    model._store()  # noqa: SLF001 - what `fit` does at its end
    return model
