"""The one place for how figures look: colours, type, axes, and how a figure becomes a file.

Nothing here touches matplotlib's global settings or pyplot, so figures can be drawn headless,
in threads, and beside the user's own plots. The first six colours are those of Okabe and Ito
(2008), which people with colour-blindness can tell apart; four more keep the same distance from
them and from each other for every common kind of colour vision. Shapes are a second channel.
"""

from __future__ import annotations

import textwrap
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from matplotlib.ticker import LogFormatter
from PIL import Image

from latentia.views.writing import shortened, told_apart, with_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure
    from matplotlib.legend import Legend

INK = "#1d2330"
MUTED = "#586174"
LINE = "#c3c9d4"
GRID = "#e6e9ef"
PAPER = "#fefefe"
NOISE = "#858b96"

BLUE = "#0072b2"
VERMILION = "#d55e00"
GREEN = "#009e73"
PURPLE = "#cc79a7"
ORANGE = "#e69f00"
SKY = "#56b4e9"
VIOLET = "#5b2fc9"
BRICK = "#8a1f11"
MINT = "#4fdc94"
PLUM = "#7a4a6a"
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, VIOLET, BRICK, MINT, PLUM)
ON_DARK = (*COLOURS[:6], "#9b7bf2", "#c4543f", MINT, "#b98aa9")  # the same where the page is dark
MARKERS = ("o", "s", "D", "P", "^", "v", "p")  # seven: 10 x 7 pairs before one comes back

NETWORK = BLUE
LINEAR = {"PCA": ORANGE, "Factor analysis": GREEN}
POSITIVE = BLUE
NEGATIVE = VERMILION
SIGNED = "RdBu"  # red below zero, blue above: readable with every kind of colour vision

FAMILY = "DejaVu Sans"  # comes with matplotlib: the same figure everywhere
TITLE, LABEL, TICK = 13.0, 12.0, 11.0
DPI = 150
MARGIN = 0.1  # inches between the edge of a figure and what is drawn


def new_figure(width: float, height: float, *, fitted: bool = True) -> Figure:
    """Return an empty figure of so many inches that belongs to no window and no pyplot.

    Parameters
    ----------
    width, height : float
        In inches.
    fitted : bool, default True
        Whether axes shrink until their texts fit; without it they stay where they are put.
    """
    layout: Any = ConstrainedLayoutEngine(w_pad=MARGIN, h_pad=MARGIN) if fitted else None
    figure = Figure(figsize=(width, height), facecolor=PAPER, layout=layout)
    FigureCanvasAgg(figure)
    return figure


def axes_of(ax: Axes | None, width: float, height: float) -> tuple[Figure | SubFigure, Axes]:
    """Return the axes that were handed in with their figure, or new ones."""
    if ax is not None:
        return ax.figure, ax
    figure = new_figure(width, height)
    return figure, figure.add_subplot()


def dress(ax: Any, *, grid: str = "", title: str = "", x: str = "", y: str = "", z: str = "") -> None:
    """Give axes the style of the house, a title and labels.

    Parameters
    ----------
    ax : matplotlib axes, flat or 3-D
    grid : str, default ""
        Which grid lines to draw: "x", "y", "xy" or none.
    title, x, y, z : str
        Texts as they are to be seen; escape names of columns with `label` first.
    """
    ax.set_facecolor(PAPER)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set(color=LINE, linewidth=1.0)
    ax.tick_params(labelsize=TICK, colors=MUTED, labelcolor=INK, color=LINE, width=1.0, length=4)
    ax.grid(visible=False)
    for axis in grid:
        ax.grid(visible=True, axis=axis, color=GRID, linewidth=1.0)
    if title:
        ax.set_title(title, fontsize=TITLE, color=INK, loc="left", pad=10, family=FAMILY)
    ax.set_xlabel(x, fontsize=LABEL, color=INK)
    ax.set_ylabel(y, fontsize=LABEL, color=INK)
    if z:
        ax.set_zlabel(z, fontsize=LABEL, color=INK)


class _PlainNumbers(LogFormatter):
    """Numbers at the ticks that matplotlib would write as formulas, which are slow to set."""

    def __call__(self, x: float, pos: Any = None) -> str:
        """Return the text of a tick, nothing where there would be too many."""
        return f"{x:g}" if super().__call__(x, pos) else ""


def logarithmic(ax: Any, which: str) -> None:
    """Make the axis "x" or "y" a logarithmic one with plain numbers."""
    getattr(ax, f"set_{which}scale")("log")
    axis = getattr(ax, f"{which}axis")
    axis.set_major_formatter(_PlainNumbers())
    axis.set_minor_formatter(_PlainNumbers(labelOnlyBase=False))
    axis.set_tick_params(which="minor", labelsize=TICK, labelcolor=INK, color=LINE)


