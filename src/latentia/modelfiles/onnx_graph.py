"""A trained model as two ONNX graphs: rows to codes, reconstructions and scores, and codes to rows.

What an estimator does on the way is in them: categories become indicators, numbers are scaled in float64,
and only then cast to float32, so that large offsets lose no digits. The networks run in float32.

Rows that an estimator refuses, with an infinite number or a negative count, cannot be refused by a
graph; all that it says of them is nan, and their categories are empty.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from latentia.modelfiles.onnx_drawing import DOUBLE, FLOAT, TEXT, Drawing, Port
from latentia.modelfiles.onnx_network import decoded, encoded, refuse_own_parts
from latentia.modelfiles.onnx_scaling import lowest_allowed, scaled, sizes_of, unscaled
from latentia.tables.conforming import pooled_code
from latentia.tables.naming import numbered
from latentia.tables.scaled_rows import LARGEST_SCALED
from latentia.tables.table import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    import onnx

    from latentia.training.trained import Trained

NUMBERS, CATEGORIES = "X", "categories"
CODES, RECONSTRUCTION, LIKELIEST, SCORE = "codes", "reconstruction", "reconstructed_categories", "score"
_ABOUT_ROWS = (
    "Rows to hidden variables, to what the model makes of the rows, and to a score: minus the mean squared "
    "error in scaled units, the higher, the more like the rows of the fit."
)
_ABOUT_CODES = "Hidden variables to the rows that they stand for, in the units of the table."


class Told(NamedTuple):
    """What the metadata of a file says beside what is in the graph."""

    checksum: str  # of the model
    names: tuple[str, ...] | None  # of the columns, where there are any


def columns_of(trained: Trained, names: Sequence[str] | None) -> tuple[Column, ...]:
    """Return the columns of a model's table."""
    if trained.schema is not None:
        return trained.schema.columns
    known = names or numbered(trained.scaling.n_columns)
    return tuple(Column(name, "numeric", "float64", None, "numbers") for name in known)


def rows_model(trained: Trained, told: Told) -> onnx.ModelProto:
    """Return the graph from rows to codes, reconstructions and scores.

    Raises
    ------
    InputError
        If the model has a part that ONNX cannot express, or is too large for it.
    MissingExtraError
        If the package onnx is not installed.
    """
    refuse_own_parts(trained.network.architecture)
    drawing, columns = Drawing(), columns_of(trained, told.names)
    values = _values(drawing, columns)
    sizes = sizes_of(drawing, values, trained.scaling)
    exact = scaled(drawing, values, trained.scaling, sizes)
    codes = encoded(drawing, drawing.cast(exact, FLOAT), trained.network)
    made = drawing.cast(decoded(drawing, codes, trained.network), DOUBLE)
    score = _score(drawing, exact, made)
    back = unscaled(drawing, made, trained.scaling)
    back = back if sizes is None else drawing.op("Mul", back, sizes)
    refused = _refused(drawing, values, exact, trained)
    score = drawing.op("Where", refused, drawing.constant(np.nan, np.float64), score)
    about_score = "minus the mean squared error of each row in scaled units"
    ports = {
        drawing.op("Where", refused, drawing.constant(np.nan, np.float32), codes): _codes_port(trained),
        **_restored(drawing, back, columns, refused),
        drawing.op("Squeeze", score, drawing.constant([1], np.int64)): Port(SCORE, DOUBLE, None, about_score),
    }
    return drawing.model(
        "rows", _inputs(columns), ports, about=_ABOUT_ROWS, metadata=_metadata(trained, told, columns)
    )


def codes_model(trained: Trained, told: Told) -> onnx.ModelProto:
    """Return the graph from codes to rows; counts are those of a row of common size.

    What can go wrong is what can go wrong for `rows_model`.
    """
    refuse_own_parts(trained.network.architecture)
    drawing, columns = Drawing(), columns_of(trained, told.names)
    made = drawing.cast(decoded(drawing, CODES, trained.network), DOUBLE)
    ports = _restored(drawing, unscaled(drawing, made, trained.scaling), columns, None)
    return drawing.model(
        "codes",
        [_codes_port(trained)],
        ports,
        about=_ABOUT_CODES,
        metadata=_metadata(trained, told, columns),
    )


def split_columns(columns: Sequence[Column]) -> tuple[list[int], list[int]]:
    """Return the positions of the columns that hold numbers, and of those that hold categories."""
    categories = [at for at, column in enumerate(columns) if column.kind == "category"]
    return [at for at in range(len(columns)) if at not in set(categories)], categories


def _inputs(columns: Sequence[Column]) -> list[Port]:
    numbers, categories = split_columns(columns)
    ports = [
        Port(NUMBERS, DOUBLE, len(numbers), "numbers in their original units, nan where a cell is missing"),
        Port(CATEGORIES, TEXT, len(categories), "text, empty where a cell is missing"),
    ]
    return [port for port in ports if port.width]


def _codes_port(trained: Trained) -> Port:
    return Port(CODES, FLOAT, trained.recipe.n_components, "hidden variables")


