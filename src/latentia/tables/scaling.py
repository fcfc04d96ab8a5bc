"""Bringing columns to comparable size, learned from training rows only, and back.

Everything is computed in float64: a column with offset 1e6 and standard deviation 0.01 keeps
its shape here and loses it when it is cast to float32 first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import InputError, ModelFileError, RecipeError
from latentia.tables.quantiles import QuantileMap, column_quantiles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

KINDS = ("standard", "robust", "minmax", "quantile", "log1p", "none")

# Squares of larger numbers overflow float64, and squared errors are what a fit is judged by.
LARGEST_VALUE = 1e150

# A column whose spread is below ten roundings of its own offset carries no information.
ROUNDINGS = 10 * np.finfo(np.float64).eps

# The interquartile range of a normal distribution, in standard deviations.
NORMAL_IQR = 1.349


@dataclass(frozen=True, eq=False)
class Scaling:
    """Centre and spread of each column, learned once.

    ``"standard"`` uses mean and (population) standard deviation, ``"robust"`` the median and the
    interquartile range divided by 1.349, ``"minmax"`` takes the training rows to 0..1,
    ``"quantile"`` takes them to a normal distribution (see `QuantileMap`), ``"log1p"`` takes the
    logarithm of counts plus one, ``"none"`` changes nothing.

    A column that is constant, or whose spread is at most 10 roundings (2.2e-15) of its centre,
    is centred and gets spread 1. A column whose quartiles are equal although it varies has its
    standard deviation as robust spread.

    Rows of counts may differ in how much was counted at all. With size factors, a row's counts are
    divided by its total over the typical total first, so that they are those of a row of common
    size; they stay so when the scaling is undone.

    Parameters
    ----------
    kind : str
        One of the six names.
    center, spread : ndarray of shape (p,)
        Scaled values are ``(value - center) / spread``, except for ``"quantile"`` and ``"log1p"``,
        for which they are mean and standard deviation (of counts at common size).
    quantiles : QuantileMap or None
        The map of ``"quantile"``.
    typical_total : float or None
        Of ``"log1p"`` with size factors: the median total of the training rows.

    Examples
    --------
    >>> scaling = Scaling.fit([[1.0, 10.0], [3.0, 10.0]], "standard")
    >>> scaling.transform([[1.0, 10.0], [5.0, 11.0]])
    array([[-1.,  0.],
           [ 3.,  1.]])
    """

    kind: str
    center: Array
    spread: Array
    quantiles: QuantileMap | None = None
    typical_total: float | None = None

    @classmethod
    def fit(
        cls,
        values: ArrayLike,
        kind: str | None,
        row_weights: ArrayLike | None = None,
        *,
        size_factors: bool = False,
    ) -> Scaling:
        """Learn the scaling of training rows.

        Parameters
        ----------
        values : array-like of shape (n, p)
            Training rows, finite.
        kind : str or None
            ``"standard"``, ``"robust"``, ``"minmax"``, ``"quantile"``, ``"log1p"`` or ``"none"``
            (None).
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
            If the kind is unknown.
        InputError
            If a column has missing, infinite or far too large values, or negative ones where counts
            are wanted, or the weights do not fit.
        """
        kind = _checked_kind(kind)
        rows = _checked_rows(values)
        weights = None if row_weights is None else _checked_weights(row_weights, len(rows))
        if weights is not None:
            rows, weights = rows[weights > 0], weights[weights > 0]
        _refuse_unusable(rows)
        if kind == "none":
            return cls(kind, np.zeros(rows.shape[1]), np.ones(rows.shape[1]))
        total = None
        if kind == "log1p":
            refuse_negative(rows)
            total = _typical_total(rows, weights) if size_factors else None
            rows = rows / _sizes(rows, total)
        center, spread = _MOMENTS[kind](rows, weights)
        constant = spread <= ROUNDINGS * np.abs(center)
        spread = np.where(constant, 1.0, spread)
        if kind != "quantile":
            return cls(kind, center, spread, typical_total=total)
        quantiles = QuantileMap.fit(rows, spread, weights)
        quantiles.knots[:, constant] = center[constant]
        return cls(kind, center, spread, quantiles)

    @property
    def n_columns(self) -> int:
        """The number of columns that the scaling knows."""
        return len(self.center)

    @property
    def spread_in_units(self) -> Array:
        """How much one scaled unit is in the original unit of each column, shape (p,).

        For ``"quantile"`` and ``"log1p"``, whose scale changes from place to place, the standard
        deviation of the training rows.
        """
        return self.spread

    def transform(self, values: ArrayLike) -> Array:
        """Return scaled values, float64 of shape (n, p)."""
        rows = self._checked_width(values)
        if self.quantiles is not None:
            return self.quantiles.forward(rows)
        if self.kind == "log1p":
            refuse_negative(rows)
            return np.log1p(rows / _sizes(rows, self.typical_total))
        scaled = rows - self.center
        scaled /= self.spread
        return scaled

    def sizes(self, values: ArrayLike) -> Array | None:
        """Return how much larger than common each row is, (n, 1); None without size factors.

        A row without any count has size 1: nothing is known of it.
        """
        if self.typical_total is None:
            return None
        return _sizes(self._checked_width(values), self.typical_total)

    def inverse_transform(self, scaled: ArrayLike) -> Array:
        """Return values in their original units, float64 of shape (n, p); counts at common size."""
        rows = self._checked_width(scaled)
        if self.quantiles is not None:
            return self.quantiles.backward(rows)
        if self.kind == "log1p":
            return np.expm1(np.clip(rows, 0.0, np.log1p(LARGEST_VALUE)))
        values = rows * self.spread
        values += self.center
        return values

    def arrays(self) -> dict[str, Array]:
        """Return what was learned as named arrays, for the model file."""
        arrays = {"center": self.center, "spread": self.spread}
        if self.quantiles is not None:
            arrays |= {"knots": self.quantiles.knots, "scores": self.quantiles.scores}
        if self.typical_total is not None:
            arrays["typical_total"] = np.array([self.typical_total])
        return arrays

    @classmethod
    def from_arrays(cls, kind: str | None, arrays: Mapping[str, Array]) -> Scaling:
        """Rebuild a scaling from its named arrays.

        Raises
        ------
        ModelFileError
            If an array is missing, has a wrong shape or holds impossible values.
        """
        kind = _checked_kind(kind)
        names = ["center", "spread"]
        if kind == "quantile":
            names += ["knots", "scores"]
        if kind == "log1p" and "typical_total" in arrays:
            names += ["typical_total"]
        missing = [name for name in names if name not in arrays]
        if missing:
            raise ModelFileError(
                f"The {kind} scaling lacks the array {missing[0]!r}; save the model again with this version."
            )
        kept = {name: np.array(arrays[name], dtype=np.float64) for name in names}
        _refuse_impossible(kind, kept)
        center, spread = kept["center"], kept["spread"]
        quantiles = QuantileMap(kept["knots"], kept["scores"], spread) if kind == "quantile" else None
        total = float(kept["typical_total"][0]) if "typical_total" in kept else None
        return cls(kind, center, spread, quantiles, total)

    def _checked_width(self, values: ArrayLike) -> Array:
        rows = _checked_rows(values)
        if rows.shape[1] != self.n_columns:
            raise InputError(
                f"The rows have {rows.shape[1]} columns but the scaling was learned from {self.n_columns}; "
                "pass the same columns in the same order."
            )
        return rows


def refuse_negative(rows: Array, names: Sequence[str] | None = None) -> None:
    """Raise InputError if rows of counts, (n, p), have a negative number; columns may have names."""
    negative = rows < 0
    if negative.any():
        at = int(negative.any(axis=0).argmax())
        column = f"Column {at + 1} (position {at})" if names is None else f"Column {names[at]!r}"
        raise InputError(
            f"{column} has {rows[negative[:, at], at][0]:.4g}, and counts are at least 0; correct or leave "
            "out the column, or choose loss='mse' and scaling='standard'."
        )


def _mean_and_deviation(rows: Array, weights: Array | None) -> tuple[Array, Array]:
    center = np.average(rows, axis=0, weights=weights)
    deviations = rows - center
    # The first mean of a long column with a large offset is off by many roundings; the mean of
    # the deviations says by how much.
    correction = np.average(deviations, axis=0, weights=weights)
    deviations -= correction
    # Squares of deviations below 1e-162 would vanish, so they are taken relative to the largest.
    largest = np.maximum(deviations.max(axis=0), -deviations.min(axis=0))
    largest[largest == 0] = 1.0
    deviations /= largest
    np.square(deviations, out=deviations)
    return center + correction, largest * np.sqrt(np.average(deviations, axis=0, weights=weights))


def _median_and_quartiles(rows: Array, weights: Array | None) -> tuple[Array, Array]:
    low, center, high = column_quantiles(rows, np.array([0.25, 0.5, 0.75]), weights)
    spread = (high - low) / NORMAL_IQR
    flat = spread <= ROUNDINGS * np.abs(center)
    if flat.any():
        spread[flat] = _mean_and_deviation(rows[:, flat], weights)[1]
    return center, spread


def _range(rows: Array, weights: Array | None) -> tuple[Array, Array]:
    del weights  # rows of weight 0 are gone already, and the others count however light they are
    low = rows.min(axis=0)
    return low, rows.max(axis=0) - low


def _typical_total(rows: Array, weights: Array | None) -> float:
    """Return the median total of the rows that have any count, 1 where none has."""
    totals = rows.sum(axis=1)
    some = totals > 0
    if not some.any():
        return 1.0
    weights = None if weights is None else weights[some]
    return float(column_quantiles(totals[some, None], np.array([0.5]), weights)[0, 0])


def _sizes(rows: Array, typical_total: float | None) -> Array:
    """Return each row's total over the typical one, (n, 1); 1 without a total."""
    if typical_total is None:
        return np.ones((len(rows), 1))
    sizes = rows.sum(axis=1, keepdims=True) / typical_total
    return np.where(sizes > 0, sizes, 1.0)


