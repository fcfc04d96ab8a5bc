"""The command line: parse, call, print.

Results go to standard output; progress, notes and errors to standard error. The exit code is 0 when
all went well, 2 when there is something to put right (one sentence says what), 130 after Ctrl-C,
and 1, with a traceback, only for a mistake in Latentia itself.
"""

from __future__ import annotations

import json
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from latentia.errors import LatentiaError, LatentiaWarning, RecipeError
from latentia.modelfiles.columns import ENDINGS, write_columns
from latentia.modelfiles.durable import check_output
from latentia.recipe import Recipe
from latentia.views.listing import listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np

    from latentia.training.progress import Progress

INTERRUPTED = 130  # what shells expect of a program that Ctrl-C ended


class Commands(TyperGroup):
    """The commands, with one place where what went wrong becomes a sentence and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; print an error of ours as its one sentence."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("always", LatentiaWarning)
                warnings.showwarning = _show_warning
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

TABLE = "The table"
TRAINING = "The training"

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        show_default=False,
        help="A table with one row per thing measured: a CSV, TSV, Parquet, Feather, NPY or NPZ file, "
        "or wine, digits, breast_cancer, iris.",
    ),
]
Model = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL", show_default=False, help="A .latentia file, as fit and analyze write them."
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="FILE", show_default=False, help="The .csv or .parquet file to write."
    ),
]
Label = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        rich_help_panel=TABLE,
        help="The column with known classes; compared with, never trained on.",
    ),
]
Drop = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN", rich_help_panel=TABLE, help="A column to leave out; may be given several times."
    ),
]
Seeds = Annotated[
    int,
    typer.Option(
        min=1,
        metavar="K",
        rich_help_panel=TRAINING,
        help="Networks to train from different starts, to see what is chance.",
    ),
]
RandomState = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        rich_help_panel=TRAINING,
        help="The only source of chance: the same number, the same result.",
    ),
]
MaxEpochs = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        rich_help_panel=TRAINING,
        help="Most passes over the training rows; left out, it depends on their number.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        rich_help_panel=TRAINING,
        help="Any other setting, several times if you like: activation=tanh, scaling=robust, dropout=0.1, "
        "hidden_layer_sizes=\\[64,32] ...",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress and no notes.")]
Force = Annotated[bool, typer.Option("--force", help="Write into the folder even if it holds other files.")]


def main() -> None:
    """Run the command line."""
    app()


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)
    ] = False,
) -> None:
    """Find the few hidden variables behind a table, and learn whether to believe them.

    Latentia trains autoencoders on part of the rows, judges them on the
    others, compares them with PCA and with each other, and says in plain
    words what it found.
    """
    if version:
        from latentia import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.command()
def demo(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where the results go.")] = Path(
        "latentia-demo"
    ),
    as_json: AsJson = False,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Analyse 178 wines, and see what an analysis looks like.

    Thirteen chemical measurements of wines from three growers; three hidden
    variables are looked for. Open latentia-demo/report.html afterwards.
    """
    _run_analysis("wine", out, as_json=as_json, quiet=quiet, force=force, n_components=3)


@app.command()
def analyze(
    data: Data,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="Where the results go; by default latentia- and the table's name.",
        ),
    ] = None,
    label: Label = None,
    drop: Drop = None,
    components: Annotated[
        str,
        typer.Option(
            metavar="N|auto", rich_help_panel=TRAINING, help="How many hidden variables; auto finds out."
        ),
    ] = "auto",
    seeds: Seeds = 8,
    random_state: RandomState = 0,
    max_epochs: MaxEpochs = None,
    settings: Set = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Go all the way from a table to a report with evidence.

    Writes a folder: report.html (one file, works offline), the hidden
    variables of every row (latents.csv and latents.parquet), model.latentia,
    figures/, metrics.json and manifest.json.

    [bold]Examples[/]

    $ latentia analyze wine
    $ latentia analyze birds.csv --label species --drop id -o results
    $ latentia analyze cells.parquet --components 5 --set scaling=robust
    """
    _run_analysis(
        data,
        out or Path(f"latentia-{Path(data).stem}"),
        as_json=as_json,
        quiet=quiet,
        force=force,
        label=label,
        drop=tuple(drop or ()),
        random_state=random_state,
        **_settings(settings, max_epochs, n_components=_value(components), n_seeds=seeds),
    )


@app.command()
def fit(
    data: Data,
    *,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="MODEL", show_default=False, help="The model file to write."),
    ],
    label: Label = None,
    drop: Drop = None,
    components: Annotated[
        int, typer.Option(min=1, metavar="N", rich_help_panel=TRAINING, help="How many hidden variables.")
    ] = 2,
    seeds: Seeds = 1,
    random_state: RandomState = 0,
    max_epochs: MaxEpochs = None,
    settings: Set = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train one autoencoder and keep it as a file.

    [bold]Examples[/]

    $ latentia fit wine -o wine.latentia --components 3
    $ latentia fit spectra.parquet -o spectra.latentia --set activation=tanh
    """
    check_output(out, (".latentia",), [data])
    chosen = _settings(settings, max_epochs, n_components=components, n_seeds=seeds)
    with _told(quiet=quiet) as progress:
        progress.stage("Reading", data)
        from latentia.tables.sources import read_table

        table = read_table(data, label=label, drop=tuple(drop or ()))
        _note(table.source.notes, quiet=quiet)
        progress.stage("Training", f"{table.n_rows} rows of {table.n_columns} columns")
        import pyarrow as pa

        from latentia.autoencoder import Autoencoder

        model = Autoencoder(**chosen, random_state=random_state)
        model.fit(pa.table(_columns(table.values, table.names)), progress=progress)
        model.save(out)
    described, findings = model.describe(), model.diagnose()
    _say(
        {**described, "findings": [finding.to_dict() for finding in findings]},
        as_json=as_json,
        lines=[*listing(described), "", *map(str, findings), "", f"Model: {out}"],
    )
    _end(model.ending_)


