"""New rows for a model that exists: its columns, by name, in its order.

A new table may have more columns (known classes, remarks), in any order, and may be a single row.
It may not lack a column, nor hold something else in it than the model has learned; cells may be
missing. What was done to match it is told in notes, never silently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from latentia.errors import InputError
from latentia.tables import refusals
from latentia.tables.conforming import conformed, told
from latentia.tables.naming import as_text, nearest_name, numbered, refuse_repeated, shown
from latentia.tables.sources import draft_of
from latentia.tables.table import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from latentia.tables.assembly import Draft
    from latentia.tables.conforming import Unseen
    from latentia.tables.table import Schema

    Array = NDArray[np.float64]

FIT_AGAIN = "fit a model on the columns that are there"


def read_aligned(
    data: Any, names: Sequence[str], *, schema: Schema | None = None, otherwise: str = FIT_AGAIN
) -> tuple[Array, tuple[str, ...]]:
    """Read anything that `read_table` takes, and return what `align` returns for it.

    Examples
    --------
    >>> values, notes = read_aligned("iris", ["petal length (cm)", "petal width (cm)"])
    >>> values.shape
    (150, 2)
    """
    draft = draft_of(data)
    values, notes = align(draft, names, schema=schema, otherwise=otherwise)
    return values, (*draft.notes, *notes)


def align(
    draft: Draft, names: Sequence[str], *, schema: Schema | None = None, otherwise: str = FIT_AGAIN
) -> tuple[Array, tuple[str, ...]]:
    """Return the columns that a model reads, in its order, and notes on what was done to get them.

    Only the columns asked for are read, so that text in the others does no harm. A table without
    any column names, such as a NumPy file, is taken in the order it has.

    Parameters
    ----------
    draft : Draft
        The new table as it was stored.
    names : sequence of str
        The names of the p columns that the model reads.
    schema : Schema or None
        What these columns are; None where all hold numbers.
    otherwise : str
        What else helps where columns are missing, in a few words.

    Returns
    -------
    values : ndarray of shape (n, p), float64
        Numbers in their original units, codes of the model's categories, days of dates; nan where missing.
    notes : tuple of str
        One sentence for each thing that was put right.

    Raises
    ------
    InputError
        If a column is missing or stands there twice, holds something else than the model has
        learned, or has an infinite cell.

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
    if draft.n_rows == 0:
        raise without_rows(draft.name)
    positions, notes = placed(draft.name, draft.names, names, otherwise)
    values, unseen = as_learned(
        [draft.fetch(position) for position in positions], names, schema, draft.decimal
    )
    sentence = told(unseen)
    return values, notes if sentence is None else (*notes, sentence)


def without_rows(table: str) -> InputError:
    """Return the sentence about a table that ends with its header."""
    return InputError(f"{table} has no rows; add rows of data below the header.")


def placed(
    table: str,
    stored: Sequence[object],
    names: Sequence[str],
    otherwise: str = FIT_AGAIN,
    *,
    keeps_others: bool = False,
) -> tuple[list[int], tuple[str, ...]]:
    """Return where the columns stand that a model reads, and notes on what was done to get them.

    Parameters
    ----------
    table : str
        What the new table is called.
    stored : sequence
        The names of its columns.
    names : sequence of str
        The columns that the model reads.
    otherwise : str
        What else helps where columns are missing, in a few words.
    keeps_others : bool, default False
        Whether columns that the model does not read are kept, not left out.

    Examples
    --------
    >>> placed("new.csv", ["hue", "ash"], ["hue", "ash"])
    ([0, 1], ())
    """
    there, _ = as_text(stored)
    if there == numbered(len(there)) and list(names) != there[: len(names)]:
        return _by_position(table, there, names)
    return _by_name(table, there, names, otherwise, keeps_others=keeps_others)


def _by_position(table: str, there: list[str], names: Sequence[str]) -> tuple[list[int], tuple[str, ...]]:
    """Take the columns as they stand, if there are as many as the model has."""
    if len(there) != len(names):
        raise InputError(
            f"{table} has {len(there)} columns without names and the model reads {len(names)} "
            f"({shown(names)}); pass exactly these, in this order."
        )
    note = f"{table} has no column names; its {len(names)} columns were taken in the model's order."
    return list(range(len(names))), (note,)


def _by_name(
    table: str, there: list[str], names: Sequence[str], otherwise: str, *, keeps_others: bool
) -> tuple[list[int], tuple[str, ...]]:
    wanted = set(names)
    _refuse_missing(table, there, names, otherwise)
    refuse_repeated([name for name in there if name in wanted])
    positions = [there.index(name) for name in names]
    notes = []
    if extra := [name for name in there if name not in wanted]:
        columns, they = ("1 column", "it") if len(extra) == 1 else (f"{len(extra)} columns", "they")
        were = "was" if len(extra) == 1 else "were"
        done = "left out" if not keeps_others else f"kept as {they} {were}"
        notes.append(f"The model does not read {columns} of {table} ({shown(extra)}); {they} {were} {done}.")
    if positions != sorted(positions):
        notes.append(
            f"The columns of {table} stand in another order than the model's; they were matched by name."
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


def as_learned(
    stored: Sequence[Any], names: Sequence[str], schema: Schema | None, decimal: str | None = None
) -> tuple[Array, tuple[Unseen, ...]]:
    """Return stored columns as numbers, codes and days, and the categories that are new to the model.

    Raises
    ------
    InputError
        If one holds something else than the model has learned, or has an infinite cell.
    """
    columns = (
        tuple(Column(name, "numeric", "", None, "") for name in names) if schema is None else schema.columns
    )
    cells, unseen = conformed(stored, columns, decimal)
    # The caller cannot leave out a column that the model reads.
    refusals.refuse_troubled(dict(zip(names, cells, strict=True)), refusals.OF_A_MODEL)
    values = np.column_stack([cast("Array", one.values) for one in cells])
    refusals.refuse_infinite(values, names, refusals.OF_A_MODEL)
    return values, unseen
