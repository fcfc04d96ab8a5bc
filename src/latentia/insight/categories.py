"""The table's own columns: what each was taken for, and how well the levels of categories are told.

A network sees an indicator for every level of a category. What matters to the user is the category: how
often its most probable level is right, and how much less surprising its cells are than to someone who
knows only how frequent the levels are in the training rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.insight.results import CategoryQuality, TableColumn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from latentia.insight.results import Baseline
    from latentia.tables.table import Column

    Array = NDArray[np.float64]

# A level can have a probability of 0 in single precision; its surprise is kept finite.
SMALLEST_PROBABILITY = float(np.finfo(np.float32).tiny)


def level_accuracy(indicators: Array, said: Array) -> float:
    """Return the share of cells whose level has the largest number; nan without any cell.

    Parameters
    ----------
    indicators : ndarray of shape (rows, levels)
        1 for the level of each row, nan where the cell is missing.
    said : ndarray of shape (rows, levels)
        Probabilities, or what a linear model makes of the indicators.

    Examples
    --------
    >>> level_accuracy(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.9, 0.1], [0.6, 0.4]]))
    0.5
    """
    there = ~np.isnan(indicators).any(axis=1)
    if not there.any():
        return float("nan")
    return float((indicators[there].argmax(axis=1) == said[there].argmax(axis=1)).mean())


def category_quality(
    indicators: Array,
    probabilities: Array,
    frequencies: Array,
    levels: Sequence[str],
    baseline_accuracy: Mapping[str, float] | None = None,
) -> CategoryQuality:
    """Measure what is said of a category against its mode and its frequencies in the training rows.

    Parameters
    ----------
    indicators : ndarray of shape (rows, levels)
        Of held-out rows: 1 for the level of each, nan where the cell is missing.
    probabilities : ndarray of shape (rows, levels)
        What the network says of them.
    frequencies : ndarray of shape (levels,)
        Share of each level in the training rows, none of them 0.
    levels : sequence of str
    baseline_accuracy : mapping of str to float, optional
        Accuracies of linear models by name.

    Examples
    --------
    Two equally frequent levels cost a bit each to guess; to know them for certain saves it.

    >>> cells = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    >>> found = category_quality(cells, cells, np.array([0.5, 0.5]), ["red", "white"])
    >>> found.accuracy, found.mode_accuracy, found.entropy, found.information_gain
    (1.0, 0.5, 1.0, 1.0)
    """
    there = ~np.isnan(indicators).any(axis=1)
    known, mode, n_cells = indicators[there], int(frequencies.argmax()), int(there.sum())
    entropy, cost = (
        float(-(known * np.log2(np.maximum(shares, SMALLEST_PROBABILITY))).sum() / n_cells)
        if n_cells
        else float("nan")
        for shares in (frequencies, probabilities[there])
    )
    return CategoryQuality(
        n_cells=n_cells,
        accuracy=level_accuracy(indicators, probabilities),
        mode=levels[mode],
        mode_accuracy=float(known[:, mode].mean()) if n_cells else float("nan"),
        baseline_accuracy=dict(baseline_accuracy or {}),
        entropy=abs(entropy),
        information_gain=entropy - cost,
    )


def table_columns(
    columns: Sequence[Column],
    inside: Array,
    outside: Array,
    made: Array | None,
    baselines: Sequence[Baseline],
    seen: Sequence[str],
) -> tuple[TableColumn, ...]:
    """Return what each column of the table was taken for, and measure those of categories.

    Parameters
    ----------
    columns : sequence of Column
        With the levels that the training rows have.
    inside, outside : ndarray of shape (rows, p)
        Training and held-out rows as the network sees them, nan where a cell is missing.
    made : ndarray of shape (held-out rows, p) or None
        What the network makes of the held-out rows; None where no column has categories.
    baselines : sequence of Baseline
        Linear models, measured on the same rows.
    seen : sequence of str
        What the network sees of each column, in words.
    """
    told, first, block, both = [], 0, 0, (inside, outside)
    for column, words in zip(columns, seen, strict=True):
        at, quality = slice(first, first + max(column.width, 1)), None
        if column.kind == "category" and column.width and made is not None:
            quality = category_quality(
                outside[:, at],
                made[:, first : first + column.width],
                np.nanmean(inside[:, at], axis=0),
                column.levels,
                {one.name: one.level_accuracy[block] for one in baselines},
            )
            block += 1
        told.append(
            TableColumn(
                name=column.name,
                kind=column.kind,
                dtype=column.dtype,
                why=column.why,
                unit=column.unit,
                n_missing=sum(
                    int(np.isnan(rows[:, first]).sum()) if column.width else len(rows) for rows in both
                ),
                first=first,
                levels=column.levels,
                n_categories=len(column.categories),
                seen_as=words,
                category=quality,
            )
        )
        first += column.width
    return tuple(told)
