"""An analysis made again from its manifest, and every number held against the one that was written.

Nothing is rounded: two numbers are the same or they are not. What differs is told with its size, and with
what else is not as it was: versions, processor, threads, environment.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.analysis import Analysis, analyze
from latentia.errors import InputError
from latentia.modelfiles.container import read_container
from latentia.output_folder import LATENTS, METRICS, MODEL, held_folder, write_numbers
from latentia.record import read_record, surroundings_of_all
from latentia.request import AUTO
from latentia.tables.reading import Reading
from latentia.tables.sampling import read_sample
from latentia.training.fingerprint import differences
from latentia.views.figures.assistant import Assistant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentia.record import Kept
    from latentia.training.progress import Progress

# What only says when, where, by what and with which words; the numbers in the words are compared as such.
NOT_COMPARED = ("versions", "command", "source", "title", "methods")
TIMES = "seconds"
MOST_TOLD = 20
INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Difference:
    """One number, word or array that came out otherwise.

    Parameters
    ----------
    where : str
        The file, and the place in it.
    before, now : object
        What it was and is; of an array, the cell that differs most.
    count : int
        How many numbers of an array differ.
    """

    where: str
    before: Any
    now: Any
    count: int = 1

    @property
    def size(self) -> float:
        """How large the difference is; infinite where one of the two is no number."""
        if _is_number(self.before) and _is_number(self.now):
            return abs(float(self.now) - float(self.before))
        return math.inf

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values."""
        size = self.size if math.isfinite(self.size) else None
        told = {"where": self.where, "before": self.before, "now": self.now}
        return {**told, "difference": size, "count": self.count}


@dataclass(frozen=True, kw_only=True)
class Rerun:
    """What came of making an analysis again.

    Parameters
    ----------
    analysis : Analysis
        The new one.
    n_compared : int
        Numbers and words that were compared.
    differences : tuple of Difference
        Those that are not as they were; the largest first.
    changed : tuple of str
        What is not as it was around the analysis.
    """

    analysis: Analysis
    n_compared: int
    differences: tuple[Difference, ...]
    changed: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether every number came out as it was."""
        return not self.differences

    @property
    def n_different(self) -> int:
        """How many numbers and words came out otherwise."""
        return sum(difference.count for difference in self.differences)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values; of many differences, the largest."""
        return {
            "same": self.same,
            "n_compared": self.n_compared,
            "n_different": self.n_different,
            "differences": [difference.to_dict() for difference in self.differences[:MOST_TOLD]],
            "changed": list(self.changed),
        }


