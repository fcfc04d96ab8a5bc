"""A study where a notebook shows it: verdict, evidence and findings, and what can be asked next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from latentia.insight.findings import most_severe_first
from latentia.views.writing import counted, score

if TYPE_CHECKING:
    from latentia.insight.results import Study

CELL = Markup('<td style="text-align: {side}">{text}</td>')
NEXT = "summary() says more; report(path) and save(folder) write everything."


def analysis_html(study: Study) -> Markup:
    """Return a study as a piece of HTML without scripts; everything from the table is escaped.

    Parameters
    ----------
    study : Study
    """
    rows, columns = len(study.values), len(study.columns)
    size = f"{counted(rows, 'row')} × {counted(columns, 'column')}"
    findings = (
        Markup("<li><b>{}</b>: {} {}</li>").format(one.severity, one.sentence, one.suggestion)
        for one in most_severe_first(study.findings)
    )
    return Markup(
        '<div style="max-width: 60em"><p><b>{}</b>: {}, {} held out</p><p>{}</p>{}<ul>{}</ul><p>{}</p></div>'
    ).format(
        study.title,
        size,
        counted(len(study.held_out_rows), "row"),
        study.verdict,
        _evidence(study),
        Markup().join(findings),
        NEXT,
    )


def _evidence(study: Study) -> Markup:
    """Return R² of the network and of what it is compared with, as a table."""
    lines = [("R²", "held-out", "training"), ("network", score(study.held_out.r2), score(study.training.r2))]
    lines += [(one.name, score(one.held_out.r2), score(one.training.r2)) for one in study.baselines]
    lines += [("untrained", score(study.untrained.r2), "")]
    return Markup("<table>{}</table>").format(Markup().join(map(_line, lines)))


def _line(words: tuple[str, str, str]) -> Markup:
    cells = (CELL.format(side="left" if not at else "right", text=text) for at, text in enumerate(words))
    return Markup("<tr>{}</tr>").format(Markup().join(cells))
