"""A study in a notebook: verdict, evidence and findings, and nothing of the table unescaped."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from latentia.insight.findings import Finding, Severity
from latentia.views.notebook import analysis_html
from views.example_study import wine_study


class Reading(HTMLParser):
    """Reads the text of a page, cell by cell, and checks that every tag is closed."""

    def __init__(self, page):
        super().__init__()
        self.open, self.cells, self.items, self.tags = [], [], 0, set()
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.add(tag)
        self.items += tag == "li"

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "td":
            self.cells.append(data)


@pytest.fixture(scope="module")
def study():
    return wine_study()


def test_verdict_evidence_and_findings_are_there(study):
    page = analysis_html(study)
    read = Reading(page)
    assert study.verdict in page
    assert f"178 rows × 13 columns, {len(study.held_out_rows)} rows held out" in page
    assert read.items == len(study.findings)
    assert [cell for cell in read.cells if cell[0].isalpha()] == [
        *("R²", "held-out", "training", "network", "PCA", "Factor analysis", "untrained"),
    ]
    assert f"{study.held_out.r2:.2f}" in read.cells


def test_the_most_severe_comes_first(study):
    found = [
        Finding(code="a", severity=Severity.GOOD, sentence="All is well."),
        Finding(code="b", severity=Severity.SERIOUS, sentence="Nothing is.", suggestion="Look again."),
    ]
    page = analysis_html(replace(study, findings=tuple(found)))
    assert page.index("<b>serious</b>: Nothing is. Look again.") < page.index("<b>good</b>: All is well.")


def test_names_are_no_markup(study):
    bad = '<img src=x onerror="alert(1)">'
    finding = Finding(code="a", severity=Severity.NOTE, sentence=f"{bad} is constant.", suggestion=bad)
    read = Reading(analysis_html(replace(study, title=bad, verdict=bad, findings=(finding,))))
    assert read.tags == {"div", "p", "b", "table", "tr", "td", "ul", "li"}
