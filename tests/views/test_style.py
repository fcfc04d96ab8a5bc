from io import BytesIO, StringIO
from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from PIL import Image

from latentia.views.figures.album import Album
from latentia.views.style import (
    COLOURS,
    INK,
    ON_DARK,
    dress,
    labels,
    logarithmic,
    new_figure,
    rendered,
    save,
    write_svg,
)
from views.example_study import wine_study

# How eyes without green or red receptors see linear RGB (Machado, Oliveira and Fernandes, 2009).
VISIONS = {
    "common": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}


def linear(colour):
    value = np.array(to_rgba(colour)[:3])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(colour):
    """Return a linear RGB colour in CIELAB, where distances are as eyes see them."""
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    x, y, z = np.cbrt((to_xyz @ np.clip(colour, 0, 1)) / to_xyz.sum(axis=1))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISIONS)
def test_colours_are_told_apart_by_every_common_kind_of_vision(vision):
    seen = [lab(VISIONS[vision] @ linear(colour)) for colour in COLOURS]
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(one - other) > 15  # twice what eyes notice at a glance


@pytest.mark.parametrize(("colours", "paper"), [(COLOURS, "#fefefe"), (ON_DARK, "#1a1e27")])
def test_colours_stand_out_from_the_paper_of_their_theme(colours, paper):
    ground = lab(linear(paper))
    assert min(np.linalg.norm(lab(linear(colour)) - ground) for colour in colours) > 40


def test_a_figure_drawn_again_stays_where_it_was():
    figure = Album(wine_study())["columns"]
    rendered(figure)
    first = figure.axes[0].get_position().bounds
    rendered(figure, dpi=72)
    assert figure.axes[0].get_position().bounds == first


def test_a_figure_is_the_same_as_matplotlib_saves_it():
    def drawn():
        figure = new_figure(4, 3)
        dress(figure.add_subplot(), title="a title", x="an axis", y="another")
        return figure

    drawn().savefig(theirs := BytesIO(), format="png", dpi=150)
    save(drawn(), ours := BytesIO())
    with Image.open(theirs) as one, Image.open(ours) as other:
        difference = np.abs(np.asarray(one.convert("RGB"), float) - np.asarray(other, float))
    assert difference.mean() < 0.5


def test_svg_has_no_ground_and_leaves_the_figure_its_own():
    figure = Album(wine_study())["baselines"]
    ground = figure.get_facecolor()
    write_svg(figure, stream := StringIO())
    assert stream.getvalue().count("<svg") == 1
    assert INK in stream.getvalue()
    assert figure.get_facecolor() == ground
    assert rendered(figure).size == tuple(round(150 * inches) for inches in figure.get_size_inches())


def test_names_keep_what_tells_them_apart_and_their_unit_once():
    names = [f"glow of channel {number} at dawn (cd)" for number in (1, 2, 10)]
    cut = labels(names, ("cd", "cd", "cd"), most=20)
    assert len(set(cut)) == 3
    assert all(len(name) <= 20 for name in cut)
    assert labels(["glow (cd)", "price_$"], ("cd", "USD")) == ["glow (cd)", r"price_\$ (USD)"]


@pytest.mark.parametrize(
    ("low", "high", "seen"),
    [(0.2, 0.9, {"0.2", "0.3", "0.4", "0.6"}), (1e-6, 10, {"1e-06", "0.001", "1"}), (1, 1e9, {"1", "1e+06"})],
)
def test_a_logarithmic_axis_tells_plain_numbers_within_a_decade_and_over_many(low, high, seen):
    figure = new_figure(8, 3)
    axes = figure.add_subplot()
    axes.plot([low, high], [0, 1])
    logarithmic(axes, "x")
    rendered(figure)
    told = {tick.get_text() for minor in (False, True) for tick in axes.get_xticklabels(minor=minor)}
    assert seen <= told
    assert not any("$" in text for text in told)
