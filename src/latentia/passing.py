"""A table of any length passed through a model and into a file, a block of rows at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from latentia.modelfiles.columns import columns_written
from latentia.tables.aligned_blocks import AlignedBlocks
from latentia.tables.naming import numbered
from latentia.tables.reading import AS_FOUND
from latentia.training.progress import Silent

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from latentia.autoencoder import Autoencoder
    from latentia.tables.aligned_blocks import AlignedBlock
    from latentia.tables.reading import Reading
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
    """

    n_rows: int
    n_columns: int
    notes: tuple[str, ...]


def encode_table(
    model: Autoencoder,
    data: Any,
    out: str | os.PathLike[str],
    progress: Progress | None = None,
    *,
    reading: Reading = AS_FOUND,
) -> Passed:
    """Write the hidden variables of every row of a table to a CSV or Parquet file.

    Parameters
    ----------
    model : Autoencoder
        A fitted one.
    data : object
        Anything that `read_table` takes; of a table on disk, a block of rows at a time is in memory.
    out : path-like
        A name that ends in ``.csv`` or ``.parquet``.
    progress : Progress, optional
        Who is told how many rows are done.
    reading : Reading
        What was said about how the table is to be read.

    Raises
    ------
    InputError
        If the model cannot read the table; there is no new file then.
    OutputError
        If the file cannot be written.
    """
    trained, names = model.trained_, list(model.get_feature_names_out())

    def codes(block: AlignedBlock) -> Mapping[str, Any]:
        schema = trained.schema
        values = block.values if schema is None else schema.expand(block.values)
        return dict(zip(names, trained.encode(values).astype(np.float64).T, strict=True))

    blocks = AlignedBlocks(data, _columns_of(model), schema=trained.schema, reading=reading)
    return _passed(blocks, out, names, codes, progress, "Encoding")


def impute_table(
    model: Autoencoder,
    data: Any,
    out: str | os.PathLike[str],
    progress: Progress | None = None,
    *,
    reading: Reading = AS_FOUND,
) -> Passed:
    """Write a table with its missing cells filled in to a CSV or Parquet file.

    Parameters, and what can go wrong, are those of `encode_table`.
    """
    names = _columns_of(model)

    def whole(block: AlignedBlock) -> Mapping[str, Any]:
        return dict(zip(names, model.impute(block.as_table()).columns, strict=True))

    blocks = AlignedBlocks(data, names, schema=model.trained_.schema, reading=reading)
    return _passed(blocks, out, names, whole, progress, "Filling")


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


def _columns_of(model: Autoencoder) -> Sequence[str]:
    """Return the names of the columns that a model reads."""
    names = getattr(model, "feature_names_in_", None)
    return numbered(model.n_features_in_) if names is None else [str(name) for name in names]
