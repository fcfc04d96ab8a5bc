"""AnnData, as single-cell studies keep it: a matrix of cells and genes, with what is known about both.

The rows of ``X``, or of a layer, are the rows of the table; the names of the variables are those of the
columns; what is known about the rows (``obs``) may be the label. Files are read as they lie on disk,
without the package anndata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.errors import InputError
from latentia.tables.arrays import from_array
from latentia.tables.assembly import Draft
from latentia.tables.matrices import matrix_in, texts_in
from latentia.tables.naming import nearest_name, shown
from latentia.tables.sparse import filled_in, is_sparse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from latentia.tables.matrices import Matrix

RAW = "raw"
_PARTS = ("X", "obs", "var_names")


def is_annotated(data: Any) -> bool:
    """Say whether something in memory is AnnData, or has the parts of it.

    Examples
    --------
    >>> is_annotated(np.eye(3))
    False
    """
    # Of the type, because any frame may have columns of these names.
    return not hasattr(type(data), "columns") and all(hasattr(data, part) for part in _PARTS)


def from_annotated(data: Any, layer: str | None = None) -> Draft:
    """Take AnnData in memory as a table.

    Raises
    ------
    InputError
        If there is no such layer, or no matrix at all.
    """
    layers, raw = getattr(data, "layers", None) or {}, getattr(data, "raw", None)
    there = [*layers, *([] if raw is None else [RAW])]
    if layer is None:
        _refuse_without_matrix(data.X is not None, "The AnnData object", there)
        matrix, names = data.X, data.var_names
    else:
        _refuse_unknown_layer(layer, there, "The AnnData object")
        matrix, names = _layer_of(data, layer)
    matrix = matrix.to_memory() if hasattr(matrix, "to_memory") else matrix
    called = "matrix of the AnnData object"
    cells = filled_in(matrix, called=called) if is_sparse(matrix) else np.asarray(matrix)
    labels = {str(name): np.asarray(data.obs[name], dtype=object) for name in data.obs}
    return _as_draft(cells, [str(name) for name in names], labels, "AnnData object", _told(layer, there))


def _layer_of(data: Any, layer: str) -> tuple[Any, Any]:
    if layer in (getattr(data, "layers", None) or {}):
        return data.layers[layer], data.var_names
    return data.raw.X, data.raw.var_names


def has_annotation(root: Any) -> bool:
    """Say whether an open file has the parts of AnnData."""
    return not hasattr(root, "shape") and {"obs", "var"} <= set(root)


def refuse_no_annotated(root: Any, name: str) -> None:
    """Raise InputError if a file has not the parts of AnnData."""
    if not has_annotation(root):
        raise InputError(
            f"{name} has no 'obs' and 'var', so it is no AnnData (it has "
            f"{shown(sorted(root)) or 'nothing'}); write it with AnnData.write_h5ad, or name it .h5 if it is "
            "another kind of HDF5 file."
        )


def stored_matrix(root: Any, layer: str | None, name: str) -> tuple[Matrix, list[str], tuple[str, ...]]:
    """Return the matrix of AnnData in a file, the names of its columns, and what was decided.

    Parameters
    ----------
    root : group of h5py or zarr
    layer : str or None
        The layer; None for ``X``.
    name : str
        What to call the file.

    Raises
    ------
    InputError
        If it is no AnnData, or there is no such layer.
    """
    refuse_no_annotated(root, name)
    layers: Any = root.get("layers", {})
    there = [*layers, *([RAW] if RAW in root and "X" in root[RAW] else [])]
    if layer is None:
        _refuse_without_matrix("X" in root, name, there)
        node, variables = root["X"], root["var"]
    else:
        _refuse_unknown_layer(layer, there, name)
        node, variables = (
            (layers[layer], root["var"]) if layer in layers else (root[f"{RAW}/X"], root[f"{RAW}/var"])
        )
    matrix = matrix_in(node, f"layer {layer!r} of {name}" if layer else f"matrix X of {name}")
    names, notes = unique(texts_in(_index(variables)))
    if len(names) != matrix.shape[1]:
        raise InputError(
            f"{name} has names for {len(names)} variables and a matrix of {matrix.shape[1]} columns, so it "
            "is damaged; write it again."
        )
    return matrix, names, (*_told(layer, there), *notes)


def read_annotated(root: Any, layer: str | None, name: str) -> Draft:
    """Read AnnData from an open file.

    Parameters, and what can go wrong, are those of `stored_matrix`.
    """
    matrix, names, notes = stored_matrix(root, layer, name)
    return _as_draft(matrix.whole(), names, known_classes(root, matrix.shape[0]), name, notes)


def known_classes(root: Any, n_rows: int) -> dict[str, NDArray[Any]]:
    """Return what is known about the rows of AnnData in an open file, by name."""
    columns = {name: _column(root["obs"], name) for name in _columns(root["obs"])}
    return {name: cells for name, cells in columns.items() if len(cells) == n_rows}


def unique(names: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return names that tell variables apart, and what was done to get them.

    Several transcripts of one gene often share its name.

    Examples
    --------
    >>> names, notes = unique(["A", "B", "A"])
    >>> names, *notes
    (['A', 'B', 'A-1'], "1 name stands for more than one variable ('A'); ...")
    """
    taken, made, repeated = set(names), [], {}
    for name in names:
        new = name
        while name in repeated and new in taken:
            new = f"{name}-{repeated[name]}"
            repeated[name] += 1
        repeated.setdefault(name, 1)
        taken.add(new)
        made.append(new)
    several = {name: new for name, new in zip(names, made, strict=True) if name != new}
    if not several:
        return made, ()
    first = next(iter(several.items()))
    stand = "1 name stands" if len(several) == 1 else f"{len(several)} names stand"
    note = f"{stand} for more than one variable ({first[0]!r}); the later ones became {first[1]!r} and so on."
    return made, (note,)


