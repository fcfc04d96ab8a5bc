"""Named columns as a file that other programs read: CSV or Parquet, by the ending of its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from latentia.modelfiles.durable import check_output, write_durably

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    import numpy as np
    import pyarrow as pa

ENDINGS = (".csv", ".parquet")


def write_columns(path: str | os.PathLike[str], columns: Mapping[str, np.ndarray]) -> None:
    """Write columns of equal length to a CSV or Parquet file, durably.

    Numbers in CSV have as many digits as it takes to read the same float64 back.

    Parameters
    ----------
    path : str or path
        A name that ends in ``.csv`` or ``.parquet``.
    columns : mapping of str to ndarray of shape (n,)
        Numbers or text, by column name.

    Raises
    ------
    OutputError
        If the name ends otherwise or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_columns(Path(folder, "codes.csv"), {"factor 1": np.array([0.5, -1.0])})
    ...     print(Path(folder, "codes.csv").read_text())
    "factor 1"
    0.5
    -1
    """
    check_output(path, ENDINGS)
    import pyarrow as pa

    table = pa.table(dict(columns))
    is_csv = Path(path).suffix.casefold() == ".csv"
    write_durably(path, _as_csv(table) if is_csv else _as_parquet(table))


def _as_csv(table: pa.Table) -> bytes:
    import pyarrow as pa
    from pyarrow import csv

    buffer = pa.BufferOutputStream()
    csv.write_csv(table, buffer)
    return buffer.getvalue().to_pybytes()


def _as_parquet(table: pa.Table) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    buffer = pa.BufferOutputStream()
    parquet.write_table(table, buffer, write_page_checksum=True)
    return buffer.getvalue().to_pybytes()
