"""Of a mixed table, views count the table's own columns and tell categories as what they are."""

from __future__ import annotations

import json

import pytest

from latentia.views.notebook import analysis_html
from latentia.views.report.render import report_html
from latentia.views.report.summary import summarise
from latentia.views.report.text import WIDTH, summary_text
from views.example_study import mixed_study, wine_study


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
