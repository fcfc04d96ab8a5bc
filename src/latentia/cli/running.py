"""What several commands do in the same way: a whole analysis, and a table passed through a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from latentia.cli.answers import end, note, say, say_written, told
from latentia.modelfiles.columns import ENDINGS
from latentia.modelfiles.durable import check_output

if TYPE_CHECKING:
    from pathlib import Path


def run_analysis(data: str, out: Path, *, as_json: bool, quiet: bool, force: bool, **settings: Any) -> None:
    """Analyse, write the folder, print the verdict."""
    from latentia.views.figures.assistant import Assistant

    # The assistant loads what it draws with while this process loads what it computes with.
    with told(quiet=quiet) as progress, Assistant() as assistant:
        progress.stage("Starting", "loading the numerical libraries")
        from latentia.analysis import analyze
        from latentia.output_folder import claim_folder

        claim_folder(out, force=force)
        analysis = analyze(data, progress=progress, **settings)
        progress.stage("Writing", str(out))
        analysis.save(out, force=force, assistant=assistant, progress=progress)
    say(
        analysis.to_dict(brief=True) if as_json else {},
        as_json=as_json,
        lines=[analysis.summary(), "", f"Report: {out / 'report.html'}"],
    )
    end(analysis.study.ending)


def pass_through(
    model: Any,
    data: str,
    out: Path,
    what: Literal["encode", "impute"],
    reading: Any,
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write what a model makes of the rows of a table, however many there are."""
    from latentia.tables.stores.finding import find_files

    found = find_files(data)
    check_output(out, ENDINGS, [model, *(found.files if found else ())])
    from latentia.loading import load
    from latentia.passing import encode_table, impute_table

    with told(quiet=quiet) as progress:
        passing = encode_table if what == "encode" else impute_table
        passed = passing(load(model), data, out, progress, reading=reading)
    note(passed.notes, quiet=quiet)
    say_written(out, (passed.n_rows, passed.n_columns), as_json=as_json, notes=passed.notes)