def _values(drawing: Drawing, columns: Sequence[Column]) -> str:
    """Draw rows as a network sees them before they are scaled: see `Schema.expand`."""
    numbers, categories = split_columns(columns)
    if not categories:
        return NUMBERS
    # Where each column of the table begins, numbers first and then the indicators of every category.
    widths = [columns[at].width for at in (*numbers, *categories)]
    firsts = dict(zip((*numbers, *categories), np.cumsum([0, *widths]).tolist(), strict=False))
    order = [firsts[at] + more for at, column in enumerate(columns) for more in range(column.width)]
    parts = [NUMBERS] if numbers else []
    for place, at in enumerate(categories):
        if columns[at].width:
            parts.append(_indicators(drawing, drawing.columns(CATEGORIES, [place]), columns[at]))
    return drawing.columns(drawing.beside(parts), order)


def _indicators(drawing: Drawing, texts: str, column: Column) -> str:
    """Draw an indicator for each level, nan where a category is missing or has none."""
    pool = pooled_code(column)
    unseen = -1 if pool is None else column.level_of[pool]
    levels = drawing.looked_up(
        texts,
        keys_strings=[*column.categories, ""],
        values_int64s=[*column.level_of, -1],
        default_int64=unseen,
    )
    hit = drawing.op("Equal", levels, drawing.constant(np.arange(column.width)[None], np.int64))
    missing = drawing.op("Less", levels, drawing.constant(0, np.int64))
    nan = drawing.constant(np.nan, np.float64)
    return drawing.op("Where", missing, nan, drawing.cast(hit, DOUBLE))


def _score(drawing: Drawing, exact: str, made: str) -> str:
    """Draw minus the mean squared error of each row's observed cells, (rows, 1)."""
    missing, zero = drawing.op("IsNaN", exact), drawing.constant(0.0, np.float64)
    away = drawing.op("Where", missing, zero, drawing.op("Sub", made, exact))
    squares = drawing.total(drawing.op("Mul", away, away))
    observed = drawing.total(drawing.cast(drawing.op("Not", missing), DOUBLE))
    return drawing.op("Neg", drawing.op("Div", squares, observed))


def _refused(drawing: Drawing, values: str, exact: str, trained: Trained) -> str:
    """Draw which rows an estimator would refuse, (rows, 1)."""
    too_low = drawing.op("Less", values, drawing.constant(lowest_allowed(trained.scaling)[None], np.float64))
    wrong = drawing.op("Or", drawing.op("IsInf", values), too_low)
    largest = drawing.constant(LARGEST_SCALED, np.float64)
    too_large = drawing.op("Greater", drawing.op("Abs", exact), largest)
    return drawing.anywhere(drawing.op("Or", wrong, too_large))


def _restored(drawing: Drawing, back: str, columns: Sequence[Column], refused: str | None) -> dict[str, Port]:
    """Draw rows in original units as the columns of the table: numbers, and the likeliest categories."""
    numbers, categories = split_columns(columns)
    ends = np.cumsum([column.width for column in columns]).tolist()
    ports = {}
    if numbers:
        told = back if not categories else drawing.columns(back, [ends[at] - 1 for at in numbers])
        if refused is not None:
            told = drawing.op("Where", refused, drawing.constant(np.nan, np.float64), told)
        about = "what the model makes of the columns of numbers, in their units"
        ports[told] = Port(RECONSTRUCTION, DOUBLE, len(numbers), about)
    if categories:
        texts = [_likeliest(drawing, back, columns[at], ends[at], refused) for at in categories]
        about = "the likeliest level of each column of categories"
        ports[drawing.beside(texts)] = Port(LIKELIEST, TEXT, len(categories), about)
    return ports


def _likeliest(drawing: Drawing, back: str, column: Column, end: int, refused: str | None) -> str:
    """Draw the text of the level with the largest probability, (rows, 1); empty if there is none."""
    first = max(min(end - column.width, end - 1), 0)
    part = drawing.columns(back, np.arange(first, max(end, 1)))
    level = drawing.op("ArgMax", part, axis=1, keepdims=1)
    none = drawing.constant(-1, np.int64)
    if not column.width:
        level = drawing.op("Mul", drawing.op("Add", level, drawing.constant(1, np.int64)), none)
    if refused is not None:
        level = drawing.op("Where", refused, none, level)
    levels = list(column.levels) or [""]
    return drawing.looked_up(
        level, keys_int64s=list(range(len(levels))), values_strings=levels, default_string=""
    )


def _metadata(trained: Trained, told: Told, columns: Sequence[Column]) -> dict[str, str]:
    """Return what a file says of itself: texts, of which two are JSON."""
    from latentia import __version__

    places = {at: (NUMBERS, place) for place, at in enumerate(split_columns(columns)[0])}
    places |= {at: (CATEGORIES, place) for place, at in enumerate(split_columns(columns)[1])}
    described = [
        {
            "name": column.name,
            "kind": column.kind,
            "unit": column.unit,
            "input": places[at][0],
            "position": places[at][1],
            **({"levels": list(column.levels)} if column.kind == "category" else {}),
        }
        for at, column in enumerate(columns)
    ]
    codes = [f"factor_{index + 1}" for index in range(trained.recipe.n_components)]
    return {
        "latentia_version": __version__,
        "model_sha256": told.checksum,
        "columns": json.dumps(described, ensure_ascii=False),
        "codes": json.dumps(codes),
    }
