"""A table of numbers as colours, with the numbers written where there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from latentia.views.style import MUTED, PAPER, TICK, dress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

MOST_WRITTEN = 400  # cells; beyond, numbers would be too small to read
LETTERS = 72  # in a line of a figure of usual width
ON_LIGHT = "#14181f"  # not the ink of the theme: cells stay light when the page is dark
DARK = 0.45  # luminance below which white is easier to read than ink


def draw_heat_map(
    ax: Axes,
    values: NDArray[Any],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    colours: str,
    limits: tuple[float, float],
    written: Callable[[float], str] | None = None,
    room: int = LETTERS,
) -> None:
    """Draw a matrix as a heat map into axes.

    Parameters
    ----------
    ax : matplotlib axes
    values : ndarray of shape (rows, columns)
        Cells that are nan stay empty.
    rows, columns : sequence of str
        Names, already safe for matplotlib.
    colours : str
        A matplotlib colour map.
    limits : (float, float)
        Values at the two ends of the colour map.
    written : callable, optional
        How a value is written into its cell.
    room : int, default 72
        Letters that fit beside each other below the map; longer names of columns are slanted.
    """
    numbers = np.asarray(values, dtype=float)
    scale = mpl.colormaps[colours]
    low, high = limits
    place = (numbers - low) / (high - low if high > low else 1.0)
    edges = {"edgecolors": PAPER, "linewidth": 1.0} if numbers.size <= MOST_WRITTEN else {}
    ax.pcolormesh(
        np.ma.masked_invalid(numbers), cmap=scale, vmin=low, vmax=high, rasterized=not edges, **edges
    )
    dress(ax)
    ax.invert_yaxis()
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(length=0)
    fits = max((len(name) for name in columns), default=0) * len(columns) <= room
    _name(
        ax.set_xticks,
        columns,
        rotation=0 if fits else 40,
        ha="center" if fits else "right",
    )
    _name(ax.set_yticks, rows)
    if written is None or numbers.size > MOST_WRITTEN:
        return
    for (row, column), value in np.ndenumerate(numbers):
        light = np.isfinite(value) and _luminance(scale(place[row, column])) >= DARK
        colour = ON_LIGHT if light else "white" if np.isfinite(value) else MUTED
        ax.text(
            column + 0.5, row + 0.5, written(value), ha="center", va="center", fontsize=TICK - 1, color=colour
        )


def _name(setter: Callable[..., Any], names: Sequence[str], **settings: Any) -> None:
    """Name the cells along one axis; where there are many, every second, third... is named."""
    step = max(1, -(-len(names) // 42))
    positions = range(0, len(names), step)
    setter(
        [position + 0.5 for position in positions],
        [names[position] for position in positions],
        rotation_mode="anchor",
        **settings,
    )


def _luminance(colour: Any) -> float:
    red, green, blue = (float(part) for part in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
