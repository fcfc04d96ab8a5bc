"""What a strange row would be if it were an ordinary one, and in which columns it differs from that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.networks.indicators import owners
from latentia.networks.tiles import decode_rows, encode_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from latentia.insight.strangeness import Region
    from latentia.networks.network import Network

    Array = NDArray[np.float64]

ROUNDS = 10
# A cell this many typical residuals from what the model expects does not say where the row belongs.
FAR = 3.0
SMALLEST_SPREAD = 1e-3  # in standard deviations of a column
MOST_COLUMNS = 3
SMALLEST_SHARE, ALIKE = 0.1, 0.5


@dataclass(frozen=True)
class Oddity:
    """The columns that make a row strange.

    Parameters
    ----------
    columns : tuple of str
        Up to three, strangest first, each with at least a tenth of the row's squared difference from its
        nearest normal version, or half as much as the first.
    values, expected : tuple
        What these cells are, and what they would be in that version; in the units of the table.
    """

    columns: tuple[str, ...]
    values: tuple[Any, ...]
    expected: tuple[Any, ...]


def typical_residuals(scaled: Array, reconstructed: Array) -> Array:
    """Return how far cells usually are from their reconstruction, by column; the median, as a deviation.

    Examples
    --------
    >>> typical_residuals(np.array([[1.0], [2.0], [np.nan], [90.0]]), np.zeros((4, 1))).round(2)
    array([2.97])
    """
    off = np.abs(scaled - reconstructed)
    middle = np.array(
        [np.median(part[np.isfinite(part)]) if np.isfinite(part).any() else 0 for part in off.T]
    )
    return np.maximum(1.4826 * middle, SMALLEST_SPREAD)


def nearest_normal(network: Network, scaled: Array, region: Region, spread: Array) -> Array:
    """Return the nearest normal version of rows, in scaled units, (n, p).

    The code of a row is moved to the nearest border of the region where codes lie, if it is outside,
    and decoded. The cell that is farthest from what comes out is replaced by it and the row is encoded
    anew, then the next, as long as there is one that does not fit; so a wrong cell does not spoil what
    is expected of the others. At most half of the cells are replaced, and ten.

    Parameters
    ----------
    network : Network
    scaled : ndarray of shape (n, p)
        Rows in scaled units, nan where a cell is missing.
    region : Region
        Where the codes of ordinary rows lie.
    spread : ndarray of shape (p,)
        Typical residuals.
    """
    owner = owners(list(network.architecture.blocks), scaled.shape[1])
    n_columns = int(owner[-1]) + 1
    replaced = np.isnan(scaled)
    belongs = made = scaled
    for turn in range(ROUNDS):
        codes = region.pulled(encode_rows(network, belongs))
        made = decode_rows(network, codes.astype(np.float32)).astype(np.float64)
        if turn < min(ROUNDS - 1, n_columns // 2):
            replaced = replaced | _worst(np.where(replaced, 0.0, np.abs(scaled - made) / spread), owner)
        belongs = np.where(replaced, made, scaled)
    return made


def _worst(off: Array, owner: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Mark the worst cell of each row, if it is far off; all indicators of a category are one cell."""
    worst = off.argmax(axis=1)
    return (owner == owner[worst][:, None]) & (off.max(axis=1) > FAR)[:, None]


def oddest_columns(scaled: Array, normal: Array, blocks: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Return, for each row, the columns of the table that make it strange, strangest first.

    Parameters
    ----------
    scaled, normal : ndarray of shape (n, q)
        Rows and their nearest normal versions, in scaled units; missing cells cannot be strange.
    blocks : sequence of (int, int)
        First column and number of the columns of each category.

    Examples
    --------
    >>> oddest_columns(np.array([[0.0, 5.0, 0.1], [3.0, 4.0, np.nan]]), np.zeros((2, 3)), ())
    [[1], [1, 0]]
    """
    squares = np.nan_to_num(np.square(scaled - normal))
    owner = owners(list(blocks), scaled.shape[1])
    summed = np.zeros((len(squares), int(owner[-1]) + 1))
    for at, column in enumerate(owner):
        summed[:, column] += squares[:, at]
    found = []
    for row in summed:
        order = np.argsort(-row, kind="stable")[:MOST_COLUMNS]
        # Of many columns that are all odd, none has a tenth.
        least = min(SMALLEST_SHARE * row.sum(), ALIKE * row.max(initial=0.0))
        found.append([int(at) for at in order if row[at] > 0 and row[at] >= least])
    return found