def headline(figure: Any, text: str, *, y: float | None = None) -> None:
    """Set the sentence that says what is seen in the whole figure, on as many lines as it needs."""
    place = {} if y is None else {"y": y}
    text = wrapped(text, figure.get_figwidth()) if isinstance(figure, Figure) else text
    figure.suptitle(text, fontsize=TITLE, color=INK, x=0.015, ha="left", family=FAMILY, **place)


def wrapped(text: str, inches: float, size: float = TITLE) -> str:
    r"""Break a headline, or a text of another size, into lines that fit into so many inches.

    Examples
    --------
    >>> wrapped("Held-out R² 0.71, PCA 0.65", 1.7)
    'Held-out R² 0.71,\nPCA 0.65'
    """
    most = int(10.1 * inches * TITLE / size)
    return "\n".join(part for line in text.splitlines() for part in textwrap.wrap(line, most))


def inches_of(text: str, size: float) -> float:
    """Return how wide a text is, at a size in points, that has been made `safe`.

    Examples
    --------
    >>> round(inches_of("proline", 12.0), 1)
    0.6
    """
    with _quietly():
        outline = TextPath((0, 0), text, size=size, prop=FontProperties(family=FAMILY))
    return float(outline.get_extents().x1) / 72


def legend(owner: Any, *args: Any, **settings: Any) -> Legend:
    """Draw a legend without a frame, for axes or for a figure."""
    drawn = owner.legend(
        *args, **{"frameon": False, "fontsize": TICK, "labelcolor": INK, "handletextpad": 0.4, **settings}
    )
    if drawn.get_title() is not None:
        drawn.get_title().set(fontsize=TICK, color=MUTED)
    return drawn


def note(ax: Axes, text: str) -> None:
    """Write a sentence into axes that have nothing to draw."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, text, ha="center", va="center", fontsize=LABEL, color=MUTED, transform=ax.transAxes)


def label(name: str, unit: str | None = None, most: int = 28) -> str:
    r"""Return the name of a column, safe for matplotlib, with its unit if it has one.

    Examples
    --------
    >>> print(label("price_$", "USD"))
    price_\$ (USD)
    """
    return safe(with_unit(shortened(name, most), unit))


def labels(names: Iterable[str], units: Sequence[str | None] | None = None, most: int = 28) -> list[str]:
    """Return the names of columns, safe for matplotlib; names that differ still do when they are cut.

    Examples
    --------
    >>> labels(["ash", "glow of channel 1 at dawn", "glow of channel 2 at dawn"], most=16)
    ['ash', '…of channel 1…', '…of channel 2…']
    """
    full = list(names)
    known = [None] * len(full) if units is None else units
    cut = told_apart([with_unit(name, unit) for name, unit in zip(full, known, strict=True)], most)
    return [safe(text) for text in cut]


def safe(text: str) -> str:
    """Return a text in which matplotlib finds no formula."""
    return text.replace("$", r"\$")


def settle(figure: Figure) -> None:
    """Make every text of a figure independent of the user's own matplotlib settings."""
    for text in figure.findobj(Text):
        text.set_family(FAMILY)  # type: ignore[attr-defined]
        text.set_usetex(False)  # type: ignore[attr-defined]


@contextmanager
def _quietly() -> Iterator[None]:
    """Hold back what matplotlib says about texts it cannot show or fit; it must not stop an analysis."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        warnings.filterwarnings("ignore", message=".*constrained_layout not applied.*")
        yield


def rendered(figure: Figure, dpi: float = DPI) -> Image.Image:
    """Return a figure as an image, laid out and drawn in one pass; matplotlib's `savefig` takes two.

    The layout is settled by that: drawn again, in any format, everything stays where it is.
    """
    settle(figure)
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    with _quietly():
        canvas.draw()
    figure.set_layout_engine("none")
    return Image.frombytes("RGBA", canvas.get_width_height(), bytes(canvas.buffer_rgba())).convert("RGB")


def save(figure: Figure, path: Path | BinaryIO, *, dpi: float = DPI) -> None:
    """Write a figure as PNG: the same figure always gives the same bytes."""
    # Compressing harder takes a third longer and saves a tenth.
    rendered(figure, dpi).save(path, format="PNG", compress_level=3, dpi=(dpi, dpi))


def write_svg(figure: Figure, stream: TextIO) -> None:
    """Write a figure as SVG without a ground, in one pass, and leave it as it was."""
    settle(figure)
    ground = figure.get_facecolor()
    figure.set_facecolor("none")
    with _quietly():
        if figure.get_layout_engine() is not None:
            figure.draw_without_rendering()
            figure.set_layout_engine("none")
        FigureCanvasSVG(figure).print_svg(stream, metadata={"Date": None, "Creator": None})
    figure.set_facecolor(ground)
    FigureCanvasAgg(figure)
