"""Rows that were read apart, put together again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.tables.stores.store import BYTES_OF_A_NUMBER, rows_at_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from latentia.tables.assembly import Draft

MOST_JOINED = 128  # each may keep a file mapped


def gathered(drafts: Iterable[Draft], n_rows: int) -> Iterator[Draft]:
    """Yield the same rows in fewer drafts, of at most so many rows; larger ones stay as they are.

    Every draft costs a little, and very many small files would cost more than their rows do.

    Examples
    --------
    >>> from latentia.tables.assembly import Draft
    >>> one = Draft(names=["a"], fetch=lambda _: np.arange(2.0), n_rows=2, name="array")
    >>> [draft.fetch(0) for draft in gathered([one] * 3, n_rows=5)]
    [array([0., 1., 0., 1.]), array([0., 1.])]
    """
    waiting: list[Draft] = []
    for draft in drafts:
        size = rows_at_once(n_rows, BYTES_OF_A_NUMBER * len(draft.names))
        n_waiting = sum(one.n_rows for one in waiting)
        if waiting and (n_waiting + draft.n_rows > size or len(waiting) == MOST_JOINED):
            yield joined(waiting)
            waiting = []
        waiting.append(draft)
    if waiting:
        yield joined(waiting)


def joined(drafts: Sequence[Draft]) -> Draft:
    """Return drafts with the same columns as one.

    Parameters
    ----------
    drafts : sequence of Draft
        At least one.
    """
    if len(drafts) == 1:
        return drafts[0]
    columns: dict[int, Any] = {}

    def fetch(position: int) -> Any:
        if position not in columns:
            columns[position] = _one_column([draft.fetch(position) for draft in drafts])
        return columns[position]

    return replace(drafts[0], fetch=fetch, n_rows=sum(draft.n_rows for draft in drafts), block=None)


def _one_column(pieces: Sequence[Any]) -> Any:
    import pyarrow as pa

    if isinstance(pieces[0], np.ndarray):
        return np.concatenate(pieces)
    return pa.chunked_array([chunk for piece in pieces for chunk in piece.chunks], pieces[0].type)
