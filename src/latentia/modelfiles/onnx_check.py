"""Whether an ONNX file says what the model says, by running both on the same rows.

A model file holds no rows, so they are made: around the mean of the training rows, by the scaling, with
missing cells, cells far outside, ties, and categories that the model has never seen.

Two programs in single precision differ by roundings, and more so where numbers are large. A difference is
therefore taken in scaled units, and relative to 1 plus the largest number in the row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np

from latentia.modelfiles.onnx_graph import (
    CATEGORIES,
    CODES,
    LIKELIEST,
    NUMBERS,
    RECONSTRUCTION,
    SCORE,
    columns_of,
    split_columns,
)
from latentia.networks.tiles import decode_rows
from latentia.tables.conforming import conform
from latentia.tables.extras import needed
from latentia.tables.scalable import columns_by_kind
from latentia.tables.table import Schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from latentia.tables.table import Column
    from latentia.training.trained import Trained

    Array = NDArray[np.float64]
    Feed = dict[str, np.ndarray]

TOLERANCE = 1e-5
BATCHES = (1, 7, 300)  # rows at a time
SHARE_MISSING, SHARE_FAR, SHARE_TIED, FAR = 0.1, 0.1, 0.5, 30.0
# Differences that are told, in scaled units: one of these, or more than the last.
STEPS = np.concatenate([[0.0], TOLERANCE * 2.0 ** np.arange(-10, 3)])
ROUNDINGS = 64 * np.finfo(np.float64).eps


class Rows(NamedTuple):
    """Rows to compare on, as a graph and as the networks see them."""

    feed: Feed
    values: Array  # (n, n_features), before they are scaled


class Session:
    """An ONNX file that is run on one core.

    Raises
    ------
    MissingExtraError
        If the package onnxruntime is not installed.
    """

    def __init__(self, content: bytes) -> None:
        runtime: Any = needed("onnxruntime", "onnx", "Checking what was exported")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors alone: an exception says the rest
        self._session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._names = [output.name for output in self._session.get_outputs()]

    def run(self, feed: Feed) -> dict[str, np.ndarray]:
        """Return every output by its name."""
        return dict(zip(self._names, self._session.run(None, feed), strict=True))


def largest_difference(rows: bytes, codes: bytes, trained: Trained) -> float:
    """Return by how much two files differ from the model they were made of, at most.

    Parameters
    ----------
    rows, codes : bytes
        The files from rows, and from codes.
    trained : Trained
        The model.
    """
    rng = np.random.default_rng(trained.seed)
    forward, backward = Session(rows), Session(codes)
    worst = 0.0
    # Graphics cards may round products to fewer digits unless they are told not to.
    with jax.default_matmul_precision("highest"):
        for n_rows in BATCHES:
            made = made_rows(trained, n_rows, rng)
            worst = max(worst, *_differences(trained, made, forward.run(made.feed)))
            own = trained.encode(made.values)
            worst = max(worst, *_differences_of_codes(trained, own, backward.run({CODES: own})))
    return worst


def made_rows(trained: Trained, n_rows: int, rng: np.random.Generator) -> Rows:
    """Return rows that are like those of the fit, and some that are not."""
    columns = columns_of(trained, None)
    numbers, categories = split_columns(columns)
    texts = {at: _texts(columns[at], n_rows, rng) for at in categories}
    drawn = _numbers(trained, n_rows, rng)
    ends = np.cumsum([column.width for column in columns]).tolist()
    compact = np.empty((n_rows, len(columns)))
    for at in numbers:
        compact[:, at] = drawn[:, ends[at] - 1]
    for at, cells in texts.items():
        compact[:, at] = conform(cells, columns[at])[0].values
    feed: Feed = {}
    if numbers:
        feed[NUMBERS] = compact[:, numbers]
    if categories:
        shown = [[cell or "" for cell in texts[at]] for at in categories]
        feed[CATEGORIES] = np.array(shown, object).T
    return Rows(feed, Schema(columns).expand(compact))


def _numbers(trained: Trained, n_rows: int, rng: np.random.Generator) -> Array:
    """Return numbers in every column that a network sees, in original units."""
    scaling, shape = trained.scaling, (n_rows, trained.scaling.n_columns)
    far = np.where(rng.random(shape) < SHARE_FAR, FAR, 1.0)
    scaled = trained.center + far * rng.standard_normal(shape)
    for kind, columns in columns_by_kind(scaling.kind):
        if kind == "quantile" and scaling.quantiles is not None:
            # Some cells are training quantiles, where ties are.
            scores = scaling.quantiles.scores
            known = scores[rng.integers(len(scores), size=n_rows)]
            known = known if known.ndim > 1 else known[:, None]
            part = scaled[:, columns]
            scaled[:, columns] = np.where(rng.random(part.shape) < SHARE_TIED, known, part)
    values = scaling.inverse_transform(scaled)
    for kind, columns in columns_by_kind(scaling.kind):
        if kind == "log1p":
            around = scaling.center[columns] + scaling.spread[columns] * (scaled - trained.center)[:, columns]
            values[:, columns] = np.rint(np.abs(around))
    return np.where(rng.random(shape) < SHARE_MISSING, np.nan, values)


def _texts(column: Column, n_rows: int, rng: np.random.Generator) -> NDArray[np.object_]:
    """Return categories, missing ones, and one that is new."""
    new = "?"
    while new in column.categories:
        new += "?"
    return rng.choice(np.array([*column.categories, new, None], object), size=n_rows)


def _differences(trained: Trained, rows: Rows, told: dict[str, np.ndarray]) -> Iterator[float]:
    """Yield how far codes, reconstructions and scores are from the model's own."""
    scaled = trained.scale(rows.values)
    size = 1 + np.max(np.abs(np.where(np.isnan(scaled), 0, scaled)), axis=1, keepdims=True)
    codes = trained.encode(rows.values)
    yield _largest(told[CODES] - codes, size + np.abs(codes).max(axis=1, keepdims=True))
    made = decode_rows(trained.network, codes).astype(np.float64)
    yield from _differences_of_cells(trained, made, told, size, trained.scaling.sizes(rows.values))
    there = ~np.isnan(scaled)
    observed = np.maximum(there.sum(axis=1), 1)
    squares = [np.where(there, cells, 0) ** 2 for cells in (made - scaled, scaled)]
    errors, sizes = (part.sum(axis=1) / observed for part in squares)
    score = np.where(there.any(axis=1), -errors, np.nan)
    yield _largest(told[SCORE] - score, 1 + sizes + errors, nan=np.isnan(score) & np.isnan(told[SCORE]))


