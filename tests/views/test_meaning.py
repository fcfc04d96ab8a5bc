"""What factors and clusters mean, in figures, report, terminal and metrics."""

import re
from dataclasses import replace
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgba

from latentia.insight.cluster_results import Cloud
from latentia.insight.factor_results import Traversals
from latentia.views.figures.album import Album
from latentia.views.figures.traversals import MOST_FACTORS, plot_traversals, spread_apart
from latentia.views.report.meaning import driver_reading
from latentia.views.report.methods import methods_paragraph
from latentia.views.report.render import report_html
from latentia.views.report.summary import summarise
from latentia.views.report.text import summary_text
from latentia.views.report.wide import figures_of_columns
from latentia.views.style import GREEN, NEGATIVE, POSITIVE, new_figure, rendered
from views.example_study import random_study, wine_study


@pytest.fixture(scope="module")
def page():
    return report_html(wine_study())


def walks(*shapes, k=1):
    """Return walks along k factors with curves of these shapes, functions of -1 to 1."""
    values = np.linspace(-1, 1, 25)
    heights = np.array([[shape(values) for shape in shapes]] * k, float)
    columns = np.array([range(len(shapes))] * k)
    return Traversals(
        values=np.array([values] * k), columns=columns, change_scaled=heights, in_units=5 * heights + 100
    )


def drawn(figure):
    """Return the curves of the first panel, without its zero line and the lines to the names."""
    return [line for line in figure.axes[0].lines if len(line.get_xdata()) == 25]


