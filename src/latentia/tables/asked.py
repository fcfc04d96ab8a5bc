"""Columns as another kind than they are stored as, because someone asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError
from latentia.tables.categories import codes_of_cells
from latentia.tables.cells import (
    AS_DATES,
    KINDS,
    NEARLY_NUMBER,
    NUMBERS_AS_TEXT,
    Cells,
    Trouble,
    as_arrow,
    as_dates,
    dated_text,
    judge,
    numbers_in,
    variety,
)
from latentia.tables.dates import DAYS
from latentia.tables.naming import find
from latentia.tables.numerals import POINT, either_pattern, plain_pattern, taken, thousands_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TRUTHS = {"false": 0.0, "no": 0.0, "true": 1.0, "yes": 1.0}


def checked_types(types: Mapping[Any, str] | None, names: Sequence[str]) -> dict[str, str]:
    """Return the kinds that were asked for, by name of column.

    Raises
    ------
    InputError
        If there is no such column or no such kind.

    Examples
    --------
    >>> checked_types({"year": "category"}, ["mass", "year"])
    {'year': 'category'}
    """
    asked = {str(name): kind for name, kind in (types or {}).items()}
    for name, kind in asked.items():
        find(name, names, "give a type")
        if kind not in KINDS:
            raise InputError(
                f"{kind!r} is no type of column, but was asked for {name!r}; pass one of {', '.join(KINDS)}."
            )
    return asked


def judge_as(column: Any, kind: str | None, decimal: str | None = None, form: str | None = None) -> Cells:
    """Judge a stored column, as the kind that was asked for where one was; `decimal`, `form` as in `judge`.

    Examples
    --------
    >>> judge_as(np.array([2007, 2009, 2007]), "category").categories
    ('2007', '2009')
    >>> judge_as(np.array(["1", "?"]), "numeric").values
    array([ 1., nan])
    """
    cells = judge(column, decimal, form)
    if kind is None or kind == cells.kind or cells.trouble in (Trouble.OBJECTS, Trouble.TYPE):
        return cells
    if cells.values is not None and np.isnan(cells.values).all():
        return cells
    if kind == "numeric":
        found = _as_numeric(column, cells, decimal)
    else:
        found = _as_date(column, cells, form) if kind == "date" else _AS[kind](column, cells)
    return found or Cells("", cells.dtype, f"{kind}, but {_held(cells, kind)}", None, Trouble.ASKED)


def _held(cells: Cells, kind: str) -> str:
    troubled = cells.trouble in (Trouble.STRAY, Trouble.MARKS)
    if troubled and kind == "date":
        return "its cells are not all dates of one form, such as DD.MM.YYYY"
    held = {"numeric": "numbers", "boolean": "booleans", "date": "dates"}.get(cells.kind, cells.why)
    # With trouble it is a clause of its own: 3 cells are no numbers.
    return held if troubled else f"holds {held}"


def _as_category(column: Any, cells: Cells) -> Cells | None:
    codes, categories = codes_of_cells(as_arrow(column).to_pylist())
    return Cells("category", cells.dtype, variety(categories), codes, categories=categories)


def _as_numeric(column: Any, cells: Cells, decimal: str | None) -> Cells | None:
    if cells.kind in ("boolean", "date"):
        return Cells("numeric", cells.dtype, cells.why, cells.values, unit=cells.unit)
    text = _text_of(column)
    import pyarrow.compute

    pc: Any = pyarrow.compute
    mark = decimal or POINT
    digits = text.filter(pc.match_substring_regex(text, NEARLY_NUMBER))
    # Beside 1,5 nobody knows what 1,234 is.
    marks = thousands_in(digits, mark) or ()
    pattern = either_pattern(mark) if marks else plain_pattern(mark)
    numbers = pc.match_substring_regex(text, pattern)
    values = numbers_in(text, numbers, mark)
    if np.isnan(values).all():
        return None
    others = len(text) - text.null_count - pc.sum(numbers).as_py()
    are = "1 cell that is no number counts" if others == 1 else f"{others} cells that are no numbers count"
    why = f"{are} as missing" if others else NUMBERS_AS_TEXT
    why = f"{why}, {taken(marks)}" if marks else why
    return Cells("numeric", cells.dtype, why, values, notable=True)


def _as_boolean(column: Any, cells: Cells) -> Cells | None:
    if cells.kind == "numeric":
        values = cells.values
    else:
        texts = _text_of(column).to_pylist()
        values = np.array([np.nan if text is None else TRUTHS.get(text.lower(), 2.0) for text in texts])
    if values is None or not np.isin(values[~np.isnan(values)], (0.0, 1.0)).all():
        return None
    return Cells("boolean", cells.dtype, "asked for", values)


def _as_date(column: Any, cells: Cells, form: str | None) -> Cells | None:
    import pyarrow.compute

    pc: Any = pyarrow.compute
    if cells.kind != "category":
        return None
    text = _text_of(column)
    dated = dated_text(text, pc.is_valid(text), form)
    if dated is None:
        return None
    if not dated.form:
        return Cells("date", cells.dtype, AS_DATES, dated.days, unit=DAYS)
    if dated.is_sure:
        return as_dates(dated, cells.dtype)
    return as_dates(dated, cells.dtype, ", the day taken first")


def _text_of(column: Any) -> Any:
    """Return a column of text or categories as text without blank cells."""
    import pyarrow as pa

    from latentia.tables.labels import cell_as_text

    cells = as_arrow(column).to_pylist()
    return pa.chunked_array([pa.array([cell_as_text(cell) for cell in cells], pa.large_string())])


_AS = {"category": _as_category, "boolean": _as_boolean}
