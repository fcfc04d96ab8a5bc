"""A table as it was asked for, with a fifth of its rows held out before anything is learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from latentia.errors import InputError
from latentia.tables.refusals import refuse_other_than_numbers
from latentia.tables.sampling import read_sample
from latentia.tables.scaling import refuse_negative
from latentia.tables.splits import FEWEST_ROWS_TO_SPLIT, hold_out

if TYPE_CHECKING:
    from latentia.request import Request
    from latentia.tables.splits import Split
    from latentia.tables.table import Schema, Table

HELD_OUT_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class SplitTable:
    """What was read, as a network sees it, and which rows judge.

    Parameters
    ----------
    read : Table
        As it was read.
    table : Table
        The same with one column for each level of a category.
    schema : Schema
        What the columns are, with levels that the training rows have.
    split : Split
        Rows to learn from, and rows held out from everything.
    """

    read: Table
    table: Table
    schema: Schema
    split: Split


def read_and_hold_out(data: Any, request: Request, *, counts: bool) -> SplitTable:
    """Read a table, or a sample of its rows where it is large, and hold a fifth of the rows out.

    Parameters
    ----------
    data : object
        Anything that `latentia.analyze` takes.
    request : Request
        What was asked for.
    counts : bool
        Whether the loss is one for counts.

    Raises
    ------
    InputError
        When the table cannot be read, or has too few rows to hold any out.
    """
    read = read_sample(
        data,
        request.sample,
        seed=request.random_state,
        label=request.label,
        drop=request.drop,
        types=request.types,
        nuisance=request.nuisance,
        reading=request.reading,
    )
    _check_rows(read, counts=counts)
    split = hold_out(read.n_rows, HELD_OUT_SHARE, request.random_state)
    schema = read.schema.learned(read.values[split.training])
    return SplitTable(read, read.expanded(schema), schema, split)


def _check_rows(table: Table, *, counts: bool) -> None:
    if counts:
        refuse_other_than_numbers(table.schema.columns)
        refuse_negative(table.values, table.names)
    # Rows are held out twice: from everything, and from what is left to choose size and epoch by.
    fewest = FEWEST_ROWS_TO_SPLIT + 1
    if table.n_rows < fewest:
        raise InputError(
            f"The table has {table.n_rows} rows, too few to hold any out and judge a model by; "
            f"give at least {fewest}."
        )
