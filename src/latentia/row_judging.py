"""Rows of a table, each with how strange it is, how rare that is, and why: to a model, or by learning now.

A model judges a table of any length. Networks that learn now do so in memory, each from a part of the rows,
and no row is judged by what has learned from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from latentia.errors import InputError
from latentia.insight.judged_rows import codes_and_reconstructions, scaled_to_judge
from latentia.insight.normal_version import nearest_normal, oddest_columns, typical_residuals
from latentia.insight.residuals import row_errors
from latentia.insight.strangeness import Judge, Region, p_values
from latentia.modelfiles.columns import columns_written
from latentia.outliers import AutoencoderOutlierDetector
from latentia.passing import Passed
from latentia.tables.aligned_blocks import AlignedBlocks
from latentia.tables.naming import columns_read_by
from latentia.tables.reading import AS_FOUND
from latentia.training.progress import Silent

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from latentia.autoencoder import Autoencoder
    from latentia.tables.aligned_blocks import AlignedBlock
    from latentia.tables.reading import Reading
    from latentia.tables.table import Table
    from latentia.training.progress import Progress
    from latentia.training.trained import Trained

    Array = NDArray[np.float64]

COLUMNS = ("row", "strangeness", "p_value", "outlier", "columns")
# More rows would hardly move a p-value, and these stay in memory.
MOST_COMPARED = 100_000
FEWEST_COMPARED = 2


@dataclass(frozen=True, kw_only=True)
class Judged(Passed):
    """What was written about rows.

    Parameters
    ----------
    n_outliers : int
        How many rows were called outliers.
    """

    n_outliers: int


@dataclass(frozen=True, eq=False)
class Usual:
    """What is usual among the rows that others are compared with."""

    judge: Judge
    strangeness: Array
    spread: Array


def judge_table(
    model: Autoencoder,
    data: Any,
    out: str | os.PathLike[str],
    progress: Progress | None = None,
    *,
    against: Any = None,
    level: float = 0.05,
    reading: Reading = AS_FOUND,
) -> Judged:
    """Write how strange every row of a table is to a CSV or Parquet file.

    The table is read twice, a block of rows at a time: what is usual is learned first. A p-value is
    the share of the rows compared with that are at least as strange. Where these are the rows of the
    table itself, a row is one of them; the model may have learned from rows, which makes them look more
    ordinary than new ones.

    Parameters
    ----------
    model : Autoencoder
        A fitted one.
    data : object
        Anything that `read_table` takes.
    out : path-like
        A name that ends in ``.csv`` or ``.parquet``: columns ``row`` (from 0), ``strangeness``,
        ``p_value``, ``outlier`` and ``columns``: of an outlier, up to three that make it one, strangest
        first.
    progress : Progress, optional
        Who is told how many rows are done.
    against : object, optional
        A table of ordinary rows, to compare with; the best are rows that the model has not learned from.
    level : float, default 0.05
        A row is called an outlier if its p-value is at most this.
    reading : Reading
        What was said about how the tables are to be read.

    Raises
    ------
    InputError
        If the model cannot read a table, or there are fewer than two rows to compare with.
    OutputError
        If the file cannot be written.
    """
    progress, trained, names = progress or Silent(), model.trained_, columns_read_by(model)

    def blocks_of(table: Any) -> AlignedBlocks:
        return AlignedBlocks(table, names, schema=trained.schema, reading=reading)

    usual = _usual(trained, blocks_of(data if against is None else against), progress)
    return _judged(blocks_of(data), out, _telling(trained, usual, names, level), progress)


def judge_by_learning(
    table: Table,
    out: str | os.PathLike[str],
    progress: Progress | None = None,
    *,
    rows: Any = None,
    level: float = 0.05,
    reading: Reading = AS_FOUND,
    random_state: int = 0,
) -> Judged:
    """Write how strange rows are to networks that learn from a table now, to a CSV or Parquet file.

    Parameters
    ----------
    table : Table
        What to learn from.
    out : path-like
        As `judge_table` writes it.
    progress : Progress, optional
        Told how training goes, and how many rows are done.
    rows : object, optional
        The rows to judge: anything that `read_table` takes, of any length. None judges those of the table,
        each by the network that has not learned from it.
    level : float, default 0.05
        A row is called an outlier if its p-value is at most this.
    reading : Reading
        What was said about how the rows are to be read.
    random_state : int, default 0
        The only source of chance.

    Raises
    ------
    InputError
        If there is nothing to learn from the table, or the rows lack columns of it.
    OutputError
        If the file cannot be written.
    """
    progress = progress or Silent()
    # Looked at first: a column that is missing is told before anything is learned.
    others = None if rows is None else AlignedBlocks(rows, table.names, reading=reading)
    detector = AutoencoderOutlierDetector(random_state=random_state)
    progress.stage("Learning what is usual", "no row is judged by a network that has learned from it")
    detector.fit(cast("Any", table), progress=progress)
    if others is None:
        columns = _told_of(detector, table, -detector.scores_, detector.p_values_, level)
        with columns_written(out) as write:
            write(columns)
        n_outliers = int(columns["outlier"].sum())
        return Judged(table.n_rows, len(COLUMNS), table.source.notes, n_outliers=n_outliers)

    def told(block: AlignedBlock, start: int) -> Mapping[str, Any]:
        cells = block.as_table()
        strange = -detector.score_samples(cells)
        return _told_of(detector, cells, strange, p_values(strange, -detector.scores_), level, start=start)

    return _judged(others.read_as(detector.autoencoder_.trained_.schema), out, told, progress)


def _judged(
    blocks: AlignedBlocks,
    out: str | os.PathLike[str],
    told: Callable[[AlignedBlock, int], Mapping[str, Any]],
    progress: Progress,
) -> Judged:
    """Write what is told of each block, and of where it begins."""
    n_outliers = 0
    with columns_written(out) as write:
        for block in blocks:
            columns = told(block, blocks.n_rows - len(block.values))
            n_outliers += int(columns["outlier"].sum())
            write(columns)
            progress.rows("Judging", blocks.n_rows)
    return Judged(blocks.n_rows, len(COLUMNS), blocks.notes, n_outliers=n_outliers)


def _told_of(
    detector: AutoencoderOutlierDetector,
    rows: Any,
    strange: Array,
    rare: Array,
    level: float,
    *,
    start: int = 0,
) -> Mapping[str, Any]:
    """Return what is written about rows, of which the first is so many rows into the table."""
    outlier = rare <= level
    why = np.full(len(rare), "", dtype=object)
    odd = np.flatnonzero(outlier)
    if len(odd):
        why[odd] = [", ".join(one.columns) for one in detector.explain(rows.take(odd))]
    positions = np.arange(start, start + len(rare))
    return dict(zip(COLUMNS, (positions, strange, rare, outlier, why), strict=True))


def _usual(trained: Trained, blocks: AlignedBlocks, progress: Progress) -> Usual:
    """Look at all rows and keep evenly spaced ones: every second is let go when there are too many."""
    codes, errors, spreads, step = _Thinned(), _Thinned(), [], 1
    for block in blocks:
        start = blocks.n_rows - len(block.values)
        scaled = _scaled(trained, block)[-start % step :: step]
        if not len(scaled):
            continue
        code, made = codes_and_reconstructions(trained, scaled)
        codes.add(code)
        errors.add(row_errors(scaled, made))
        # The median of each block, so that no table of residuals has to be kept.
        spreads.append((len(scaled), typical_residuals(scaled, made)))
        while errors.n_rows > MOST_COMPARED:
            step *= 2
            codes.thin()
            errors.thin()
        progress.rows("Comparing", blocks.n_rows)
    if blocks.n_rows < FEWEST_COMPARED:
        raise InputError(
            f"{blocks.name} has {blocks.n_rows} row, and one row cannot say what is usual; compare with a "
            "table of ordinary rows: --against TABLE."
        )
    weights, each = zip(*spreads, strict=True)
    judge = Judge.of(codes.rows, codes.rows, errors.rows)
    strangeness = judge.strangeness(codes.rows, errors.rows)
    return Usual(judge, strangeness, np.average(each, axis=0, weights=weights))


class _Thinned:
    """Rows that come in blocks, of which every second can be let go."""

    def __init__(self) -> None:
        self._parts: list[Array] = []
        self.n_rows = 0

    @property
    def rows(self) -> Array:
        """All that are left."""
        return np.concatenate(self._parts)

    def add(self, rows: Array) -> None:
        """Take more in."""
        self._parts.append(rows)
        self.n_rows += len(rows)

    def thin(self) -> None:
        """Let every second row go."""
        self._parts = [self.rows[::2]]
        self.n_rows = len(self._parts[0])


def _telling(
    trained: Trained, usual: Usual, names: Sequence[str], level: float
) -> Callable[[AlignedBlock, int], Mapping[str, Any]]:
    """Return what says of a block, and where it begins, what is written about its rows."""
    region: Region = usual.judge.region
    categories = trained.network.architecture.blocks

    def told(block: AlignedBlock, start: int) -> Mapping[str, Any]:
        scaled = _scaled(trained, block)
        codes, made = codes_and_reconstructions(trained, scaled)
        strange = usual.judge.strangeness(codes, row_errors(scaled, made))
        rare = p_values(strange, usual.strangeness)
        outlier = rare <= level
        why = np.full(len(scaled), "", dtype=object)
        odd = np.flatnonzero(outlier)
        normal = nearest_normal(trained.network, scaled[odd], region, usual.spread)
        for row, columns in zip(odd, oddest_columns(scaled[odd], normal, categories), strict=True):
            why[row] = ", ".join(names[at] for at in columns)
        rows = np.arange(start, start + len(scaled))
        return dict(zip(COLUMNS, (rows, strange, rare, outlier, why), strict=True))

    return told


def _scaled(trained: Trained, block: AlignedBlock) -> Array:
    schema = trained.schema
    return scaled_to_judge(trained, block.values if schema is None else schema.expand(block.values))
