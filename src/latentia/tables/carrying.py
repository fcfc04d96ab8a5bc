"""Which columns of a table carry something to learn; the others are named and left out.

A column without a value, one that is the same in every row, a copy of an earlier one, and one that
only numbers or names the rows: none of them says anything about what the columns share.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from latentia.tables.naming import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from latentia.tables.cells import Cells

    Array = NDArray[np.float64]

MOST_KINDS = 50
# Of fewer rows, numbers in a row are no surprise.
FEWEST_ROWS_TO_NUMBER = 10
EMPTY, CONSTANT = "no cell has a value", "the same in every row"
NUMBERING, NAMING = "numbers the rows", "names rows rather than kinds"
COPY_OF = "the same as "
ASKED = "left out as asked"
NUISANCE = "named as a nuisance: compared with, never trained on"


def carrying(
    cells: Mapping[str, Cells], asked: Collection[str] = ()
) -> tuple[list[str], dict[str, list[str]]]:
    """Say which columns carry something, and why the others do not.

    Parameters
    ----------
    cells : mapping of str to Cells
        The columns by name, in order, without trouble.
    asked : collection of str
        Columns whose type was asked for, so that they are not taken for names of rows.

    Returns
    -------
    names : list of str
        Of the columns that do.
    others : dict of str to list of str
        The names of those that do not, by reason.

    Examples
    --------
    >>> from latentia.tables.cells import judge
    >>> columns = {"a": [1.0, 2.0, 4.0], "b": [5.0, 5.0, 5.0], "c": [1.0, 2.0, 4.0]}
    >>> carrying({name: judge(np.array(values)) for name, values in columns.items()})
    (['a'], {'the same in every row': ['b'], "the same as 'a'": ['c']})
    """
    names: list[str] = []
    others: dict[str, list[str]] = {}
    first: dict[bytes, str] = {}
    for name, column in cells.items():
        reason = _reason(column, may_name=name not in asked)
        if reason is None:
            earlier = first.setdefault(_hash(column), name)
            reason = None if earlier == name else f"{COPY_OF}{earlier!r}"
        if reason is None:
            names.append(name)
        else:
            others.setdefault(reason, []).append(name)
    return names, others


def notes_on(others: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a sentence for each reason why columns are left out; one for all copies together.

    Examples
    --------
    >>> notes_on({"the same in every row": ["a", "b"]})
    ["2 columns are left out: 'a', 'b' (the same in every row)."]
    >>> notes_on({"the same as 'a'": ["b"], "the same as 'c'": ["d", "e"]})
    ["3 columns are left out: 'b', 'd', 'e' (each the same as an earlier one)."]
    """
    copies = [reason for reason in others if reason.startswith(COPY_OF)]
    if len(copies) > 1:  # among thousands of sparse columns there may be hundreds of pairs
        joined = {f"each {COPY_OF}an earlier one": [name for reason in copies for name in others[reason]]}
        others = {reason: names for reason, names in others.items() if reason not in copies} | joined
    return [
        f"{'1 column is' if len(names) == 1 else f'{len(names)} columns are'} left out: "
        f"{shown(names)} ({reason})."
        for reason, names in others.items()
    ]


def _reason(column: Cells, *, may_name: bool) -> str | None:
    """Return why a column carries nothing by itself, None if it does."""
    values = column.values
    assert values is not None  # noqa: S101 - columns with trouble have been refused
    there = values[~np.isnan(values)]
    if not len(there):
        return EMPTY
    if (there == there[0]).all():
        return CONSTANT
    if may_name and _counts(column, values):
        return NUMBERING
    if may_name and column.kind == "category":
        n_kinds = len(np.unique(there))
        if n_kinds > MOST_KINDS and 2 * n_kinds > len(there):
            return column.doubt or NAMING
    return None


def _counts(column: Cells, values: Array) -> bool:
    if column.kind != "numeric" or "int" not in column.dtype or len(values) < FEWEST_ROWS_TO_NUMBER:
        return False
    return values[0] in (0.0, 1.0) and bool((np.diff(values) == 1.0).all())


def _hash(column: Cells) -> bytes:
    """Return a fingerprint of kind and cells; zero has no sign, and all gaps are alike."""
    assert column.values is not None  # noqa: S101 - as above
    cells = np.where(np.isnan(column.values), np.nan, column.values + 0.0)
    return blake2b(cells.tobytes() + column.kind.encode(), digest_size=16).digest()
