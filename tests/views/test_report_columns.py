"""The columns of a table in the report: all of a narrow one, what matters of a wide one."""

from __future__ import annotations

from dataclasses import replace

from latentia.views.report.columns import MOST_AT_ONCE, MOST_IN_ALL, column_table
from latentia.views.report.render import report_html
from latentia.views.report.summary import summarise
from latentia.views.report.text import WIDTH, summary_text
from views.example_study import mixed_study, random_study, wine_study

EVIL = "</script><b>id"


def told(study):
    page = report_html(study)
    section = page[page.index('<section id="columns">') :]
    return section[: section.index("</section>")]


def wide(n_columns):
    study = random_study(n_columns=n_columns)
    columns = list(study.columns)
    columns[7] = replace(columns[7], name="half empty", n_missing=40)
    columns[5] = replace(columns[5], name="a fifth empty", n_missing=16)
    columns[9] = replace(columns[9], name="really days", kind="date", why="dates")
    return replace(study, columns=tuple(columns))


def test_a_narrow_table_is_shown_whole_with_why_and_what_it_becomes():
    section = told(mixed_study())
    assert "1 column of numbers, 1 of dates and 1 of categories, for the network 5 inputs." in section
    assert "3 different words" in section
    assert '1 <span class="unit">1 %</span>' in section  # one of 90 cells is missing
    assert "<details>" not in section
    assert "Left out" not in section
    assert section.count("<tr>") == 1 + 3


def test_columns_that_the_network_does_not_see_are_named_with_the_reason():
    out = (("id", "numbers the rows"), (EVIL, "the same in every row"), ("b", "the same in every row"))
    study = replace(wine_study(), left_out=out)
    assert summarise(study)["left_out"][0] == {"name": "id", "why": "numbers the rows"}
    section = told(study)
    assert "&lt;/script&gt;&lt;b&gt;id and b</th><td>the same in every row" in section
    assert "it is the label" in section
    text = summary_text(study)
    assert "Left out: id (numbers the rows)" in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_of_a_wide_table_the_emptiest_and_oddest_columns_come_first_and_all_are_folded():
    table = column_table(summarise(wide(60)))
    assert [one["name"] for one in table.first] == ["half empty", "a fifth empty", "really days"]
    assert len(table.rest) == 60
    section = told(wide(60))
    assert "All 60 columns" in section
    assert section.index("half empty") < section.index("<details>") < section.index("column_59")


def test_of_a_very_wide_table_the_page_stays_small():
    study = wide(60)
    many = tuple(replace(study.columns[0], name=f"gene {at}", n_missing=at % 3) for at in range(20_000))
    out = tuple((f"copy {at}", "the same in every row") for at in range(5_000))
    # Only the columns are many: the page would draw nothing else differently.
    told = summarise(study)
    summary = {
        **told,
        "columns": [{**told["columns"][0], "name": one.name, "missing": one.n_missing} for one in many],
        "left_out": [{"name": n, "why": w} for n, w in out],
    }
    table = column_table(summary)
    assert (len(table.first), len(table.rest)) == (MOST_AT_ONCE, MOST_IN_ALL)
    assert all(one["missing"] == 2 for one in table.first)
    assert [len(names) for names, _ in table.left_out] == [5_000]
