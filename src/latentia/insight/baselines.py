"""Linear models of the same size, learned from the same training rows.

A network has to earn its place: these two are what it is compared with on the held-out rows. Where
cells are missing, they learn from rows that are completed first, and both they and the network are
judged on observed cells alone (see `latentia.insight.completion`).
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.decomposition import FactorAnalysis
from sklearn.exceptions import ConvergenceWarning

from latentia.insight.categories import level_accuracy
from latentia.insight.completion import codes_of_observed, completed, principal
from latentia.insight.quality import quality, varying
from latentia.insight.residuals import row_errors
from latentia.insight.results import Baseline
from latentia.tables.observed import observed_mean
from latentia.tables.pieces import row_pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from latentia.networks.indicators import Blocks

    Array = NDArray[np.float64]

# Far beyond sklearn's 1,000: nearly exact columns slow the EM steps down, but each step is cheap. Up to this
# size it is, and beyond it a step is a randomised decomposition, and steps are few.
FACTOR_ANALYSIS_STEPS, FEW_FACTOR_ANALYSIS_STEPS = 5000, 200
LARGEST_SIDE_FOR_EXACT_FACTORS = 300
# With more columns than this a noise variance for each of them is more than rows can tell, and long work.
MOST_COLUMNS_FOR_FACTORS = 2000


def pca_baseline(
    training: Array,
    held_out: Array,
    everything: Array,
    n_components: int,
    blocks: Blocks = (),
    *,
    center: Array | None = None,
) -> Baseline:
    """Fit PCA to the training rows and measure it on the held-out rows.

    Parameters
    ----------
    training, held_out, everything : ndarray of shape (rows, p)
        Training rows, held-out rows (may be none) and all rows in table order, in scaled units, nan
        where a cell is missing.
    n_components : int
        Size asked for; fewer are used where rows or columns do not allow as many.
    blocks : sequence of (int, int)
        First column and width of the indicators of each category.
    center : ndarray of shape (p,), optional
        What R² is measured against; the mean of the training rows when None. A network learns the mean of
        fewer rows, and both are to be measured against the same.

    Returns
    -------
    Baseline
        Quality on both sets of rows, and the scores of all rows.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.outer(np.arange(6.0), [1.0, 2.0])
    >>> baseline = pca_baseline(line[:4], line[4:], line, 1)
    >>> round(baseline.held_out.r2, 6)
    1.0
    """
    found = principal_components(training, n_components)
    return _measure(
        "PCA",
        len(found.directions),
        training,
        held_out,
        everything,
        blocks,
        center=center,
        encode=found.encode,
        decode=found.decode,
    )


class PrincipalComponents(NamedTuple):
    """PCA that was fitted to rows."""

    center: Array  # (p,)
    directions: Array  # (size, p)

    def encode(self, rows: Array) -> Array:
        """Return the scores of rows, by their observed cells where some are missing."""
        if np.isnan(rows).any():
            return codes_of_observed(rows - self.center, self.directions)
        return (rows - self.center) @ self.directions.T

    def decode(self, codes: Array, part: slice) -> Array:
        """Return some columns of the rows that codes stand for."""
        return codes @ self.directions[:, part] + self.center[part]


def principal_components(training: Array, n_components: int) -> PrincipalComponents:
    """Fit PCA to rows in scaled units, nan where a cell is missing.

    Examples
    --------
    >>> line = np.outer(np.arange(5.0), [3.0, 4.0])
    >>> np.abs(principal_components(line, 1).directions).round(6)
    array([[0.6, 0.8]])
    """
    size = min(n_components, *training.shape)
    rows = completed(training, size)
    center = rows.mean(axis=0)
    # Centred beforehand, so that an offset of 1e6 costs no digits in the covariance.
    return PrincipalComponents(center, principal(rows - center, size, overwrite=True).directions)


def pca_r2(training: Array, held_out: Array, sizes: Sequence[int]) -> list[float]:
    """Return the held-out R² of PCA of several sizes.

    Without missing cells one decomposition serves them all, because smaller models are parts of the
    largest; with them, what gaps are filled with depends on the size.

    Parameters
    ----------
    training, held_out : ndarray of shape (rows, p)
        In scaled units, nan where a cell is missing.
    sizes : sequence of int

    Examples
    --------
    >>> import numpy as np
    >>> line = np.outer(np.arange(6.0), [1.0, 2.0])
    >>> [round(r2, 6) for r2 in pca_r2(line[:4], line[4:], [1, 2])]
    [1.0, 1.0]
    """
    if np.isnan(training).any() or np.isnan(held_out).any():
        return [pca_baseline(training, held_out, held_out[:0], size).held_out.r2 for size in sizes]
    center = training.mean(axis=0)
    largest = min(max(sizes), *training.shape)
    directions = principal(training - center, largest, overwrite=True).directions
    codes = (held_out - center) @ directions.T

    def r2_of(size: int) -> float:
        def made(part: slice) -> Array:
            return codes[:, :size] @ directions[:size, part] + center[part]

        return quality(held_out, made, center=center, rows="held-out").r2

    return [r2_of(size) for size in sizes]


def factor_analysis_baseline(
    training: Array,
    held_out: Array,
    everything: Array,
    n_components: int,
    blocks: Blocks = (),
    *,
    center: Array | None = None,
) -> Baseline:
    """Fit factor analysis to the training rows and measure it on the held-out rows.

    A row is reconstructed as ``mean + E[z | x] W``, with W the loadings and x its observed cells.
    Columns that are constant in the training rows have no noise variance to estimate; they are
    reconstructed by their mean. Gaps are filled as for PCA of the same size before it is fitted.

    Parameters
    ----------
    training, held_out, everything : ndarray of shape (rows, p)
        Training rows, held-out rows (may be none) and all rows in table order, in scaled units, nan
        where a cell is missing.
    n_components : int
        Size asked for; fewer are used where rows or columns do not allow as many.
    blocks : sequence of (int, int)
        First column and width of the indicators of each category.
    center : ndarray of shape (p,), optional
        As for `pca_baseline`.

    Returns
    -------
    Baseline
        Quality on both sets of rows, and the factor scores of all rows.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> rows = np.outer(rng.normal(size=50), [1.0, 2.0, -1.0]) + 0.1 * rng.normal(size=(50, 3))
    >>> baseline = factor_analysis_baseline(rows[:40], rows[40:], rows, 1)
    >>> baseline.held_out.r2 > 0.95
    True
    """
    varies = varying(training)
    size = min(n_components, len(training) - 1, int(varies.sum()))
    rows = completed(training, size) if size else training
    mean = observed_mean(rows)
    model = _factor_model((rows - mean)[:, varies], size) if size else None

    def encode(rows: Array) -> Array:
        if model is None:
            return np.zeros((len(rows), 0))
        centered = (rows - mean)[:, varies]
        if np.isnan(centered).any():
            return codes_of_observed(centered, model.components_, 1 / model.noise_variance_, prior=True)
        return model.transform(centered)

    def decode(codes: Array, part: slice) -> Array:
        made = np.tile(mean, (len(codes), 1))
        if model is not None:
            made[:, varies] += codes @ model.components_
        return made[:, part]

    return _measure(
        "Factor analysis",
        size,
        training,
        held_out,
        everything,
        blocks,
        center=center,
        encode=encode,
        decode=decode,
    )


def _factor_model(centered: Array, size: int) -> Any:
    small = min(centered.shape) <= LARGEST_SIDE_FOR_EXACT_FACTORS
    model = FactorAnalysis(
        size,
        svd_method="lapack" if small else "randomized",
        max_iter=FACTOR_ANALYSIS_STEPS if small else FEW_FACTOR_ANALYSIS_STEPS,
        random_state=0,
    )
    # Rows of too low a rank have a likelihood without bound, whose logarithm nothing here reads.
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # Noise variances that creep towards zero never quite settle, and the fit is good by then.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(centered)


def _measure(
    name: str,
    size: int,
    training: Array,
    held_out: Array,
    everything: Array,
    blocks: Blocks,
    *,
    center: Array | None,
    encode: Callable[[Array], Array],
    decode: Callable[[Array, slice], Array],
) -> Baseline:
    center = observed_mean(training) if center is None else center
    learned, judged, codes = (_in_pieces(encode, rows, size) for rows in (training, held_out, everything))
    made = decode(judged, slice(None))
    return Baseline(
        name=name,
        n_components=size,
        training=quality(training, lambda part: decode(learned, part), center=center, rows="training"),
        held_out=quality(held_out, made, center=center, rows="held-out"),
        codes=codes,
        held_out_errors=row_errors(held_out, made),
        level_accuracy=tuple(
            level_accuracy(held_out[:, first : first + width], made[:, first : first + width])
            for first, width in blocks
        ),
    )


def _in_pieces(encode: Callable[[Array], Array], rows: Array, size: int) -> Array:
    """Return the codes of rows, (n, size), some at a time."""
    return np.concatenate([np.empty((0, size)), *(encode(rows[part]) for part in row_pieces(rows.shape))])
