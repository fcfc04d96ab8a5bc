"""The command that makes an analysis again and says whether every number came out the same."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from latentia.cli.answers import end, say, told
from latentia.cli.app import app
from latentia.cli.options import AsJson, Force, Quiet  # noqa: TC001 - typer reads annotations at run time

if TYPE_CHECKING:
    from latentia.rerunning import Difference, Rerun

DIFFERENT = 1  # the exit code where a number came out otherwise
MOST_LINES, MOST_LETTERS = 10, 60


@app.command()
def rerun(
    manifest: Annotated[
        Path,
        typer.Argument(
            metavar="MANIFEST",
            show_default=False,
            help="The manifest.json in the folder of an analysis, with the other files beside it.",
        ),
    ],
    *,
    data: Annotated[
        str | None,
        typer.Option(metavar="DATA", help="Where the table lies now, if not where the manifest says."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="Keep the new analysis; without it, only numbers are made."
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Make an analysis again, and say whether every number came out the same.

    The table has to be the one that was analysed: its hash is compared
    first. Then metrics, hidden variables and weights are, to the last digit;
    what differs is told, beside the versions, the processor and whatever
    else is not as it was. The exit code is 0 if all is the same, else 1.

    [bold]Examples[/]

    $ latentia rerun latentia-wine/manifest.json
    $ latentia rerun old/manifest.json --data moved/birds.csv -o again
    """
    with told(quiet=quiet) as progress:
        progress.stage("Starting", "loading the numerical libraries")
        from latentia.rerunning import rerun as make_again

        made = make_again(manifest, data=data, out=out, progress=progress, force=force)
    end(made.analysis.study.ending)
    kept = None if out is None else str(out)
    say({**made.to_dict(), "out": kept}, as_json=as_json, lines=_lines(made, kept))
    if not made.same:
        raise typer.Exit(DIFFERENT)


def _lines(made: Rerun, kept: str | None) -> list[str]:
    """Return what came of it for people."""
    compared = f"{made.n_compared:,} numbers and words were compared."
    if made.same:
        lines = [f"Every number came out the same. {compared}"]
        lines += ["This is so although something is not as it was:"] if made.changed else []
    else:
        lines = [f"{made.n_different:,} came out otherwise. {compared}", ""]
        lines += [f"  {_told(one)}" for one in made.differences[:MOST_LINES]]
        rest = len(made.differences) - MOST_LINES
        lines += [f"  … and {rest:,} more; --json shows more of them"] if rest > 0 else []
        lines += ["", _why(made)]
    lines += [f"  {sentence}" for sentence in made.changed]
    return lines if kept is None else [*lines, "", f"The new analysis: {kept}"]


def _why(made: Rerun) -> str:
    if made.changed:
        return "The same bytes are promised only where all of this is as it was, and it is not:"
    return (
        "Versions, processor, threads and environment are as they were, so the numbers should be, too: "
        "either a file of the analysis was changed, or this is a mistake in Latentia; please report it."
    )


def _told(one: Difference) -> str:
    times = f" ({one.count:,} cells; the largest difference)" if one.count > 1 else ""
    return f"{one.where}: was {_short(one.before)}, is {_short(one.now)}{times}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"
