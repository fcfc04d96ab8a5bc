"""New rows for a model that exists: its columns, by name, in its order.

A new table may have more columns (known classes, remarks), in any order, and may be a single row.
It may not lack a column, nor hold a cell without a number in one that the model reads. What was
done to match it is told in notes, never silently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError
from latentia.tables.cells import judge
from latentia.tables.naming import as_text, nearest_name, numbered, refuse_repeated, shown
from latentia.tables.sources import _draft

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from latentia.tables.assembly import Draft

    Array = NDArray[np.float64]

FIT_AGAIN = "fit a model on the columns that are there"


def read_aligned(
    data: Any, names: Sequence[str], *, otherwise: str = FIT_AGAIN
) -> tuple[Array, tuple[str, ...]]:
    """Read anything that `read_table` takes, and return what `align` returns for it.

    Examples
    --------
    >>> values, notes = read_aligned("iris", ["petal length (cm)", "petal width (cm)"])
    >>> values.shape
    (150, 2)
    """
    draft = _draft(data)
    values, notes = align(draft, names, otherwise=otherwise)
    return values, (*draft.notes, *notes)


def align(draft: Draft, names: Sequence[str], *, otherwise: str = FIT_AGAIN) -> tuple[Array, tuple[str, ...]]:
    """Return the columns that a model reads, in its order, and notes on what was done to get them.

    Only the columns asked for are read, so that text in the others does no harm. A table without
    any column names, such as a NumPy file, is taken in the order it has.

    Parameters
    ----------
    draft : Draft
        The new table as it was stored.
    names : sequence of str
        The names of the p columns that the model reads.
    otherwise : str
        What else helps where columns are missing, in a few words.

    Returns
    -------
    values : ndarray of shape (n, p), float64
        Finite numbers in their original units.
    notes : tuple of str
        One sentence for each thing that was put right.

    Raises
    ------
    InputError
        If a column is missing or stands there twice, or a cell has no finite number.

    Examples
    --------
    >>> from latentia.tables.assembly import Draft
    >>> cells = [np.array(["a", "b"]), np.array([3.0, 4.0]), np.array([1.0, 2.0])]
    >>> draft = Draft(names=["class", "hue", "ash"], fetch=cells.__getitem__, n_rows=2, name="new.csv")
    >>> values, notes = align(draft, ["ash", "hue"])
    >>> values
    array([[1., 3.],
           [2., 4.]])
    >>> for note in notes:
    ...     print(note)
    The model does not read 1 column of new.csv ('class'); it was left out.
    The columns of new.csv stand in another order than the model's; they were matched by name.
    """
    there, _ = as_text(draft.names)
    if draft.n_rows == 0:
        raise InputError(f"{draft.name} has no rows; add rows of data below the header.")
    if there == numbered(len(there)) and list(names) != there[: len(names)]:
        positions, notes = _by_position(draft, names)
    else:
        positions, notes = _by_name(draft, there, names, otherwise)
    return _numbers(draft, positions, names), notes


def _by_position(draft: Draft, names: Sequence[str]) -> tuple[list[int], tuple[str, ...]]:
    """Take the columns as they stand, if there are as many as the model has."""
    if len(draft.names) != len(names):
        raise InputError(
            f"{draft.name} has {len(draft.names)} columns without names and the model reads {len(names)} "
            f"({shown(names)}); pass exactly these, in this order."
        )
    note = f"{draft.name} has no column names; its {len(names)} columns were taken in the model's order."
    return list(range(len(names))), (note,)


def _by_name(
    draft: Draft, there: list[str], names: Sequence[str], otherwise: str
) -> tuple[list[int], tuple[str, ...]]:
    wanted = set(names)
    _refuse_missing(draft.name, there, names, otherwise)
    refuse_repeated([name for name in there if name in wanted])
    positions = [there.index(name) for name in names]
    notes = []
    if extra := [name for name in there if name not in wanted]:
        columns, were = ("1 column", "it was") if len(extra) == 1 else (f"{len(extra)} columns", "they were")
        notes.append(f"The model does not read {columns} of {draft.name} ({shown(extra)}); {were} left out.")
    if positions != sorted(positions):
        notes.append(
            f"The columns of {draft.name} stand in another order than the model's; they were matched by name."
        )
    return positions, tuple(notes)


def _refuse_missing(table: str, there: list[str], names: Sequence[str], otherwise: str) -> None:
    """Raise InputError if the table lacks columns; suggest what the first may be called there."""
    missing = [name for name in names if name not in there]
    if not missing:
        return
    spare = [name for name in there if name not in names]
    nearest = nearest_name(missing[0], spare)
    hint = f"rename {nearest!r} if it is {missing[0]!r}" if nearest else "add what is missing"
    raise InputError(
        f"{table} lacks {len(missing)} of the {len(names)} columns that the model reads "
        f"({shown(missing)}); {hint}, or {otherwise}."
    )


def _numbers(draft: Draft, positions: list[int], names: Sequence[str]) -> Array:
    """Convert the columns to float64; refuse all that cannot be, in one sentence."""
    values = np.empty((draft.n_rows, len(names)))
    refused = []
    for place, (position, name) in enumerate(zip(positions, names, strict=True)):
        cells = judge(draft.fetch(position))
        if cells.values is None:
            refused.append(f"{name!r}: {cells.why}")
            continue
        values[:, place] = cells.values
        gaps = int((~np.isfinite(cells.values)).sum())
        if gaps:
            refused.append(f"{name!r}: {gaps} missing or infinite")
    if refused:
        columns = "1 column" if len(refused) == 1 else f"{len(refused)} columns"
        listed = "; ".join(refused[:6]) + (f"; and {len(refused) - 6} more" if len(refused) > 6 else "")  # noqa: PLR2004 - about two lines
        raise InputError(
            f"The model needs a finite number in every cell, and {columns} of {draft.name} have others "
            f"({listed}); fill, convert or remove these cells."
        )
    return values
