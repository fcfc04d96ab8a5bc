"""In which order rows on disk are seen: pieces from everywhere, and a permutation of their rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latentia.training.order import generator_of


@dataclass(frozen=True, kw_only=True)
class Mixing:
    """An order in which a bounded number of rows is in memory at a time.

    The rows are cut into pieces of neighbours. In every epoch the pieces are dealt into windows like
    cards: of every so many pieces in a row as there are windows, each window gets one, at random. The
    rows of a window are then put into a random order. What that guarantees:

    - every row is seen once in an epoch, as in a permutation of all;
    - the rows of a window are in an order of which every permutation is equally likely;
    - a window is a stratified random sample of the table: it has rows from everywhere, in equal shares,
      however the table is sorted, so a batch is nearly as mixed as one of a permutation of all rows;
    - where all rows fit into one window, the order is a permutation of all rows;
    - it depends on nothing but the seed and the epoch.

    Parameters
    ----------
    n_rows : int
        All rows.
    piece : int
        Rows of a piece; the last one may have fewer.
    pieces : int
        Most pieces of a window.
    seed : int
        Source of the order.

    Examples
    --------
    >>> order = Mixing(n_rows=10, piece=2, pieces=3, seed=0)
    >>> order.n_windows, sorted(order.rows(0).tolist()) == list(range(10))
    (2, True)
    """

    n_rows: int
    piece: int
    pieces: int
    seed: int

    @property
    def n_pieces(self) -> int:
        """The number of pieces."""
        return -(-self.n_rows // self.piece)

    @property
    def n_windows(self) -> int:
        """The number of windows, which all have as many pieces as the others, or one more."""
        return max(1, -(-self.n_pieces // self.pieces))

    def windows(self, epoch: int) -> list[np.ndarray]:
        """Return the windows of an epoch: the numbers of their pieces, in the order of the table."""
        rounds = -(-self.n_pieces // self.n_windows)
        pieces = np.arange(rounds * self.n_windows).reshape(rounds, self.n_windows)
        dealt = generator_of(self.seed, epoch, stream=1).permuted(pieces, axis=1).T
        return [window[window < self.n_pieces] for window in dealt]

    def size_of(self, pieces: np.ndarray) -> int:
        """Return how many rows some pieces have together."""
        last = self.n_rows - (self.n_pieces - 1) * self.piece
        return len(pieces) * self.piece - (self.piece - last) * int((pieces == self.n_pieces - 1).any())

    def shuffled(self, epoch: int, window: int, n_rows: int) -> np.ndarray:
        """Return in which order the rows of a window, read piece after piece, are seen."""
        return generator_of(self.seed, epoch, stream=2 + window).permutation(n_rows)

    def rows(self, epoch: int) -> np.ndarray:
        """Return the positions of an epoch's rows in the order in which they are seen."""
        return np.concatenate(
            [
                self.positions(pieces)[self.shuffled(epoch, window, self.size_of(pieces))]
                for window, pieces in enumerate(self.windows(epoch))
            ]
        ).astype(np.int32)

    def positions(self, pieces: np.ndarray) -> np.ndarray:
        """Return the positions of the rows of some pieces, piece after piece."""
        rows = (pieces[:, None] * self.piece + np.arange(self.piece)).ravel()
        return rows[rows < self.n_rows]


def mixing(n_rows: int, bytes_of_row: int, seed: int, *, window: int, piece: int) -> Mixing:
    """Return an order whose windows and pieces have a number of bytes.

    Examples
    --------
    >>> mixing(10**6, 400, seed=0, window=48 << 20, piece=1 << 18).pieces
    192
    """
    rows = max(1, piece // bytes_of_row)
    return Mixing(n_rows=n_rows, piece=rows, pieces=max(1, window // (rows * bytes_of_row)), seed=seed)