def rerun(
    manifest: str | os.PathLike[str],
    *,
    data: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Rerun:
    """Make the analysis of a manifest again and compare every number.

    Parameters
    ----------
    manifest : path-like
        The ``manifest.json`` in the folder of an analysis, with the other files beside it.
    data : path-like, optional
        Where the table lies now, if not where the manifest says.
    out : path-like, optional
        A folder for the whole new analysis; without it, only its numbers are made, and not kept.
    force : bool, default False
        Write into a folder that holds other files.
    progress : Progress, optional
        Told how the work goes.

    Raises
    ------
    InputError
        When the manifest cannot be read, the analysis cannot be repeated from it, or the table is
        another one.
    """
    record = read_record(manifest)
    asked = _asked(record, manifest)
    named = asked.pop("data")
    table = named if data is None else os.fspath(data)
    before = _numbers_in(Path(manifest).parent)
    if progress is not None:
        progress.stage("Is it the same table?", table)
    _refuse_another_table(record, table, asked)
    if out is not None:
        with held_folder(out, force=force) as home, Assistant() as drawing:
            analysis = analyze(table, progress=progress, **asked)
            analysis.write(home, drawing, progress)
            return _compared(record, before, _numbers_in(home), analysis)
    analysis = analyze(table, progress=progress, **asked)
    with tempfile.TemporaryDirectory() as folder:
        write_numbers(Path(folder), analysis.study, analysis.model, whole=analysis.whole, progress=progress)
        return _compared(record, before, _numbers_in(Path(folder)), analysis)


def _asked(record: Kept, manifest: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what `analyze` was asked for, by its own names, as if somebody had typed it."""
    if not record.repeatable:
        raise InputError(
            f"'{manifest}' is of an analysis of rows in memory or with objects as settings, which a file "
            f"cannot hold; repeat it in Python with {record.command}."
        )
    asked = dict(record.request)
    no_settings = sorted({"progress", "verbose"} & set(asked))
    if no_settings:
        raise InputError(
            f"'{manifest}' has {no_settings[0]} among the settings, and no analysis keeps that; take the "
            "manifest as it was written."
        )
    reading = asked.pop("reading")
    if asked.get("sample", AUTO) == AUTO and record.data.rows_of_all is not None:
        # How many rows "auto" takes depends on the memory that happens to be free.
        asked["sample"] = record.data.rows
    return {**asked, **reading}


def _refuse_another_table(record: Kept, table: str, asked: dict[str, Any]) -> None:
    """Refuse a table that has changed, before any work: no number could be the same."""
    reading, others = Reading.taken_from(asked)
    names = ("label", "drop", "types", "nuisance")
    told = {name: others[name] for name in names if name in others}
    size = others.get("sample", AUTO)
    found = read_sample(table, size, seed=record.random_state, reading=reading, **told)
    if found.n_rows_of_all != record.data.rows_of_all:
        raise InputError(
            f"Of the table {table} {found.n_rows:,} rows would be analysed now and {record.data.rows:,} "
            "were, because the memory that is free is another; free some, or analyse the table anew."
        )
    if found.source.sha256 != record.data.sha256:
        raise InputError(
            f"The table {table} is no longer the one that was analysed (its hash is "
            f"{found.source.sha256[:12]}… and was {record.data.sha256[:12]}…), so other numbers are no "
            "wonder; bring the old table back, name its place with --data, or analyse the new one."
        )


@dataclass(frozen=True)
class _Numbers:
    metrics: dict[str, Any]
    arrays: dict[str, np.ndarray]


def _numbers_in(folder: Path) -> _Numbers:
    """Return every number that an analysis has written: metrics, hidden variables, weights."""
    from pyarrow import ArrowException, parquet

    try:
        metrics = json.loads((folder / METRICS).read_text(encoding="utf-8"))
        table = parquet.read_table(folder / LATENTS)
    except FileNotFoundError as error:
        missing = Path(error.filename or folder / LATENTS).name
        raise InputError(
            f"The folder {folder} has no {missing}, so there is nothing to compare with; keep the files of "
            "an analysis together."
        ) from None
    except (OSError, ValueError, RecursionError, ArrowException) as error:
        raise InputError(
            f"The results in {folder} cannot be read ({error}); take a sound copy, or analyse the table "
            "again."
        ) from None
    if not isinstance(metrics, dict):
        raise InputError(f"{folder / METRICS} is not what an analysis writes; take a sound copy.")
    _, weights = read_container(folder / MODEL)
    latents = {name: np.asarray(table.column(name)) for name in table.column_names}
    return _Numbers(
        metrics,
        {f"{LATENTS}: {name}": values for name, values in latents.items()}
        | {f"{MODEL}: {name}": values for name, values in weights.items()},
    )


def _compared(record: Kept, before: _Numbers, now: _Numbers, analysis: Analysis) -> Rerun:
    kept = [_comparable(side.metrics) for side in (before, now)]
    found = chain(_of_trees(f"{METRICS}: ", *kept), _of_arrays(before.arrays, now.arrays))
    changed = differences(record.surroundings(), surroundings_of_all())
    if _was_interrupted(before.metrics):
        changed.append("Ctrl-C ended the analysis, at a moment that does not come back")
    return Rerun(
        analysis=analysis,
        n_compared=_leaves(kept[0]) + sum(array.size for array in before.arrays.values()),
        differences=tuple(sorted(found, key=lambda one: -one.size)),
        changed=tuple(changed),
    )


def _was_interrupted(metrics: dict[str, Any]) -> bool:
    """Whether Ctrl-C ended the training of an analysis."""
    training = metrics.get("training")
    return isinstance(training, dict) and training.get("ending") == INTERRUPTED


def _comparable(metrics: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in metrics.items() if name not in NOT_COMPARED}


def _of_trees(where: str, before: Any, now: Any) -> Iterator[Difference]:
    """Yield what differs between two JSON values, place by place."""
    if isinstance(before, dict) and isinstance(now, dict):
        for name in dict.fromkeys((*before, *now)):
            if name != TIMES:
                place = f"{where}{'' if where.endswith(' ') else '.'}{name}"
                yield from _of_trees(place, before.get(name), now.get(name))
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for index, (was, is_now) in enumerate(zip(before, now, strict=True)):
            yield from _of_trees(f"{where}[{index}]", was, is_now)
    elif before != now:
        yield Difference(where, before, now)


def _of_arrays(before: dict[str, np.ndarray], now: dict[str, np.ndarray]) -> Iterator[Difference]:
    """Yield one difference for each array that is not the same to the last bit."""
    for name in dict.fromkeys((*before, *now)):
        was, is_now = before.get(name), now.get(name)
        if was is None or is_now is None or was.shape != is_now.shape:
            shapes = [None if one is None else f"an array of shape {one.shape}" for one in (was, is_now)]
            yield Difference(name, *shapes, count=max(one.size for one in (was, is_now) if one is not None))
            continue
        unequal = np.asarray(was != is_now)
        if unequal.any():
            sizes = unequal if was.dtype.kind in "bOUS" else np.abs(is_now.astype(float) - was.astype(float))
            worst = np.unravel_index(int(np.argmax(sizes)), was.shape)
            values = (was[worst], is_now[worst])
            told = [one.item() if isinstance(one, np.generic) else one for one in values]
            yield Difference(name, *told, count=int(unequal.sum()))


def _leaves(tree: Any) -> int:
    if isinstance(tree, dict):
        return sum(_leaves(one) for name, one in tree.items() if name != TIMES)
    return sum(map(_leaves, tree)) if isinstance(tree, list) else 1


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
