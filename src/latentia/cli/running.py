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
    "The rows were compared with each other, so that about as large a share of them as the level is called "
    "outliers in any table; --against compares them with a table of ordinary rows."
)
MAY_HAVE_LEARNED = (
    "If the model has learned from these rows, it may have learned what is strange in them, too; without a "
    "model, each row is judged by a network that has not learned from it."
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
    model, data = _model_and_table("impute", paths, learning)
    _check_passing(model, data, out)
    with told(quiet=quiet) as progress:
        found: dict[str, Any] = {}
        if model is not None:
            from latentia.loading import load

            fills: Any = load(model)
        else:
            fills, found = _learned_to_fill(data, reading, progress, **learning)
        from latentia.passing import impute_table

        passed = impute_table(fills, data, out, progress, reading=reading)
    notes = (*found.pop("notes", ()), *passed.notes)
    note(notes, quiet=quiet)
    say_written(out, (passed.n_rows, passed.n_columns), as_json=as_json, notes=notes, **found)


def _model_and_table(command: str, paths: Sequence[str], learning: dict[str, Any]) -> tuple[str | None, str]:
    """Return the model that was passed before a table, None without one, and the table."""
    *models, data = paths
    if len(models) > 1 or (not models and data.endswith(MODEL)):
        raise InputError(
            f"{command} reads one table, and before it one model file or none, but got {', '.join(paths)}; "
            "pass them one at a time."
        )
    if models and (learning["drop"] or learning["types"]):
        raise InputError(f"--drop and --types say how to learn, but {models[0]} has learned; leave them out.")
    return (models[0] if models else None), data


def _table_to_learn(data: str, reading: Any, progress: Any, **asked: Any) -> Any:
    """Return a table in memory for networks to learn from."""
    progress.stage("Reading", data)
    from latentia.tables.scan import large_table
    from latentia.tables.sources import read_table

    asked = {"label": None, **asked, **reading.said()}
    if large_table(data, stream=None, **asked) is not None:
        raise InputError(
            f"{data} is too large for memory; run `latentia fit {data} -o model.latentia`, which "
            "leaves it on disk, and pass that model."
        )
    return read_table(data, **asked)


def _learned_to_fill(
    data: str, reading: Any, progress: Any, *, drop: tuple[str, ...], types: dict[str, str], random_state: int
) -> tuple[Any, dict[str, Any]]:
    """Return a model that has learned from a table, and how well it fills cells of the table in."""
    table = _table_to_learn(data, reading, progress, drop=drop, types=types)
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
    paths: Sequence[str],
    out: Path,
    reading: Any,
    learning: dict[str, Any],
    *,
    against: str | None,
    level: float,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write how strange the rows of a table are, to a model or to networks that learn now."""
    from latentia.tables.stores.finding import find_files

    model, data = _model_and_table("outliers", paths, learning)
    read = [found for one in (data, against) if one is not None and (found := find_files(one))]
    inputs = [] if model is None else [model]
    check_output(out, ENDINGS, [*inputs, *(file for found in read for file in found.files)])
    with told(quiet=quiet) as progress:
        if model is None:
            judged = _judged_by_learning(
                data, out, reading, progress, against=against, level=level, **learning
            )
        else:
            from latentia.loading import load
            from latentia.row_judging import judge_table

            judged = judge_table(
                load(model), data, out, progress, against=against, level=level, reading=reading
            )
    compared = [] if against is not None else [COMPARED_WITH_ITSELF]
    if compared and model is not None:
        compared.append(MAY_HAVE_LEARNED)
    notes = (*judged.notes, *compared)
    note(notes, quiet=quiet)
    document = {"out": str(out), "rows": judged.n_rows, "outliers": judged.n_outliers, "level": level}
    said = f"{judged.n_outliers} of {judged.n_rows} rows have a p-value of at most {level:g}: {out}"
    say({**document, "notes": list(notes)}, as_json=as_json, lines=[said])


def _judged_by_learning(
    data: str,
    out: Path,
    reading: Any,
    progress: Any,
    *,
    against: str | None,
    level: float,
    drop: tuple[str, ...],
    types: dict[str, str],
    random_state: int,
) -> Any:
    """Learn from the ordinary rows, or from the table itself, and judge its rows."""
    table = _table_to_learn(against or data, reading, progress, drop=drop, types=types)
    from latentia.row_judging import judge_by_learning

    return judge_by_learning(
        table,
        out,
        progress,
        rows=None if against is None else data,
        level=level,
        reading=reading,
        random_state=random_state,
    )
