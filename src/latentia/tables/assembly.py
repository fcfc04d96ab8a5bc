"""From columns as they were stored to a table that can be trained on.

Every reader hands in a `Draft`; the rules about names, labels, types and missing cells are
applied here, once, whatever the columns came from.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from latentia.errors import InputError
from latentia.tables import refusals
from latentia.tables.asked import checked_types, judge_as
from latentia.tables.carrying import ASKED, EMPTY, NUISANCE, NUMBERING, carrying, notes_on
from latentia.tables.cells import Cells, judge, told_of
from latentia.tables.labels import MISSING_LABEL, as_labels
from latentia.tables.naming import as_text, find, refuse_repeated, shown, unit_in
from latentia.tables.table import Beside, Column, Schema, Source, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

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
    decimal : str, optional
        The decimal mark of numbers in text, where the caller could have told another one.
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
    decimal: str | None = None


def assemble(
    draft: Draft,
    label: object = None,
    drop: Iterable[object] = (),
    types: Mapping[Any, str] | None = None,
    nuisance: Iterable[object] = (),
) -> Table:
    """Apply the rules and make the table.

    Columns that carry nothing are left out and named in the notes of the source.

    Raises
    ------
    InputError
        With one sentence about what keeps the columns from being trained on.
    """
    names, notes = as_text(draft.names)
    notes = [*draft.notes, *notes]
    drop, nuisance = _listed(drop), _listed(nuisance)
    asked_for = {str(name) for name in (label, *drop, *nuisance, *(types or {}))}
    left_out: dict[str, str] = {}
    used = _used(draft, names, notes, left_out, asked_for=asked_for)
    used_names = [names[position] for position in used]
    refuse_repeated(used_names)
    called = draft.name if draft.path else f"the {draft.name}"
    refusals.refuse_too_few(draft.n_rows, len(used), called)
    label_name, label_cells, label_at = _label(draft, label, used, used_names)
    dropped = {find(name, used_names, "leave out") for name in drop}
    if label is not None and label_at in dropped:
        raise InputError(f"Column {label_name!r} is both the label and left out; pass it as one of the two.")
    named = _nuisances(draft, nuisance, used_names, label_name)
    _refuse_left_out(named, dropped)
    left_out |= {used_names[place]: ASKED for place in sorted(dropped)} | dict.fromkeys(named, NUISANCE)
    aside = {label_at, *dropped, *named.values()}
    kept = [place for place in range(len(used)) if place not in aside]
    refusals.refuse_too_few(draft.n_rows, len(kept), called)
    fetched = {name: draft.labels[name] for name, place in named.items() if place is None}
    positions = {used_names[place]: used[place] for place in [*kept, *named.values()] if place is not None}
    cells = _judged(draft, positions, types, fetched)
    # Rows in memory are passed by a program; of a file, nobody knows.
    remedies = refusals.IN_PYTHON if draft.path is None else refusals.ON_THE_COMMAND_LINE
    refusals.refuse_troubled(cells, remedies)
    beside = tuple(_beside(name, cells.pop(name)) for name in named)
    everything = _side_by_side(draft, cells)
    refusals.refuse_infinite(everything, list(cells), remedies)
    values, columns = _carrying(everything, cells, called, notes, left_out, types or {})
    table_names = [column.name for column in columns]
    refusals.refuse_too_large(values, table_names)
    notes += _value_notes(cells, table_names, values)
    labels = None
    if label_cells is not None:
        labels, n_missing = as_labels(label_cells)
        notes += _label_notes(label_name, labels, n_missing)
    sha256 = draft.sha256 or _fingerprint(columns, values, labels)
    source = Source(draft.name, draft.path, sha256, tuple(notes), tuple(left_out.items()))
    return Table(values, Schema(columns), labels, label_name, source, nuisances=beside)


def _used(
    draft: Draft, names: list[str], notes: list[str], left_out: dict[str, str], asked_for: set[str]
) -> list[int]:
    """Return the columns that are data; fill in missing names on the way."""
    used = []
    for position, name in enumerate(names):
        if name.strip().casefold() in INDEX_NAMES and name not in asked_for and draft.n_rows:
            cells = judge(draft.fetch(position), draft.decimal)
            where = f"Column {position + 1}" + (f" ({name!r})" if name.strip() else ", which has no name,")
            called = name if name.strip() else f"column {position + 1}"
            if _counts_rows(cells):
                notes.append(f"{where} only numbers the rows; it is left out.")
                left_out[called] = NUMBERING
                continue
            if not name.strip() and cells.values is not None and np.isnan(cells.values).all():
                notes.append(f"{where} has no values either; it is left out.")
                left_out[called] = EMPTY
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


def _nuisances(
    draft: Draft, names: Iterable[object], columns: Sequence[str], label: str | None
) -> dict[str, int | None]:
    """Return the place of each nuisance among the columns, None where it is none of them."""
    found: dict[str, int | None] = {}
    for name in map(str, names):
        if name == label:
            raise InputError(
                f"Column {name!r} is both the label and a nuisance, and a factor may follow the one but not "
                "the other; pass it as one of the two."
            )
        there = [*columns, *draft.labels]
        place = None if name in draft.labels else find(name, there, "compare with as a nuisance")
        found[name] = place
    return found


def _refuse_left_out(nuisances: Mapping[str, int | None], dropped: Collection[int]) -> None:
    for name, place in nuisances.items():
        if place in dropped:
            raise InputError(
                f"Column {name!r} is both a nuisance and left out; pass it as one of the two (a nuisance is "
                "never trained on, either)."
            )


def _beside(name: str, cells: Cells) -> Beside:
    return Beside(name, cells.kind, cast("Array", cells.values))


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


def _listed(names: Iterable[object]) -> list[object]:
    return [names] if isinstance(names, str) else list(names)


def _judged(
    draft: Draft,
    positions: dict[str, int],
    types: Mapping[Any, str] | None,
    fetched: Mapping[str, NDArray[Any]],
) -> dict[str, Cells]:
    """Return what the columns are, by name; those that are at hand already, last."""
    asked = checked_types(types, [*positions, *fetched])
    cells = {
        name: judge_as(draft.fetch(at), asked.get(name), draft.decimal) for name, at in positions.items()
    }
    return cells | {name: judge_as(column, asked.get(name)) for name, column in fetched.items()}


def _carrying(
    values: Array,
    cells: Mapping[str, Cells],
    called: str,
    notes: list[str],
    left_out: dict[str, str],
    asked: Collection[Any],
) -> tuple[Array, tuple[Column, ...]]:
    """Return the columns that carry something, and what each is; note the others and why they do not."""
    names, others = carrying(cells, set(map(str, asked)))
    if not names:
        refusals.refuse_constant(values, called)
        refusals.refuse_none_left(others, called)
    notes += notes_on(others)
    left_out |= {name: reason for reason, found in others.items() for name in found}
    columns = tuple(
        Column(name, one.kind, one.dtype, unit_in(name) or one.unit, one.why, categories=one.categories)
        for name, one in ((name, cells[name]) for name in names)
    )
    places = {name: at for at, name in enumerate(cells)}
    return values[:, [places[name] for name in names]] if others else values, columns


def _side_by_side(draft: Draft, cells: Mapping[str, Cells]) -> Array:
    block = draft.block
    whole = block is not None and block.dtype == np.float64 and len(cells) == block.shape[1]
    if block is not None and whole and all(one.kind == "numeric" for one in cells.values()):
        return block
    return np.column_stack([cast("Array", one.values) for one in cells.values()])


def _value_notes(cells: Mapping[str, Cells], names: Sequence[str], values: Array) -> list[str]:
    """Say what was decided about types, and what is missing."""
    by_why: dict[str, list[str]] = {}
    for name in names:
        if said := told_of(cells[name]):
            by_why.setdefault(said, []).append(name)
    notes = [
        f"{'Column' if len(found) == 1 else 'Columns'} {shown(found)}: {why}."
        for why, found in by_why.items()
    ]
    missing = np.isnan(values)
    if n_missing := int(missing.sum()):
        n_columns, empty = int(missing.any(axis=0).sum()), int(missing.all(axis=1).sum())
        cell, column = "1 cell is" if n_missing == 1 else f"{n_missing} cells are", "1 column"
        notes.append(f"{cell} missing, in {column if n_columns == 1 else f'{n_columns} columns'}.")
        if empty:
            notes.append(f"{'1 row has' if empty == 1 else f'{empty} rows have'} no value in any column.")
    return notes


def _fingerprint(columns: Sequence[Column], values: Array, labels: NDArray[np.object_] | None) -> str:
    """Hash names, categories, values and labels, the same on every machine and for every memory layout."""
    names = [column.name for column in columns]
    digest = hashlib.sha256(json.dumps([names, list(values.shape)]).encode())
    if categories := [column.categories for column in columns if column.kind == "category"]:
        digest.update(json.dumps(categories).encode())
    for start in range(0, len(values), _ROWS_PER_BLOCK):
        rows = values[start : start + _ROWS_PER_BLOCK] + 0.0  # equal tables have equal zeros
        digest.update(np.ascontiguousarray(np.where(np.isnan(rows), np.nan, rows), dtype="<f8").data)
    digest.update(json.dumps(None if labels is None else labels.tolist()).encode())
    return digest.hexdigest()