@app.command()
def encode(model: Model, data: Data, *, out: Out, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Give every row of a table its hidden variables.

    The columns are matched by name; what the model does not know is left
    out, and you are told.

    [bold]Example[/]

    $ latentia encode wine.latentia new-wines.csv -o codes.csv
    """
    check_output(out, ENDINGS, [model, data])
    import pyarrow as pa

    from latentia.autoencoder import load
    from latentia.tables.alignment import read_aligned
    from latentia.tables.naming import numbered

    loaded = load(model)
    names = loaded.describe()["columns"]
    values, notes = read_aligned(data, names or numbered(loaded.trained_.scaling.n_columns))
    _note(notes, quiet=quiet)
    codes = loaded.transform(pa.table(_columns(values, names)) if names else values)
    write_columns(out, _columns(codes, list(loaded.get_feature_names_out())))
    _written(out, codes, as_json=as_json, notes=notes)


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
    check_output(out, ENDINGS, [model, latents])
    from latentia.autoencoder import load
    from latentia.tables.alignment import read_aligned
    from latentia.tables.naming import numbered

    loaded = load(model)
    codes, notes = read_aligned(latents, list(loaded.get_feature_names_out()))
    _note(notes, quiet=quiet)
    rows = loaded.inverse_transform(codes)
    write_columns(out, _columns(rows, loaded.describe()["columns"] or numbered(rows.shape[1])))
    _written(out, rows, as_json=as_json, notes=notes)


@app.command()
def inspect(model: Model, *, as_json: AsJson = False) -> None:
    """Show what is in a model file: columns, network, settings, how training ended.

    Nothing in the file is run, and its checksum is compared.

    [bold]Example[/]

    $ latentia inspect wine.latentia
    """
    from latentia.autoencoder import load

    described = load(model).describe()
    _say(described, as_json=as_json, lines=listing(described))


def _run_analysis(data: str, out: Path, *, as_json: bool, quiet: bool, force: bool, **settings: Any) -> None:
    """Analyse, write the folder, print the verdict."""
    with _told(quiet=quiet) as progress:
        progress.stage("Starting", "loading the numerical libraries")
        from latentia.analysis import analyze, claim_folder

        folder = claim_folder(out, force=force)
        analysis = analyze(data, progress=progress, **settings)
        progress.stage("Writing", str(folder))
        analysis.save(folder)
    _say(
        analysis.to_dict(),
        as_json=as_json,
        lines=[analysis.summary(), "", f"Report: {folder / 'report.html'}"],
    )
    _end(analysis.study.ending)


@contextmanager
def _told(*, quiet: bool) -> Iterator[Progress]:
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


def _settings(pairs: Sequence[str] | None, max_epochs: int | None, **options: Any) -> dict[str, Any]:
    """Return the settings of a network: from options, and NAME=VALUE pairs, which win."""
    settings = options if max_epochs is None else {**options, "max_epochs": max_epochs}
    for pair in pairs or ():
        name, equals, text = pair.partition("=")
        if not equals:
            raise RecipeError(f"--set {pair!r} has no '='; write it as NAME=VALUE, such as activation=tanh.")
        settings[name.strip()] = _value(text)
    finds_size = {"n_components"} if settings["n_components"] == "auto" else set()
    Recipe.from_settings(**{name: value for name, value in settings.items() if name not in finds_size})
    return settings


def _value(text: str) -> Any:
    """Return what a text says as JSON, or else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _columns(values: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    return dict(zip(names, values.T, strict=True))


def _written(out: Path, rows: np.ndarray, *, as_json: bool, notes: Sequence[str]) -> None:
    document = {"out": str(out), "rows": rows.shape[0], "columns": rows.shape[1], "notes": list(notes)}
    _say(document, as_json=as_json, lines=[f"{rows.shape[0]} rows of {rows.shape[1]} columns: {out}"])


def _say(document: Mapping[str, Any], *, as_json: bool, lines: Sequence[str]) -> None:
    """Print the result on standard output: one JSON document, or text."""
    typer.echo(json.dumps(document, indent=2, allow_nan=False) if as_json else "\n".join(lines))


def _note(notes: Sequence[str], *, quiet: bool) -> None:
    for note in () if quiet else notes:
        typer.echo(f"Note: {note}", err=True)


def _show_warning(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
    """Show a warning of ours as a note; those of other packages mean nothing to a user."""
    if issubclass(category, LatentiaWarning):
        _note([str(message)], quiet=False)


def _end(ending: object) -> None:
    """Leave with the code of Ctrl-C if that is how training ended; what was reached is kept."""
    if str(ending) == "interrupted":
        typer.echo("latentia: interrupted; the best network so far was kept.", err=True)
        raise typer.Exit(INTERRUPTED)
