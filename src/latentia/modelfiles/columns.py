"""Named columns as a file that other programs read: CSV or Parquet, by the ending of its name."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentia.modelfiles.durable import check_output, durable_file, unwritten

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    import pyarrow as pa

ENDINGS = (".csv", ".parquet")
# Of a group of rows, which is in memory as a whole.
MOST_ROWS = 1 << 20
MOST_BYTES = 1 << 25
BYTES_OF_A_NUMBER = 8


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
    with columns_written(path) as write:
        write(columns)


@contextmanager
def columns_written(path: str | os.PathLike[str]) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Yield what takes the rows of a CSV or Parquet file, some at a time.

    The file is there when the block ends, whole, or not at all. How the rows came makes no difference
    to it.

    Parameters
    ----------
    path : str or path
        A name that ends in ``.csv`` or ``.parquet``.

    Raises
    ------
    OutputError
        If the name ends otherwise or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with columns_written(Path(folder, "codes.csv")) as write:
    ...         for row in (0.5, -1.0):
    ...             write({"factor 1": np.array([row])})
    ...     print(Path(folder, "codes.csv").read_text())
    "factor 1"
    0.5
    -1
    """
    check_output(path, ENDINGS)
    with durable_file(path) as temporary:
        rows = _Rows(path, temporary)
        try:
            yield rows.add
            rows.flush()
        finally:
            rows.close()


class _Rows:
    """Rows on their way to a file, gathered so that a group of them has always the same size."""

    def __init__(self, path: str | os.PathLike[str], temporary: Path) -> None:
        self._path, self._temporary = path, temporary
        self._waiting: list[pa.Table] = []
        self._n_waiting = 0
        self._writer: Any = None

    def add(self, columns: Mapping[str, Any]) -> None:
        """Take more rows in."""
        import pyarrow as pa

        from latentia.tables.arrow_numbers import to_arrow

        table = pa.table({name: to_arrow(column) for name, column in columns.items()})
        if self._waiting or self._writer is not None:
            table = table.cast(self._schema)
        else:
            self._schema = table.schema
        self._waiting.append(table)
        self._n_waiting += table.num_rows
        size = max(1, min(MOST_ROWS, MOST_BYTES // (BYTES_OF_A_NUMBER * max(1, table.num_columns))))
        if self._n_waiting >= size:
            whole = pa.concat_tables(self._waiting)
            end = self._n_waiting - self._n_waiting % size
            for start in range(0, end, size):
                self._write(whole.slice(start, size))
            self._waiting, self._n_waiting = [whole.slice(end)], self._n_waiting - end

    def flush(self) -> None:
        """Write what has not been written yet."""
        import pyarrow as pa

        if self._n_waiting or self._writer is None:
            self._write(pa.concat_tables(self._waiting))

    def close(self) -> None:
        """Let go of the file."""
        if self._writer is not None:
            with self._telling():
                self._writer.close()

    def _write(self, table: pa.Table) -> None:
        with self._telling():
            if self._writer is None:
                self._writer = self._opened()
            self._writer.write_table(table)

    def _opened(self) -> Any:
        if Path(self._path).suffix.casefold() == ".csv":
            from pyarrow import csv

            return csv.CSVWriter(str(self._temporary), self._schema)
        from pyarrow import parquet

        return parquet.ParquetWriter(str(self._temporary), self._schema, write_page_checksum=True)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise unwritten(self._path, error) from error
