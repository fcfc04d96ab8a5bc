"""A table in memory: numbers, what each column is, known classes, and where they came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import InputError

# Categories of a column that a network sees one by one; the others stand together.
MOST_LEVELS = 50
FEWEST_ROWS = 5
OTHERS = "(other)"

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
        ``"numeric"``, ``"boolean"`` (false is 0, true is 1), ``"date"`` (days since 1970-01-01) or
        ``"category"`` (a code, the position in `categories`).
    dtype : str
        How the values were stored before they became float64, for example ``"int64"``.
    unit : str or None
        The unit where the header or the data set states one.
    why : str
        Why the column has this kind, in a few words.
    categories : tuple of str
        What the codes of a category column stand for.
    levels : tuple of str
        The categories that a model knows, each of which becomes an indicator; perhaps one for all rare
        ones. Empty before `Schema.learned`.
    level_of : tuple of int
        The level of every category, -1 where there is none.
    """

    name: str
    kind: str
    dtype: str
    unit: str | None
    why: str
    categories: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    level_of: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        """The number of columns that it is for a network."""
        return len(self.levels) if self.kind == "category" else 1

    def learned(self, values: NDArray[np.float64]) -> Column:
        """Return the column with levels: the categories of these codes, rare ones together.

        A category is rare if it stands in fewer than 5 rows, or if there are already 49 more frequent
        ones; a single rare one stays by itself.
        """
        if self.kind != "category":
            return self
        codes = values[~np.isnan(values)].astype(np.int64)
        return self.counted(np.bincount(codes, minlength=len(self.categories)))

    def counted(self, counts: NDArray[np.int64]) -> Column:
        """Return the column with levels, for the number of rows that each category stands in."""
        by_count = np.argsort(-counts, kind="stable")
        common = set(by_count[: MOST_LEVELS - 1][counts[by_count[: MOST_LEVELS - 1]] >= FEWEST_ROWS].tolist())
        rare = [code for code in np.flatnonzero(counts).tolist() if code not in common]
        if len(rare) == 1:
            common, rare = common | set(rare), []
        kept = [code for code in range(len(self.categories)) if code in common]
        levels = [self.categories[code] for code in kept]
        level_of = np.full(len(self.categories), len(kept) if rare else -1)
        level_of[kept] = np.arange(len(kept))
        if rare:
            levels.append(_free_name(OTHERS, levels))
        return replace(self, levels=tuple(levels), level_of=tuple(level_of.tolist()))


