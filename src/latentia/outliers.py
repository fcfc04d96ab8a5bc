"""The scikit-learn door to outliers: rows judged by networks that have not learned from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from sklearn.base import BaseEstimator, OutlierMixin, clone
from sklearn.utils.validation import check_is_fitted

from latentia.autoencoder import Autoencoder
from latentia.errors import InputError, RecipeError
from latentia.insight.judged_rows import codes_and_errors, codes_and_reconstructions, scaled_to_judge
from latentia.insight.normal_version import Oddity, nearest_normal, oddest_columns, typical_residuals
from latentia.insight.strangeness import Judge, Region, limit_at, own_p_values, p_values
from latentia.request import checked_seed
from latentia.settings import is_number, is_whole_number
from latentia.tables.containers import contained, container_of
from latentia.tables.estimator_rows import checked_rows, rows_to_learn
from latentia.tables.naming import numbered
from latentia.tables.restoring import restored
from latentia.tables.scan import TableScan
from latentia.tables.spectrum import unexplained_shares
from latentia.tables.table import Table
from latentia.training.endings import Ending

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from latentia.training.progress import Progress
    from latentia.training.trained import Trained

    Array = NDArray[np.float64]

AUTO = "auto"
# "auto" takes as many components as leave a tenth of the variance to straight lines.
UNEXPLAINED = 0.1
NOISE = 2.0
FEWEST_ROWS, FEWEST_FOLDS = 4, 2
# Held-out rows that say what is usual; with fewer, the rows that were learned from help out.
FEWEST_REFERENCE = 20
MOST_CONTAMINATION = 0.5


@dataclass(frozen=True, eq=False)
class Member:
    """A network, and what it takes for usual."""

    trained: Trained
    judge: Judge

    def strangeness(self, scaled: Array) -> Array:
        """Return how strange rows in scaled units are."""
        return self.judge.strangeness(*codes_and_errors(self.trained, scaled))


class AutoencoderOutlierDetector(OutlierMixin, BaseEstimator):
    """Find the rows that do not belong, how rare they are, and why.

    Several networks each learn from all rows but a part, and judge that part: by what they cannot
    reconstruct and by how far out its code lies, since a row far out may be reconstructed perfectly.
    New rows are judged by all networks. A p-value is the share of rows, judged by a network that has
    not learned from them, that are at least as strange; no share of outliers has to be guessed.

    The networks that judge learn to take strong noise off. What is left between a row and its
    cleaned version then grows with the distance from where rows lie, near or far. One more network,
    without such noise, says what a row would be if it were ordinary.

    Parameters
    ----------
    n_components : int or "auto", default="auto"
        Number of hidden variables; "auto" takes as many as principal components explain 90 % of the
        variance.
    autoencoder : Autoencoder or None, default=None
        Every other setting of the networks; None for the defaults. Its `n_components` and
        `random_state` are set by the detector, and for the networks that judge its `corruption`.
    noise : float or None, default=2.0
        Standard deviation of the noise for the networks that judge, in scaled units; None leaves them
        the corruption of `autoencoder`.
    level : float, default=0.05
        `predict` calls a row an outlier if its p-value is at most this. With fewer rows than 1 / level,
        it has to be stranger than all of them.
    contamination : "auto" or float, default="auto"
        "auto" goes by `level`; a share, above 0 and up to 0.5, calls this share of the rows of the fit
        outliers instead.
    n_folds : int, default=5
        Number of networks that judge, each without one part of the rows.
    random_state : int, RandomState instance or None, default=None
        The only source of chance.

    Attributes
    ----------
    scores_ : ndarray of shape (n_samples,)
        How ordinary the rows of the fit are, each judged by the network that has not learned from it.
    p_values_ : ndarray of shape (n_samples,)
        How rare each of them is among the others.
    offset_ : float
        `score_samples` below this makes a row an outlier.
    n_components_ : int
        Number of hidden variables.
    autoencoder_ : Autoencoder
        The network that says what rows would be, fitted to all of them.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Names of the columns, when the table had names.

    See Also
    --------
    Autoencoder.score_samples : The residual of one network alone.

    References
    ----------
    .. [1] Alain & Bengio (2014). What regularized auto-encoders learn from the data-generating
       distribution. JMLR 15.
    .. [2] Vovk (2015). Cross-conformal predictors. Annals of Mathematics and Artificial Intelligence 74.
    .. [3] Bates et al. (2023). Testing for outliers with conformal p-values. Annals of Statistics 51.

    Examples
    --------
    >>> import numpy as np
    >>> from latentia import Autoencoder, AutoencoderOutlierDetector
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 2)) @ rng.normal(size=(2, 6)) + 0.1 * rng.normal(size=(200, 6))
    >>> quick = Autoencoder(max_epochs=20)
    >>> detector = AutoencoderOutlierDetector(2, autoencoder=quick, random_state=0).fit(X)
    >>> strange = X[:1].copy()
    >>> strange[0, 4] += 9
    >>> detector.predict(strange), detector.explain(strange)[0].columns
    (array([-1]), ('column 5',))
    """

    def __init__(
        self,
        n_components: int | str = AUTO,
        *,
        autoencoder: Autoencoder | None = None,
        noise: float | None = NOISE,
        level: float = 0.05,
        contamination: float | str = AUTO,
        n_folds: int = 5,
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.autoencoder = autoencoder
        self.noise = noise
        self.level = level
        self.contamination = contamination
        self.n_folds = n_folds
        self.random_state = random_state

    def fit(
        self,
        X: ArrayLike,
        y: Any = None,  # noqa: ARG002 - scikit-learn's signature
        *,
        progress: Progress | None = None,
    ) -> Self:
        """Train the networks and judge every row by one that has not learned from it.

        Ctrl-C ends all of it with KeyboardInterrupt, since networks that learned for a shorter time than
        others would judge more harshly; the detector then is what it was before.

        Parameters
        ----------
        X : array-like, sparse array or dataframe of shape (n_samples, n_features)
            What `Autoencoder.fit` takes in memory; there may be outliers among the rows.
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
            When the table cannot be trained on, or has fewer than four rows.
        KeyboardInterrupt
            After Ctrl-C, as soon as the epochs at work are done.
        """
        before = dict(vars(self))
        try:
            self._learn(X, progress)
        except BaseException:  # nothing half-fitted stays
            vars(self).clear()
            vars(self).update(before)
            raise
        return self

    def score_samples(self, X: ArrayLike) -> Array:
        """Return how ordinary rows are, (n_samples,): the lower, the stranger."""
        check_is_fitted(self)
        return self._scores(self._scaled_rows(X))

    def decision_function(self, X: ArrayLike) -> Array:
        """Return `score_samples` less `offset_`, (n_samples,): negative for outliers."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: ArrayLike) -> NDArray[np.int64]:
        """Return -1 for outliers and 1 for all other rows, (n_samples,)."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def p_values(self, X: ArrayLike) -> Array:
        """Return the p-value of each new row, (n_samples,).

        Of m rows that the networks had not learned from when they judged them, it is
        ``(1 + number at least as strange) / (1 + m)``. Those of the rows of the fit are `p_values_`;
        with many rows, some small p-values are expected.
        """
        return p_values(-self.score_samples(X), -self.scores_)

    def nearest_normal(self, X: ArrayLike) -> Any:
        """Return what rows would be if they were ordinary, in the units of the table.

        The code of a row is moved to where the codes of ordinary rows lie, and cells that do not fit
        what comes out are passed over, as missing ones are. As `Autoencoder.reconstruct` returns it: an
        array, or a frame of the same library where the table had categories or dates.
        """
        normal = self._in_units(self._normal(self._rows(X))[1])
        if isinstance(normal, np.ndarray):
            return normal
        return contained(normal, container_of(X), rows_of=X)

    def explain(self, X: ArrayLike) -> list[Oddity]:
        """Return which columns make each row strange: up to three, strangest first, observed and expected.

        Returns
        -------
        list of Oddity
            One of each row. An ordinary row has such columns too: those that fit least.
        """
        rows = self._rows(X)
        scaled, normal = self._normal(rows)
        trained = self.autoencoder_.trained_
        blamed = oddest_columns(scaled, normal, trained.network.architecture.blocks)
        seen, expected = self._cells(rows), self._cells(trained.scaling.inverse_transform(normal))
        names, told = self._names(), []
        for row, columns in enumerate(blamed):
            # A category may be expected, only with less certainty.
            odd = [at for at in columns if seen[at][row] != expected[at][row]]
            values = (tuple(cells[at][row] for at in odd) for cells in (seen, expected))
            told.append(Oddity(tuple(names[at] for at in odd), *values))
        return told

    def _learn(self, X: Any, progress: Progress | None) -> None:
        self._check_settings()
        seed = checked_seed(self.random_state)
        rows = self._rows_to_learn(X)
        n_rows = len(rows) if isinstance(rows, np.ndarray) else rows.n_rows
        if n_rows < FEWEST_ROWS:
            name = X.source.name if isinstance(X, Table) else "X"
            raise InputError(
                f"{name} has {n_rows} rows, but at least {FEWEST_ROWS} are needed to judge some by the "
                "others; pass more rows."
            )
        rng = np.random.default_rng(seed)
        parts = np.array_split(rng.permutation(n_rows), min(self.n_folds, n_rows // 2))
        seeds = rng.integers(2**31, size=len(parts) + 1).tolist()
        self.n_components_ = self._size(rows, n_rows - len(parts[0]))
        strangeness = np.empty(n_rows)
        members = []
        for part, own in zip(parts, seeds, strict=False):
            member = self._member(_taken(rows, np.setdiff1d(np.arange(n_rows), part)), own, progress)
            strangeness[part] = member.strangeness(_scaled(member.trained, _taken(rows, part)))
            members.append(member)
        self._members, self.scores_ = tuple(members), -strangeness
        self.autoencoder_ = self._fitted(rows, seeds[-1], {}, progress)
        self._region, self._spread = self._usual(_scaled(self.autoencoder_.trained_, rows))
        self.p_values_ = own_p_values(strangeness)
        if self.contamination == AUTO:
            self.offset_ = -limit_at(self.level, strangeness)
        else:
            known = self._scores([_scaled(member.trained, rows) for member in members])
            self.offset_ = float(np.quantile(known, float(self.contamination)))

    def _check_settings(self) -> None:
        if not (self.n_components == AUTO or is_whole_number(self.n_components, least=1)):
            raise RecipeError(
                f"n_components={self.n_components!r} must be a whole number of at least 1, or 'auto'."
            )
        if not (is_number(self.level) and 0 < self.level < 1):
            raise RecipeError(f"level={self.level!r} must be a number between 0 and 1, such as 0.05.")
        share = self.contamination
        if not (share == AUTO or (is_number(share) and 0 < cast("float", share) <= MOST_CONTAMINATION)):
            raise RecipeError(f"contamination={share!r} must be 'auto', or above 0 and at most 0.5.")
        if not is_whole_number(self.n_folds, least=FEWEST_FOLDS):
            raise RecipeError(
                f"n_folds={self.n_folds!r} must be a whole number of at least 2, such as 5: each part of "
                "the rows is judged by what learned from the others."
            )
        if not (self.autoencoder is None or isinstance(self.autoencoder, Autoencoder)):
            raise RecipeError(
                f"autoencoder={self.autoencoder!r} must be an Autoencoder, whose settings are taken, or None."
            )

    def _rows_to_learn(self, X: Any) -> Array | Table:
        if isinstance(X, TableScan):
            raise InputError(
                "X is a table on disk, but outliers are learned in memory; pass the rows themselves, or a "
                "sample of them, and judge the others with p_values block by block."
            )
        return rows_to_learn(self, X)

    def _size(self, rows: Array | Table, fewest: int) -> int:
        if self.n_components != AUTO:
            return int(self.n_components)
        values = rows
        if isinstance(rows, Table):
            values = rows.schema.learned(rows.values).expand(rows.values)
        seen = np.asarray(values, np.float64)
        wanted = int(np.argmax(unexplained_shares(_standardised(seen)) <= UNEXPLAINED))
        columns = len(rows.schema.columns) if isinstance(rows, Table) else seen.shape[1]
        return max(1, min(wanted, columns, fewest - 1))

    def _fitted(
        self, rows: Array | Table, seed: int, settings: dict[str, Any], progress: Progress | None
    ) -> Autoencoder:
        """Return a network that nobody has stopped: a fit by itself takes Ctrl-C for its end, and returns."""
        model = Autoencoder() if self.autoencoder is None else cast("Autoencoder", clone(self.autoencoder))
        model.set_params(n_components=self.n_components_, random_state=seed, **settings)
        model.fit(cast("Any", rows), progress=progress)
        if Ending.INTERRUPTED in model.trained_.outcome.endings:
            raise KeyboardInterrupt
        return model

    def _member(self, rows: Array | Table, seed: int, progress: Progress | None) -> Member:
        noise = {} if self.noise is None else {"corruption": {"gaussian": self.noise}}
        trained = self._fitted(rows, seed, noise, progress).trained_
        codes, errors = codes_and_errors(trained, _scaled(trained, rows))
        judges = trained.split.held_out
        reference = judges if len(judges) >= FEWEST_REFERENCE else np.arange(len(errors))
        return Member(trained, Judge.of(codes[trained.split.training], codes[reference], errors[reference]))

    def _usual(self, scaled: Array) -> tuple[Region, Array]:
        codes, made = codes_and_reconstructions(self.autoencoder_.trained_, scaled)
        return Region.of(codes), typical_residuals(scaled, made)

    def _scores(self, scaled: list[Array]) -> Array:
        judged = [member.strangeness(rows) for member, rows in zip(self._members, scaled, strict=True)]
        return -np.mean(judged, axis=0)

    def _scaled_rows(self, X: ArrayLike) -> list[Array]:
        """Return rows in the scaled units of each network that judges."""
        if self._members[0].trained.schema is None:
            rows = np.asarray(checked_rows(self, X), np.float64)
            return [scaled_to_judge(member.trained, rows) for member in self._members]
        each = [member.trained for member in self._members]
        known = [np.asarray(checked_rows(self, X, schema=one.schema), np.float64) for one in each]
        return list(map(scaled_to_judge, each, known))

    def _rows(self, X: ArrayLike) -> Array:
        """Return rows as the network sees them that says what they would be."""
        check_is_fitted(self)
        return np.asarray(checked_rows(self, X, schema=self.autoencoder_.trained_.schema), np.float64)

    def _normal(self, rows: Array) -> tuple[Array, Array]:
        trained = self.autoencoder_.trained_
        scaled = scaled_to_judge(trained, rows)
        return scaled, nearest_normal(trained.network, scaled, self._region, self._spread)

    def _in_units(self, normal: Array) -> Any:
        trained = self.autoencoder_.trained_
        made, schema = trained.scaling.inverse_transform(normal), trained.schema
        return made if schema is None else restored(schema.collapse(made), schema)

    def _cells(self, rows: Array) -> list[list[Any]]:
        """Return cells as they stand in the table, by column."""
        schema = self.autoencoder_.trained_.schema
        if schema is None:
            return [column.tolist() for column in rows.T]
        return [column.to_pylist() for column in restored(schema.collapse(rows), schema).columns]

    def _names(self) -> list[str]:
        names = getattr(self, "feature_names_in_", None)
        return numbered(self.n_features_in_) if names is None else list(map(str, names))

    # Set by fit.
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that cells may be missing, and that sparse rows are taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True  # filled in
        return tags


def _taken(rows: Array | Table, positions: NDArray[np.int64]) -> Array | Table:
    return rows.take(positions) if isinstance(rows, Table) else rows[positions]


def _scaled(trained: Trained, rows: Array | Table) -> Array:
    values = rows.values if isinstance(rows, Table) else rows
    return scaled_to_judge(trained, values if trained.schema is None else trained.schema.expand(values))


def _standardised(values: Array) -> Array:
    known = ~np.isnan(values)
    n = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / n
    off = np.where(known, values - mean, 0.0)
    spread = np.sqrt(np.square(off).sum(axis=0) / n)
    return off / np.where(spread > 0, spread, 1.0)
