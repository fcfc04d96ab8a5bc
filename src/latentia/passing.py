"""A table of any length passed through a model and into a file, a block of rows at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from latentia.insight.bounded_rows import is_inside, known_bounds
from latentia.modelfiles.columns import columns_written
from latentia.tables.aligned_blocks import AlignedBlocks
from latentia.tables.cells import as_arrow
from latentia.tables.labels import as_labels
from latentia.tables.naming import columns_read_by
from latentia.tables.reading import AS_FOUND
from latentia.training.progress import Silent

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from latentia.tables.aligned_blocks import AlignedBlock
    from latentia.tables.reading import Reading
    from latentia.training.coder import Coder
    from latentia.training.progress import Progress


@dataclass(frozen=True)
class Passed:
    """What was written.

    Parameters
    ----------
    n_rows, n_columns : int
        The shape of the new table.
    notes : tuple of str
        What was decided or put right on the way.
    n_outside : int or None
        How many rows lie outside of what the model has learned from; None where nobody knows.
    """

    n_rows: int
    n_columns: int
    notes: tuple[str, ...]
    n_outside: int | None = None


class Model(Protocol):
    """A fitted autoencoder, whatever it computes with."""

    @property
    def trained_(self) -> Coder:
        """What encodes rows."""
        ...

    @property
    def n_features_in_(self) -> int:
        """How many columns it reads."""
        ...

    def get_feature_names_out(self) -> NDArray[np.object_]:
        """Return the names of the hidden variables."""
        ...


class Filling(Model, Protocol):
    """One that fills missing cells in."""

    def impute(self, X: Any) -> Any:
        """Return rows with their missing cells filled in."""
        ...


def encode_table(
    model: Model,
    data: Any,
    out: str | os.PathLike[str],
    progress: Progress | None = None,
    *,
    flag: bool = False,
    reading: Reading = AS_FOUND,
) -> Passed:
    """Write the hidden variables of every row of a table to a CSV or Parquet file.

    Rows are counted that lie outside of what the model has learned from; see `Autoencoder.inside`.

    Parameters
    ----------
    model : Model
        A fitted autoencoder.
    data : object
        Anything that `read_table` takes; of a table on disk, a block of rows at a time is in memory.
    out : path-like
        A name that ends in ``.csv`` or ``.parquet``.
    progress : Progress, optional
        Who is told how many rows are done.
    flag : bool, default False
        Whether to write a column ``inside``, too.
    reading : Reading
        What was said about how the table is to be read.

    Raises
    ------
    InputError
        If the model cannot read the table, or is to flag rows and cannot; there is no new file then.
    OutputError
        If the file cannot be written.
    """
    trained, names = model.trained_, list(model.get_feature_names_out())
    bounds = known_bounds(trained) if flag else trained.bounds
    n_outside = 0

    def codes(block: AlignedBlock) -> Mapping[str, Any]:
        nonlocal n_outside
        columns: dict[str, Any] = dict(zip(names, _codes(trained, block).T, strict=True))
        if bounds is None:
            return columns
        inside = is_inside(trained, bounds, _values(trained, block))
        n_outside += int((~inside).sum())
        return {**columns, "inside": inside} if flag else columns

    blocks = AlignedBlocks(data, columns_read_by(model), schema=trained.schema, reading=reading)
    written = [*names, "inside"] if flag else names
    passed = _passed(blocks, out, written, codes, progress, "Encoding")
    return passed if bounds is None else replace(passed, n_outside=n_outside)


def encode_analysed(
    model: Model,
    data: Any,
    out: str | os.PathLike[str],
    *,
    sampled: NDArray[np.int64],
    learned: NDArray[np.int64],
    label: str | None = None,
    progress: Progress | None = None,
    reading: Reading = AS_FOUND,
) -> Passed:
    """Write the hidden variables of every row of a table of which a sample was analysed.

    Beside them stand the row's position, its class, whether it was held out (not learned from) and
    whether it is in the sample.

    Parameters
    ----------
    model, data, out, progress, reading
        As in `encode_table`.
    sampled, learned : ndarray of int, shape (m,)
        Positions of the rows that were analysed, and of those of them that were learned from; sorted.
    label : str, optional
        A column of known classes.
    """
    trained, names = model.trained_, list(model.get_feature_names_out())
    also = [] if label is None else [label]
    blocks = AlignedBlocks(data, columns_read_by(model), schema=trained.schema, reading=reading, also=also)

    def told(block: AlignedBlock) -> Mapping[str, Any]:
        rows = np.arange(blocks.n_rows - len(block.values), blocks.n_rows)
        factors = dict(zip(names, _codes(trained, block).T, strict=True))
        classes = {_free(name, names): as_labels(cells)[0] for name, cells in block.others.items()}
        sides = {"held_out": ~np.isin(rows, learned), "sampled": np.isin(rows, sampled)}
        return {"row": rows, **classes, **factors, **sides}

    return _passed(blocks, out, ["row", *also, *names, "held_out", "sampled"], told, progress, "Encoding")


def impute_table(
    model: Filling,
    data: Any,
    out: str | os.PathLike[str],
    progress: Progress | None = None,
    *,
    reading: Reading = AS_FOUND,
) -> Passed:
    """Write a table with its missing cells filled in to a CSV or Parquet file.

    Columns that the model does not read are written as they are. Parameters, and what can go wrong, are
    those of `encode_table`.
    """
    names = columns_read_by(model)
    blocks = AlignedBlocks(data, names, schema=model.trained_.schema, reading=reading, also=None)

    def whole(block: AlignedBlock) -> Mapping[str, Any]:
        filled = dict(zip(names, model.impute(block.as_table()).columns, strict=True))
        columns = filled | {name: as_arrow(column) for name, column in block.others.items()}
        return {name: columns[name] for name in blocks.names}

    return _passed(blocks, out, blocks.names, whole, progress, "Filling")


def _passed(
    blocks: AlignedBlocks,
    out: str | os.PathLike[str],
    names: Sequence[str],
    made_of: Callable[[AlignedBlock], Mapping[str, Any]],
    progress: Progress | None,
    what: str,
) -> Passed:
    progress = progress or Silent()
    with columns_written(out) as write:
        for block in blocks:
            write(made_of(block))
            progress.rows(what, blocks.n_rows)
    return Passed(blocks.n_rows, len(names), blocks.notes)


def _codes(trained: Coder, block: AlignedBlock) -> NDArray[np.float64]:
    return trained.encode(_values(trained, block)).astype(np.float64)


def _values(trained: Coder, block: AlignedBlock) -> NDArray[np.float64]:
    """Return the rows of a block as the networks see them."""
    schema = trained.schema
    return block.values if schema is None else schema.expand(block.values)


def _free(name: str, taken: Sequence[str]) -> str:
    """Return the name of a label that is none of the other columns."""
    return f"{name}_label" if name in {"row", "held_out", "sampled", *taken} else name
