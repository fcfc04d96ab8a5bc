"""One sentence for everything in a table that keeps it from being trained on.

Each rule looks at all columns at once, so that a person fixes a file in one go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import InputError
from latentia.tables.cells import LARGEST_EXACT_INTEGER, Cells, Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_COLUMNS_SHOWN = 6
FEWEST_ROWS = 2
LEAVE_OUT = "leave it out (--drop)"


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


def refuse_troubled(columns: Mapping[str, Cells]) -> None:
    """Raise InputError if columns hold something else than numbers or booleans."""
    by_trouble = {
        trouble: {name: cells for name, cells in columns.items() if cells.trouble is trouble}
        for trouble in Trouble
    }
    if found := by_trouble[Trouble.TYPE]:
        raise InputError(
            f"{_subject(found)} {_several(found, 'holds', 'hold')} no plain numbers "
            f"({_details(found)}), and only numbers and booleans can be trained on; convert "
            + _several(found, f"it to numbers or {LEAVE_OUT}.", "them to numbers or leave them out (--drop).")
        )
    if found := by_trouble[Trouble.TEXT]:
        raise InputError(
            f"{_subject(found)} {_several(found, 'holds', 'hold')} text ({_details(found)}), and only "
            "numbers and booleans can be trained on for now; "
            + _several(
                found,
                f"pass it as the known class (--label) or {LEAVE_OUT}.",
                "pass one as the known class (--label) and leave the others out (--drop).",
            )
        )
    if found := by_trouble[Trouble.DIGITS]:
        raise InputError(
            f"{_subject(found)} {_several(found, 'has', 'have')} integers beyond ±2^53 ({_details(found)}), "
            f"which lose digits as float64 (the limit is {LARGEST_EXACT_INTEGER}); if they are identifiers, "
            "leave them out (--drop), otherwise divide them first."
        )


def refuse_gaps(values: Array, names: Sequence[str]) -> None:
    """Raise InputError if cells are missing (nan) or infinite."""
    gaps: dict[str, str] = {}
    for position, name in enumerate(names):
        column = values[:, position]
        finite = np.isfinite(column)
        if finite.all():
            continue
        missing = int(np.isnan(column).sum())
        infinite = int(len(column) - finite.sum()) - missing
        counts = [f"{missing} missing"] * (missing > 0) + [f"{infinite} infinite"] * (infinite > 0)
        gaps[name] = " and ".join(counts)
    if not gaps:
        return
    listed = [f"{name!r}: {counts}" for name, counts in gaps.items()] if len(gaps) > 1 else [*gaps.values()]
    raise InputError(
        f"{_subject(gaps)} {_several(gaps, 'has', 'have')} cells without a finite number "
        f"({_first(listed)}, of {len(values)} rows), and for now every cell must have one; fill these cells "
        f"first or {_several(gaps, LEAVE_OUT, 'leave the columns out (--drop)')}."
    )


def refuse_constant(values: Array, name: str) -> None:
    """Raise InputError if no column varies."""
    if (values == values[0]).all():
        raise InputError(
            f"All {len(values)} rows of {name} are the same, so there is nothing to learn; "
            "pass a table in which at least one column varies."
        )


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
