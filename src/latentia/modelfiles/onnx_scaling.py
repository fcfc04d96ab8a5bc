"""A scaling as nodes of an ONNX graph, there and back: the same steps in float64 as `Scaling`.

ONNX has neither log1p nor expm1, nor a search in a sorted list. The first two are what log and exp make
of 1 + x, put right by the rounding of that sum; the third is a bisection, written out step by step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from latentia.modelfiles.onnx_drawing import INT64
from latentia.tables.scalable import LARGEST_VALUE, columns_by_kind, columns_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from latentia.modelfiles.onnx_drawing import Drawing
    from latentia.tables.scaling import Scaling

    Array = NDArray[np.float64]

LOGARITHMIC = ("log1p", "log1p-standard")


class Map(NamedTuple):
    """Straight lines between points, of every column: from `x`, ascending, to `y`, both (m, p)."""

    x: Array
    y: Array

    @property
    def slopes(self) -> Array:
        """How steep it is before each point, and after the last; flat outside, and where `x` is tied."""
        run, rise = np.diff(self.x, axis=0), np.diff(self.y, axis=0)
        flat = np.zeros((1, self.x.shape[1]))
        return np.concatenate([flat, np.divide(rise, run, out=np.zeros_like(rise), where=run > 0), flat])


def scaled(drawing: Drawing, values: str, scaling: Scaling, sizes: str | None) -> str:
    """Draw rows in scaled units; nan stays nan.

    Parameters
    ----------
    drawing : Drawing
    values : str
        Rows in original units, (rows, p).
    scaling : Scaling
    sizes : str or None
        How much larger than common each row is, as `sizes_of` draws it.
    """

    def part(kind: str, rows: str, columns: slice | NDArray[np.int64]) -> str:
        if kind == "none":
            return rows
        if kind == "quantile":
            return _scores(drawing, rows, scaling)
        if kind == "log1p":
            return _log1p(drawing, rows if sizes is None else drawing.op("Div", rows, sizes))
        if kind == "log1p-standard":
            rows = _log1p(drawing, rows)
        return _over(drawing, rows, scaling.center[columns], scaling.spread[columns])

    return _by_kind(drawing, values, scaling, part)


def unscaled(drawing: Drawing, values: str, scaling: Scaling) -> str:
    """Draw scaled rows in original units; counts at common size."""

    def part(kind: str, rows: str, columns: slice | NDArray[np.int64]) -> str:
        if kind == "none":
            return rows
        if kind == "quantile":
            return _values(drawing, rows, scaling)
        if kind == "log1p":
            return _expm1(drawing, rows)
        times = drawing.op("Mul", rows, drawing.constant(scaling.spread[columns], np.float64))
        back = drawing.op("Add", times, drawing.constant(scaling.center[columns], np.float64))
        return _expm1(drawing, back) if kind == "log1p-standard" else back

    return _by_kind(drawing, values, scaling, part)


def sizes_of(drawing: Drawing, values: str, scaling: Scaling) -> str | None:
    """Draw how much larger than common each row is, (rows, 1); None without size factors."""
    if scaling.typical_total is None:
        return None
    counted = columns_of("log1p", scaling.kind)
    counts = values if isinstance(counted, slice) else drawing.columns(values, counted)
    means, zero = scaling.center[counted], drawing.constant(0.0, np.float64)
    gaps = drawing.op("IsNaN", counts)
    seen = drawing.total(drawing.op("Where", gaps, zero, counts))
    expected = drawing.total(drawing.op("Where", gaps, zero, drawing.constant(means[None], np.float64)))
    all_means = max(float(means.sum()), np.finfo(np.float64).tiny)
    share = drawing.op("Div", expected, drawing.constant(all_means, np.float64))
    known = drawing.op("Where", drawing.op("Greater", share, zero), drawing.op("Div", seen, share), zero)
    totals = drawing.op("Where", drawing.anywhere(gaps), known, seen)
    sizes = drawing.op("Div", totals, drawing.constant(scaling.typical_total, np.float64))
    return drawing.op("Where", drawing.op("Greater", sizes, zero), sizes, drawing.constant(1.0, np.float64))


def lowest_allowed(scaling: Scaling) -> Array:
    """Return the smallest number that each column may have, (p,): 0 where logarithms are taken."""
    lowest = np.full(scaling.n_columns, -np.inf)
    for kind, columns in columns_by_kind(scaling.kind):
        if kind in LOGARITHMIC:
            lowest[columns] = 0.0
    return lowest


def _by_kind(
    drawing: Drawing,
    values: str,
    scaling: Scaling,
    part: Callable[[str, str, slice | NDArray[np.int64]], str],
) -> str:
    """Draw something for the columns of each kind, and bring them back into their order."""
    if isinstance(scaling.kind, str):
        return part(scaling.kind, values, slice(None))
    every = np.arange(scaling.n_columns)
    each = [(kind, every[columns]) for kind, columns in columns_by_kind(scaling.kind)]
    drawn = [part(kind, drawing.columns(values, columns), columns) for kind, columns in each]
    order = np.argsort(np.concatenate([columns for _, columns in each]))
    return drawing.columns(drawing.beside(drawn), order)


def _over(drawing: Drawing, rows: str, center: Array, spread: Array) -> str:
    away = drawing.op("Sub", rows, drawing.constant(center, np.float64))
    return drawing.op("Div", away, drawing.constant(spread, np.float64))


def _log1p(drawing: Drawing, rows: str) -> str:
    """Draw log(1 + x), exact for small x: what rounding has taken from 1 + x is put right."""
    one = drawing.constant(1.0, np.float64)
    more = drawing.op("Add", rows, one)
    lost = drawing.op("Equal", more, one)
    # Where 1 + x is 1 itself, the quotient is not read, and x is the logarithm.
    rounded = drawing.op("Where", lost, one, drawing.op("Sub", more, one))
    quotient = drawing.op("Div", rows, rounded)
    return drawing.op("Where", lost, rows, drawing.op("Mul", drawing.op("Log", more), quotient))


def _expm1(drawing: Drawing, rows: str) -> str:
    """Draw exp(x) - 1 for x of at least 0, exact for small x, within what there can be."""
    one, zero = drawing.constant(1.0, np.float64), drawing.constant(0.0, np.float64)
    rows = drawing.op("Clip", rows, zero, drawing.constant(np.log1p(LARGEST_VALUE), np.float64))
    grown = drawing.op("Exp", rows)
    lost = drawing.op("Equal", grown, one)
    back = drawing.op("Where", lost, one, drawing.op("Log", grown))
    made = drawing.op("Mul", drawing.op("Sub", grown, one), drawing.op("Div", rows, back))
    return drawing.op("Where", lost, rows, made)


def _knots_and_scores(scaling: Scaling) -> tuple[Array, Array, Array]:
    """Return knots and scores, both (m, p), and which columns are constant, (p,)."""
    quantiles = scaling.quantiles
    assert quantiles is not None  # noqa: S101 - a scaling with columns of this kind has them
    scores = quantiles.scores if quantiles.scores.ndim > 1 else quantiles.scores[:, None]
    constant = quantiles.knots[0] == quantiles.knots[-1]
    return quantiles.knots, np.broadcast_to(scores, quantiles.knots.shape), constant


def _scores(drawing: Drawing, rows: str, scaling: Scaling) -> str:
    """Draw the normal scores of values: midway between those of the first and the last of tied knots."""
    knots, scores, constant = _knots_and_scores(scaling)
    # A constant column is the straight line alone.
    lines = Map(knots, np.where(constant, 0.0, scores))
    sides = [_line(drawing, rows, lines, from_above=above) for above in (False, True)]
    inside = drawing.op("Mul", drawing.op("Add", *sides), drawing.constant(0.5, np.float64))
    outside = _outside(drawing, rows, knots[0], knots[-1])
    slopes = drawing.constant(_slopes(scaling), np.float64)
    scores_of = drawing.op("Add", inside, drawing.op("Div", outside, slopes))
    # What the larger of nan and 0 is depends on who computes it.
    return drawing.op("Where", drawing.op("IsNaN", rows), rows, scores_of)


def _values(drawing: Drawing, rows: str, scaling: Scaling) -> str:
    """Draw the values that have these scores."""
    knots, scores, constant = _knots_and_scores(scaling)
    inside = _line(drawing, rows, Map(scores, knots), from_above=False)
    outside = _outside(drawing, rows, *(np.where(constant, 0.0, scores[end]) for end in (0, -1)))
    slopes = drawing.constant(_slopes(scaling), np.float64)
    return drawing.op("Add", inside, drawing.op("Mul", outside, slopes))


def _slopes(scaling: Scaling) -> Array:
    assert scaling.quantiles is not None  # noqa: S101 - as above
    return scaling.quantiles.slopes


def _outside(drawing: Drawing, rows: str, low: Array, high: Array) -> str:
    """Draw how far rows are below the low end, or above the high one; 0 between them."""
    zero = drawing.constant(0.0, np.float64)
    below = drawing.op("Min", drawing.op("Sub", rows, drawing.constant(low, np.float64)), zero)
    above = drawing.op("Max", drawing.op("Sub", rows, drawing.constant(high, np.float64)), zero)
    return drawing.op("Add", below, above)


def _line(drawing: Drawing, rows: str, lines: Map, *, from_above: bool) -> str:
    """Draw the map of every cell, from the point below it, or the one above; where x is tied they differ."""
    m, zero = len(lines.x), drawing.constant(0.0, np.float64)
    before = _count_below(drawing, rows, lines.x, "Greater" if from_above else "GreaterOrEqual")
    steps = before if from_above else drawing.op("Sub", before, drawing.constant(1, np.int64))
    point = drawing.op("Clip", steps, drawing.constant(0, np.int64), drawing.constant(m - 1, np.int64))
    x, y = (_cells(drawing, table, point) for table in (_padded(lines.x), lines.y))
    if from_above:
        away = drawing.op("Max", drawing.op("Sub", x, rows), zero)
        step = drawing.op("Mul", _cells(drawing, lines.slopes[:m], point), away)
        return drawing.op("Sub", y, step)
    away = drawing.op("Max", drawing.op("Sub", rows, x), zero)
    return drawing.op("Add", y, drawing.op("Mul", _cells(drawing, lines.slopes[1:], point), away))


def _count_below(drawing: Drawing, rows: str, points: Array, compare: str) -> str:
    """Draw how many points of its column each cell is above (or at), int64, by bisection."""
    n_steps, padded = len(points).bit_length(), _padded(points)
    none = drawing.cast(drawing.op("IsNaN", rows), INT64)
    count = drawing.op("Mul", none, drawing.constant(0, np.int64))
    for power in reversed(range(n_steps)):
        last = drawing.op("Add", count, drawing.constant(2**power - 1, np.int64))
        passed = drawing.op(compare, rows, _cells(drawing, padded, last))
        step = drawing.op("Mul", drawing.cast(passed, INT64), drawing.constant(2**power, np.int64))
        count = drawing.op("Add", count, step)
    return count


def _padded(points: Array) -> Array:
    """Return points with infinite ones behind them, so that halves are halves at every step."""
    padded = np.full((2 ** len(points).bit_length() - 1, points.shape[1]), np.inf)
    padded[: len(points)] = points
    return padded


def _cells(drawing: Drawing, table: Array, positions: str) -> str:
    """Draw, for each cell of (rows, p), the entry of a table (m, p) in its column at its position."""
    m, p = table.shape
    firsts = drawing.constant(np.arange(p) * m, np.int64)
    at = drawing.op("Add", positions, firsts)
    return drawing.op("Gather", drawing.constant(table.T.ravel(), np.float64), at, axis=0)
