"""The commands: each one parses, calls, and prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

import typer

from latentia.cli.answers import (
    end,
    model_lines,
    note,
    rate_lines,
    say,
    told,
    write_figure,
)
from latentia.cli.app import app
from latentia.cli.options import (
    TRAINING,
    AsJson,
    Checkpoint,
    CheckpointEvery,
    Clusters,
    Components,
    Data,
    Drop,
    Effort,
    Eps,
    Force,
    Label,
    Loss,
    MaxEpochs,
    MinSamples,
    Model,
    Nuisance,
    Quiet,
    RandomState,
    Resume,
    Sample,
    Seeds,
    Set,
    Stream,
    Types,
)
from latentia.cli.parsing import fit_again, folder_for, settings_of, types_of, value_of
from latentia.cli.reading_options import reads_a_table
from latentia.cli.running import run_analysis
from latentia.modelfiles.durable import check_output


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
    run_analysis(
        "wine", out, as_json=as_json, quiet=quiet, force=force, n_components=3, n_seeds=4, preset="fast"
    )


@app.command()
@reads_a_table
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
    nuisance: Nuisance = None,
    types: Types = None,
    reading: Any,
    sample: Sample = "auto",
    components: Annotated[
        str,
        typer.Option(
            metavar="N|auto", rich_help_panel=TRAINING, help="How many hidden variables; auto finds out."
        ),
    ] = "auto",
    seeds: Seeds = 8,
    random_state: RandomState = 0,
    max_epochs: MaxEpochs = None,
    loss: Loss = None,
    settings: Set = None,
    clusters: Clusters = None,
    eps: Eps = None,
    min_samples: MinSamples = 5,
    preset: Effort = "standard",
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
    run_analysis(
        data,
        out or folder_for(data),
        as_json=as_json,
        quiet=quiet,
        force=force,
        label=label,
        drop=tuple(drop or ()),
        nuisance=tuple(nuisance or ()),
        types=types_of(types),
        **reading.said(),
        sample=value_of(sample),
        random_state=random_state,
        n_clusters=clusters,
        eps=eps,
        min_samples=min_samples,
        preset=preset,
        **settings_of(
            settings, max_epochs=max_epochs, loss=loss, n_components=value_of(components), n_seeds=seeds
        ),
    )


@app.command()
@reads_a_table
def fit(
    data: Data,
    *,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="MODEL", show_default=False, help="The model file to write."),
    ],
    label: Label = None,
    drop: Drop = None,
    types: Types = None,
    reading: Any,
    stream: Stream = None,
    components: Components = 2,
    seeds: Seeds = 1,
    random_state: RandomState = 0,
    max_epochs: MaxEpochs = None,
    loss: Loss = None,
    settings: Set = None,
    checkpoint: Checkpoint = None,
    checkpoint_every: CheckpointEvery = 30.0,
    resume: Resume = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train one autoencoder and keep it as a file.

    Of a table that is large against the memory that is free, a block of rows
    at a time is read; --stream does so with any.

    A fit that was stopped, by Ctrl-C, a kill or a power cut, goes on when
    the command is repeated with --resume, and ends with the same model.

    [bold]Examples[/]

    $ latentia fit wine -o wine.latentia --components 3
    $ latentia fit spectra.parquet -o spectra.latentia --set activation=tanh
    """
    check_output(out, (".latentia",), [data])
    chosen = settings_of(settings, max_epochs=max_epochs, loss=loss, n_components=components, n_seeds=seeds)
    with told(quiet=quiet) as progress:
        progress.stage("Reading", data)
        from latentia.modelfiles.checkpoint_folder import claim_checkpoints
        from latentia.tables.scan import large_table
        from latentia.tables.sources import read_table

        place = checkpoint or Path(f"{out}.checkpoints")
        checkpoints = claim_checkpoints(place, every=checkpoint_every, resume=resume)
        if resume and not checkpoints.held:
            note([f"There is no checkpoint in {place}, so training begins anew."], quiet=quiet)
        asked = {"label": label, "drop": tuple(drop or ()), "types": types_of(types), **reading.said()}
        table: Any = large_table(data, stream=stream, **asked)
        if table is None:
            table = read_table(data, **asked)
            note(table.source.notes, quiet=quiet)
            progress.stage("Training", f"{table.n_rows} rows of {table.n_columns} columns")
        from latentia.autoencoder import Autoencoder
        from latentia.disk_fit import notes_on_disk

        model = Autoencoder(**chosen, random_state=random_state)
        model.fit(table, progress=progress, checkpoint=checkpoints)
        note(notes_on_disk(model), quiet=quiet)
        model.save(out)
    described, findings = model.describe(), model.diagnose()
    say(
        {**described, "findings": [finding.to_dict() for finding in findings]},
        as_json=as_json,
        lines=[*model_lines(described), "", *map(str, findings), "", f"Model: {out}"],
    )
    end(model.ending_, "; repeat the command with --resume to go on")


@app.command()
@reads_a_table
def find_lr(
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
    components: Components = 2,
    networks: Annotated[
        int, typer.Option(min=1, metavar="K", rich_help_panel=TRAINING, help="Networks side by side.")
    ] = 8,
    random_state: RandomState = 0,
    max_epochs: MaxEpochs = None,
    loss: Loss = None,
    settings: Set = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Find a learning rate for a table.

    The rate grows while several networks take a few steps, and what is
    suggested is the rate at which their loss falls fastest. Left alone, fit
    takes a rate that suits most tables.

    [bold]Examples[/]

    $ latentia find-lr wine
    $ latentia find-lr cells.parquet --components 5 --out rates.png
    $ latentia find-lr wine --set learning_rate=cosine --set optimizer=sgd
    """
    if out is not None:
        check_output(out, (".png",), [data])
    chosen = settings_of(settings, max_epochs=max_epochs, loss=loss, n_components=components, n_seeds=1)
    with told(quiet=quiet) as progress:
        progress.stage("Reading", data)
        from latentia.tables.sources import read_table

        table = read_table(data, label=label, drop=tuple(drop or ()), types=types_of(types), **reading.said())
        note(table.source.notes, quiet=quiet)
        from latentia.autoencoder import Autoencoder

        model = Autoencoder(**chosen, random_state=random_state)
        sweep = model.find_learning_rate(cast("Any", table), n_networks=networks, progress=progress)
        if out is not None:
            write_figure(out, sweep.plot())
    document = {**sweep.to_dict(), "figure": None if out is None else str(out)}
    same = fit_again(label, drop, types, components, loss, max_epochs, settings)
    same += reading.options()
    say(document, as_json=as_json, lines=rate_lines(data, document, same))


@app.command()
def inspect(model: Model, *, as_json: AsJson = False) -> None:
    """Show what is in a model file: columns, network, settings, how training ended.

    Nothing in the file is run, and its checksum is compared.

    [bold]Example[/]

    $ latentia inspect wine.latentia
    """
    from latentia.modelfiles.manifest import describe_file

    described = describe_file(model)
    say(described, as_json=as_json, lines=model_lines(described))
