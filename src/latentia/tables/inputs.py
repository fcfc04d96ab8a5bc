"""What a column of a table becomes for a network, in words that a person checks it by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentia.tables.table import OTHERS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from latentia.tables.scalable import Kinds
    from latentia.tables.table import Column

NUMBERS = {"numeric": "the number", "boolean": "0 or 1", "date": "days since 1970-01-01"}
SCALED = {
    "standard": ", standardised",
    "robust": ", scaled by median and quartiles",
    "minmax": ", scaled to 0–1",
    "quantile": ", brought to a normal distribution",
    "log1p": ", its logarithm",
    "log1p-standard": ", its logarithm, standardised",
    "none": ", as it is",
}


def seen_as(columns: Sequence[Column], kinds: Kinds, markers: Collection[int]) -> tuple[str, ...]:
    """Say what a network sees of every column.

    Parameters
    ----------
    columns : sequence of Column
        With the levels that the training rows have.
    kinds : str or tuple of str
        The scaling of all columns that the network sees, or of each.
    markers : collection of int
        Those of them in which missing cells are marked.

    Examples
    --------
    >>> from latentia.tables.table import Column
    >>> hue = Column("hue", "category", "string", None, "text", ("red", "white"), ("red", "white"))
    >>> ash = Column("ash", "numeric", "float64", None, "numbers")
    >>> for words in seen_as([hue, ash], ("none", "none", "standard"), {2}):
    ...     print(words)
    an indicator for each of 2 levels
    the number, standardised, and a mark where it is missing
    """
    marked, first, told = frozenset(markers), 0, []
    for column in columns:
        if column.kind == "category":  # a row without any indicator says itself that the cell is missing
            told.append(_levels(column))
        else:
            mark = ", and a mark where it is missing" if first in marked else ""
            scaled = SCALED[kinds if isinstance(kinds, str) else kinds[first]]
            told.append(f"{NUMBERS[column.kind]}{scaled}{mark}")
        first += column.width
    return tuple(told)


def _levels(column: Column) -> str:
    if not column.levels:
        return "nothing: no training row has a level"
    pooled = column.levels[-1].strip() == OTHERS and column.levels[-1] not in column.categories
    rare = f", the last for {column.level_of.count(column.width - 1)} rare ones" if pooled else ""
    return f"an indicator for each of {column.width} levels{rare}"
