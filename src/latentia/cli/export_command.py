"""The command that writes a model for programs without Python."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations at run time
from typing import Annotated

import typer

from latentia.cli.answers import say, told
from latentia.cli.app import app
from latentia.cli.options import AsJson, Model, Quiet  # noqa: TC001 - the same
from latentia.modelfiles.durable import check_output


@app.command()
def export(
    model: Model,
    *,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            show_default=False,
            help="The .onnx file to write; the way back from hidden variables stands beside it as "
            ".decoder.onnx.",
        ),
    ],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write a model as ONNX, to be run without Python.

    One file goes from rows to hidden variables, to what the model makes of
    the rows, and to a score; the other from hidden variables to rows.
    Scaling and categories are in them. Both are run first and compared with
    the model, and you are told by how much they differ.

    [bold]Example[/]

    $ latentia export wine.latentia -o wine.onnx
    """
    check_output(out, (".onnx",), [model])
    with told(quiet=quiet) as progress:
        progress.stage("Exporting", str(model))
        from latentia.exporting import export_onnx

        exported = export_onnx(model, out)
    document = {
        "rows": str(exported.rows),
        "codes": str(exported.codes),
        "difference": exported.difference,
        "compared": exported.n_compared,
    }
    compared = (
        f"Compared with the model on {exported.n_compared} rows: at most {exported.difference:.1g} off."
    )
    lines = [f"From rows: {exported.rows}", f"From hidden variables: {exported.codes}", compared]
    say(document, as_json=as_json, lines=lines)
