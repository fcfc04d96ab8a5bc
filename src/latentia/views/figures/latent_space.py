"""Where the rows lie: codes in three dimensions, in their projections, or along one factor."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D

from latentia.views.figures.groups import all_rows, thinned
from latentia.views.style import (
    GRID,
    INK,
    LABEL,
    LINE,
    PAPER,
    TICK,
    dress,
    headline,
    label,
    labels,
    legend,
    new_figure,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from latentia.views.figures.groups import Group

MOST_PAIRED = 5
SOLID = 3  # dimensions that one picture can show
SHIFT = 0.05  # of the figure's width


def plot_codes(
    codes: NDArray[np.float64],
    *,
    names: Sequence[str] | None = None,
    groups: Sequence[Group] | None = None,
    title: str = "",
    legend_title: str = "",
) -> Figure:
    """Draw the first three columns of codes: in 3-D and as the projections XY, XZ and YZ.

    Two columns give one panel, one column gives a histogram over a strip per group.

    Parameters
    ----------
    codes : ndarray of shape (n, k)
    names : sequence of str, optional
        Names of the columns of codes.
    groups : sequence of Group, optional
        Rows that are drawn alike; all rows alike without it.
    title, legend_title : str
        The sentence on top, and what the groups are.

    Returns
    -------
    figure : matplotlib Figure
    """
    names = _names(codes, names)
    shown = thinned(all_rows(len(codes)) if groups is None else groups)
    space = legend_height(shown)
    if codes.shape[1] == 1:
        figure = _plot_line(codes[:, 0], names[0], shown)
    elif codes.shape[1] < SOLID:
        figure = new_figure(7.6, 6.2 + space)
        plot_projection(codes, names=names, groups=shown, ax=figure.add_subplot())
    else:
        figure = _plot_solid(codes, names, shown, space)
    _finish(figure, () if codes.shape[1] == 1 else shown, title, legend_title)  # a strip names its groups
    return figure


def plot_projection(
    codes: NDArray[np.float64],
    *,
    names: Sequence[str] | None = None,
    groups: Sequence[Group] | None = None,
    x: int = 0,
    y: int = 1,
    ax: Axes | None = None,
) -> Figure | SubFigure:
    """Draw two columns of codes against each other; legends are left to the caller."""
    names = _names(codes, names)
    if ax is None:
        ax = new_figure(7, 6).add_subplot()
    for group in all_rows(len(codes)) if groups is None else groups:
        ax.scatter(codes[group.rows, x], codes[group.rows, y], label=group.name, **_points(group, len(codes)))
    dress(ax, grid="xy", x=label(names[x]), y=label(names[y]))
    ax.locator_params(nbins=5)
    return ax.figure


def plot_pairs(
    codes: NDArray[np.float64],
    *,
    names: Sequence[str] | None = None,
    groups: Sequence[Group] | None = None,
    title: str = "",
    legend_title: str = "",
) -> Figure:
    """Draw every pair of the first five columns of codes, one panel each."""
    names = _names(codes, names)
    shown = thinned(all_rows(len(codes)) if groups is None else groups, most=5000)
    count = min(codes.shape[1], MOST_PAIRED)
    figure = new_figure(10, 9.6 + legend_height(shown))
    panels = figure.subplots(count - 1, count - 1, sharex="col", sharey="row", squeeze=False)
    for panel in panels.flat:
        panel.set_visible(False)
    for x, y in combinations(range(count), 2):
        panel = panels[y - 1, x]
        panel.set_visible(True)
        plot_projection(codes, names=names, groups=shown, x=x, y=y, ax=panel)
        panel.tick_params(labelbottom=y == count - 1, labelleft=x == 0)
        panel.set_xlabel(panel.get_xlabel() if y == count - 1 else "")
        panel.set_ylabel(panel.get_ylabel() if x == 0 else "")
    _finish(figure, shown, title, legend_title)
    return figure


def _plot_solid(
    codes: NDArray[np.float64], names: Sequence[str], groups: Sequence[Group], space: float
) -> Figure:
    figure = new_figure(10.2, 8.2 + space, fitted=False)
    bottom = (0.62 + space) / (8.2 + space)
    # Wide enough for the heights of the right panels beside those of the box.
    grid = figure.add_gridspec(2, 2, left=0.1, right=0.985, top=0.935, bottom=bottom, wspace=0.3, hspace=0.2)
    # Without this, depth decides what covers what, and noise hides the clusters.
    solid: Any = figure.add_subplot(grid[0, 0], projection="3d", computed_zorder=False)
    for group in groups:
        points = codes[group.rows]
        solid.scatter(*points[:, :SOLID].T, label=group.name, depthshade=False, **_points(group, len(codes)))
    _dress_solid(solid, names)
    # The box leaves room at its left, which its labels lack at its right.
    place = solid.get_position()
    solid.set_position((place.x0 - SHIFT, place.y0, place.width, place.height))
    for place, (x, y) in zip((grid[0, 1], grid[1, 0], grid[1, 1]), ((0, 1), (0, 2), (1, 2)), strict=True):
        plot_projection(codes, names=names, groups=groups, x=x, y=y, ax=figure.add_subplot(place))
    return figure


def _dress_solid(ax: Any, names: Sequence[str]) -> None:
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_pane_color(PAPER)
        axis.line.set_color(LINE)
        axis._axinfo["grid"].update(color=GRID, linewidth=1.0)  # noqa: SLF001  no public way in matplotlib
    ax.tick_params(labelsize=TICK - 2, pad=-2, labelcolor=INK, color=LINE)
    ax.locator_params(nbins=4)
    for setter, name in zip((ax.set_xlabel, ax.set_ylabel, ax.set_zlabel), names, strict=False):
        setter(label(name, most=20), fontsize=LABEL, color=INK, labelpad=-3)
    ax.set_facecolor(PAPER)
    ax.set_box_aspect((1, 1, 0.9), zoom=1.1)
    ax.view_init(elev=22, azim=-58)


def plot_strip(values: NDArray[np.float64], *, name: str, groups: Sequence[Group], ax: Axes) -> None:
    """Draw one column of codes as a strip per group, points shaken apart."""
    shake = np.random.default_rng(0).uniform(-0.3, 0.3, len(values))
    for position, group in enumerate(groups):
        ax.scatter(values[group.rows], position + shake[group.rows], **_points(group, len(values)))
    dress(ax, grid="x", x=label(name))
    ax.set_yticks(range(len(groups)), labels([group.name for group in groups]) if groups[0].name else [""])
    ax.set_ylim(len(groups) - 0.4, -0.6)


def _plot_line(values: NDArray[np.float64], name: str, groups: Sequence[Group]) -> Figure:
    """Draw a histogram over a strip per group."""
    height = min(1.2 + 0.5 * len(groups), 12)
    figure = new_figure(8, 2.6 + height)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2.2, height])
    finite = values[np.isfinite(values)]
    bins = np.histogram_bin_edges(finite, bins="auto" if len(finite) < 5000 else 60)  # noqa: PLR2004
    upper.hist(finite, bins=bins.tolist(), color=LINE, edgecolor=PAPER, linewidth=0.6)
    dress(upper, grid="y", y="rows")
    plot_strip(values, name=name, groups=groups, ax=lower)
    return figure


def _points(group: Group, n_rows: int) -> dict[str, Any]:
    """Return how the points of a group look: smaller and lighter where many, noise underneath."""
    size, alpha = (34, 0.85) if n_rows <= 400 else (18, 0.7) if n_rows <= 3000 else (7, 0.5)  # noqa: PLR2004
    if group.marker == "x":
        return {"s": size, "marker": "x", "c": group.colour, "linewidths": 1.4, "alpha": alpha, "zorder": 1.5}
    edge = {"edgecolors": PAPER, "linewidths": 0.5} if n_rows <= 400 else {"linewidths": 0}  # noqa: PLR2004
    return {"s": size, "marker": group.marker, "c": group.colour, "alpha": alpha, "zorder": 2, **edge}


def legend_height(groups: Sequence[Group]) -> float:
    """Return the height in inches that a legend below the panels needs."""
    return 0.0 if len(groups) < 2 else 0.35 + 0.26 * -(-len(groups) // _legend_columns(groups))  # noqa: PLR2004


def draw_legend(figure: Figure, groups: Sequence[Group], title: str = "") -> None:
    """Name groups below the panels of a figure; one group needs no name."""
    if len(groups) < 2:  # noqa: PLR2004
        return
    handles = [
        Line2D([], [], linestyle="", marker=group.marker, color=group.colour, markersize=8,
               markeredgecolor=group.colour if group.marker == "x" else PAPER)
        for group in groups
    ]  # fmt: skip
    legend(
        figure,
        handles,
        labels([group.name for group in groups], most=24),
        loc="lower center" if figure.get_layout_engine() is None else "outside lower center",
        ncols=_legend_columns(groups),
        title=label(title) if title else None,
    )


def _legend_columns(groups: Sequence[Group]) -> int:
    widest = max(len(label(group.name, most=24)) for group in groups)
    return max(1, min(len(groups), 10, 88 // (widest + 5)))


def _finish(figure: Figure, groups: Sequence[Group], title: str, legend_title: str) -> None:
    if title:
        headline(figure, title, y=0.985 if figure.get_layout_engine() is None else None)
    draw_legend(figure, groups, legend_title)


def _names(codes: NDArray[np.float64], names: Sequence[str] | None) -> Sequence[str]:
    return [f"factor {column + 1}" for column in range(codes.shape[1])] if names is None else names
