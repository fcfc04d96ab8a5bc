"""A table in memory: numbers, what each column is, known classes, and where they came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Column:
    """One column as it was read.

    Parameters
    ----------
    name : str
        The full name, a unit in brackets included.
    kind : str
        ``"numeric"`` or ``"boolean"`` (false is 0, true is 1).
    dtype : str
        How the values were stored before they became float64, for example ``"int64"``.
    unit : str or None
        The unit where the header or the data set states one.
    why : str
        Why the column has this kind, in a few words.
    """

    name: str
    kind: str
    dtype: str
    unit: str | None
    why: str


@dataclass(frozen=True)
class Schema:
    """The columns of a table, in order.

    Examples
    --------
    >>> Schema((Column("mass [g]", "numeric", "double", "g", "numbers"),)).units
    ('g',)
    """

    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def units(self) -> tuple[str | None, ...]:
        """The unit of each column, None where unknown."""
        return tuple(column.unit for column in self.columns)


@dataclass(frozen=True)
class Source:
    """Where a table came from.

    Parameters
    ----------
    name : str
        A short name for titles: the data set, or the file's name.
    path : str or None
        The file, or None for data in memory.
    sha256 : str
        Hash of the file's bytes; of names, values and labels for data in memory.
    notes : tuple of str
        What the reader decided on its own, one sentence each.
    """

    name: str
    path: str | None
    sha256: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of numbers that a model can be trained on.

    Parameters
    ----------
    values : ndarray of shape (n, p), float64
        Finite numbers in their original units.
    schema : Schema
        The p columns.
    labels : ndarray of shape (n,), objects, or None
        Known class of each row, as strings. They are never trained on.
    label_name : str or None
        The column that the labels came from.
    source : Source
        Where the rows came from.

    Examples
    --------
    >>> import numpy as np
    >>> schema = Schema((Column("a", "numeric", "float64", None, "numbers"),))
    >>> table = Table(np.array([[1.0], [2.0], [4.0]]), schema, None, None, Source("made", None, ""))
    >>> table.take([2, 0]).values.ravel()
    array([4., 1.])
    """

    values: NDArray[np.float64]
    schema: Schema
    labels: NDArray[np.object_] | None
    label_name: str | None
    source: Source

    def __post_init__(self) -> None:
        n_columns = len(self.schema.columns)
        if self.values.ndim != 2 or self.values.shape[1] != n_columns:  # noqa: PLR2004 - rows and columns
            raise InputError(
                f"The values have shape {self.values.shape} but the schema has {n_columns} columns; "
                "pass one column of values per column of the schema."
            )
        if self.labels is not None and self.labels.shape != (self.n_rows,):
            raise InputError(
                f"There are {self.labels.shape[0]} labels for {self.n_rows} rows; pass one label per row."
            )

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return self.values.shape[0]

    @property
    def n_columns(self) -> int:
        """The number of columns."""
        return self.values.shape[1]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return self.schema.names

    @property
    def units(self) -> tuple[str | None, ...]:
        """The unit of each column, None where unknown."""
        return self.schema.units

    def take(self, rows: ArrayLike) -> Table:
        """Return the table with only these rows (positions from 0), in this order."""
        positions = np.asarray(rows, dtype=np.int64)
        labels = None if self.labels is None else self.labels[positions]
        return replace(self, values=self.values[positions], labels=labels)
