"""The one table among the arrays of an HDF5 or Zarr file, with the names of its columns.

Such files have no word for a table. Taken is what was asked for, or the only array of two dimensions; names
are looked for where people keep them: in an attribute of the array, or in an array of text beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError
from latentia.tables.annotated import has_annotation, known_classes, read_annotated, stored_matrix
from latentia.tables.arrays import NAME_KEYS, TABLE_KEYS, from_array
from latentia.tables.assembly import Draft
from latentia.tables.matrices import TWO_DIMENSIONS, is_matrix, matrix_in, texts_in
from latentia.tables.naming import nearest_name, numbered, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latentia.tables.matrices import Matrix
    from latentia.tables.reading import Reading

DEEPEST = 8
_TEXT = "OSUT"


def stored_table(root: Any, reading: Reading, name: str) -> tuple[Matrix, list[str], tuple[str, ...]]:
    """Return the table of an open file, the names of its columns, and what was decided.

    Parameters
    ----------
    root : group or array of h5py or zarr
    reading : Reading
        What was said about how it is to be read.
    name : str
        What to call the file.

    Raises
    ------
    InputError
        If there is no table, or several that nothing tells apart.
    """
    if has_annotation(root) and reading.dataset is None:
        return stored_matrix(root, reading.layer, name)
    if reading.layer is not None:
        raise InputError(f"{name} is no AnnData and has no layer {reading.layer!r}; pass dataset instead.")
    nodes = _nodes(root)
    path, notes = _chosen(nodes, reading.dataset, name)
    called = f"dataset {path!r} of {name}" if path else f"array in {name}"
    matrix = matrix_in(nodes[path], called)
    return matrix, _names(nodes, path, matrix), notes


def read_stored(root: Any, reading: Reading, name: str) -> Draft:
    """Read the table of an open file, with the arrays of one cell per row, which may be labels.

    Parameters, and what can go wrong, are those of `stored_table`.
    """
    if has_annotation(root) and reading.dataset is None:
        return read_annotated(root, reading.layer, name)
    matrix, names, notes = stored_table(root, reading, name)
    table = from_array(matrix.whole(), name=name)
    return Draft(
        names=names,
        fetch=table.fetch,
        n_rows=table.n_rows,
        name=name,
        notes=notes,
        labels=stored_classes(root, reading, table.n_rows),
        block=table.block,
    )


def stored_classes(root: Any, reading: Reading, n_rows: int) -> dict[str, Any]:
    """Return the arrays of an open file that have one cell per row, by the end of their paths."""
    if has_annotation(root) and reading.dataset is None:
        return known_classes(root, n_rows)
    classes: dict[str, Any] = {}
    for path, node in _nodes(root).items():
        if _length(node) == n_rows and not np.dtype(node.dtype).names:
            classes.setdefault(path.rpartition("/")[2], _cells(node))
    return classes


def _nodes(root: Any) -> dict[str, Any]:
    """Return arrays, and groups that are sparse matrices, by their paths."""
    if hasattr(root, "shape"):
        return {"": root}
    found: dict[str, Any] = {}

    def visit(group: Any, before: str, depth: int) -> None:
        for key in sorted(group):
            node, path = group[key], f"{before}{key}"
            if hasattr(node, "shape") or is_matrix(node):
                found[path] = node
            elif depth < DEEPEST:
                visit(node, f"{path}/", depth + 1)

    visit(root, "", 1)
    return found


def _chosen(nodes: Mapping[str, Any], wanted: str | None, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the path of the table, and a note where nobody has said so."""
    tables = [path for path, node in nodes.items() if is_matrix(node)]
    if wanted is not None:
        there = [path for path in nodes if wanted.strip("/") in (path, path.rpartition("/")[2])]
        if len(there) == 1:
            return there[0], ()
        near = nearest_name(wanted, nodes)
        hint = f"the nearest name is {near!r}" if near else "pass the path of one that is there"
        listed = f"those of two dimensions are {shown(tables)}" if tables else "none has two dimensions"
        raise InputError(f"{name} has no dataset {wanted!r}; {hint} ({listed}).")
    if not tables:
        held = f"it has {shown(list(nodes))}" if nodes else "it is empty"
        raise InputError(
            f"{name} has no array of two dimensions, rows and columns ({held}); save the table as one."
        )
    named = [path for key in TABLE_KEYS for path in tables if path.rpartition("/")[2] == key]
    if len(tables) == 1 or named:
        path = tables[0] if len(tables) == 1 else named[0]
        notes = (f"The table is the dataset {path!r} of {shown(list(nodes))}.",) if len(nodes) > 1 else ()
        return path, notes
    raise InputError(
        f"{name} has several arrays of two dimensions ({shown(tables)}), and one is a table; say which one "
        "with --dataset, or dataset= in Python."
    )


def _names(nodes: Mapping[str, Any], path: str, matrix: Matrix) -> list[str]:
    """Return the names of the columns: of the fields, of an attribute, or of text beside it."""
    if matrix.fields:
        return list(matrix.fields)
    n_columns, attributes = matrix.shape[1], nodes[path].attrs
    for key in NAME_KEYS:
        names = np.asarray(attributes.get(key, ())).ravel()
        if len(names) == n_columns and names.dtype.kind in _TEXT:
            return texts_in(names)
    within = path.rpartition("/")[0]
    beside = [
        other
        for other, node in nodes.items()
        if other != path and other.rpartition("/")[0] == within and _length(node) == n_columns
    ]
    beside = [other for other in beside if np.dtype(nodes[other].dtype).kind in _TEXT]
    named = [other for other in beside if other.rpartition("/")[2] in NAME_KEYS]
    # Where a table has as many rows as columns, text may be about either.
    if named or (len(beside) == 1 and n_columns != matrix.shape[0]):
        return texts_in(nodes[(named or beside)[0]])
    return numbered(n_columns)


def _length(node: Any) -> int | None:
    """Return the length of an array of one dimension, None for all else."""
    shape: Sequence[int] = getattr(node, "shape", None) or ()
    return int(shape[0]) if hasattr(node, "dtype") and len(shape) == TWO_DIMENSIONS - 1 else None


def _cells(node: Any) -> Any:
    if np.dtype(node.dtype).kind in _TEXT:
        return np.array(texts_in(node), dtype=object)
    return np.asarray(node[:])
