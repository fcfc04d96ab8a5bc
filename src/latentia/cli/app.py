"""The command line as a whole: its name, and the one place where what went wrong becomes a sentence."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from latentia.cli.answers import INTERRUPTED, warnings_as_lines
from latentia.cli.options import FLAG
from latentia.errors import LatentiaError


class Commands(TyperGroup):
    """The commands, with one place where what went wrong becomes a sentence and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; print an error of ours as its one sentence."""
        try:
            with warnings_as_lines():
                return super().invoke(ctx)
        except LatentiaError as error:
            typer.echo(f"latentia: {error}", err=True)
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            typer.echo("latentia: interrupted.", err=True)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Begin with [bold]latentia demo[/], then [bold]latentia analyze YOUR_TABLE.csv[/]. "
    "[bold]latentia COMMAND --help[/] has examples.",
)


def _print_version(asked: bool) -> None:
    if asked:
        from latentia import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            metavar=FLAG,
            callback=_print_version,
            is_eager=True,
            help="Print the version and stop.",
        ),
    ] = False,
) -> None:
    """Find the few hidden variables behind a table, and learn whether to believe them.

    Latentia trains autoencoders on part of the rows, judges them on the
    others, compares them with PCA and with each other, and says in plain
    words what it found.
    """
