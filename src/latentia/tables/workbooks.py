"""Sheets of workbooks, as Excel and LibreOffice write them.

People put titles above their tables, leave rows and columns empty, and let one heading stand over several
columns; what is one table for a reader is made one here.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError, LatentiaError
from latentia.tables.archives import refuse_what_unpacks_large
from latentia.tables.assembly import Draft
from latentia.tables.dialect import MISSING, is_number
from latentia.tables.extras import needed
from latentia.tables.labels import cell_as_text
from latentia.tables.naming import nearest_name, numbered, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from latentia.tables.reading import Reading

    Rows = list[list[Any]]
    Ranges = Sequence[tuple[tuple[int, int], tuple[int, int]]]

LARGEST_EXACT_INTEGER = 2**53


def read_workbook(path: Path, sha256: str, reading: Reading) -> Draft:
    """Read a sheet of a workbook: the one that was asked for, or else the first that has cells.

    Raises
    ------
    InputError
        If the file is damaged or needs a password, or there is no such sheet.
    MissingExtraError
        If python-calamine is not installed.
    """
    from latentia.tables.files import damaged

    calamine = needed("python_calamine", "xlsx", f"Reading {path.name}")
    refuse_what_unpacks_large(path)
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as workbook:
            name, notes = _chosen(workbook, reading.sheet, path.name)
            sheet = workbook.get_sheet_by_name(name)
            rows = sheet.to_python(skip_empty_area=False)
            merged = sheet.merged_cell_ranges or []
    except calamine.PasswordError:
        raise InputError(f"{path.name} needs a password; save it without one, or its table as CSV.") from None
    except LatentiaError:
        raise
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise damaged(path, "Excel", error) from None
    missing = MISSING if reading.missing is None else ("", *reading.missing)
    names, columns, told = _table_in(rows, merged, frozenset(missing), reading.header)
    return Draft(
        names=names,
        fetch=columns.__getitem__,
        n_rows=len(columns[0]) if columns else 0,
        name=path.name,
        path=str(path),
        sha256=sha256,
        notes=(*notes, *told),
    )


def _chosen(workbook: Any, sheet: str | None, called: str) -> tuple[str, list[str]]:
    """Return which sheet to read, and a note where nobody has said so."""
    names = list(workbook.sheet_names)
    if sheet is not None:
        by_number = {str(number): name for number, name in enumerate(names, start=1)}
        found = sheet if sheet in names else by_number.get(sheet)
        if found is None:
            near = nearest_name(sheet, names)
            hint = (
                f"the nearest name is {near!r}" if near else "pass a name that is there, or a number from 1"
            )
            raise InputError(f"{called} has no sheet {sheet!r}; {hint} (the sheets are {shown(names)}).")
        return found, []
    filled = [name for name in names if workbook.get_sheet_by_name(name).end is not None]
    if not filled:
        raise InputError(f"{called} has no cells in any sheet; save the table in it, or pass another file.")
    notes = [f"The table is the sheet {filled[0]!r} of {shown(names)}."] if len(filled) > 1 else []
    return filled[0], notes


def _table_in(
    rows: Rows, merged: Ranges, missing: frozenset[str], header: bool | None
) -> tuple[list[str], list[NDArray[Any]], list[str]]:
    """Return names and columns of the table on a sheet, and what was decided."""
    notes = []
    first = next((at for at, row in enumerate(rows) if any(map(_is_filled, row))), len(rows))
    places = [at for at in range(max(map(len, rows), default=0)) if any(_is_filled(row[at]) for row in rows)]
    if header is not False:
        titles = first
        while len(places) > 1 and titles < len(rows) - 1 and sum(map(_is_filled, rows[titles])) <= 1:
            titles += 1
        if above := [cell for row in rows[first:titles] for cell in row if _is_filled(cell)]:
            notes.append(f"What stands above the header was left out ({shown(above, 3)}).")
            first = titles
            places = [at for at in places if any(_is_filled(row[at]) for row in rows[first:])]
    if header is None:
        header = first < len(rows) and any(_is_word(rows[first][at]) for at in places)
        if not header:
            notes.append("The first row is a row of data and not a header; the columns are numbered.")
    last = _last_heading(merged, first) if header else first - 1
    names = _names(rows[first : last + 1], merged, first, places) if header else numbered(len(places))
    data = [row for row in rows[last + 1 :] if any(map(_is_filled, row))]
    columns = [_column([row[at] for row in data], missing) for at in places]
    return names, columns, notes


def _last_heading(merged: Ranges, first: int) -> int:
    """Return the last row of the header; a heading over several columns has others below it."""
    last = first
    for (top, left), (bottom, right) in sorted(merged):
        if top <= last and bottom >= first:
            last = max(last, bottom, top + 1 if right > left else top)
    return last


def _names(headings: Rows, merged: Ranges, first: int, places: Iterable[int]) -> list[str]:
    """Return the names of the columns, from the headings above each."""
    above = [list(row) for row in headings]
    for (top, left), (bottom, right) in merged:
        if right > left and first <= top and bottom < first + len(above):
            for at in range(left, right + 1):
                above[top - first][at] = above[top - first][left]
    texts = ([cell_as_text(row[at]) for row in above] for at in places)
    return [" ".join(dict.fromkeys(text for text in column if text)) for column in texts]


def _column(cells: list[Any], missing: frozenset[str]) -> NDArray[Any]:
    """Return cells as an array: of numbers, or of objects with None where one is missing."""
    known = [None if isinstance(cell, str) and cell.strip() in missing else cell for cell in cells]
    types = {type(cell) for cell in known if cell is not None}
    if types and types <= {int, float}:
        values = np.array([np.nan if cell is None else cell for cell in known], dtype=np.float64)
        is_whole = np.isfinite(values).all() and (values == np.floor(values)).all()
        # Workbooks do not tell whole numbers from others.
        return values.astype(np.int64) if is_whole and abs(values).max() < LARGEST_EXACT_INTEGER else values
    if str in types and types <= {str, int, float}:
        known = [cell_as_text(cell) for cell in known]  # so that the rules about text hold
    if types == {dt.date, dt.datetime}:
        known = [dt.datetime.combine(cell, dt.time()) if type(cell) is dt.date else cell for cell in known]
    column = np.empty(len(known), dtype=object)
    column[:] = known
    return column


def _is_filled(cell: Any) -> bool:
    return not isinstance(cell, str) or bool(cell.strip())


def _is_word(cell: Any) -> bool:
    return isinstance(cell, str) and bool(cell.strip()) and not is_number(cell)
