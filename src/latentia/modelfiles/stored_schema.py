"""The columns of a model as they stand in its file: a strict form, and what must hold of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from latentia.tables.table import Column, Schema

if TYPE_CHECKING:
    from collections.abc import Sequence


class StoredColumn(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One column of the table that a model was fitted to; see `Column`."""

    name: str
    kind: Literal["numeric", "boolean", "date", "category"]
    dtype: str
    unit: str | None
    why: str
    categories: list[str] = []
    levels: list[str] = []
    level_of: list[int] = []

    @property
    def is_sound(self) -> bool:
        """Whether its parts fit together: every level stands for its category, or the last for several."""
        if self.kind != "category":
            return not (self.categories or self.levels or self.level_of)
        known = range(-1, len(self.levels))
        if len(self.level_of) != len(self.categories) or not all(level in known for level in self.level_of):
            return False
        distinct = all(len(set(texts)) == len(texts) for texts in (self.categories, self.levels))
        return distinct and all(self._stands_for(at) for at in range(len(self.levels)))

    def _stands_for(self, level: int) -> bool:
        members = [text for text, at in zip(self.categories, self.level_of, strict=True) if at == level]
        pooled = level == len(self.levels) - 1 and self.levels[level] not in self.categories
        return len(members) > 1 if pooled else members == [self.levels[level]]


def to_store(schema: Schema | None) -> list[StoredColumn]:
    """Return the columns of a model as they are stored; none where nothing is known of them.

    Examples
    --------
    >>> to_store(Schema((Column("mass [g]", "numeric", "double", "g", "stored as numbers"),)))[0].unit
    'g'
    """
    return (
        []
        if schema is None
        else [
            StoredColumn(
                column.name,
                column.kind,  # pyright: ignore[reportArgumentType] - one of the four, see `Column`
                column.dtype,
                column.unit,
                column.why,
                list(column.categories),
                list(column.levels),
                list(column.level_of),
            )
            for column in schema.columns
        ]
    )


def from_store(stored: Sequence[StoredColumn]) -> Schema | None:
    """Return the columns that are stored, None where there are none.

    Raises
    ------
    ValueError
        If the parts of a column, or two columns, contradict each other.
    """
    if not stored:
        return None
    for column in stored:
        if not column.is_sound:
            raise ValueError(f"the categories of column {column.name!r} contradict each other")
    if len({column.name for column in stored}) < len(stored):
        raise ValueError("two columns have one name")
    return Schema(
        tuple(
            Column(
                column.name,
                column.kind,
                column.dtype,
                column.unit,
                column.why,
                tuple(column.categories),
                tuple(column.levels),
                tuple(column.level_of),
            )
            for column in stored
        )
    )
