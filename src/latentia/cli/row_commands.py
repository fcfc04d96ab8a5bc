"""The commands that pass rows through a model; each one parses, calls, and prints."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from latentia.cli.app import app
from latentia.cli.options import (  # noqa: TC001 - typer reads annotations at run time
    Against,
    AsJson,
    Data,
    Drop,
    Level,
    Model,
    Out,
    Paths,
    Quiet,
    RandomState,
    Types,
)
from latentia.cli.parsing import types_of
from latentia.cli.reading_options import reads_a_table
from latentia.cli.running import decode_rows, encode_rows, impute_rows, judge_rows


@app.command()
@reads_a_table
def encode(
    model: Model,
    data: Data,
    *,
    out: Out,
    flag: Annotated[
        bool,
        typer.Option(
            "--flag",
            help="Also write a column inside: whether the row lies within what the model has learned from.",
        ),
    ] = False,
    reading: Any,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Give every row of a table its hidden variables.

    The columns are matched by name; what the model does not know is left
    out, and you are told, as you are of rows unlike those of the fit.

    [bold]Example[/]

    $ latentia encode wine.latentia new-wines.csv -o codes.csv
    """
    encode_rows(model, data, out, reading, flag=flag, as_json=as_json, quiet=quiet)


@app.command()
@reads_a_table
def impute(
    paths: Paths,
    *,
    out: Out,
    drop: Drop = None,
    types: Types = None,
    random_state: RandomState = 0,
    reading: Any,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Fill the missing cells of a table in, and leave all others as they are.

    Networks learn from the table what its cells say about each other, and
    how well they fill in is tried on cells that are hidden from them. Or a
    model does it that has learned before. Columns that they do not read are
    kept as they are, and you are told.

    [bold]Examples[/]

    $ latentia impute birds.csv -o whole-birds.csv
    $ latentia impute birds.latentia new-birds.csv -o whole-birds.csv
    """
    learning = {"drop": tuple(drop or ()), "types": types_of(types), "random_state": random_state}
    impute_rows(paths, out, reading, learning, as_json=as_json, quiet=quiet)


@app.command()
@reads_a_table
def outliers(
    paths: Paths,
    *,
    out: Out,
    against: Against = None,
    level: Level = 0.05,
    drop: Drop = None,
    types: Types = None,
    random_state: RandomState = 0,
    reading: Any,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Say of every row of a table how strange it is, how rare that is, and why.

    What networks cannot reconstruct is strange, and so is what lies far from
    where other rows lie. Five networks learn from the table, or from that of
    --against, and none judges rows that it has learned from. Or a model
    judges that has learned before. A p-value is the share of rows that are at
    least as strange; outliers come with the columns that make them strange.

    [bold]Examples[/]

    $ latentia outliers wine -o strange.csv
    $ latentia outliers new-wines.csv -o strange.csv --against good-wines.csv
    $ latentia outliers wine.latentia new-wines.csv -o strange.csv --against good-wines.csv
    """
    learning = {"drop": tuple(drop or ()), "types": types_of(types), "random_state": random_state}
    judge_rows(paths, out, reading, learning, against=against, level=level, as_json=as_json, quiet=quiet)


@app.command()
def decode(
    model: Model,
    latents: Annotated[
        str,
        typer.Argument(
            metavar="LATENTS", show_default=False, help="A table of hidden variables, as encode wrote it."
        ),
    ],
    *,
    out: Out,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Turn hidden variables back into rows of the original columns and units.

    [bold]Example[/]

    $ latentia decode wine.latentia codes.csv -o wines.csv
    """
    decode_rows(model, latents, out, as_json=as_json, quiet=quiet)
