"""The command that says how many hidden variables a table needs."""

from __future__ import annotations

import math
from pathlib import Path  # noqa: TC003 - typer reads annotations at run time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from latentia.cli.answers import note, say, told, write_figure
from latentia.cli.app import app
from latentia.cli.options import (
    TRAINING,
    AsJson,
    Data,
    Drop,
    Label,
    Loss,
    MaxEpochs,
    Quiet,
    RandomState,
    Sample,
    Seeds,
    Set,
    Types,
)
from latentia.cli.parsing import settings_of, sizes_of, types_of, value_of
from latentia.cli.reading_options import reads_a_table
from latentia.modelfiles.durable import check_output

if TYPE_CHECKING:
    from latentia.size_choice import SizeChoice


@app.command()
@reads_a_table
def choose_size(
    data: Data,
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="A .png file for the figure; without it, none."),
    ] = None,
    label: Label = None,
    drop: Drop = None,
    types: Types = None,
    reading: Any,
    sample: Sample = "auto",
    sizes: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,...",
            rich_help_panel=TRAINING,
            help="The numbers of hidden variables to compare; left out, up to ten of them.",
        ),
    ] = None,
    seeds: Seeds = 4,
    random_state: RandomState = 0,
    max_epochs: MaxEpochs = None,
    loss: Loss = None,
    settings: Set = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Say how many hidden variables a table needs, and why.

    Networks of several sizes are trained from several starts, and a fifth
    of the rows, which no network has seen, judges them. PCA of the same
    sizes, how well the variables come back from another start, and how many
    dimensions the rows fill locally stand beside it.

    [bold]Examples[/]

    $ latentia choose-size wine
    $ latentia choose-size cells.parquet --sizes 1,2,3,5,8 -o sizes.png
    """
    if out is not None:
        check_output(out, (".png",), [data])
    compared = None if sizes is None else sizes_of(sizes)
    chosen = settings_of(settings, max_epochs=max_epochs, loss=loss, n_components="auto", n_seeds=seeds)
    if chosen["n_components"] == "auto":
        del chosen["n_components"]
    with told(quiet=quiet) as progress:
        progress.stage("Starting", "loading the numerical libraries")
        from latentia.size_choice import choose_n_components

        choice = choose_n_components(
            data,
            sizes=compared,
            random_state=random_state,
            label=label,
            drop=tuple(drop or ()),
            types=types_of(types),
            sample=value_of(sample),
            progress=progress,
            **reading.said(),
            **chosen,
        )
        if out is not None:
            write_figure(out, choice.plot())
    note(choice.notes, quiet=quiet)
    figure = None if out is None else str(out)
    say({**choice.to_dict(), "figure": figure}, as_json=as_json, lines=_lines(choice, figure))


def _lines(choice: SizeChoice, figure: str | None) -> list[str]:
    """Return what was found for people."""
    from latentia.views.writing import counted, score

    table = [f"{'components':<10}  {'held-out R²':<16}  {'PCA':>6}  {'stability':>9}"]
    for row in choice.rows:
        error = f" ± {row['r2_error']:.3f}" if math.isfinite(row["r2_error"]) else ""
        r2 = f"{row['r2']:.3f}{error}" if math.isfinite(row["r2"]) else "diverged"
        mark = " *" if row["n_components"] == choice.n_components else ""
        table.append(
            f"{row['n_components']:>10}  {r2:<16}  {row['r2_pca']:>6.3f}  {score(row['stability']):>9}{mark}"
        )
    n_rows = choice.compared.rows
    judges = f"{counted(n_rows['held_out'], 'row')} judged that no network has seen"
    lines = [
        f"recommended: {counted(choice.n_components, 'component')}",
        "",
        choice.reason,
        "",
        *table,
        "",
        f"Intrinsic dimension: {choice.dimension.sentence}",
        f"{judges}; {n_rows['training']:,} trained, and {n_rows['validation']:,} chose the epochs.",
    ]
    return lines if figure is None else [*lines, f"Figure: {figure}"]