def _as_draft(
    cells: NDArray[Any], names: list[str], labels: dict[str, Any], name: str, notes: Sequence[str]
) -> Draft:
    table = from_array(cells, name=name)
    made, more = unique(names)
    return Draft(
        names=made,
        fetch=table.fetch,
        n_rows=table.n_rows,
        name=name,
        notes=(*notes, *more),
        labels=labels,
        block=table.block,
    )


def _refuse_without_matrix(is_there: bool, called: str, layers: Sequence[str]) -> None:
    if not is_there:
        remedy = f"read a layer instead ({shown(layers)})" if layers else "write it with its matrix"
        raise InputError(f"{called} has no matrix X; {remedy}.")


def _refuse_unknown_layer(layer: str, layers: Sequence[str], called: str) -> None:
    if layer in layers:
        return
    near = nearest_name(layer, layers)
    hint = f"the nearest name is {near!r}" if near else "pass a name that is there, or none for X"
    listed = f"the layers are {shown(layers)}" if layers else "it has none"
    raise InputError(f"{called} has no layer {layer!r}; {hint} ({listed}).")


def _told(layer: str | None, layers: Sequence[str]) -> tuple[str, ...]:
    if layer is not None or not layers:
        return ()
    are = "layer is" if len(layers) == 1 else "layers are"
    return (f"The cells are those of X; the other {are} {shown(layers)}.",)


def _index(frame: Any) -> Any:
    """Return the names of rows or variables, as they are stored."""
    if hasattr(frame, "dtype"):  # before 2020, one array of records
        fields = frame.dtype.names
        return frame[next((name for name in ("index", "_index") if name in fields), fields[0])]
    return frame[str(frame.attrs["_index"])]


def _columns(frame: Any) -> list[str]:
    if hasattr(frame, "dtype"):
        return [name for name in frame.dtype.names if name not in ("index", "_index")]
    return [str(name) for name in frame.attrs["column-order"]]


def _column(frame: Any, name: str) -> NDArray[Any]:
    """Return one column of what is known about the rows; None where a cell is missing."""
    column = frame[name]
    if hasattr(column, "dtype"):
        old = frame.get("__categories", {}) if not hasattr(frame, "dtype") else {}
        if name in old:
            return _of_categories(column[:], texts_in(old[name]))
        return np.array(texts_in(column), dtype=object) if _is_text(column) else np.asarray(column[:])
    if "codes" in column:
        return _of_categories(column["codes"][:], _cells(column["categories"]))
    values = np.array(_cells(column["values"]), dtype=object)
    values[np.asarray(column["mask"][:], dtype=bool)] = None
    return values


def _of_categories(codes: Any, categories: Sequence[Any]) -> NDArray[Any]:
    return np.array([categories[code] if code >= 0 else None for code in np.asarray(codes)], dtype=object)


def _cells(array: Any) -> list[Any]:
    return texts_in(array) if _is_text(array) else np.asarray(array[:]).tolist()


def _is_text(array: Any) -> bool:
    return np.dtype(array.dtype).kind in "OSUT"
