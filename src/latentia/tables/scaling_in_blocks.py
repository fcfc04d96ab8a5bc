"""Learning a scaling from rows that come in blocks, for tables larger than memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from latentia.tables.moments import Moments
from latentia.tables.row_sample import RowSample
from latentia.tables.scalable import checked_kinds, columns_by_kind
from latentia.tables.scaling import FROM_MOMENTS, Scaling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from latentia.tables.scalable import Kinds


@dataclass(frozen=True, eq=False)
class ScalingInBlocks:
    """What is known of a scaling after some blocks of rows.

    ``"standard"``, ``"minmax"``, ``"log1p-standard"`` and ``"none"`` are learned exactly, up to
    roundings, whatever the blocks. The other kinds look at all rows at once: they are learned from a
    sample of 100,000 rows, or from all where there are no more than that, and then give what
    `Scaling.fit` gives.

    Parameters
    ----------
    kinds : str or tuple of str
        How the columns are scaled.
    moments : Moments
        Of all rows.
    sample : RowSample or None
        Some of the rows; None where no kind needs them.

    Examples
    --------
    >>> learned = ScalingInBlocks.of_nothing(n_columns=1, kind="standard")
    >>> for block in ([[1.0]], [[3.0], [np.nan]]):
    ...     learned = learned.add(block)
    >>> learned.scaling().transform([[5.0]])
    array([[3.]])
    """

    kinds: Kinds
    moments: Moments
    sample: RowSample | None

    @classmethod
    def of_nothing(
        cls, n_columns: int, kind: str | Sequence[str | None] | None, *, seed: int = 0
    ) -> ScalingInBlocks:
        """Return what is known before the first block.

        Parameters
        ----------
        n_columns : int
        kind : str, sequence of str, or None
            As in `Scaling.fit`.
        seed : int, default 0
            Which rows are sampled.

        Raises
        ------
        RecipeError
            If a kind is unknown, or there is not one for every column.
        """
        kinds = checked_kinds(kind, n_columns)
        exact = all(one in FROM_MOMENTS for one, _ in columns_by_kind(kinds))
        sample = None if exact else RowSample.of_nothing(n_columns, seed)
        return cls(kinds, Moments.of_nothing(n_columns, kinds), sample)

    def add(self, block: ArrayLike, row_weights: ArrayLike | None = None) -> ScalingInBlocks:
        """Return what is known with more rows, (n, p), nan where a cell is missing.

        Raises
        ------
        InputError
            As in `Scaling.fit`.
        """
        moments = self.moments.add(block, row_weights)  # first, because it says what is wrong with rows
        sample = None if self.sample is None else self.sample.add(block, row_weights)
        return replace(self, moments=moments, sample=sample)

    def scaling(self, *, size_factors: bool = False) -> Scaling:
        """Return the scaling of all rows so far; `size_factors` as in `Scaling.fit`.

        Raises
        ------
        InputError
            If there are none.
        """
        if self.sample is None:
            return Scaling.from_moments(self.moments, self.kinds)
        rows, weights = self.sample.rows, self.sample.weights
        weights = None if (weights == 1).all() else weights
        if isinstance(self.kinds, str):
            return Scaling.fit(rows, self.kinds, weights, size_factors=size_factors)
        known = [kind in FROM_MOMENTS for kind in self.kinds]
        exact = Scaling.from_moments(self.moments, np.where(known, self.kinds, "none").tolist())
        sampled = Scaling.fit(
            rows, np.where(known, "none", self.kinds).tolist(), weights, size_factors=size_factors
        )
        return replace(
            sampled,
            kind=self.kinds,
            center=np.where(known, exact.center, sampled.center),
            spread=np.where(known, exact.spread, sampled.spread),
        )
