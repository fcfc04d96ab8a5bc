"""One sentence for everything in a table that keeps it from being trained on.

Each rule looks at all columns at once, so that a person fixes a file in one go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import InputError
from latentia.tables.cells import LARGEST_EXACT_INTEGER, Cells, Trouble
from latentia.tables.scaling import LARGEST_VALUE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_COLUMNS_SHOWN = 6
FEWEST_ROWS = 2


@dataclass(frozen=True)
class Remedies:
    """How whoever passed the table can put a column of it aside.

    Parameters
    ----------
    label : str
        How a column is made the known class; empty where that is not possible.
    drop : str
        How a column is left out; empty where the caller has to do so beforehand.
    """

    label: str
    drop: str

    def leave_out(self, n_columns: int) -> str:
        """Return the words for leaving columns out."""
        return f"leave {'it' if n_columns == 1 else 'them'} out{self.drop}"

    def set_text_aside(self, n_columns: int) -> str:
        """Return the words for what can be done with columns of text."""
        if not self.label:
            return f"turn {'it' if n_columns == 1 else 'them'} into numbers or {self.leave_out(n_columns)}"
        if n_columns == 1:
            return f"pass it as the known class{self.label} or {self.leave_out(1)}"
        return f"pass one as the known class{self.label} and leave the others out{self.drop}"


ON_THE_COMMAND_LINE = Remedies(label=" (--label)", drop=" (--drop)")
IN_PYTHON = Remedies(label=" (label=)", drop=" (drop=)")
IN_AN_ESTIMATOR = Remedies(label="", drop="")


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
    """Raise InputError if columns hold something else than numbers or booleans."""
    for trouble in Trouble:
        found = {name: cells for name, cells in columns.items() if cells.trouble is trouble}
        if found:
            raise InputError(_SENTENCES[trouble](found, _details(found), remedies))


def refuse_gaps(values: Array, names: Sequence[str], remedies: Remedies = ON_THE_COMMAND_LINE) -> None:
    """Raise InputError if cells are missing (nan) or infinite."""
    finite = np.isfinite(values)
    if finite.all():
        return
    gaps = {name: _gaps(values[:, at]) for at, name in enumerate(names) if not finite[:, at].all()}
    listed = [f"{name!r}: {counts}" for name, counts in gaps.items()] if len(gaps) > 1 else [*gaps.values()]
    rows = np.flatnonzero(~finite.all(axis=1))
    where = "in row" if len(rows) == 1 else f"in {len(rows)} of {len(values)} rows, the first is row"
    which = "this row" if len(rows) == 1 else "these rows"
    raise InputError(
        f"{_subject(gaps)} {_several(gaps, 'has', 'have')} missing (NaN) or infinite cells "
        f"({_first(listed)}; {where} {rows[0] + 1}), and for now every cell must be a finite number; "
        f"fill these cells, take {which} out, or leave the {_several(gaps, 'column', 'columns')} "
        f"out{remedies.drop}."
    )


def refuse_too_large(values: NDArray[np.floating], names: Sequence[str]) -> None:
    """Raise InputError if a value is so large that its square, which a fit is judged by, overflows."""
    largest = np.maximum(values.max(axis=0), -values.min(axis=0)).astype(np.float64)
    if (largest > LARGEST_VALUE).any():
        column = int(largest.argmax())
        raise InputError(
            f"Column {names[column]!r} reaches {largest[column]:.3g}, and squares overflow beyond "
            f"{LARGEST_VALUE:.0e}; correct the cell if it is a mistake, otherwise divide the column first."
        )


def refuse_constant(values: NDArray[np.floating], name: str) -> None:
    """Raise InputError if no column varies."""
    if (values == values[0]).all():
        raise InputError(
            f"All {len(values)} rows of {name} are the same, so there is nothing to learn; "
            "pass a table in which at least one column varies."
        )


def _other_types(found: Mapping[str, Cells], details: str, remedies: Remedies) -> str:
    return (
        f"{_subject(found)} {_several(found, 'holds', 'hold')} no plain numbers ({details}), and only "
        f"numbers and booleans can be trained on; convert {_several(found, 'it', 'them')} to numbers or "
        f"{remedies.leave_out(len(found))}."
    )


def _text(found: Mapping[str, Cells], details: str, remedies: Remedies) -> str:
    return (
        f"{_subject(found)} {_several(found, 'holds', 'hold')} text ({details}), and only numbers and "
        f"booleans can be trained on for now; {remedies.set_text_aside(len(found))}."
    )


def _stray_words(found: Mapping[str, Cells], details: str, remedies: Remedies) -> str:
    return (
        f"{_subject(found)} {_several(found, 'has', 'have')} text among the numbers ({details}), and a "
        "column must be all numbers; correct these cells or leave the "
        f"{_several(found, 'column', 'columns')} out{remedies.drop}."
    )


def _lost_digits(found: Mapping[str, Cells], details: str, remedies: Remedies) -> str:
    return (
        f"{_subject(found)} {_several(found, 'has', 'have')} integers beyond ±2^53 ({details}), which lose "
        f"digits as float64 (the limit is {LARGEST_EXACT_INTEGER}); if they are identifiers, "
        f"{remedies.leave_out(len(found))}, otherwise divide them first."
    )


_SENTENCES = {
    Trouble.TYPE: _other_types,
    Trouble.OBJECTS: _other_types,
    Trouble.TEXT: _text,
    Trouble.STRAY: _stray_words,
    Trouble.DIGITS: _lost_digits,
}


def _gaps(column: Array) -> str:
    missing = int(np.isnan(column).sum())
    infinite = int(np.isinf(column).sum())
    return " and ".join([f"{missing} missing"] * (missing > 0) + [f"{infinite} infinite"] * (infinite > 0))


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
