"""Of a mixed table, views count the table's own columns and tell categories as what they are."""

from __future__ import annotations

import dataclasses
import json

import pytest

from latentia.insight.results import ColumnGaps, Dependence, Filling, MissingCells
from latentia.views.figures.album import Album
from latentia.views.notebook import analysis_html
from latentia.views.report.render import report_html
from latentia.views.report.summary import summarise
from latentia.views.report.text import WIDTH, summary_text
from undrawn import undrawn
from views.example_study import mixed_study, wine_study


def holed_study():
    """The study of a mixed table in which some cells are missing."""
    told = {"n_judged": 17, "is_category": False}
    columns = (
        ColumnGaps(name="day", share=0.0, error=0.4, usual_error=1.0, **told),
        ColumnGaps(name="hue", share=0.011, error=0.12, usual_error=0.5, **{**told, "is_category": True}),
        ColumnGaps(name="<b>mass", share=0.05, error=0.51, usual_error=0.99, **told),
    )
    filling = Filling(
        n_cells=51, n_rows=17, squared_error=0.2, usual_squared_error=1.0, wrong=0.12, usual_wrong=0.5,
        gain=0.7, standard_error=0.1,
    )  # fmt: skip
    pair = Dependence(
        column="hue", n_missing=9, other="<b>mass", is_level=False, difference=-0.8, p_value=0.002
    )
    missing = MissingCells(
        share=0.02, n_complete_rows=84, n_mostly_missing_rows=0, columns=columns, filling=filling,
        dependences=(pair,),
    )  # fmt: skip
    return dataclasses.replace(mixed_study(), missing=missing)


@undrawn()
def test_the_columns_that_are_counted_are_the_tables_own():
    study = mixed_study()
    assert summarise(study)["table"]["columns"] == 3
    assert summary_text(study).startswith("mixed: 90 rows × 3 columns, 18 rows held out")
    assert "90 rows and 3 columns" in summarise(study)["methods"]
    assert "90 rows × 3 columns" in report_html(study)
    assert "90 rows × 3 columns" in analysis_html(study)


def test_the_summary_has_one_entry_for_a_category_and_its_levels_in_it():
    day, hue, mass = summarise(mixed_study())["columns"]
    assert (day["kind"], day["unit"], mass["kind"]) == ("date", "days", "numeric")
    assert {"r2", "r2_baselines", "r2_lost"} <= set(day)
    assert "r2" not in hue
    assert [level["name"] for level in hue["levels"]] == ["blue", "green", "red"]
    assert hue["levels"][2]["r2"] == pytest.approx(mixed_study().held_out.r2_per_column[3])
    assert hue["category"]["mode"] == "green"
    assert hue["category"]["information_share"] == pytest.approx(0.8)
    assert (hue["missing"], hue["why"]) == (1, "3 different words")
    json.dumps(summarise(mixed_study()), allow_nan=False)


def test_the_terminal_shows_categories_beside_what_is_most_frequent():
    text = summary_text(mixed_study())
    line = next(line for line in text.splitlines() if line.startswith("hue "))
    assert line.split() == ["hue", "94", "%", "50", "%", "35", "%", "1.20", "of", "1.50"]
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "most frequent" not in summary_text(wine_study())


def test_the_page_has_a_table_of_categories_and_one_of_numbers():
    page = report_html(mixed_study())
    assert "Categories on held-out rows" in page
    assert '<td class="n">94 %</td><td class="n">50 %</td><td class="n">25 %</td>' in page
    assert "Table of numbers" in page
    assert "of 5 input columns better" in page
    plain = report_html(wine_study())
    assert "Categories on held-out rows" not in plain
    assert "Table of columns" in plain
    assert "of 13 columns better" in plain


def test_missing_cells_have_a_section_and_a_figure_only_where_there_are_some():
    whole = report_html(mixed_study())
    assert '<section id="missing">' not in whole
    assert "missing_cells" not in Album(mixed_study())
    study = holed_study()
    page = report_html(study)
    section = page[page.index('<section id="missing">') :]
    section = section[: section.index("</section>")]
    assert "2 % of the cells are missing. 84 of 90 rows are complete." in section
    assert "Share of the rows that lack each column." in section
    assert '<td class="n">0.51 <span class="unit">sd</span></td><td class="n">0.99' in section
    assert '<td class="n">12 % <span class="unit">wrong</span></td><td class="n">50 %' in section
    assert "&lt;b&gt;mass" in section
    assert "<b>mass" not in section
    assert "−0.80" in section
    figure = Album(study)["missing_cells"]
    assert [bar.get_width() for bar in figure.axes[0].patches] == pytest.approx([5.0, 1.1])
    assert summarise(study)["missing"]["columns"][2]["error"] == 0.51


def test_of_many_columns_with_gaps_the_emptiest_are_shown():
    one = holed_study().missing.columns[2]
    many = tuple(dataclasses.replace(one, name=f"gene {at}", share=at / 1000) for at in range(400))
    study = dataclasses.replace(
        holed_study(), missing=dataclasses.replace(holed_study().missing, columns=many)
    )
    page = report_html(study)
    section = page[page.index('<section id="missing">') :]
    section = section[: section.index("</section>")]
    assert "200 of 400 columns" in section
    assert section.count("<tr>") == 12 + 200 + 1 + 3  # the pair, and three heads
    assert len(Album(study)["missing_cells"].axes[0].patches) == 30