def _differences_of_codes(
    trained: Trained, codes: np.ndarray, told: dict[str, np.ndarray]
) -> Iterator[float]:
    made = decode_rows(trained.network, codes).astype(np.float64)
    size = 1 + np.abs(codes).max(axis=1, keepdims=True).astype(np.float64)
    yield from _differences_of_cells(trained, made, told, size, None)


def _differences_of_cells(
    trained: Trained, made: Array, told: dict[str, np.ndarray], size: Array, counted: Array | None
) -> Iterator[float]:
    """Yield how far reconstructions are off, in scaled units relative to the size of each row."""
    columns = columns_of(trained, None)
    numbers, categories = split_columns(columns)
    ends = np.cumsum([column.width for column in columns]).tolist()
    size = size + np.abs(made).max(axis=1, keepdims=True)
    if numbers:
        cells = np.full(made.shape, np.nan)
        cells[:, [ends[at] - 1 for at in numbers]] = told[RECONSTRUCTION]
        yield _largest_step(trained, cells if counted is None else cells / counted, made, size, numbers, ends)
    for place, at in enumerate(categories):
        yield _lost_probability(columns[at], made[:, : ends[at]], told[LIKELIEST][:, place])


def _largest_step(
    trained: Trained, cells: Array, made: Array, size: Array, numbers: Sequence[int], ends: Sequence[int]
) -> float:
    """Return the smallest step in scaled units that covers all cells.

    A quantile map may be so steep that a rounding of a score is many units, so that values cannot be
    compared themselves; but the map is monotone.
    """
    where = [ends[at] - 1 for at in numbers]
    for step in STEPS:
        low, high = (trained.scaling.inverse_transform(made + sign * step * size) for sign in (-1, 1))
        slack = ROUNDINGS * (np.abs(low) + np.abs(high) + np.abs(trained.scaling.center))
        covered = (cells >= low - slack) & (cells <= high + slack)
        if covered[:, where].all():
            return float(step)
    return np.inf


def _lost_probability(column: Column, made: Array, texts: np.ndarray) -> float:
    """Return how much less likely the levels that were told are than the likeliest ones."""
    if not column.width:
        return 0.0 if (texts == "").all() else np.inf
    if not set(texts) <= set(column.levels):
        return np.inf
    probabilities = made[:, made.shape[1] - column.width :]
    at = np.array([column.levels.index(text) for text in texts])
    return _largest(probabilities.max(axis=1) - probabilities[np.arange(len(at)), at], np.float64(1))


def _largest(differences: np.ndarray, size: Any, nan: Any = False) -> float:
    """Return the largest difference relative to a size; infinite where one is no number and may not be."""
    relative = np.where(nan, 0.0, np.abs(differences) / size)
    return float(np.max(np.where(np.isnan(relative), np.inf, relative)))
