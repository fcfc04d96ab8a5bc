"""A model file as an estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.autoencoder import Autoencoder
from latentia.modelfiles.model import load_model

if TYPE_CHECKING:
    import os


def load(path: str | os.PathLike[str]) -> Autoencoder:
    """Read a model from a ``.latentia`` file; nothing in the file is ever run.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Autoencoder
        Fitted; its settings are those of the saved fit.

    Raises
    ------
    ModelFileError
        When the file is damaged, too new or not a model file.
    """
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