def written(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_curves_stand_at_their_heights_and_are_coloured_by_where_they_go():
    found = walks(lambda x: 2 * x, lambda x: -x, lambda x: x**2 - 0.1)
    curves = drawn(plot_traversals(found, ["ash", "hue", "proline"]))
    for curve, heights in zip(curves, found.change_scaled[0], strict=True):
        np.testing.assert_array_equal(curve.get_ydata(), heights)
    assert [curve.get_color() for curve in curves] == [POSITIVE, NEGATIVE, GREEN]


def test_names_stand_with_the_change_in_the_columns_own_unit():
    figure = plot_traversals(walks(lambda x: 2 * x, lambda x: -x), ["alcohol", "hue"], units=["% vol", None])
    assert written(figure) == ["alcohol +20 % vol", "hue −10"]


def test_columns_that_hardly_move_are_left_out_unless_nothing_moves():
    names = ["ash", "hue"]
    assert written(plot_traversals(walks(lambda x: x, lambda x: 0.1 * x), names)) == ["ash +10"]
    assert written(plot_traversals(walks(lambda x: 0.02 * x, lambda x: 0 * x), names)) == ["ash +0.20"]


def test_names_of_curves_that_end_alike_do_not_cover_each_other():
    figure = plot_traversals(walks(*[lambda x, at=at: x + 0.001 * at for at in range(6)]), list("abcdef"))
    rendered(figure)
    boxes = sorted(text.get_window_extent().intervaly.tolist() for text in figure.axes[0].texts)
    assert len(boxes) == 6
    assert all(high <= low + 1 for (_, high), (low, _) in pairwise(boxes))


LONG = ["Leitfähigkeit des Wassers", "Temperatur Zulauf der Anlage", "Drehzahl des Motors vorn", "W" * 30]


@pytest.mark.parametrize("k", [1, 2, 3, 6])
def test_long_names_and_units_are_neither_cut_nor_run_into_what_is_beside_them(k):
    shapes = (lambda x: 2 * x, lambda x: -400 * x, lambda x: x**2 - 0.3, lambda x: -x)
    figure = plot_traversals(walks(*shapes, k=k), LONG, units=["µS/cm", "1/min", "l/min", "mbar"])
    image = rendered(figure)
    panels = [panel for panel in figure.axes if panel.get_visible()]
    for panel in panels:
        for text in panel.texts:
            box = text.get_window_extent()
            assert box.x1 < image.width
            assert not any(box.overlaps(one.get_window_extent()) for one in panels if one is not panel)
        ticks = [tick.get_window_extent() for tick in panel.get_xticklabels()]
        assert all(one.x1 < other.x0 for one, other in pairwise(ticks))
    caption = next(text for text in figure.texts if "percentile" in text.get_text())
    assert "green turns" in caption.get_text()
    assert caption.get_window_extent().x0 > 0
    assert caption.get_window_extent().x1 < image.width


def test_places_are_spread_within_limits():
    placed = spread_apart(np.array([1.0, 1.0, 0.9, -1.0]), gap=0.2, low=-1.0, high=1.0)
    assert np.diff(np.sort(placed)).min() >= 0.2 - 1e-12
    assert placed.max() <= 0.9 + 1e-12
    assert np.argsort(placed).tolist() == [3, 2, 0, 1]


def test_of_many_factors_twelve_are_drawn_and_the_figure_says_so():
    figure = plot_traversals(walks(lambda x: x, k=14), ["ash"])
    assert sum(panel.get_visible() for panel in figure.axes) == MOST_FACTORS
    assert "(12 of 14 factors)" in figure.get_suptitle().replace("\n", " ")


def test_one_factor_can_be_drawn_into_axes():
    figure = new_figure(5, 4)
    plot_traversals(walks(lambda x: x), ["ash"], ax=figure.add_subplot())
    assert to_rgba(drawn(figure)[0].get_color()) == to_rgba(POSITIVE)


def test_the_headline_names_the_widest_walk():
    figure = plot_traversals(wine_study().traversals, wine_study().column_names)
    found = wine_study().traversals
    width = np.ptp(found.change_scaled, axis=2)
    factor, at = np.unravel_index(width.argmax(), width.shape)
    name = wine_study().column_names[found.columns[factor, at]]
    assert figure.get_suptitle() == (
        f"Along factor {factor + 1}, {name} changes most: over {width.max():.1f} standard deviations"
    )
    assert all(isinstance(text, mpl.text.Text) for text in figure.axes[0].texts)


def test_the_album_has_the_walks_if_there_are_any():
    assert "traversals" in Album(wine_study())
    assert "traversals" not in Album(replace(wine_study(), traversals=None))


def test_the_summary_has_slopes_walks_and_drivers():
    study = wine_study()
    told = summarise(study)
    effect = told["factors"][1]["effects"][0]
    column = study.column_names.index(effect["column"])
    assert effect["slope_scaled"] == study.sensitivities.mean_scaled[1, column]
    assert effect["slope_where_high"] == study.sensitivities.by_region[1, 2, column]
    assert effect["r2_alone"] == study.alone.r2_per_column[1, column]
    assert told["factors"][1]["r2_alone"] == study.alone.r2[1]
    assert told["columns"][4]["r2_alone"] == study.alone.r2_per_column[:, 4].tolist()
    walk = told["factors"][1]["traversal"]
    assert walk["columns"][0]["column"] == study.column_names[study.traversals.columns[1, 0]]
    assert walk["columns"][0]["in_units"] == study.traversals.in_units[1, 0].tolist()
    cluster = told["drivers"]["clusters"][0]
    assert cluster["columns"][0]["column"] == study.drivers.clusters[0].columns[0].column
    assert cluster["reading"] == driver_reading(study.drivers.clusters[0])


def test_the_file_of_columns_has_slopes_and_what_each_factor_says_alone():
    found = figures_of_columns(wine_study())
    np.testing.assert_array_equal(found["slope_scaled_factor_2"], wine_study().sensitivities.mean_scaled[1])
    np.testing.assert_array_equal(found["r2_alone_factor_3"], wine_study().alone.r2_per_column[2])


def test_a_cluster_is_read_by_what_clearly_differs():
    one = wine_study().drivers.clusters[0]
    first = one.columns[0]
    assert re.match(rf"Cluster 0 \({one.n_rows} rows\): (higher|lower) ", driver_reading(one))
    assert first.column in driver_reading(one)
    unsure = replace(first, low_scaled=-0.1, high_scaled=2.0)
    assert driver_reading(replace(one, columns=(unsure,))).endswith(
        "no column is clearly different by half a standard deviation."
    )
    numbers = (("ash", "mg", 2.0, 1.5), ("hue", None, -1.0, -1.0), ("alcohol", None, 1.0, 0.6))
    sides = tuple(
        replace(
            first,
            column=name,
            unit=unit,
            difference=difference,
            difference_scaled=scaled,
            low_scaled=scaled - 0.1,
            high_scaled=scaled + 0.1,
        )
        for name, unit, difference, scaled in numbers
    )
    assert driver_reading(replace(one, n_rows=1, columns=sides)) == (
        "Cluster 0 (1 row): higher ash (+2.0 mg); lower hue (−1.0)."
    )


def test_the_terminal_has_a_line_for_each_cluster():
    lines = summary_text(wine_study()).splitlines()
    at = next(
        place for place, line in enumerate(lines) if line.startswith("What sets the clusters of KMeans")
    )
    assert [line.split(" (")[0] for line in lines[at + 1 :]] == ["Cluster 0", "Cluster 1", "Cluster 2"]
    assert max(map(len, lines)) <= 88
    assert "What sets" not in summary_text(replace(wine_study(), drivers=None))


def test_the_page_shows_walks_slopes_and_drivers(page):
    assert 'aria-label="One panel per factor: curves' in page
    assert '<th scope="col" class="n">where low</th>' in page
    assert "alone it reaches" in page
    assert "What sets the clusters apart" in page
    assert driver_reading(wine_study().drivers.clusters[1]) in page
    assert "this describes the clusters and tests nothing" in page


def test_a_study_without_them_has_a_page_all_the_same():
    bare = replace(random_study(), alone=None, sensitivities=None, traversals=None, drivers=None)
    page = report_html(bare)
    assert "where low" not in page
    assert "alone it reaches" not in page
    assert "What sets the clusters apart" not in page
    assert summarise(bare)["drivers"] is None


def test_the_methods_say_how_meaning_was_found():
    told = methods_paragraph(wine_study())
    assert "by the decoder's derivatives at 143 training rows" in told
    assert "Each cluster of KMeans was described by the columns whose means differ most" in told


def test_what_columns_share_stands_beside_factors_and_components():
    cloud = Cloud(
        space="PCA",
        p_value=0.01,
        n_clusters=2,
        prominence=3.0,
        prominence_by_chance=1.0,
        draws=99,
        n_rows=143,
        n_neighbours=12,
    )
    shared = replace(cloud, space="shared", p_value=0.4, n_clusters=1, columns=("flag",))
    study = replace(wine_study(), clouds=(replace(cloud, space="latent"), cloud, shared))
    words = " ".join(summary_text(study).split())
    assert "2 on PCA (p = 0.01), 1 on what columns share (p = 0.4)" in words
    assert "PCA’s components of what columns share" in report_html(study)
    assert "replaced by its regression on all other columns" in methods_paragraph(study)
    assert "regression on all other" not in methods_paragraph(replace(study, clouds=(cloud,)))
