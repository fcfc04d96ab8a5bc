"""Which columns lack cells, and how many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.style import INK, LINE, NETWORK, TICK, axes_of, dress, headline, labels
from latentia.views.writing import counted, share

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from latentia.insight.results import MissingCells

MOST_COLUMNS = 30


def plot_missing_cells(missing: MissingCells, *, ax: Axes | None = None) -> Figure | SubFigure:
    """Draw the share of rows that lack each column, the emptiest on top; complete columns are left out.

    Parameters
    ----------
    missing : MissingCells
    ax : matplotlib axes, optional

    Returns
    -------
    figure : matplotlib Figure
    """
    holed = [column for column in missing.columns if column.share > 0]
    drawn = sorted(holed, key=lambda column: -column.share)[:MOST_COLUMNS]
    shares = np.array([column.share for column in drawn])
    figure, axes = axes_of(ax, 8.4, 1.7 + 0.36 * len(drawn))
    axes.barh(range(len(drawn)), 100 * shares, color=NETWORK, height=0.6)
    for position, value in enumerate(shares):
        axes.annotate(
            share(value), (100 * value, position), xytext=(6, 0), textcoords="offset points", va="center",
            fontsize=TICK, color=INK,
        )  # fmt: skip
    axes.axvline(0, color=LINE, linewidth=1.2)
    axes.set_yticks(range(len(drawn)), labels([column.name for column in drawn]))
    axes.invert_yaxis()
    dress(axes, grid="x", x="rows that lack the column, %")
    axes.tick_params(axis="y", length=0)
    # Room for the number behind the longest bar.
    axes.set_xlim(0, min(112.0, max(115 * float(shares.max()), 1.0)))
    headline(figure, _title(missing, len(holed), len(drawn)))
    return figure


def _title(missing: MissingCells, n_holed: int, n_drawn: int) -> str:
    verb = "lacks" if n_holed == 1 else "lack"
    title = f"{counted(n_holed, 'column')} of {len(missing.columns):,} {verb} cells"
    title += f": {share(missing.share)} of all cells"
    return title if n_drawn == n_holed else f"{title} (the {n_drawn} emptiest are drawn)"
