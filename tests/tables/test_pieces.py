from __future__ import annotations

import pytest

from latentia.tables import pieces
from latentia.tables.pieces import column_pieces, row_pieces


@pytest.mark.parametrize("shape", [(1, 1), (1000, 7), (7, 1000), (50, 50), (5, 0), (0, 5)])
def test_pieces_are_the_whole_in_order_and_of_even_size(monkeypatch, shape):
    monkeypatch.setattr(pieces, "CELLS_AT_ONCE", 300)
    for length, found in zip(shape, (row_pieces(shape), column_pieces(shape)), strict=True):
        every = [at for piece in found for at in range(piece.start, piece.stop)]
        assert every == list(range(length))
        sizes = [piece.stop - piece.start for piece in found] or [0]
        assert max(sizes) - min(sizes) <= 1
        other = shape[0] * shape[1] // max(length, 1)
        assert all(size * other <= 300 or size == 1 for size in sizes)
