"""The report of a study: one HTML file that works offline.

>>> from latentia.views.report import write_report  # write_report(study, "report.html")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from latentia.insight.results import Study

__all__ = ["write_report"]


def write_report(study: Study, path: str | os.PathLike[str]) -> None:
    """Write the report of a study to a file, whole or not at all.

    Parameters
    ----------
    study : Study
    path : str or path
        An existing file of that name is replaced.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    from latentia.modelfiles.durable import write_durably
    from latentia.views.report.render import report_html

    write_durably(path, report_html(study).encode())
