"""What several commands do in the same way: a whole analysis, and a table passed through a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latentia.cli.answers import end, note, say, say_written, told
from latentia.errors import InputError
from latentia.modelfiles.columns import ENDINGS, write_columns
from latentia.modelfiles.durable import check_output

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from latentia.passing import Passed

MODEL = ".latentia"
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
        from latentia.output_folder import held_folder

        with held_folder(out, force=force) as home:
            analysis = analyze(data, progress=progress, **settings)
            progress.stage("Writing", str(out))
            analysis.write(home, assistant, progress)
    say(
        analysis.to_dict(brief=True) if as_json else {},
        as_json=as_json,
        lines=[analysis.summary(), "", f"Report: {out / 'report.html'}"],
    )
    end(analysis.study.ending)


def encode_rows(
    model: Any, data: str, out: Path, reading: Any, *, flag: bool, as_json: bool, quiet: bool
) -> None:
    """Write the hidden variables of the rows of a table, however many there are."""
    _check_passing(model, data, out)
    from latentia.loading import load
    from latentia.passing import encode_table

    with told(quiet=quiet) as progress:
        passed = encode_table(load(model, backend="numpy"), data, out, progress, flag=flag, reading=reading)
    notes, shape = (*passed.notes, *_outside(passed, flag=flag)), (passed.n_rows, passed.n_columns)
    note(notes, quiet=quiet)
    say_written(out, shape, as_json=as_json, notes=notes, outside=passed.n_outside)


def _outside(passed: Passed, *, flag: bool) -> tuple[str, ...]:
    """Say how many rows the model should not be asked about, if there are any."""
    if not passed.n_outside:
        return ()
    rows = "1 row lies" if passed.n_outside == 1 else f"{passed.n_outside:,} rows lie"
    which = "" if flag else "; --flag writes which"
    return (
        f"{rows} outside of what the model has learned from, where about 1 in 100 would by chance{which}.",
    )


def impute_rows(
    paths: Sequence[str], out: Path, reading: Any, learning: dict[str, Any], *, as_json: bool, quiet: bool
) -> None:
    """Write a table with its missing cells filled in, by a model or by what it says itself."""
    *models, data = paths
    if len(models) > 1 or (not models and data.endswith(MODEL)):
        raise InputError(
            f"impute reads one table, and before it one model file or none, but got {', '.join(paths)}; pass "
            "them one at a time."
        )
    if models and (learning["drop"] or learning["types"]):
        raise InputError(f"--drop and --types say how to learn, but {models[0]} has learned; leave them out.")
    _check_passing(models[0] if models else None, data, out)
    with told(quiet=quiet) as progress:
        found: dict[str, Any] = {}
        if models:
            from latentia.loading import load

            model = load(models[0])
        else:
            model, found = _learned_to_fill(data, reading, progress, **learning)
        from latentia.passing import impute_table

        passed = impute_table(model, data, out, progress, reading=reading)
    notes = (*found.pop("notes", ()), *passed.notes)
    note(notes, quiet=quiet)
    say_written(out, (passed.n_rows, passed.n_columns), as_json=as_json, notes=notes, **found)


def _learned_to_fill(
    data: str, reading: Any, progress: Any, *, drop: tuple[str, ...], types: dict[str, str], random_state: int
) -> tuple[Any, dict[str, Any]]:
    """Return a model that has learned from a table, and how well it fills cells of the table in."""
    progress.stage("Reading", data)
    from latentia.tables.scan import large_table
    from latentia.tables.sources import read_table

    asked = {"label": None, "drop": drop, "types": types, **reading.said()}
    if large_table(data, stream=None, **asked) is not None:
        raise InputError(
            f"{data} is too large for memory; run `latentia fit {data} -o model.latentia`, which "
            "leaves it on disk, and pass that model."
        )
    table: Any = read_table(data, **asked)
    from latentia.imputer import AutoencoderImputer

    imputer = AutoencoderImputer(random_state=random_state).fit(table, progress=progress)
    if not imputer.errors_:
        error, said = None, "too few rows to say how well cells are filled in"
    else:
        error = imputer.errors_[imputer.n_components_]
        said = f"on hidden cells of held-out rows the squared error is {error:.2f} of that of the means"
    said = f"{imputer.n_components_} hidden variables; {said}."
    return imputer.autoencoder_, {
        "notes": (*table.source.notes, said),
        "n_components": imputer.n_components_,
        "error_to_means": error,
    }


def _check_passing(model: Any, data: str, out: Path) -> None:
    from latentia.tables.stores.finding import find_files

    found = find_files(data)
    inputs = [] if model is None else [model]
    check_output(out, ENDINGS, [*inputs, *(found.files if found else ())])


def decode_rows(model: Any, latents: str, out: Path, *, as_json: bool, quiet: bool) -> None:
    """Write the rows that hidden variables stand for."""
    check_output(out, ENDINGS, [model, latents])
    from latentia.loading import load
    from latentia.tables.alignment import read_aligned
    from latentia.tables.naming import columns_read_by

    loaded = load(model, backend="numpy")
    codes, notes = read_aligned(
        latents, list(loaded.get_feature_names_out()), otherwise="pass what encode wrote with this model"
    )
    note(notes, quiet=quiet)
    rows = loaded.inverse_transform(codes)
    names = columns_read_by(loaded)
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
