"""The one door through which tables come in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from latentia.errors import InputError
from latentia.tables.annotated import from_annotated, is_annotated
from latentia.tables.arrays import from_array, from_sparse
from latentia.tables.assembly import Draft, assemble
from latentia.tables.builtin import BUILT_IN, read_built_in
from latentia.tables.files import FORMATS, read_file
from latentia.tables.frames import from_frame
from latentia.tables.reading import AS_FOUND, How, Reading
from latentia.tables.scan import TableScan
from latentia.tables.sparse import is_sparse
from latentia.tables.stores.fetching import NOTE, fetched
from latentia.tables.stores.finding import find_files
from latentia.tables.stores.opening import open_several, read_whole
from latentia.tables.stores.remote import RemoteFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from latentia.tables.table import Table


def read_table(
    data: Any,
    *,
    label: object = None,
    drop: Iterable[object] = (),
    types: Mapping[str, str] | None = None,
    nuisance: Iterable[object] = (),
    **how: Unpack[How],
) -> Table:
    """Read a table that a model can be trained on.

    Parameters
    ----------
    data : str, path, data frame or array
        ``"wine"``, ``"digits"``, ``"breast_cancer"`` or ``"iris"``; the path of a CSV, TSV, text,
        Parquet, Feather, Arrow, NPY, NPZ, xlsx, h5ad, HDF5 or Zarr file; the address of one that
        fsspec opens; a folder of files of one format, a pattern such as ``"2024-*.parquet"`` or a
        list of paths, which are one table then; a frame of pandas,
        Polars, Arrow or another library that narwhals knows; a 2-D array, also a sparse one of SciPy;
        or AnnData, of which columns of ``obs`` can be the label. A built-in name wins over a file of
        the same name; write ``"./wine"`` for the file.
    label : str, optional
        The column with known classes. It is never trained on. The built-in tables have
        ``"class"``; in an NPZ file it may be another array.
    drop : iterable of str, default=()
        Columns to leave out.
    types : mapping of str to str, optional
        What columns are, by name: ``"numeric"``, ``"boolean"``, ``"date"`` or ``"category"``, where
        that is not to follow from how they are stored.
    nuisance : iterable of str, default=()
        Columns that rows differ in without being of interest, such as the day of a measurement. They
        are never trained on; arrays that can be the label can be named, too.
    **how
        How a file is to be read, where that is not to be found out: see `latentia.tables.reading.How`.

    Returns
    -------
    Table
        float64 values in the order of the rows: numbers, codes of categories, days of dates, nan where
        a cell is missing; with their columns, labels and source. Columns that carry nothing are left
        out, and the source's notes name them.

    Raises
    ------
    InputError
        If there is no such table, or it holds something that cannot be trained on, such as
        infinite cells or words among numbers.

    Examples
    --------
    >>> table = read_table("wine")
    >>> table.values.shape, table.names[0], sorted(set(table.labels))
    ((178, 13), 'alcohol', ['class_0', 'class_1', 'class_2'])
    """
    draft = draft_of(data, Reading.of(**how))
    return assemble(draft, label=label, drop=drop, types=types, nuisance=nuisance)


def draft_of(data: Any, reading: Reading = AS_FOUND) -> Draft:
    """Return the columns of anything that `read_table` takes, before anything is judged."""
    if isinstance(data, str) and data in BUILT_IN:
        reading.refuse_unsuited(data)
        return read_built_in(data)
    found = find_files(data)
    if found is not None:
        # What can be read piece by piece from afar is not fetched twice, for its hash and for its cells.
        here = found.is_one_file and not isinstance(found.files[0], RemoteFile)
        return read_file(found.files[0], reading) if here else read_whole(open_several(found, reading))
    if isinstance(data, str) and "://" in data:
        with fetched(data) as copy:
            draft = read_file(copy, reading)
        return replace(draft, path=data, notes=(NOTE, *draft.notes))
    return _in_memory(data, reading)


def _in_memory(data: Any, reading: Reading) -> Draft:
    if is_annotated(data):
        reading.refuse_unsuited("an AnnData object", ".h5ad")
        return from_annotated(data, reading.layer)
    reading.refuse_unsuited(f"an object of type {type(data).__name__}")
    if isinstance(data, TableScan):
        raise InputError(f"{data.store.name} is on disk and need not be opened; pass its path itself.")
    if isinstance(data, list | tuple):
        return from_array(data)
    frame = None if hasattr(data, "__array_interface__") else from_frame(data)
    if frame is not None:
        return frame
    if is_sparse(data):
        return from_sparse(data)
    if hasattr(data, "__array__"):
        return from_array(data)
    raise InputError(
        f"An object of type {type(data).__name__} is not a table; pass a path ({FORMATS}), a built-in name "
        f"({', '.join(BUILT_IN)}), a data frame or a 2-D array."
    )
