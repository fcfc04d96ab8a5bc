"""Figures as SVG inside the page: crisp at any size, and in the colours of the page's theme."""

from __future__ import annotations

import base64
import io
import re
import threading
from typing import TYPE_CHECKING

import matplotlib as mpl
from markupsafe import escape
from PIL import Image

from latentia.views.style import GRID, INK, LINE, MUTED, PAPER, write_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ONE_AT_A_TIME = threading.Lock()  # SVG is set through matplotlib's global settings
PIXELS = 88  # per inch of a figure, so that its letters are as large as those of the page
SMALLER = 2 / 3  # of a figure's file: sharp enough beside text
THEMED = {INK: "--ink", MUTED: "--muted", LINE: "--line", GRID: "--grid", PAPER: "--paper"}


def inline_svg(figure: Figure, name: str, description: str) -> str:
    """Return a figure as an SVG element that speaks to screen readers and follows the theme.

    Parameters
    ----------
    figure : matplotlib Figure
    name : str
        Unique in the page: the identifiers inside the SVG begin with it.
    description : str
        What is seen, for those who do not see it.

    Returns
    -------
    svg : str
        One ``<svg>`` element without links to anything outside.
    """
    buffer = io.StringIO()
    with _ONE_AT_A_TIME, mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        write_svg(figure, buffer)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    # Hundredths of a point are enough to see; only tags are shortened, never what is written.
    svg = re.sub(r"<[^>]+>", lambda tag: re.sub(r"(\.\d\d)\d+", r"\1", tag[0]), svg)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', svg)
    for colour, variable in THEMED.items():
        svg = svg.replace(colour, f"var({variable})")
    opening, rest = svg.split(">", 1)
    opening = re.sub(r' (width|height)="[^"]*"', "", opening)
    size = f'width="{PIXELS * figure.get_figwidth():.0f}" role="img" aria-label="{escape(description)}"'
    return f"{opening} {size}>{rest}"


def inline_png(png: bytes) -> str:
    """Return a picture as the data address of a smaller one of few colours, for scatters.

    They are smaller so than as SVG, which holds an element per row.
    """
    image = Image.open(io.BytesIO(png))
    size = (round(image.width * SMALLER), round(image.height * SMALLER))
    small = image.resize(size, Image.Resampling.BOX).quantize(
        128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
    )
    small.save(buffer := io.BytesIO(), format="PNG", compress_level=6)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
