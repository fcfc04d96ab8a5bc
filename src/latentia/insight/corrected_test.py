"""Whether one method beats another over repeated splits, allowing for the rows that the splits share.

Splits of one table overlap, so differences between two methods vary less from split to split than they
would from table to table, and a plain t-test finds far too much. Nadeau & Bengio ("Inference for the
Generalization Error", Machine Learning 52, 2003) put ``1/J + n_held_out/n_training`` in place of ``1/J``
before the variance over J splits; Bouckaert & Frank (2004) found its level held well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import t

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

FEWEST_SPLITS = 2
COVERAGE = 0.95


class CorrectedTest(NamedTuple):
    """A mean difference with its standard error, an interval and a two-sided p-value."""

    mean: float
    standard_error: float
    low: float
    high: float
    p_value: float


def corrected_test(differences: ArrayLike, n_training: int, n_held_out: int) -> CorrectedTest:
    """Test whether differences over random splits of one table have a mean of 0.

    Parameters
    ----------
    differences : array-like of shape (splits,)
        One difference for each split, two at least.
    n_training, n_held_out : int
        Rows of each split that were learned from, and that judged.

    Returns
    -------
    CorrectedTest
        Where all differences are equal the standard error is 0, and the p-value 1 if they are 0
        and 0 if not.

    Raises
    ------
    ValueError
        With fewer than two splits, which say nothing of their spread.

    Examples
    --------
    >>> found = corrected_test([0.04, 0.06, 0.05, 0.05], n_training=80, n_held_out=20)
    >>> round(found.mean, 3), round(found.standard_error, 4), found.p_value < 0.01
    (0.05, 0.0058, True)
    """
    seen = np.asarray(differences, dtype=np.float64)
    n_splits = len(seen)
    if n_splits < FEWEST_SPLITS:
        raise ValueError(f"{n_splits} split(s) say nothing of how splits differ; give at least two.")
    mean = float(seen.mean())
    error = float(np.sqrt((1 / n_splits + n_held_out / n_training) * seen.var(ddof=1)))
    if error == 0:
        return CorrectedTest(mean, 0.0, mean, mean, float(mean == 0))
    margin = float(t.ppf((1 + COVERAGE) / 2, n_splits - 1)) * error
    p_value = float(2 * t.sf(abs(mean) / error, n_splits - 1))
    return CorrectedTest(mean, error, mean - margin, mean + margin, p_value)
