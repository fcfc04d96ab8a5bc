"""The scikit-learn door: validate, delegate, store."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, Unpack, cast

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from latentia.disk_fit import fit_on_disk
from latentia.engines import engine_named
from latentia.errors import LatentiaWarning
from latentia.grid_fit import fit_grid
from latentia.inside import inside
from latentia.insight.bounding import bounded
from latentia.insight.residuals import row_errors
from latentia.learning_rate_sweep import find_learning_rate
from latentia.modelfiles.model import describe_model, save_model
from latentia.partial_fit import partial_fit
from latentia.reconstruction import impute, inverse_transform, reconstruct
from latentia.request import check_warm_start, checked_checkpoints, checked_seed, recipe_of
from latentia.tables.aligned_blocks import rows_on_disk
from latentia.tables.containers import container_of
from latentia.tables.estimator_rows import checked_rows
from latentia.tables.learning_rows import learning_rows
from latentia.tables.naming import numbered
from latentia.tables.row_options import RowOptions
from latentia.tables.scan import TableScan
from latentia.training.callbacks import checked_callbacks
from latentia.training.checkpoints import NotKept
from latentia.training.fit import Task
from latentia.training.shrinking import ready_to_fill

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from latentia.insight.findings import Finding
    from latentia.networks.bottlenecks import Bottleneck
    from latentia.tables.containers import Container
    from latentia.tables.table_on_disk import TableOnDisk
    from latentia.training.checkpoints import Checkpoints
    from latentia.training.passes import Passes
    from latentia.training.progress import Progress
    from latentia.training.trained import Trained


class Autoencoder(TransformerMixin, BaseEstimator):
    """Find the few hidden variables behind a table with an autoencoder.

    Rows are scaled, squeezed through a narrow layer of `n_components` units, the code, and
    reconstructed; what passes through the code is what the columns share. Part of the rows is
    held out while training, to keep the weights that reconstruct unseen rows best.

    Parameters
    ----------
    n_components : int, default=2
        Number of hidden variables (width of the code).
    hidden_layer_sizes : tuple of int, int or "auto", default="auto"
        Widths of the encoder's hidden layers, ``()`` for none; the decoder mirrors them. "auto" takes
        two: four times the columns as a power of two between 128 and 512, then half of it.
    activation : str, default="gelu"
        Of the hidden layers: "linear", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh",
        "sigmoid" or "softplus".
    output_activation : str, default="auto"
        Of the last layer, or "softmax"; "auto" is "linear" unless the loss asks for another.
    bottleneck : str, dict or object, default="linear"
        What makes the code: an activation; "gaussian" (variational), "topk" (sparse) or "ordered" (by
        importance), with settings such as ``{"name": "topk", "active": 3}`` or ``{"name": "linear",
        "rotation": "varimax"}``; or an object of your own.
    loss : str or dict, default="auto"
        "mse", "mae", "huber", "bce" or "categorical" (probabilities), "poisson" or "nb" (counts, with a
        setting: ``{"name": "nb", "size_factors": False}``); "auto" is "mse".
    penalty : str, dict, list or None, default=None
        Penalties with their weights, such as ``{"l1_codes": 1e-4}``: "l1_codes", "l2_codes",
        "l1_activations", "l1_weights", "l2_weights", "kl_sparsity", "contractive", "contractive_sampled".
    corruption : str, dict or None, default="auto"
        Noise on the input while training: ``{"gaussian": 0.3}`` standard deviations, or a share of
        cells that are hidden (``{"masking": 0.1}``) or exchanged (``{"swap": 0.1}``). "auto" is normal
        noise, less of it the more rows there are, and where cells are missing masking; None is none.
    dropout : float, default=0.0
        Probability of silencing a hidden unit while training.
    tied : bool, default=False
        Whether the weights of the decoder are those of the encoder, transposed.
    optimizer : str, dict or optax.GradientTransformation, default="adamw"
        "adam", "adamw", "sgd", "rmsprop", "adagrad", "lion" or "muon", or one with settings such as
        ``{"name": "sgd", "momentum": 0.9}``; each takes "weight_decay", "clip" (longest gradient)
        and "averaging" (of weights, over a share of all steps).
    learning_rate : float, dict, "auto" or None, default="auto"
        A constant rate, or a schedule such as ``{"schedule": "cosine", "rate": 3e-3}``: "constant",
        "cosine", "exponential", "step", "one_cycle" or "reduce_on_plateau". "auto" is a cosine from
        a rate tabulated by optimiser and width; `find_learning_rate` measures one on your table.
        None with an optimiser of your own, which brings its own rate.
    batch_size : int or "auto", default="auto"
        Rows per step; "auto" is about a sixtieth of the training rows, from 32 to 256.
    max_epochs : int or "auto", default="auto"
        Most passes over the training rows; "auto" is about 6000 steps (fewer for more than 2,048
        columns), from 20 to 300 passes.
    validation_fraction : float, default=0.2
        Share of the rows held out to choose the best epoch; 0, or fewer than five rows, for none.
    patience : int, None or "auto", default="auto"
        Epochs without improvement on the held-out rows before training stops, or ten of clear
        overfitting; None never stops early; "auto" is a third of `max_epochs`, at least 10.
    scaling : str, dict or None, default="auto"
        How columns get comparable sizes, from training rows only: "standard", "robust", "minmax",
        "quantile", "log1p", "log1p-standard" or None; or ``{"income": "robust", "*": "standard"}``,
        by column. "auto" is "log1p" for counts, else "standard".
    column_weights : dict or None, default=None
        What columns count in the loss, such as ``{"income": 2, "*": 1}``; None is 1 for all. One of
        weight 0 is seen but not reconstructed.
    n_seeds : int, default=1
        Networks trained side by side from different starts; the best on the held-out rows is used.
    engine : {"local"} or engine object, default="local"
        Where the fit runs.
    random_state : int, RandomState instance or None, default=None
        The only source of chance. The same number gives the same bytes on the same machine.
    verbose : bool, default=False
        Whether to print a line about each part of the training.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights and with the scaling of the last fit. Such a fit may
        be judged by rows that it has learned from before; `diagnose` says so.

    Attributes
    ----------
    history_ : dict of ndarray of shape (epochs,)
        ``epoch``, ``loss`` (as trained, noise included), ``val_loss`` (held-out rows),
        ``clean_loss`` (a sample of training rows without noise), ``penalty``, ``learning_rate``.
    best_epoch_ : int
        Epoch, from 1, whose weights were kept.
    ending_ : str
        How training ended: "converged", "epoch_limit", "patience_exhausted", "stopped" (by a callback),
        "diverged" or "interrupted".
    encoder_weights_ : ndarray of shape (n_features, width)
        Weights between the columns and the first layer.
    recipe_ : Recipe
        Every setting, with values in place of "auto".
    trained_ : Trained
        Networks of all seeds, scaling, split and history.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Names of the columns, when the table had names.

    See Also
    --------
    sklearn.decomposition.PCA : The best linear code; compare with it.

    References
    ----------
    .. [1] Hinton & Salakhutdinov (2006). Reducing the dimensionality of data with neural networks. Science.
    .. [2] Vincent et al. (2008). Extracting and composing robust features with denoising autoencoders. ICML.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from latentia import Autoencoder
    >>> X = load_wine().data
    >>> ae = Autoencoder(n_components=3, random_state=0).fit(X)
    >>> ae.transform(X).shape
    (178, 3)
    >>> 0.6 < ae.score(X) < 0.95
    True
    """

    def __init__(
        self,
        n_components: int = 2,
        *,
        hidden_layer_sizes: Sequence[int] | int | str = "auto",
        activation: str = "gelu",
        output_activation: str = "auto",
        bottleneck: str | Mapping[str, Any] | Bottleneck = "linear",
        loss: str | Mapping[str, Any] = "auto",
        penalty: Any = None,
        corruption: Any = "auto",
        dropout: float = 0.0,
        tied: bool = False,
        optimizer: Any = "adamw",
        learning_rate: Any = "auto",
        batch_size: int | str = "auto",
        max_epochs: int | str = "auto",
        validation_fraction: float = 0.2,
        patience: int | str | None = "auto",
        scaling: Any = "auto",
        column_weights: Any = None,
        n_seeds: int = 1,
        engine: Any = "local",
        random_state: Any = None,
        verbose: bool = False,
        warm_start: bool = False,
    ) -> None:
        self.n_components = n_components
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.output_activation = output_activation
        self.bottleneck = bottleneck
        self.loss = loss
        self.penalty = penalty
        self.corruption = corruption
        self.dropout = dropout
        self.tied = tied
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.scaling = scaling
        self.column_weights = column_weights
        self.n_seeds = n_seeds
        self.engine = engine
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start

    def fit(
        self,
        X: ArrayLike,
        y: Any = None,  # noqa: ARG002 - scikit-learn passes y to every step
        *,
        progress: Progress | None = None,
        callbacks: Any = None,
        checkpoint: Any = None,
        **rows: Unpack[RowOptions],
    ) -> Self:
        """Train on a table; Ctrl-C ends it early, and the best weights until then are kept.

        Parameters
        ----------
        X : array-like, sparse array, dataframe or TableScan of shape (n_samples, n_features)
            Numbers in any units; in a frame also text, categories, booleans and dates. Cells may be
            missing. A table larger than memory comes from `latentia.scan_table`.
        y : ignored
            For pipelines; classes are never trained on.
        progress : Progress, optional
            Told how training goes; by default nobody, or lines on the screen if `verbose`.
        callbacks : callable or list of callable, optional
            Called after every epoch with a `latentia.Epoch`; one that returns True stops the fit.
        checkpoint : path-like or CheckpointFolder, optional
            Folder to keep how far the fit has come. A fit that was stopped, even by a power cut,
            goes on when it is repeated and ends with the same model; `save` empties the folder.
        **rows : sample_weight, groups or validation, optional
            How much each row counts, of shape (n_samples,); which rows stay together on one side of
            the split, of shape (n_samples,); other rows of the same columns to judge epochs by.

        Returns
        -------
        self

        Raises
        ------
        RecipeError
            When a setting cannot be what it is.
        InputError
            When the table cannot be trained on: infinite cells, fewer rows than components or fewer
            than two, more components than columns, or all rows the same.
        CheckpointError
            When the checkpoints are those of another fit, or damaged.
        """
        from latentia.views.progress import telling

        if isinstance(X, TableScan):
            return fit_on_disk(self, X, rows, progress=progress, callbacks=callbacks, checkpoint=checkpoint)
        recipe = recipe_of(self)
        engine, seed = engine_named(self.engine), checked_seed(self.random_state)
        kept, asked = checked_checkpoints(checkpoint, self.random_state), checked_callbacks(callbacks)
        previous = getattr(self, "trained_", None) if self.warm_start else None
        check_warm_start(previous, recipe, table_at_hand=self._table is not None and self._passes is None)
        # A warm start goes on with the columns it has; a fresh one learns which there are.
        first, schema = previous is None, previous and previous.schema
        known = learning_rows(self, X, rows, recipe, seed=seed, first=first, schema=schema)
        values = known.values
        with telling(progress, verbose=self.verbose) as told:
            if progress is None:
                told.stage("Training", f"{len(values)} rows of {values.shape[1]} columns")
            task = Task(seed=seed, **known.told(), progress=told, checkpoints=kept)
            task = replace(task, callbacks=asked, previous=previous, previous_values=self._table)
            self.trained_ = bounded(ready_to_fill(engine.fit(values, recipe, task), values), values)
        self._table, self._on_disk, self._checkpoints, self._passes = values, None, kept, None
        self._container = container_of(X)
        self._store()
        return self

    find_learning_rate = find_learning_rate
    fit_grid = fit_grid
    partial_fit = partial_fit

    def transform(self, X: ArrayLike) -> NDArray:
        """Return the hidden variables of rows; a row has the same alone, in any order, and among others.

        Parameters
        ----------
        X : array-like, sparse array or dataframe of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_components)
            float32 for float32 rows, else float64; a dataframe after ``set_output``. Categories that
            were not there in the fit count as rare or as missing, and a warning names them.
        """
        blocks, encode = self._blocks(X), self.trained_.encode
        return np.concatenate([encode(np.asarray(rows, np.float64)).astype(rows.dtype) for rows in blocks])

    inverse_transform = inverse_transform
    reconstruct = reconstruct
    impute = impute
    inside = inside

    def score(self, X: ArrayLike, y: Any = None) -> float:  # noqa: ARG002 - scikit-learn's signature
        """Return R² of the reconstruction, all columns together, in scaled units.

        1 is perfect, 0 is no better than predicting each column's mean over the training rows.

        Parameters
        ----------
        X : array-like, sparse array or dataframe of shape (n_samples, n_features)
        y : ignored
        """
        error = total = 0.0
        for scaled in self._scaled(X):
            error += np.nansum(np.square(self.trained_.reconstruct_scaled(scaled) - scaled))
            total += np.nansum(np.square(scaled - self.trained_.center))
        if total == 0.0:
            return 1.0 if error == 0.0 else 0.0
        return float(1.0 - error / total)

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return minus the mean squared error of each row, in scaled units.

        Parameters
        ----------
        X : array-like, sparse array or dataframe of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
            The higher, the more like the training rows; missing cells count nowhere.
        """
        blocks, made = self._scaled(X), self.trained_.reconstruct_scaled
        return -np.concatenate([row_errors(scaled, made(scaled)) for scaled in blocks])

    def diagnose(self, X: ArrayLike | None = None) -> list[Finding]:
        """Say in words what is right and wrong with this fit, worst first.

        Parameters
        ----------
        X : array-like, sparse array or dataframe of shape (n_samples, n_features), optional
            The table of the fit; needed only for a model that was loaded or unpickled, without rows.

        Returns
        -------
        list of Finding
        """
        from latentia.insight.fit_diagnosis import Evidence, diagnose_fit

        check_is_fitted(self)
        table = (self._on_disk or self._table) if X is None else np.asarray(self._checked(X), np.float64)
        evidence = None if table is None else Evidence.of(table, self.trained_.split)
        return diagnose_fit(self.trained_, evidence, self._column_names())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a ``.latentia`` file, which holds no rows of the table.

        Parameters
        ----------
        path : path-like
            An older file of that name is left whole if this one cannot be written.

        Raises
        ------
        InputError, OutputError
            When the optimiser is an object, which a file cannot hold; when the file cannot be written.
        """
        check_is_fitted(self)
        save_model(path, self.trained_, self._known_names())
        if self.ending_ != "interrupted":
            self._checkpoints.clear()

    def describe(self) -> dict[str, Any]:
        """Return what the model is and how its training ended, as plain values."""
        check_is_fitted(self)
        return describe_model(self.trained_, self._known_names())

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Return the names of the hidden variables, ``factor_1`` and so on, whatever the columns are."""
        check_is_fitted(self)
        names = [f"factor_{index + 1}" for index in range(self.trained_.recipe.n_components)]
        return np.asarray(names, dtype=object)

    def _checked(self, X: ArrayLike) -> NDArray:
        check_is_fitted(self)
        return checked_rows(self, X, schema=self.trained_.schema, counts=self.recipe_.of_counts)

    def _blocks(self, X: ArrayLike) -> Iterator[NDArray]:
        """Yield rows as the networks see them: those in memory at once, those of a TableScan in blocks."""
        check_is_fitted(self)
        return rows_on_disk(self, X) if isinstance(X, TableScan) else iter([self._checked(X)])

    def _scaled(self, X: ArrayLike) -> Iterator[NDArray[np.float64]]:
        return (self.trained_.scale(np.asarray(rows, np.float64)) for rows in self._blocks(X))

    def _known_names(self) -> list[str] | None:
        return list(map(str, self.feature_names_in_)) if hasattr(self, "feature_names_in_") else None

    def _column_names(self) -> tuple[str, ...]:
        schema, names = self.trained_.schema, self._known_names() or numbered(self.n_features_in_)
        return tuple(names) if schema is None else schema.expanded_names

    def _store(self) -> None:
        """Make what was learned visible under scikit-learn's names."""
        trained, member = self.trained_, self.trained_.chosen
        self.recipe_ = trained.recipe
        self.history_ = trained.outcome.history_of(member)
        self.best_epoch_ = int(trained.outcome.best_epoch[member])
        self.ending_ = trained.outcome.endings[member].label
        self.encoder_weights_ = np.asarray(trained.network.column_weights)
        if self.ending_ == "diverged":
            warnings.warn(trained.outcome.endings[member].advice, LatentiaWarning, stacklevel=3)

    # Routed by scikit-learn. In the signature, sample_weight would promise that weight two is a row twice.
    __metadata_request__fit = dict.fromkeys(RowOptions.__annotations__)

    # Set by fit.
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    trained_: Trained
    _table: NDArray[np.float64] | None = None
    _on_disk: TableOnDisk | None = None
    _checkpoints: Checkpoints = NotKept()
    _passes: Passes | None = None
    _container: Container | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave the table out of pickles: a model file holds no rows."""
        state = cast("dict[str, Any]", super().__getstate__())
        left_out = {"_table", "_on_disk", "_checkpoints"}
        return {name: value for name, value in state.items() if name not in left_out}

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that cells may be missing, and that float32 rows get float32 codes."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True  # taken, and filled in
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
