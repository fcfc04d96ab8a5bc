"""The scikit-learn door to missing cells: filled in by networks that have shown how well they do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

from latentia.autoencoder import Autoencoder
from latentia.errors import InputError, RecipeError
from latentia.reconstruction import impute
from latentia.settings import is_whole_number
from latentia.tables.estimator_rows import first_rows
from latentia.tables.naming import numbered, shown
from latentia.tables.scan import TableScan
from latentia.training.shrinking import FillingErrors, filling_errors, ready_to_fill

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from latentia.tables.table import Schema
    from latentia.training.progress import Progress
    from latentia.training.trained import Trained

AUTO = "auto"
# Of what a network sees. Columns that tell each other nearly exactly need a wide code, few factors under
# much noise a narrow one: halved until it is narrow.
LARGEST_SHARE, N_SIZES, LARGEST = 0.7, 4, 64
# Hidden cells teach a network to fill gaps where the table has none to learn from.
MASKING = 0.2


class AutoencoderImputer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Fill missing cells in from the cells that are there: numbers, dates, categories, text.

    Networks of several sizes learn side by side. On held-out rows, each cell that is there is hidden once
    and filled in; a smaller size than the largest is taken if it errs clearly less. What is filled in is
    drawn back to the means as far as the same cells say, down to the means themselves where columns say
    nothing about each other.

    Parameters
    ----------
    n_components : int or "auto", default="auto"
        Number of hidden variables; "auto" tries four: 7/10 of what the network sees of a row, at most 64,
        and a half, a quarter and an eighth of that.
    autoencoder : Autoencoder or None, default=None
        Every other setting of the networks; None for the defaults. Its `n_components` and `random_state`
        are set by the imputer.
    random_state : int, RandomState instance or None, default=None
        The only source of chance.

    Attributes
    ----------
    errors_ : dict of int to float
        By number of hidden variables: squared error on hidden cells of held-out rows, as a share of that of
        filling in means; 0 is perfect, 1 no better than means. Empty with fewer than 20 held-out rows.
    n_components_ : int
        Number of hidden variables.
    autoencoder_ : Autoencoder
        The network that fills in; its `save` keeps it for ``latentia impute``.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Names of the columns, when the table had names.

    See Also
    --------
    Autoencoder.impute : The same with a network at hand.

    Notes
    -----
    Cells are taken to be missing at random, given the cells that are there. One value is filled in, the
    likeliest one: filled columns vary less than whole ones.

    References
    ----------
    .. [1] Vincent et al. (2010). Stacked denoising autoencoders. JMLR 11.
    .. [2] Copas (1983). Regression, prediction and shrinkage. JRSS B 45.

    Examples
    --------
    >>> import numpy as np
    >>> from latentia import Autoencoder, AutoencoderImputer
    >>> rng = np.random.default_rng(0)
    >>> whole = rng.normal(size=(200, 2)) @ rng.normal(size=(2, 6))
    >>> X = np.where(rng.random(whole.shape) < 0.1, np.nan, whole)
    >>> imputer = AutoencoderImputer(autoencoder=Autoencoder(max_epochs=50), random_state=0)
    >>> filled = imputer.fit_transform(X)
    >>> bool(np.isnan(filled).any()), imputer.n_components_, imputer.errors_[2] < 0.2
    (False, 2, True)
    """

    def __init__(
        self,
        n_components: int | str = AUTO,
        *,
        autoencoder: Autoencoder | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.autoencoder = autoencoder
        self.random_state = random_state

    def fit(
        self,
        X: ArrayLike,
        y: Any = None,  # noqa: ARG002 - scikit-learn's signature
        *,
        progress: Progress | None = None,
    ) -> Self:
        """Train networks to tell cells from others, and take the one that does so best.

        They train side by side: Ctrl-C ends all of them, and the best weights until then are kept.

        Parameters
        ----------
        X : array-like, sparse array or dataframe of shape (n_samples, n_features)
            What `Autoencoder.fit` takes in memory; nan, None or null where a cell is missing.
        y : ignored
        progress : Progress, optional
            Told how training goes; by default nobody.

        Returns
        -------
        self

        Raises
        ------
        RecipeError
            When a setting cannot be what it is.
        InputError
            When the table cannot be trained on, or has a column without a single cell.
        """
        self._check_settings()
        if isinstance(X, TableScan):
            raise InputError(
                "X is a table on disk, but an imputer learns in memory; fit an Autoencoder to it, whose "
                "impute and `latentia impute` pass over any number of rows."
            )
        values, schema = first_rows(self, X)
        self._refuse_empty_columns(values)
        model = Autoencoder() if self.autoencoder is None else cast("Autoencoder", clone(self.autoencoder))
        model.set_params(random_state=self.random_state)
        if model.corruption == AUTO and not np.isnan(values).any():
            model.set_params(corruption={"masking": MASKING})
        sizes = self._sizes(values, schema)
        if len(sizes) > 1 and model.validation_fraction:
            fitted = list(model.fit_grid(X, {"n_components": sizes}, progress=progress).models)
        else:
            fitted = [model.set_params(n_components=sizes[0]).fit(X, progress=progress)]
        judged = dict(zip(sizes, map(_judged, fitted), strict=True))
        self.errors_ = {size: errors.share for size, errors in judged.items() if errors is not None}
        self.n_components_ = _best(judged)
        self.autoencoder_ = fitted[sizes.index(self.n_components_)]
        return self

    def transform(self, X: ArrayLike) -> Any:
        """Return rows with their missing cells filled in; all other cells are what they were.

        Parameters
        ----------
        X : array-like, sparse array or dataframe of shape (n_samples, n_features)

        Returns
        -------
        ndarray or dataframe of shape (n_samples, n_features)
            Of the kind that was passed, and of the same types.
        """
        check_is_fitted(self)
        return impute(self, X)

    @property
    def trained_(self) -> Trained:
        """The networks that fill in, with their scaling and split."""
        return self.autoencoder_.trained_

    def _check_settings(self) -> None:
        if not (self.n_components == AUTO or is_whole_number(self.n_components, least=1)):
            raise RecipeError(
                f"n_components={self.n_components!r} must be a whole number of at least 1, or 'auto'."
            )
        if not (self.autoencoder is None or isinstance(self.autoencoder, Autoencoder)):
            raise RecipeError(
                f"autoencoder={self.autoencoder!r} must be an Autoencoder, whose settings are taken, or None."
            )

    def _refuse_empty_columns(self, values: NDArray[Any]) -> None:
        empty = np.flatnonzero(np.isnan(values).all(axis=0)).tolist()
        if empty:
            names = getattr(self, "feature_names_in_", numbered(values.shape[1]))
            told = shown([str(names[at]) for at in empty])
            raise InputError(
                f"No cell of {told} is there, so nothing can be learned of what to fill in; drop "
                f"{'it' if len(empty) == 1 else 'them'} first."
            )

    def _sizes(self, values: NDArray[Any], schema: Schema | None) -> list[int]:
        """Return the numbers of components to try, largest first."""
        if self.n_components != AUTO:
            return [int(self.n_components)]
        n_rows, seen = values.shape
        if schema is not None:
            seen = sum(column.width for column in schema.learned(values).columns)
        largest = max(1, min(LARGEST, round(LARGEST_SHARE * seen), n_rows // 2))
        return sorted({max(1, largest >> halvings) for halvings in range(N_SIZES)}, reverse=True)

    # Set by fit.
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that cells may be missing, and that sparse rows are taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        return tags


def _best(judged: dict[int, FillingErrors | None]) -> int:
    """Return the largest size, unless a smaller one is clearly better."""
    best, known = next(iter(judged.items()))
    for size, errors in judged.items():
        if known is not None and errors is not None and errors.is_clearly_below(known):
            best, known = size, errors
    return best


def _judged(model: Autoencoder) -> FillingErrors | None:
    """Learn how to fill in, even from whole rows, and return how well that goes on held-out ones."""
    trained, values = model.trained_, cast("Any", model)._table  # noqa: SLF001 - of the other door
    model.trained_ = ready_to_fill(trained, values, anyway=True)
    held_out = trained.scale(values[trained.split.held_out])
    return filling_errors(model.trained_, held_out)