@dataclass(frozen=True)
class Schema:
    """The columns of a table, in order, and what a network sees of them.

    A network sees numbers: one column for each that holds numbers, and for a column of categories one
    indicator per level, 1 in the rows that have it and 0 in the others. Where a cell is missing, all
    of its indicators are.

    Examples
    --------
    >>> Schema((Column("mass [g]", "numeric", "double", "g", "numbers"),)).units
    ('g',)
    >>> colour = Column("colour", "category", "string", None, "text", categories=("red", "white"))
    >>> codes = np.repeat([[0.0], [1.0], [np.nan]], [6, 5, 1], axis=0)
    >>> schema = Schema((colour,)).learned(codes)
    >>> schema.expanded_names
    ('colour = red', 'colour = white')
    >>> schema.expand(codes)[[0, 6, 11]]
    array([[ 1.,  0.],
           [ 0.,  1.],
           [nan, nan]])
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

    @property
    def is_plain(self) -> bool:
        """Whether no column holds categories, so that a network sees the columns as they are."""
        return all(column.kind != "category" for column in self.columns)

    @property
    def holds_numbers(self) -> bool:
        """Whether all columns hold numbers or booleans, so that an array of floats says all."""
        return all(column.kind in ("numeric", "boolean") for column in self.columns)

    @property
    def expanded_names(self) -> tuple[str, ...]:
        """The names of the columns that a network sees."""
        if self.is_plain:
            return self.names
        return tuple(
            f"{column.name} = {level}" if column.kind == "category" else column.name
            for column in self.columns
            for level in (column.levels if column.kind == "category" else ("",))
        )

    @property
    def expanded_units(self) -> tuple[str | None, ...]:
        """Their units; indicators have none."""
        return tuple(column.unit for column in self.columns for _ in range(column.width))

    @property
    def blocks(self) -> tuple[tuple[int, int], ...]:
        """First column and width of each set of indicators, among the columns that a network sees."""
        ends = np.cumsum([column.width for column in self.columns]).tolist()
        return tuple(
            (end - column.width, column.width)
            for end, column in zip(ends, self.columns, strict=True)
            if column.kind == "category" and column.width
        )

    def learned(self, values: NDArray[np.float64]) -> Schema:
        """Return the schema with the levels that rows to learn from, (n, p), have; known ones stay."""
        if self.is_plain or any(column.levels for column in self.columns):
            return self
        return Schema(tuple(column.learned(values[:, at]) for at, column in enumerate(self.columns)))

    def expand(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return rows, (n, p), as a network sees them, (n, q); the same array if no column has categories.

        A category without a level counts as missing.
        """
        if self.is_plain:
            return values
        expanded = np.empty((len(values), sum(column.width for column in self.columns)))
        first = 0
        for at, column in enumerate(self.columns):
            into = expanded[:, first : first + column.width]
            if column.kind == "category":
                _set_indicators(into, values[:, at], column)
            else:
                into[:, 0] = values[:, at]
            first += column.width
        return expanded

    def collapse(self, expanded: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what a network sees, or says, (n, q), as one column each, (n, p).

        Of indicators, or probabilities, the largest decides; a column of categories holds the position
        of the level then.
        """
        if self.is_plain:
            return expanded
        values = np.empty((len(expanded), len(self.columns)))
        first = 0
        for at, column in enumerate(self.columns):
            part = expanded[:, first : first + column.width]
            if column.kind == "category":
                known = ~np.isnan(part).any(axis=1) & (column.width > 0)
                values[known, at] = part[known].argmax(axis=1) if column.width else np.nan
                values[~known, at] = np.nan
            else:
                values[:, at] = part[:, 0]
            first += column.width
        return values


def _set_indicators(into: NDArray[np.float64], codes: NDArray[np.float64], column: Column) -> None:
    known = ~np.isnan(codes)
    levels = np.full(len(codes), -1)
    levels[known] = np.array(column.level_of)[codes[known].astype(np.int64)]
    into[:] = levels[:, None] == np.arange(column.width)
    into[np.flatnonzero(levels < 0)] = np.nan


def _free_name(name: str, taken: list[str]) -> str:
    """Return a name that no other level has."""
    while name in taken:
        name = f"{name} "
    return name


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
    left_out : tuple of (str, str)
        Columns that were there and are not in the table, each with the reason.
    """

    name: str
    path: str | None
    sha256: str
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Beside:
    """A column that is known of the rows and never trained on, such as the day of a measurement.

    Parameters
    ----------
    name : str
    kind : str
        ``"numeric"``, ``"boolean"``, ``"date"`` or ``"category"``.
    values : ndarray of shape (n,), float64
        Numbers, days or codes, nan where a cell is missing.
    """

    name: str
    kind: str
    values: NDArray[np.float64]

    def take(self, rows: NDArray[np.int64]) -> Beside:
        """Return the column of only these rows."""
        return replace(self, values=self.values[rows])


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of numbers that a model can be trained on.

    Parameters
    ----------
    values : ndarray of shape (n, p), float64
        Numbers in their original units, codes of categories, days of dates; nan where a cell is missing.
    schema : Schema
        The p columns.
    labels : ndarray of shape (n,), objects, or None
        Known class of each row, as strings. They are never trained on.
    label_name : str or None
        The column that the labels came from.
    source : Source
        Where the rows came from.
    positions : ndarray of shape (n,) or None
        Where the rows stand in the table that they are a sample of; None if they are all of it.
    n_rows_of_all : int or None
        How many rows that table has.
    nuisances : tuple of Beside
        What the rows differ in without being of interest. It is never trained on.

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
    positions: NDArray[np.int64] | None = None
    n_rows_of_all: int | None = None
    nuisances: tuple[Beside, ...] = ()

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

    def expanded(self, schema: Schema) -> Table:
        """Return the table as a network sees it, by a schema with levels: plain columns of numbers.

        Examples
        --------
        >>> hue = Column("hue", "category", "string", None, "text", ("red", "white"))
        >>> table = Table(np.array([[0.0], [1.0]]), Schema((hue,)), None, None, Source("made", None, ""))
        >>> table.expanded(table.schema.learned(np.repeat([[0.0], [1.0]], 5, axis=0))).names
        ('hue = red', 'hue = white')
        """
        kinds = [column.kind for column in schema.columns for _ in range(column.width)]
        columns = tuple(
            Column(name, "boolean" if kind == "category" else kind, "float64", unit, "")
            for name, kind, unit in zip(schema.expanded_names, kinds, schema.expanded_units, strict=True)
        )
        return replace(self, values=schema.expand(self.values), schema=Schema(columns))

    def take(self, rows: ArrayLike) -> Table:
        """Return the table with only these rows (positions from 0), in this order."""
        positions = np.asarray(rows, dtype=np.int64)
        labels, sampled = (
            None if part is None else part[positions] for part in (self.labels, self.positions)
        )
        nuisances = tuple(one.take(positions) for one in self.nuisances)
        return replace(
            self, values=self.values[positions], labels=labels, positions=sampled, nuisances=nuisances
        )
