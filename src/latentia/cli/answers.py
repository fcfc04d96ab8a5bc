"""What a command says: results on standard output, all else on standard error."""

from __future__ import annotations

import io
import json
import re
import shlex
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from latentia.errors import LatentiaWarning
from latentia.views.listing import listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from latentia.training.progress import Progress

MOST_NAMES = 12
INTERRUPTED = 130  # what shells expect of a program that Ctrl-C ended


@contextmanager
def told(*, quiet: bool) -> Iterator[Progress]:
    """Yield who is told how far the work is; the terminal is given back whatever happens."""
    if quiet:
        from latentia.training.progress import Silent

        yield Silent()
        return
    from latentia.views.progress import progress_on

    progress = progress_on()
    try:
        yield progress
    finally:
        progress.close()


def model_lines(described: Mapping[str, Any]) -> list[str]:
    """Return the description of a model for people; of many columns only the first are shown."""
    names, rest = described["columns"], described["n_columns"] - MOST_NAMES
    columns = [_column_line(one) for one in described["table"][:MOST_NAMES]]
    if rest > 0:
        columns.append(f"  … and {rest:,} more; --json shows all")
    named = ["columns: without names"] if names is None else ["columns:", *columns]
    # "n_rows" is a name for programs.
    titled = {re.sub("^n_", "number_of_", name): value for name, value in described.items()}
    return [*listing({name: titled[name] for name in titled if name not in ("columns", "table")}), *named]


def _column_line(one: Mapping[str, Any]) -> str:
    """Return what a column was taken for, why, and what it is for the network."""
    name = one["name"] if one["name"].isprintable() else repr(one["name"])
    unit = f", in {one['unit']}" if one["unit"] else ""
    return f"  {name}: {one['kind']}{unit} ({one['why']}); for the network {one['seen_as']}"


def rate_lines(data: str, document: Mapping[str, Any], options: Sequence[str] = ()) -> list[str]:
    """Return what a learning-rate sweep found for people, and how to fit with it and the same options."""
    lines = [document["reason"]]
    if document["setting"] is not None:
        setting = f"learning_rate={json.dumps(document['setting'])}"
        fit = ["latentia", "fit", data, "-o", "MODEL"]
        lines = [f"learning rate: {document['suggestion']:g}", "", *lines]
        lines += [f"Train with it: {shlex.join([*fit, *options, '--set', setting])}"]
    return lines if document["figure"] is None else [*lines, f"Figure: {document['figure']}"]


def write_figure(out: Path, figure: Any) -> None:
    """Write a figure as PNG, in whole or not at all."""
    from latentia.modelfiles.durable import write_durably
    from latentia.views.style import save

    save(figure, buffer := io.BytesIO())
    write_durably(out, buffer.getvalue())


def say_written(
    out: Path, shape: tuple[int, ...], *, as_json: bool, notes: Sequence[str], **more: Any
) -> None:
    """Say what file was written."""
    n_rows, n_columns = shape
    document = {"out": str(out), "rows": n_rows, "columns": n_columns, **more, "notes": list(notes)}
    say(document, as_json=as_json, lines=[f"{n_rows} rows of {n_columns} columns: {out}"])


def say(document: Mapping[str, Any], *, as_json: bool, lines: Sequence[str]) -> None:
    """Print the result on standard output: one JSON document, or text."""
    typer.echo(json.dumps(document, indent=2, allow_nan=False) if as_json else "\n".join(lines))


def note(notes: Sequence[str], *, quiet: bool) -> None:
    """Say on standard error what was decided without asking."""
    for sentence in () if quiet else notes:
        typer.echo(f"Note: {sentence}", err=True)


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Show our warnings as one line each; those of other packages mean nothing to a user."""

    def show(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        if issubclass(category, LatentiaWarning):
            typer.echo(f"Warning: {message}", err=True)

    with warnings.catch_warnings():
        warnings.simplefilter("always", LatentiaWarning)
        warnings.showwarning = show
        yield


def end(ending: object, hint: str = "") -> None:
    """Leave with the code of Ctrl-C if that is how training ended; what was reached is kept."""
    if str(ending) == "interrupted":
        typer.echo(f"latentia: interrupted; the best network so far was kept{hint}.", err=True)
        raise typer.Exit(INTERRUPTED)