_MOMENTS = {
    "standard": _mean_and_deviation,
    "log1p": _mean_and_deviation,
    "robust": _median_and_quartiles,
    "minmax": _range,
    "quantile": _mean_and_deviation,
}


def _checked_kind(kind: str | None) -> str:
    name = "none" if kind is None else kind
    if name not in KINDS:
        raise RecipeError(f"{kind!r} is not a scaling; choose one of {', '.join(KINDS)}.")
    return name


def _checked_rows(values: ArrayLike) -> Array:
    rows = np.asarray(values, dtype=np.float64)
    if rows.ndim != 2:  # noqa: PLR2004 - rows and columns
        raise InputError(f"Values of shape {rows.shape} are not rows and columns; pass a 2-D array.")
    return rows


def _checked_weights(row_weights: ArrayLike, n_rows: int) -> Array:
    weights = np.asarray(row_weights, dtype=np.float64)
    if weights.shape != (n_rows,):
        raise InputError(
            f"The row weights have shape {weights.shape} for {n_rows} rows; pass one weight per row."
        )
    if not (np.isfinite(weights).all() and (weights >= 0).all() and (weights > 0).any()):
        raise InputError(
            "The row weights are not all finite and at least 0 with one above 0; pass such weights."
        )
    return weights


def _refuse_unusable(rows: Array) -> None:
    if len(rows) == 0:
        raise InputError("There are 0 rows to learn a scaling from; pass at least one.")
    largest = np.maximum(rows.max(axis=0), -rows.min(axis=0))
    if not np.isfinite(largest).all():
        column = int(np.flatnonzero(~np.isfinite(largest))[0])
        raise InputError(
            f"Column {column + 1} (position {column}) has missing or infinite values, which cannot be "
            "scaled; fill or drop them first."
        )
    if (largest > LARGEST_VALUE).any():
        column = int(np.argmax(largest > LARGEST_VALUE))
        raise InputError(
            f"Column {column + 1} (position {column}) has values up to {largest[column]:.3g}, whose squares "
            f"overflow (the limit is {LARGEST_VALUE:.0e}); divide the column by a constant first."
        )


def _refuse_impossible(kind: str, arrays: Mapping[str, Array]) -> None:
    center, spread = arrays["center"], arrays["spread"]
    sound = center.ndim == 1 and spread.shape == center.shape and bool((spread > 0).all())
    if "typical_total" in arrays:
        sound = sound and arrays["typical_total"].shape == (1,) and bool(arrays["typical_total"][0] > 0)
    if kind == "quantile":
        knots, scores = arrays["knots"], arrays["scores"]
        sound = sound and scores.ndim == 1 and knots.shape == (len(scores), len(center))
        sound = sound and len(scores) >= 2 and bool((np.diff(scores) > 0).all())  # noqa: PLR2004 - two ends
        sound = sound and bool((np.diff(knots, axis=0) >= 0).all())
    if not (sound and all(np.isfinite(array).all() for array in arrays.values())):
        raise ModelFileError(
            f"The arrays of the {kind} scaling contradict each other; the model file is damaged, so "
            "save it again."
        )
