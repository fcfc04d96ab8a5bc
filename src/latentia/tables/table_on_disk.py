"""A table on disk whose columns are known, as a fit needs it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import InputError
from latentia.tables.alignment import as_learned
from latentia.tables.memory import BYTES_OF_A_CELL
from latentia.tables.scalable import checked_kinds
from latentia.tables.scaling import FROM_MOMENTS
from latentia.tables.scaling_in_blocks import ScalingInBlocks
from latentia.tables.splits import HashedSplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from latentia.tables.scalable import Kinds
    from latentia.tables.scaling import Scaling
    from latentia.tables.scan import TableScan
    from latentia.tables.survey import Survey
    from latentia.tables.table import Schema

    Array = NDArray[np.float64]

# Of samples as a network sees them, in which a category is as many columns as it has levels.
MOST_BYTES, FEWEST_ROWS = 48 << 20, 500


@dataclass(frozen=True, eq=False)
class TableOnDisk:
    """Rows on disk that networks learn from and are judged by, and samples of them in memory.

    Parameters
    ----------
    scan : TableScan
        The table.
    survey : Survey
        What is known of all of its rows.
    fraction : float
        Share of the rows that judge.
    seed : int
        Which rows these are.
    """

    scan: TableScan
    survey: Survey
    fraction: float
    seed: int

    @property
    def schema(self) -> Schema:
        """What the columns are, with the levels that the rows to learn from have."""
        return self.survey.schema

    @property
    def n_training(self) -> int:
        """The number of rows to learn from."""
        return self.survey.n_rows - self.survey.n_held_out

    @property
    def shape(self) -> tuple[int, int]:
        """All rows, and the columns that a network sees."""
        return self.survey.n_rows, len(self._compact)

    @property
    def split(self) -> HashedSplit:
        """Which rows judge."""
        return HashedSplit(self.survey.n_rows, self.fraction, self.seed)

    @property
    def fingerprint(self) -> str:
        """A hash of what the files are called, how large and how old they are."""
        return self.scan.store.fingerprint()

    @cached_property
    def training_sample(self) -> Array:
        """Some of the rows to learn from, as a network sees them; all if there are few."""
        return self._expanded(self.survey.training.rows)

    @cached_property
    def held_out_sample(self) -> Array:
        """Some of the rows that judge, as a network sees them; all if there are few."""
        return self._expanded(self.survey.held_out.rows)

    @property
    def sampled_positions(self) -> NDArray[np.int64]:
        """Where the rows of the sample to learn from stand in the table."""
        among_training = self.survey.training.positions
        return self.split.training[among_training[self._kept(len(among_training))]]

    @property
    def has_gaps(self) -> NDArray[np.bool_]:
        """Columns that a network sees in which cells are missing, (q,)."""
        return self.survey.has_gaps[self._compact]

    def scaling(self, kind: Kinds, *, size_factors: bool) -> Scaling:
        """Learn a scaling from the rows to learn from; where moments do not tell it, from the sample."""
        moments = self.survey.moments.of_columns(self._compact)
        kinds = checked_kinds(kind, len(self._compact))
        exact = all(one in FROM_MOMENTS for one in ([kinds] if isinstance(kinds, str) else kinds))
        known = ScalingInBlocks.of_nothing(len(self._compact), kinds, seed=self.seed)
        sample = None if exact or known.sample is None else known.sample.add(self.training_sample)
        return ScalingInBlocks(kinds, moments, sample).scaling(size_factors=size_factors)

    def training_blocks(self) -> Iterator[Array]:
        """Yield all rows to learn from in order, as a network sees them.

        Raises
        ------
        InputError
            If the table is no longer what it was.
        """
        first, columns = 0, self.survey.positions
        for block in self.scan.store.blocks(columns):
            if not block.n_rows:
                continue
            stored = [block.fetch(at) for at in range(len(columns))]
            held_out = self.split.is_held_out(first, block.n_rows)
            values, _ = as_learned(stored, self.schema.names, self.schema, block.decimal)
            first += block.n_rows
            yield self.schema.expand(values[~held_out])
        if first != self.survey.n_rows:
            raise InputError(
                f"{self.scan.store.name} had {self.survey.n_rows} rows and has {first} now; wait until "
                "nothing writes to it, and fit again."
            )

    @cached_property
    def _compact(self) -> NDArray[np.int64]:
        """The table's column that each column is made of that a network sees."""
        widths = [column.width for column in self.schema.columns]
        return np.repeat(np.arange(len(widths)), widths)

    def _expanded(self, rows: Array) -> Array:
        return self.schema.expand(rows[self._kept(len(rows))])

    def _kept(self, n_rows: int) -> slice | NDArray[np.int64]:
        """Return which rows of a sample are kept when categories take a column for each level."""
        most = max(FEWEST_ROWS, MOST_BYTES // (BYTES_OF_A_CELL * max(1, len(self._compact))))
        return slice(None) if n_rows <= most else np.linspace(0, n_rows - 1, most).astype(np.int64)
