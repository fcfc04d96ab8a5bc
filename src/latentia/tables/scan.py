"""A table that stays on disk, with what the user said about its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

from latentia.errors import InputError
from latentia.tables import refusals
from latentia.tables.memory import BYTES_OF_A_CELL, available_memory
from latentia.tables.reading import How, Reading
from latentia.tables.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from latentia.tables.refusals import Remedies
    from latentia.tables.stores import Store


SHARE_OF_MEMORY = 0.25


@dataclass(frozen=True, eq=False)
class TableScan:
    """A table on disk, of which nothing is read yet but the names of its columns.

    Parameters
    ----------
    store : Store
        The files.
    label : str or None
        A column that is never trained on.
    drop : tuple
        Names of other columns to leave out.
    types : mapping of str to str
        What columns are, where that is not to follow from how they are stored.
    """

    store: Store
    label: str | None
    drop: tuple[object, ...]
    types: Mapping[str, str]

    def __repr__(self) -> str:
        """Return name and size."""
        return f"<TableScan of {self.store.name}: {len(self.store.names)} columns, {self.store.bytes} bytes>"

    @property
    def remedies(self) -> Remedies:
        """How a person can put a column aside."""
        return refusals.ON_THE_COMMAND_LINE


def scan_table(
    data: Any,
    *,
    label: object = None,
    drop: Iterable[object] = (),
    types: Mapping[str, str] | None = None,
    **how: Unpack[How],
) -> TableScan:
    """Open a table on disk for a fit that reads it a block of rows at a time.

    `Autoencoder.fit` takes what this returns. The table may be larger than memory: it is read twice,
    once to learn its columns and once to write the scaled rows to a temporary file (four bytes for a
    number, in the folder that ``$TMPDIR`` names), from which all passes then learn.

    Parameters
    ----------
    data : str, path or list of these
        A text, Parquet, Arrow, NPY, HDF5 or AnnData file or Zarr folder, a folder of files, a pattern such as
        ``"2024-*.parquet"``, or the address of Parquet files; a list of these is one table.
    label : str, optional
        A column with known classes, which is never trained on.
    drop : iterable of str, default=()
        Columns to leave out.
    types : mapping of str to str, optional
        What columns are, by name, as in `read_table`.
    **how
        How the files are to be read, as in `read_table`.

    Returns
    -------
    TableScan

    Raises
    ------
    InputError
        If there are no such files, or they are no table that can be read in blocks.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from latentia import Autoencoder
    >>> rows = np.random.default_rng(0).normal(size=(500, 4))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(Path(folder, "rows.npy"), rows)
    ...     model = Autoencoder(2, max_epochs=3, random_state=0).fit(scan_table(Path(folder, "rows.npy")))
    >>> model.transform(rows).shape
    (500, 2)
    """
    store = open_store(data, Reading.of(**how))
    if store is None:
        raise InputError(
            f"{data!r:.80} cannot be read in blocks, as text, Parquet, Arrow, .npy, HDF5 and Zarr files can; "
            "have it read whole: leave out --stream, or in Python pass it to fit itself."
        )
    dropped = (drop,) if isinstance(drop, str) else tuple(drop)
    asked = {str(name): kind for name, kind in (types or {}).items()}
    return TableScan(store, None if label is None else str(label), dropped, asked)


def large_table(data: Any, *, stream: bool | None = None, **asked: Any) -> TableScan | None:
    """Return a table as `scan_table` does if it should stay on disk, None if it is to be read whole.

    Parameters
    ----------
    data : object
        Anything that `read_table` takes.
    stream : bool or None
        Whether it is to stay on disk; by default if it takes more than a quarter of the free memory.
    **asked
        As in `scan_table`.

    Examples
    --------
    >>> large_table("wine") is None
    True
    """
    if stream is not None:
        return scan_table(data, **asked) if stream else None
    said = {name: value for name, value in asked.items() if name not in ("label", "drop", "types")}
    store, free = open_store(data, Reading.of(**said)), available_memory()
    if store is None or free is None or size_in_memory(store) <= SHARE_OF_MEMORY * free:
        return None
    return scan_table(data, **asked)


def size_in_memory(store: Store) -> int:
    """Return how many bytes a table takes as float64; of text, about as many as it has letters."""
    if not store.parts:
        return store.bytes
    return BYTES_OF_A_CELL * sum(store.parts) * len(store.names)
