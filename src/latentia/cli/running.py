"""What several commands do in the same way: a whole analysis, and a table passed through a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from latentia.cli.answers import end, note, say, say_written, told
from latentia.modelfiles.columns import ENDINGS, write_columns
from latentia.modelfiles.durable import check_output

if TYPE_CHECKING:
    from pathlib import Path

COMPARED_WITH_ITSELF = (
    "The rows were compared with each other, so that about a share of the level is called outliers in any "
    "table; --against compares them with a table of ordinary rows."
)


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


def decode_rows(model: Any, latents: str, out: Path, *, as_json: bool, quiet: bool) -> None:
    """Write the rows that hidden variables stand for."""
    check_output(out, ENDINGS, [model, latents])
    from latentia.loading import load
    from latentia.tables.alignment import read_aligned
    from latentia.tables.naming import numbered

    loaded = load(model)
    codes, notes = read_aligned(
        latents, list(loaded.get_feature_names_out()), otherwise="pass what encode wrote with this model"
    )
    note(notes, quiet=quiet)
    rows = loaded.inverse_transform(codes)
    names = loaded.describe()["columns"] or numbered(rows.shape[1])
    write_columns(out, dict(zip(names, rows.columns if hasattr(rows, "columns") else rows.T, strict=True)))
    say_written(out, rows.shape, as_json=as_json, notes=notes)


def judge_rows(
    model: Any,
    data: str,
    out: Path,
    reading: Any,
    *,
    against: str | None,
    level: float,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write how strange the rows of a table are, however many there are."""
    from latentia.tables.stores.finding import find_files

    read = [found for one in (data, against) if one is not None and (found := find_files(one))]
    check_output(out, ENDINGS, [model, *(file for found in read for file in found.files)])
    from latentia.loading import load
    from latentia.row_judging import judge_table

    with told(quiet=quiet) as progress:
        judged = judge_table(load(model), data, out, progress, against=against, level=level, reading=reading)
    compared = () if against is not None else (COMPARED_WITH_ITSELF,)
    notes = (*judged.notes, *compared)
    note(notes, quiet=quiet)
    document = {"out": str(out), "rows": judged.n_rows, "outliers": judged.n_outliers, "level": level}
    said = f"{judged.n_outliers} of {judged.n_rows} rows have a p-value of at most {level:g}: {out}"
    say({**document, "notes": list(notes)}, as_json=as_json, lines=[said])
