"""One sentence for everything in a table that keeps it from being trained on.

Each rule looks at all columns at once, so that a person fixes a file in one go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import InputError
from latentia.tables.cells import LARGEST_EXACT_INTEGER, Cells, Trouble
from latentia.tables.naming import shown
from latentia.tables.scaling import LARGEST_VALUE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from latentia.tables.table import Column

    Array = NDArray[np.float64]

MOST_COLUMNS_SHOWN = 6
FEWEST_ROWS = 2


@dataclass(frozen=True)
class Remedies:
    """How whoever passed the table can put a column of it aside.

    Parameters
    ----------
    drop : str
        How a column is left out; empty where the caller has to do so beforehand.
    ask : str
        How a column is taken as another type; empty where that is not possible.
    ask_category : str
        How it is taken as categories, where it holds no number.
    """

    drop: str
    ask: str
    ask_category: str = ""

    def leave_out(self, n_columns: int) -> str:
        """Return the words for leaving columns out."""
        return f"leave {'it' if n_columns == 1 else 'them'} out{self.drop}"


ON_THE_COMMAND_LINE = Remedies(
    drop=" (--drop)",
    ask=", or say what the column is (--types NAME=category, or NAME=numeric)",
    ask_category=", or say what the column is (--types NAME=category)",
)
IN_PYTHON = Remedies(
    drop=" (drop=)",
    ask=", or say what the column is (types={NAME: 'category'}, or 'numeric')",
    ask_category=", or say what the column is (types={NAME: 'category'})",
)
IN_AN_ESTIMATOR = Remedies(drop="", ask="")
OF_A_MODEL = Remedies(drop=" and fit a model without", ask="")


def refuse_too_few(n_rows: int, n_columns: int, name: str) -> None:
    """Raise InputError if there is nothing to learn from."""
    if n_rows == 0:
        columns = "1 column" if n_columns == 1 else f"{n_columns} columns"
        raise InputError(
            f"There are {columns} but no rows in {name}, and at least {FEWEST_ROWS} are needed; add rows."
        )
    if n_rows < FEWEST_ROWS:
        raise InputError(f"There is only 1 row in {name}, and at least {FEWEST_ROWS} are needed; add rows.")
    if n_columns == 0:
        raise InputError(f"There is no column in {name} left to train on; pass more or drop fewer columns.")


def refuse_troubled(columns: Mapping[str, Cells], remedies: Remedies = ON_THE_COMMAND_LINE) -> None:
    """Raise InputError if columns hold what cannot be trained on."""
    for trouble in Trouble:
        found = {name: cells for name, cells in columns.items() if cells.trouble is trouble}
        if found:
            raise InputError(_SENTENCES[trouble](found, _details(found), remedies))


def refuse_infinite(values: Array, names: Sequence[str], remedies: Remedies = ON_THE_COMMAND_LINE) -> None:
    """Raise InputError if cells are infinite; missing ones (nan) are fine."""
    _refuse_cells(np.isinf(values), names, "infinite", "a cell must be a finite number or missing", remedies)


def refuse_gaps(values: Array, names: Sequence[str], remedies: Remedies = ON_THE_COMMAND_LINE) -> None:
    """Raise InputError if cells are missing (nan) or infinite."""
    refuse_infinite(values, names, remedies)
    _refuse_cells(np.isnan(values), names, "missing", "every cell must be a finite number", remedies)


def _refuse_cells(
    refused: NDArray[np.bool_], names: Sequence[str], what: str, rule: str, remedies: Remedies
) -> None:
    if not refused.any():
        return
    counts = refused.sum(axis=0)
    found = {names[at]: f"{counts[at]} {what}" for at in np.flatnonzero(counts).tolist()}
    listed = [f"{name!r}: {count}" for name, count in found.items()] if len(found) > 1 else [*found.values()]
    rows = np.flatnonzero(refused.any(axis=1))
    where = "in row" if len(rows) == 1 else f"in {len(rows)} of {len(refused)} rows, the first is row"
    which = "this row" if len(rows) == 1 else "these rows"
    raise InputError(
        f"{_subject(found)} {_several(found, 'has', 'have')} {what} cells ({_first(listed)}; {where} "
        f"{rows[0] + 1}), and {rule}; correct these cells, take {which} out, or leave the "
        f"{_several(found, 'column', 'columns')} out{remedies.drop}."
    )


def refuse_other_than_numbers(columns: Sequence[Column]) -> None:
    """Raise InputError if columns hold categories or dates, where only counts can be trained on."""
    others = {column.name: column for column in columns if column.kind in ("category", "date")}
    if others:
        first = next(iter(others.values()))
        held = "categories" if first.kind == "category" else "dates"
        raise InputError(
            f"{_subject(others)} {_several(others, 'holds', 'hold')} no counts "
            f"({first.name!r} holds {held}), and a loss for counts needs them in every column; leave "
            f"{_several(others, 'it', 'them')} out, or choose another loss."
        )


def refuse_too_large(values: NDArray[np.floating], names: Sequence[str]) -> None:
    """Raise InputError if a value is so large that its square, which a fit is judged by, overflows."""
    largest = np.maximum(
        np.fmax.reduce(values, axis=0, initial=0.0), -np.fmin.reduce(values, axis=0, initial=0.0)
    ).astype(np.float64)
    if (largest > LARGEST_VALUE).any():
        column = int(largest.argmax())
        raise InputError(
            f"Column {names[column]!r} reaches {largest[column]:.3g}, and squares overflow beyond "
            f"{LARGEST_VALUE:.0e}; correct the cell if it is a mistake, otherwise divide the column first."
        )


def refuse_constant(values: NDArray[np.floating], name: str) -> None:
    """Raise InputError if no column varies among the cells that have a value."""
    least = np.fmin.reduce(values, axis=0)
    if not np.isnan(least).any() and ((values == least) | np.isnan(values)).all():
        raise InputError(
            f"All {len(values)} rows of {name} are the same, so there is nothing to learn; "
            "pass a table in which at least one column varies."
        )


def refuse_none_left(others: Mapping[str, Sequence[str]], name: str) -> None:
    """Raise InputError because no column carries anything; `others` are those that do not, by reason."""
    listed = _first([f"{shown(names)}: {reason}" for reason, names in others.items()])
    raise InputError(
        f"No column of {name} has anything to learn ({listed}); pass a table in which at least one column "
        "varies, or ask for a column that names rows by its type."
    )


def _other_types(found: Mapping[str, Cells], details: str, remedies: Remedies) -> str:
    return (
        f"{_subject(found)} {_several(found, 'holds', 'hold')} no plain values ({details}), and only "
        "numbers, booleans, dates and text can be trained on; convert "
        f"{_several(found, 'it', 'them')} to numbers or {remedies.leave_out(len(found))}."
    )


def _stray_words(found: Mapping[str, Cells], details: str, remedies: Remedies) -> str:
    return (
        f"{_subject(found)} {_several(found, 'has', 'have')} text among the numbers ({details}), and a "
        f"column must be all numbers; correct these cells{remedies.ask}, or leave the "
        f"{_several(found, 'column', 'columns')} out{remedies.drop}."
    )


def _other_marks(found: Mapping[str, Cells], details: str, remedies: Remedies) -> str:
    return (
        f"{_subject(found)} {_several(found, 'has', 'have')} digits with marks that are none of a number "
        f"({details}), and all numbers of a table have one decimal mark, and perhaps another mark before "
        f"every three digits; correct these cells{remedies.ask_category}, or leave the "
        f"{_several(found, 'column', 'columns')} out{remedies.drop}."
    )


def _lost_digits(found: Mapping[str, Cells], details: str, remedies: Remedies) -> str:
    return (
        f"{_subject(found)} {_several(found, 'has', 'have')} integers beyond ±2^53 ({details}), which lose "
        f"digits as float64 (the limit is {LARGEST_EXACT_INTEGER}); if they are identifiers, "
        f"{remedies.leave_out(len(found))}, otherwise divide them first."
    )


def _not_as_asked(found: Mapping[str, Cells], details: str, remedies: Remedies) -> str:
    return (
        f"{_subject(found)} cannot be of the type that was asked for ({details}); ask for another type or "
        f"{remedies.leave_out(len(found))}."
    )


def _not_as_learned(found: Mapping[str, Cells], details: str, _: Remedies) -> str:
    return (
        f"{_subject(found)} {_several(found, 'holds', 'hold')} something else than the model has learned "
        f"({details}); pass {_several(found, 'the column', 'these columns')} as in the table of the fit."
    )


_SENTENCES = {
    Trouble.TYPE: _other_types,
    Trouble.OBJECTS: _other_types,
    Trouble.STRAY: _stray_words,
    Trouble.MARKS: _other_marks,
    Trouble.DIGITS: _lost_digits,
    Trouble.ASKED: _not_as_asked,
    Trouble.LEARNED: _not_as_learned,
}


def _subject(found: Mapping[str, object]) -> str:
    return f"Column {next(iter(found))!r}" if len(found) == 1 else f"{len(found)} columns"


def _several(found: Mapping[str, object], one: str, many: str) -> str:
    return one if len(found) == 1 else many


def _details(found: Mapping[str, Cells]) -> str:
    if len(found) == 1:
        return next(iter(found.values())).why
    return _first([f"{name!r}: {cells.why}" for name, cells in found.items()])


def _first(parts: Sequence[str]) -> str:
    listed = "; ".join(parts[:MOST_COLUMNS_SHOWN])
    left = len(parts) - MOST_COLUMNS_SHOWN
    return f"{listed}; and {left} more" if left > 0 else listed
