"""Pieces of a large table: what is computed on the way from its cells stays small beside it.

A difference, a square or a comparison of a whole table is a second table. Taken some columns or rows
at a time, it is one of a few megabytes, and every figure is what it would be in one go: pieces are of
even size, and a small table is a single one.
"""

from __future__ import annotations

from itertools import pairwise

CELLS_AT_ONCE = 1 << 21


def column_pieces(shape: tuple[int, ...]) -> list[slice]:
    """Return slices of the columns of a table of this shape, of about two million cells each.

    Examples
    --------
    >>> column_pieces((1_000_000, 5))
    [slice(0, 1, None), slice(1, 3, None), slice(3, 5, None)]
    >>> column_pieces((10, 0))
    []
    """
    n_rows, n_columns = shape
    return _even(n_columns, n_rows * n_columns)


def row_pieces(shape: tuple[int, ...]) -> list[slice]:
    """Return slices of the rows of a table of this shape, of about two million cells each.

    Examples
    --------
    >>> row_pieces((178, 13))
    [slice(0, 178, None)]
    """
    n_rows, n_columns = shape
    return _even(n_rows, n_rows * n_columns)


def _even(length: int, cells: int) -> list[slice]:
    count = min(length, max(1, -(-cells // CELLS_AT_ONCE)))
    ends = [length * index // count for index in range(count + 1)] if count else [0]
    return [slice(first, end) for first, end in pairwise(ends)]
