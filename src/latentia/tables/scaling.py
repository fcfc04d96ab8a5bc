"""Bringing columns to comparable size, learned from training rows only, and back.

Everything is computed in float64: a column with offset 1e6 and standard deviation 0.01 keeps
its shape here and loses it when it is cast to float32 first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError, RecipeError
from latentia.tables.observed import of_observed
from latentia.tables.quantiles import QuantileMap
from latentia.tables.scalable import (
    KINDS,
    LARGEST_VALUE,
    checked_kinds,
    checked_rows,
    columns_by_kind,
    columns_of,
    columns_with_gaps,
    refuse_negative,
    weighted_rows,
)
from latentia.tables.scaling_arrays import checked_arrays
from latentia.tables.sizes import common_size, sizes_of
from latentia.tables.spread import is_constant, lowest_and_range, mean_and_deviation, median_and_quartiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from latentia.tables.moments import Moments
    from latentia.tables.scalable import Kinds

    Array = NDArray[np.float64]

_MOMENTS = {
    "standard": mean_and_deviation,
    "log1p": mean_and_deviation,
    "log1p-standard": mean_and_deviation,
    "robust": median_and_quartiles,
    "minmax": lowest_and_range,
    "quantile": mean_and_deviation,
}

# Kinds that moments of columns are enough for; others look at all rows at once.
FROM_MOMENTS = ("standard", "minmax", "log1p-standard", "none")


@dataclass(frozen=True, eq=False)
class Scaling:
    """Centre and spread of each column, learned once.

    ``"standard"`` uses mean and (population) standard deviation, ``"robust"`` the median and the
    interquartile range divided by 1.349, ``"minmax"`` takes the training rows to 0..1,
    ``"quantile"`` takes them to a normal distribution (see `QuantileMap`), ``"log1p"`` takes the
    logarithm of counts plus one, ``"log1p-standard"`` that of skewed numbers of at least 0 and then
    mean and standard deviation of the logarithms, ``"none"`` changes nothing. All columns are scaled
    in one of these ways, or each in its own.

    A missing cell (nan) stays one. What is learned of a column comes from its observed cells; one
    without any has centre 0 and spread 1.

    A column that is constant, or whose spread is at most 10 roundings (2.2e-15) of its centre,
    is centred and gets spread 1. A column whose quartiles are equal although it varies has its
    standard deviation as robust spread.

    Rows of counts may differ in how much was counted at all. With size factors, a row's counts are
    divided by its total over the typical total first, so that they are those of a row of common
    size; they stay so when the scaling is undone. Of a row with gaps, the total over observed cells is
    compared with what is typical of these columns. Only columns of ``"log1p"`` take part.

    Parameters
    ----------
    kind : str or tuple of str
        One of the seven names, or one for each column.
    center, spread : ndarray of shape (p,)
        Scaled values are ``(value - center) / spread``, except for ``"quantile"`` and ``"log1p"``,
        for which they are mean and standard deviation (of counts at common size), and for
        ``"log1p-standard"``, for which they are those of the logarithms.
    quantiles : QuantileMap or None
        The map of the columns of ``"quantile"``.
    typical_total : float or None
        Of ``"log1p"`` with size factors: the median total of the training rows.

    Examples
    --------
    >>> scaling = Scaling.fit([[1.0, 10.0], [3.0, 10.0]], "standard")
    >>> scaling.transform([[1.0, 10.0], [5.0, np.nan]])
    array([[-1.,  0.],
           [ 3., nan]])
    >>> Scaling.fit([[1.0, 10.0], [3.0, 20.0]], ("none", "minmax")).transform([[3.0, 15.0]])
    array([[3. , 0.5]])
    """

    kind: Kinds
    center: Array
    spread: Array
    quantiles: QuantileMap | None = None
    typical_total: float | None = None

    @classmethod
    def fit(
        cls,
        values: ArrayLike,
        kind: str | Sequence[str | None] | None,
        row_weights: ArrayLike | None = None,
        *,
        size_factors: bool = False,
    ) -> Scaling:
        """Learn the scaling of training rows.

        Parameters
        ----------
        values : array-like of shape (n, p)
            Training rows, finite, or nan where a cell is missing.
        kind : str, sequence of str, or None
            ``"standard"``, ``"robust"``, ``"minmax"``, ``"quantile"``, ``"log1p"``,
            ``"log1p-standard"`` or ``"none"`` (None); of all columns, or of each.
        row_weights : array-like of shape (n,), optional
            A row of weight 2 counts as two equal rows, one of weight 0 not at all.
        size_factors : bool, default False
            Whether ``"log1p"`` divides a row by its size first.

        Returns
        -------
        Scaling
            The scaling of p columns.

        Raises
        ------
        RecipeError
            If a kind is unknown, or there is not one for every column.
        InputError
            If a column has infinite or far too large values, or negative ones where logarithms are
            taken, or the weights do not fit.
        """
        rows, weights = weighted_rows(values, row_weights)
        kinds = checked_kinds(kind, rows.shape[1])
        gaps = columns_with_gaps(rows)
        refuse_negative(rows, kinds=kinds)
        parts = [
            (columns, cls._learned(one, rows[:, columns], weights, gaps[columns], size_factors))
            for one, columns in columns_by_kind(kinds)
        ]
        return _together(kinds, rows.shape[1], parts)

    @classmethod
    def _learned(
        cls, kind: str, rows: Array, weights: Array | None, gaps: NDArray[np.bool_], size_factors: bool
    ) -> Scaling:
        """Learn the scaling of columns of one kind."""
        if kind == "none":
            return cls(kind, np.zeros(rows.shape[1]), np.ones(rows.shape[1]))
        total = None
        if kind == "log1p" and size_factors:
            total, means = common_size(rows, weights, gaps)
            rows = rows / sizes_of(rows, total, means)
        if kind == "log1p-standard":
            rows = np.log1p(rows)
        center, spread = of_observed(_MOMENTS[kind], rows, weights, gaps)
        constant = is_constant(center, spread)
        spread = np.where(constant, 1.0, spread)
        if kind != "quantile":
            return cls(kind, center, spread, typical_total=total)
        quantiles = QuantileMap.fit(rows, spread, weights, gaps)
        quantiles.knots[:, constant] = center[constant]
        return cls(kind, center, spread, quantiles)

    @classmethod
    def from_moments(cls, moments: Moments, kind: str | Sequence[str | None] | None) -> Scaling:
        """Learn the scaling of rows that were seen in blocks.

        Parameters
        ----------
        moments : Moments
            Of all rows, gathered for the same kind.
        kind : str, sequence of str, or None
            As in `fit`, but ``"standard"``, ``"minmax"``, ``"log1p-standard"`` and ``"none"`` only.

        Raises
        ------
        RecipeError
            If moments are not enough for a kind, or they were gathered for another one.
        InputError
            If no number was seen.
        """
        kinds = checked_kinds(kind, len(moments.count))
        if not moments.count.any():
            raise InputError("There are 0 rows to learn a scaling from; pass at least one.")
        center, spread = np.zeros(len(moments.count)), np.ones(len(moments.count))
        for one, columns in columns_by_kind(kinds):
            if one not in FROM_MOMENTS or (moments.logarithmic[columns] != (one == "log1p-standard")).any():
                raise RecipeError(
                    f"scaling={one!r} cannot be learned from these moments; gather them for this kind if it "
                    f"is one of {', '.join(FROM_MOMENTS)}, or use ScalingInBlocks, which samples rows."
                )
            if one != "none":
                middle, width = (
                    (moments.low, moments.range) if one == "minmax" else (moments.mean, moments.deviation)
                )
                center[columns], spread[columns] = middle[columns], width[columns]
        center = np.where(moments.count > 0, center, 0.0)
        return cls(kinds, center, np.where(is_constant(center, spread), 1.0, spread))

    @property
    def n_columns(self) -> int:
        """The number of columns that the scaling knows."""
        return len(self.center)

    def equals(self, other: Scaling) -> bool:
        """Whether another scaling does the same to every row.

        Examples
        --------
        >>> rows = np.array([[1.0, 4.0], [2.0, 8.0]])
        >>> Scaling.fit(rows, "minmax").equals(Scaling.fit(rows, "minmax"))
        True
        >>> Scaling.fit(rows, "minmax").equals(Scaling.fit(rows, "standard"))
        False
        """
        ours, theirs = self.arrays(), other.arrays()
        same = self.kind == other.kind and ours.keys() == theirs.keys()
        return same and all(np.array_equal(ours[name], theirs[name]) for name in ours)

    @property
    def spread_in_units(self) -> Array:
        """How much one scaled unit is in the original unit of each column, shape (p,).

        For ``"quantile"`` and ``"log1p"``, whose scale changes from place to place, the standard
        deviation of the training rows; for ``"log1p-standard"``, the scale at the centre, which a few
        very large values do not move.
        """
        spread = self.spread.copy()
        for kind, columns in columns_by_kind(self.kind):
            if kind == "log1p-standard":
                spread[columns] *= np.exp(self.center[columns])
        return spread

    def transform(self, values: ArrayLike) -> Array:
        """Return scaled values, float64 of shape (n, p)."""
        rows = self._checked_width(values)
        refuse_negative(rows, kinds=self.kind)
        if isinstance(self.kind, str):
            return self._scaled(rows)
        scaled = np.empty(rows.shape)
        for columns, part in self._parts():
            scaled[:, columns] = part._scaled(rows[:, columns])  # noqa: SLF001 - a scaling as well
        return scaled

    def _scaled(self, rows: Array) -> Array:
        """Scale columns of one kind."""
        if self.quantiles is not None:
            return self.quantiles.forward(rows)
        if self.kind == "log1p":
            scaled = rows / sizes_of(rows, self.typical_total, self.center)
            return np.log1p(scaled, out=scaled)
        if self.kind == "log1p-standard":
            scaled = np.log1p(rows)
            scaled -= self.center
        else:
            scaled = rows - self.center
        scaled /= self.spread
        return scaled

    def sizes(self, values: ArrayLike) -> Array | None:
        """Return how much larger than common each row is, (n, 1); None without size factors.

        A row without any count has size 1: nothing is known of it.
        """
        if self.typical_total is None:
            return None
        rows = self._checked_width(values)
        counted = columns_of("log1p", self.kind)
        return sizes_of(rows[:, counted], self.typical_total, self.center[counted])

    def inverse_transform(self, scaled: ArrayLike) -> Array:
        """Return values in their original units, float64 of shape (n, p); counts at common size."""
        rows = self._checked_width(scaled)
        if isinstance(self.kind, str):
            return self._unscaled(rows)
        values = np.empty(rows.shape)
        for columns, part in self._parts():
            values[:, columns] = part._unscaled(rows[:, columns])  # noqa: SLF001 - a scaling as well
        return values

    def _unscaled(self, rows: Array) -> Array:
        """Undo the scaling of columns of one kind."""
        if self.quantiles is not None:
            return self.quantiles.backward(rows)
        if self.kind == "log1p":
            return _from_logarithms(rows)
        values = rows * self.spread
        values += self.center
        return _from_logarithms(values) if self.kind == "log1p-standard" else values

    def _parts(self) -> Iterator[tuple[Any, Scaling]]:
        """Yield the columns of each kind, and their scaling."""
        for kind, columns in columns_by_kind(self.kind):
            quantiles = self.quantiles if kind == "quantile" else None
            total = self.typical_total if kind == "log1p" else None
            yield columns, Scaling(kind, self.center[columns], self.spread[columns], quantiles, total)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what was learned as named arrays, for the model file."""
        arrays: dict[str, NDArray[Any]] = {"center": self.center, "spread": self.spread}
        if not isinstance(self.kind, str):
            arrays["kinds"] = np.array([KINDS.index(kind) for kind in self.kind], np.int64)
        if self.quantiles is not None:
            arrays |= {"knots": self.quantiles.knots, "scores": self.quantiles.scores}
        if self.typical_total is not None:
            arrays["typical_total"] = np.array([self.typical_total])
        return arrays

    @classmethod
    def from_arrays(cls, kind: Any, arrays: Mapping[str, NDArray[Any]]) -> Scaling:
        """Rebuild a scaling from its named arrays.

        Parameters
        ----------
        kind : str or None
            How all columns are scaled. Where the arrays say it of each column, they hold, whatever
            stands here.
        arrays : mapping
            What `arrays` returned.

        Raises
        ------
        ModelFileError
            If an array is missing, has a wrong shape or holds impossible values.
        """
        kinds, kept = checked_arrays(kind, arrays)
        center, spread = kept["center"], kept["spread"]
        quantiles = None
        if "knots" in kept:
            mapped = columns_of("quantile", kinds)
            quantiles = QuantileMap(kept["knots"], kept["scores"], spread[mapped])
        total = float(kept["typical_total"][0]) if "typical_total" in kept else None
        return cls(kinds, center, spread, quantiles, total)

    def _checked_width(self, values: ArrayLike) -> Array:
        rows = checked_rows(values)
        if rows.shape[1] != self.n_columns:
            raise InputError(
                f"The rows have {rows.shape[1]} columns but the scaling was learned from {self.n_columns}; "
                "pass the same columns in the same order."
            )
        return rows


def _from_logarithms(logarithms: Array) -> Array:
    """Undo log1p, within what there can be before it."""
    return np.expm1(np.clip(logarithms, 0.0, np.log1p(LARGEST_VALUE)))


def _together(kinds: Kinds, n_columns: int, parts: Sequence[tuple[Any, Scaling]]) -> Scaling:
    """Put the scalings of columns of one kind each together."""
    if isinstance(kinds, str):
        return parts[0][1]
    center, spread = np.zeros(n_columns), np.ones(n_columns)
    quantiles = total = None
    for columns, part in parts:
        center[columns], spread[columns] = part.center, part.spread
        quantiles = part.quantiles or quantiles
        total = part.typical_total or total
    return Scaling(kinds, center, spread, quantiles, total)
