"""From columns as they were stored to a table that can be trained on.

Every reader hands in a `Draft`; the rules about names, labels, types and missing cells are
applied here, once, whatever the columns came from.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError
from latentia.tables import refusals
from latentia.tables.cells import Cells, judge
from latentia.tables.labels import MISSING_LABEL, as_labels
from latentia.tables.naming import as_text, find, refuse_repeated, unit_in
from latentia.tables.table import Column, Schema, Source, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

INDEX_NAMES = ("", "index", "unnamed: 0", "__index_level_0__")
MOST_CLASSES = 20
_ROWS_PER_BLOCK = 4096


@dataclass(frozen=True, kw_only=True, eq=False)
class Draft:
    """Columns as they were stored, before anything is judged.

    Parameters
    ----------
    names : sequence
        One name per column, of any type; an empty one is filled in.
    fetch : callable
        Takes a position and returns that column: a 1-D array or a ``pyarrow.ChunkedArray``.
    n_rows : int
        The number of rows.
    name : str
        What to call the table in titles and messages.
    path : str, optional
        The file.
    sha256 : str, optional
        Hash of the file's bytes; None to hash names, values and labels instead.
    notes : tuple of str
        What the reader decided on its own.
    default_label : str, optional
        The column with known classes when the caller names none.
    labels : dict of str to array
        Known classes that are not columns, by name.
    block : ndarray of shape (n, p), optional
        All columns at once, where they are stored so; spares a copy.
    """

    names: Sequence[object]
    fetch: Callable[[int], Any]
    n_rows: int
    name: str
    path: str | None = None
    sha256: str | None = None
    notes: tuple[str, ...] = ()
    default_label: str | None = None
    labels: dict[str, NDArray[Any]] = field(default_factory=dict)
    block: NDArray[Any] | None = None


def assemble(draft: Draft, label: object = None, drop: Iterable[object] = ()) -> Table:
    """Apply the rules and make the table.

    Raises
    ------
    InputError
        With one sentence about what keeps the columns from being trained on.
    """
    names, notes = as_text(draft.names)
    notes = [*draft.notes, *notes]
    drop = _listed(drop)
    used = _used(draft, names, notes, asked_for={str(name) for name in (label, *drop)})
    used_names = [names[position] for position in used]
    refuse_repeated(used_names)
    called = draft.name if draft.path else f"the {draft.name}"
    refusals.refuse_too_few(draft.n_rows, len(used), called)
    label_name, label_cells, label_at = _label(draft, label, used, used_names)
    dropped = {find(name, used_names, "leave out") for name in drop}
    if label is not None and label_at in dropped:
        raise InputError(f"Column {label_name!r} is both the label and left out; pass it as one of the two.")
    kept = [place for place in range(len(used)) if place != label_at and place not in dropped]
    refusals.refuse_too_few(draft.n_rows, len(kept), called)
    kept_names = [used_names[place] for place in kept]
    values, columns, troubled = _numbers(draft, [used[place] for place in kept], kept_names)
    # Rows in memory are passed by a program; of a file, nobody knows.
    remedies = refusals.IN_PYTHON if draft.path is None else refusals.ON_THE_COMMAND_LINE
    refusals.refuse_troubled(troubled, remedies)
    refusals.refuse_gaps(values, kept_names, remedies)
    refusals.refuse_too_large(values, kept_names)
    refusals.refuse_constant(values, called)
    labels = None
    if label_cells is not None:
        labels, n_missing = as_labels(label_cells)
        notes += _label_notes(label_name, labels, n_missing)
    sha256 = draft.sha256 or _fingerprint(kept_names, values, labels)
    source = Source(draft.name, draft.path, sha256, tuple(notes))
    return Table(values, Schema(columns), labels, label_name, source)


def _used(draft: Draft, names: list[str], notes: list[str], asked_for: set[str]) -> list[int]:
    """Return the columns that are data; fill in missing names on the way."""
    used = []
    for position, name in enumerate(names):
        if name.strip().casefold() in INDEX_NAMES and name not in asked_for and draft.n_rows:
            cells = judge(draft.fetch(position))
            where = f"Column {position + 1}" + (f" ({name!r})" if name.strip() else ", which has no name,")
            if _counts_rows(cells):
                notes.append(f"{where} only numbers the rows; it is left out.")
                continue
            if not name.strip() and cells.values is not None and np.isnan(cells.values).all():
                notes.append(f"{where} has no values either; it is left out.")
                continue
        if not name.strip():
            names[position] = f"column {position + 1}"
            notes.append(f"Column {position + 1} has no name; it is called {names[position]!r}.")
        used.append(position)
    return used


def _counts_rows(cells: Cells) -> bool:
    if cells.values is None or "int" not in cells.dtype or cells.values[0] not in (0.0, 1.0):
        return False
    return bool((cells.values == np.arange(len(cells.values)) + cells.values[0]).all())


def _label(
    draft: Draft, label: object, used: list[int], names: list[str]
) -> tuple[str | None, Any, int | None]:
    """Return the label's name, its cells, and its place among the columns, if it is one."""
    if label is None and draft.default_label is None:
        return None, None, None
    name = str(draft.default_label if label is None else label)
    if name in draft.labels:
        return name, draft.labels[name], None
    place = find(name, [*names, *draft.labels], "use as the label")
    return name, draft.fetch(used[place]), place


def _label_notes(name: str | None, labels: NDArray[np.object_], n_missing: int) -> list[str]:
    notes = []
    if n_missing:
        rows = "1 row has" if n_missing == 1 else f"{n_missing} rows have"
        notes.append(f"{rows} no {name!r}; the class there is called {MISSING_LABEL!r}.")
    n_classes = len(set(labels))
    if n_classes > MOST_CLASSES and 2 * n_classes > len(labels):
        notes.append(
            f"{name!r} has {n_classes} different values in {len(labels)} rows and hardly names classes."
        )
    return notes


def _listed(drop: Iterable[object]) -> list[object]:
    return [drop] if isinstance(drop, str) else list(drop)


def _numbers(
    draft: Draft, positions: list[int], names: list[str]
) -> tuple[Array, tuple[Column, ...], dict[str, Cells]]:
    """Return the columns as numbers, what each is, and those that are no numbers."""
    block = draft.block
    whole = block is not None and block.dtype == np.float64 and len(positions) == block.shape[1]
    values = block if whole else np.empty((draft.n_rows, len(positions)))
    assert values is not None  # noqa: S101 - `whole` says so, but not to the type checker
    troubled: dict[str, Cells] = {}
    columns = []
    for place, (position, name) in enumerate(zip(positions, names, strict=True)):
        cells = judge(draft.fetch(position))
        if cells.values is None:
            troubled[name] = cells
        elif not whole:
            values[:, place] = cells.values
        columns.append(Column(name, cells.kind, cells.dtype, unit_in(name), cells.why))
    return values, tuple(columns), troubled


def _fingerprint(names: list[str], values: Array, labels: NDArray[np.object_] | None) -> str:
    """Hash names, values and labels, the same on every machine and for every memory layout."""
    digest = hashlib.sha256(json.dumps([names, list(values.shape)]).encode())
    for start in range(0, len(values), _ROWS_PER_BLOCK):
        rows = values[start : start + _ROWS_PER_BLOCK] + 0.0  # equal tables have equal zeros
        digest.update(np.ascontiguousarray(rows, dtype="<f8").data)
    digest.update(json.dumps(None if labels is None else labels.tolist()).encode())
    return digest.hexdigest()
