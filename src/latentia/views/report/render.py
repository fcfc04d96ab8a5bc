"""From a summary to one HTML file that works offline and asks nothing of any network.

Scripts run only if their hash stands in the page's content security policy; everything that
comes from the user's table passes through Jinja's escaping or, as data for the plots, through
JSON in which no tag can begin.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from latentia.insight.diagnosis.reproducibility import STABLE
from latentia.views import writing
from latentia.views.figures.album import Album
from latentia.views.report.columns import column_table
from latentia.views.report.illustrations import illustrations
from latentia.views.report.points import points
from latentia.views.report.summary import every_column, summarise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latentia.insight.results import Study

ICONS = {"good": "✓", "note": "i", "warning": "!", "serious": "‼"}
POLICY = (
    "default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class _Script:
    """Code that the page may run, and the hash that lets it."""

    code: Markup
    source: str


def report_html(study: Study, *, album: Album | None = None) -> str:
    """Return the report of a study as one HTML page.

    Parameters
    ----------
    study : Study
    album : Album, optional
        The study's, if it was made already: what is drawn in it is not drawn again.

    Returns
    -------
    page : str
        To be written as UTF-8, with line ends left as they are.
    """
    pictures = illustrations(study, Album(study) if album is None else album)
    return render(
        summarise(study, brief=True), pictures=pictures, rows=points(study), columns=every_column(study)
    )


def render(
    summary: Mapping[str, Any],
    *,
    pictures: Mapping[str, Markup],
    rows: Mapping[str, Any],
    columns: Sequence[Mapping[str, Any]] | None = None,
) -> str:
    """Fill the page with a summary, its pictures and the rows for the interactive plots.

    Parameters
    ----------
    summary : mapping
        As `summarise` returns it.
    pictures : mapping of str to Markup
        As `illustrations` returns them; what is missing is left out.
    rows : mapping
        As `points` returns them.
    columns : sequence of mapping, optional
        All columns, where the summary is brief and holds only some.

    Returns
    -------
    page : str
    """
    room = files("latentia.views.report") / "templates"
    plotly = _plotly()
    app = _script((room / "report.js").read_text(encoding="utf-8"))
    return _template().render(
        study=summary,
        columns=column_table(summary if columns is None else {**summary, "columns": columns}),
        pictures=pictures,
        rows=rows,
        data=Markup(script_data(rows)),  # noqa: S704  script_data lets no tag begin
        icons=ICONS,
        steady=STABLE,
        style=Markup((room / "style.css").read_text(encoding="utf-8")),  # noqa: S704  our own file
        plotly=plotly.code,
        app=app.code,
        policy=POLICY.format(hashes=f"'{plotly.source}' '{app.source}'"),
    )


def script_data(value: Any) -> str:
    r"""Return JSON that may stand inside a script element whatever its strings hold.

    Examples
    --------
    >>> print(script_data({"name": "</script><b>"}))
    {"name":"\u003c/script\u003e\u003cb\u003e"}
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@cache
def _template() -> Any:
    environment = Environment(
        loader=PackageLoader("latentia.views.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "amount": writing.amount,
        "signed": writing.signed,
        "interval": writing.interval,
        "score": writing.score,
        "share": writing.share,
        "counted": writing.counted,
        "listed": writing.listed,
        "words": lambda text: str(text).replace("_", " "),
        "told": told,
        "scaling_in_words": writing.scaling_in_words,
    }
    return environment.get_template("report.html")


def told(value: Any) -> str:  # noqa: PLR0911  one line per type reads best
    """Write a value of evidence or of a setting for people.

    Examples
    --------
    >>> told(0.123456), told([1, 2]), told(None), told({"eps": 0.5})
    ('0.123', '1, 2', '–', 'eps 0.500')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if value is None or isinstance(value, float):
        return writing.amount(value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {told(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)) and not value:
        return "none"
    if isinstance(value, (list, tuple)):
        shown = [told(item) for item in value[:8]]
        return ", ".join([*shown, f"{len(value) - 8:,} more"] if len(value) > len(shown) else shown)
    return str(value)


@cache
def _plotly() -> _Script:
    code = (files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    return _script(code)


def _script(code: str) -> _Script:
    # Browsers read every line end as one newline and hash that; a tag inside would end the script.
    code = code.replace("\r\n", "\n").replace("\r", "\n")
    code = re.sub(r"</(script)", r"<\\/\1", code, flags=re.IGNORECASE).replace("<!--", "<\\!--")
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    return _Script(code=Markup(code), source=f"sha256-{digest}")  # noqa: S704  our own and Plotly's code
