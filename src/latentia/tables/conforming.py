"""New rows as a model knows its columns: the same categories, dates as days, numbers as numbers.

Categories are matched by their text, whatever their order in the new rows. One that the model has
not seen counts as one of the rare ones where the model has such a level, else as missing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.tables.asked import judge_as
from latentia.tables.categories import matched
from latentia.tables.cells import Cells, Trouble, judge
from latentia.tables.date_forms import form_of
from latentia.tables.naming import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from latentia.tables.table import Column

    Array = NDArray[np.float64]

MOST_UNSEEN_SHOWN = 5
MOST_UNSEEN_KEPT = 10_000
_HELD = {"numeric": "numbers", "boolean": "booleans", "date": "dates", "category": "text"}


@dataclass(frozen=True)
class Unseen:
    """Categories of one column that the model has not learned.

    Parameters
    ----------
    column : str
        The column.
    categories : tuple of str
        What stands there.
    n_rows : int
        In how many rows.
    pooled : bool
        Whether they count as one of the rare categories; otherwise as missing.
    """

    column: str
    categories: tuple[str, ...]
    n_rows: int
    pooled: bool

    def __str__(self) -> str:
        """Return what a person should know, without a full stop."""
        named = shown(self.categories, MOST_UNSEEN_SHOWN)
        if len(self.categories) >= MOST_UNSEEN_KEPT:
            named += " or more"
        rows = "1 row" if self.n_rows == 1 else f"{self.n_rows} rows"
        counted = "one of the rare categories" if self.pooled else "missing"
        return f"{self.column!r} has {named} in {rows}, which counts as {counted}"


def conform(stored: Any, column: Column, decimal: str | None = None) -> tuple[Cells, Unseen | None]:
    """Return a stored column as a model's column, and the categories that are new to it.

    Parameters
    ----------
    stored : ndarray of shape (n,) or pyarrow.ChunkedArray
        The new cells.
    column : Column
        What the model has learned.
    decimal : str or None
        As in `judge`.

    Returns
    -------
    cells : Cells
        With values, codes of the model's categories, or with trouble.
    unseen : Unseen or None

    Examples
    --------
    >>> from latentia.tables.table import Column
    >>> hue = Column("hue", "category", "string", None, "text", categories=("red", "white"))
    >>> cells, unseen = conform(np.array(["white", "pink"]), hue)
    >>> cells.values
    array([ 1., nan])
    >>> print(unseen)
    'hue' has 'pink' in 1 row, which counts as missing
    """
    as_learned = column.kind in ("category", "date")
    asked, form = column.kind if as_learned else None, form_of(column.dtype)
    cells = stored if isinstance(stored, Cells) else judge_as(stored, asked, decimal, form)
    if column.kind == "date" and (what := _other_dates(stored, cells, form)):
        return Cells("", cells.dtype, what, None, Trouble.LEARNED), None
    if cells.trouble is Trouble.ASKED or (not as_learned and cells.kind in ("category", "date")):
        held = cells.kind or judge(stored, decimal).kind
        what = f"{_HELD.get(held, 'text')}, where the model has learned {_HELD[column.kind]}"
        return Cells("", cells.dtype, what, None, Trouble.LEARNED), None
    if cells.values is None or np.isnan(cells.values).all():
        return cells, None
    return _by_text(cells, column) if column.kind == "category" else (cells, None)


def _other_dates(stored: Any, cells: Cells, form: str | None) -> str | None:
    """Say how dates are written that are not read as the model's, None if there are none.

    New rows may be few, and then say even less of day and month than those that the model has learned.
    """
    if isinstance(stored, Cells) or (cells.kind == "date" and form is not None):
        return None
    written = form_of(judge_as(stored, "date").dtype if form is not None else cells.dtype)
    if written is None or (form is None and written.startswith("YYYY")):
        return None
    learned = "dates that are written otherwise" if form is None else f"dates as {form}"
    return f"dates as {written}, where the model has learned {learned}"


def together(one: Unseen, other: Unseen) -> Unseen:
    """Return what is new in one column of two tables, or of two blocks of rows.

    Examples
    --------
    >>> first, second = (
    ...     Unseen("hue", ("pink",), 2, pooled=True),
    ...     Unseen("hue", ("blue", "pink"), 3, pooled=True),
    ... )
    >>> together(first, second)
    Unseen(column='hue', categories=('pink', 'blue'), n_rows=5, pooled=True)
    """
    categories = tuple(dict.fromkeys((*one.categories, *other.categories)))[:MOST_UNSEEN_KEPT]
    return replace(one, categories=categories, n_rows=one.n_rows + other.n_rows)


def told(unseen: Iterable[Unseen]) -> str | None:
    """Return one sentence about all columns with new categories, None if there are none.

    Examples
    --------
    >>> told([Unseen("hue", ("pink",), 2, pooled=True)])
    "The model has not seen these categories: 'hue' has 'pink' in 2 rows, which counts as one of the rare \
categories."
    """
    listed = "; ".join(map(str, unseen))
    return f"The model has not seen these categories: {listed}." if listed else None


def _by_text(cells: Cells, column: Column) -> tuple[Cells, Unseen | None]:
    """Return codes of the model's categories for codes of the cells' own."""
    assert cells.values is not None  # noqa: S101 - the caller has looked
    places = matched(cells.categories, column.categories)
    there = ~np.isnan(cells.values)
    own = cells.values[there].astype(np.int64)
    new = np.bincount(own, minlength=len(places)) * np.isnan(places)
    pool = pooled_code(column)
    codes = np.full(len(cells.values), np.nan)
    codes[there] = np.where(np.isnan(places), np.nan if pool is None else pool, places)[own]
    known = Cells("category", cells.dtype, cells.why, codes, categories=column.categories)
    if not new.any():
        return known, None
    names = tuple(cells.categories[at] for at in np.flatnonzero(new))
    return known, Unseen(column.name, names, int(new.sum()), pooled=pool is not None)


def pooled_code(column: Column) -> int | None:
    """Return a category that stands together with others in one level, None if none does."""
    levels = np.array(column.level_of, dtype=np.int64)
    last = len(column.levels) - 1
    pooled = np.flatnonzero(levels == last) if last >= 0 else levels[:0]
    return int(pooled[0]) if len(pooled) > 1 else None


def conformed(
    stored: Sequence[Any], columns: Sequence[Column], decimal: str | None = None
) -> tuple[list[Cells], tuple[Unseen, ...]]:
    """Return several stored columns as the model's, in one go."""
    both = [conform(cells, column, decimal) for cells, column in zip(stored, columns, strict=True)]
    return [cells for cells, _ in both], tuple(unseen for _, unseen in both if unseen is not None)
