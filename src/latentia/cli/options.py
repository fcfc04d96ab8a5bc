"""The arguments and options that several commands share, with their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TABLE = "The table"
TRAINING = "The training"
CLUSTERS = "The clusters"
STOPPED = "If it is stopped"
FLAG = ""  # an option that is there or not, and takes no value

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        show_default=False,
        help="A table with one row per thing measured: a CSV, TSV, Parquet, Feather, NPY, NPZ, xlsx, "
        "h5ad, HDF5 or Zarr file, a folder or a quoted pattern of such files, or wine, digits, "
        "breast_cancer, iris.",
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
Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="DATA | MODEL DATA",
        show_default=False,
        help="A table, as for the other commands; before it a .latentia file, as fit and analyze write "
        "them. Without one, networks learn from the table itself.",
    ),
]
Against = Annotated[
    str | None,
    typer.Option(
        metavar="TABLE",
        help="A table of ordinary rows to compare with, best of rows that MODEL has not learned from; "
        "without it, DATA itself.",
    ),
]
Level = Annotated[
    float, typer.Option(min=0.0, max=1.0, metavar="P", help="Rows with a p-value up to this are outliers.")
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
Nuisance = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN",
        rich_help_panel=TABLE,
        help="A column that is of no interest in itself, such as a batch or a day; never trained on, and a "
        "factor that follows it is named. May be given several times.",
    ),
]
Sample = Annotated[
    str,
    typer.Option(
        metavar="N|auto|all",
        rich_help_panel=TABLE,
        help="How many rows of a large table to analyse, drawn by the random state; all of them get hidden "
        "variables. auto takes up to 100,000.",
    ),
]
Stream = Annotated[
    bool | None,
    typer.Option(
        "--stream/--no-stream",
        metavar=FLAG,
        show_default=False,
        rich_help_panel=TABLE,
        help="Whether the table stays on disk while it is learned from; left out, if it takes more than a "
        "quarter of the free memory.",
    ),
]
Types = Annotated[
    list[str] | None,
    typer.Option(
        "--types",
        metavar="NAME=KIND",
        rich_help_panel=TABLE,
        help="What a column is: numeric, boolean, date or category, where that is not to follow from its "
        "cells; may be given several times.",
    ),
]
Components = Annotated[
    int, typer.Option(min=1, metavar="N", rich_help_panel=TRAINING, help="How many hidden variables.")
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
Loss = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        rich_help_panel=TRAINING,
        help="What to minimise: mse, mae, huber, bce, categorical, and for counts poisson or nb.",
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
Checkpoint = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        rich_help_panel=STOPPED,
        help="Where to keep how far the fit has come, until the model is written; by default "
        "MODEL.checkpoints.",
    ),
]
CheckpointEvery = Annotated[
    float,
    typer.Option(
        min=0.0,
        metavar="SECONDS",
        rich_help_panel=STOPPED,
        help="Time between two checkpoints; 0 for as many as there can be.",
    ),
]
Resume = Annotated[
    bool | None,
    typer.Option(
        "--resume/--restart",
        metavar=FLAG,
        rich_help_panel=STOPPED,
        help="Go on with a fit that was stopped, to the same model as if it had not been; or begin anew.",
    ),
]
Clusters = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        rich_help_panel=CLUSTERS,
        help="Clusters of KMeans and the Gaussian mixture; left out, they are chosen from the codes.",
    ),
]
Eps = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        rich_help_panel=CLUSTERS,
        help="Radius of DBSCAN, in units of the codes; left out, it is chosen from them.",
    ),
]
MinSamples = Annotated[
    int,
    typer.Option(
        min=1,
        metavar="N",
        rich_help_panel=CLUSTERS,
        help="Neighbours that make a core for DBSCAN and HDBSCAN.",
    ),
]
Effort = Annotated[
    str,
    typer.Option(
        metavar="fast|standard|thorough",
        help="How much evidence to gather: how often rows are drawn anew, never which questions are asked.",
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", metavar=FLAG, help="Print one JSON document instead of text.")
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", metavar=FLAG, help="Show no progress and no notes, only warnings.")
]
Force = Annotated[
    bool,
    typer.Option(
        "--force",
        metavar=FLAG,
        help="Write into a folder that holds other files; those of our names are replaced.",
    ),
]
