"""Which scaling each column that a network sees has: what a setting says of the columns of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentia.errors import InputError
from latentia.settings import OTHER_COLUMNS
from latentia.tables.naming import find
from latentia.tables.scalable import checked_kinds
from latentia.tables.table import Schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latentia.tables.scalable import Kinds


def kinds_of(setting: str | Mapping[str, str | None] | None, columns: Schema | Sequence[str]) -> Kinds:
    """Return how the columns that a network sees are scaled: one name, or a tuple with one for each.

    Indicators of categories are 0 and 1 and stay so, whatever the setting says.

    Parameters
    ----------
    setting : str, None, or dict
        One scaling of all columns, or names of columns with theirs and, as ``"*"``, that of all others:
        `Recipe.scaling_kind`.
    columns : Schema or sequence of str
        What the columns are, or the names of columns that all hold numbers.

    Returns
    -------
    str or tuple of str
        For `Scaling.fit`.

    Raises
    ------
    RecipeError
        If there is no such scaling.
    InputError
        If the setting names a column that is not there, or one that holds categories.

    Examples
    --------
    >>> kinds_of("robust", ["age", "income"])
    'robust'
    >>> kinds_of({"income": "log1p-standard", "*": "standard"}, ["age", "income"])
    ('standard', 'log1p-standard')
    """
    schema, names = (columns, columns.names) if isinstance(columns, Schema) else (None, columns)
    if setting is None or isinstance(setting, str):
        if schema is None or schema.is_plain:
            return checked_kinds(setting, len(names))
        setting = {OTHER_COLUMNS: setting}
    others = setting.get(OTHER_COLUMNS, "standard")
    own = {find(name, names, "scale"): kind for name, kind in setting.items() if name != OTHER_COLUMNS}
    if schema is None:
        each = [own.get(at, others) for at in range(len(names))]
    else:
        _refuse_categories(schema, own)
        each = [
            "none" if column.kind == "category" else own.get(at, others)
            for at, column in enumerate(schema.columns)
            for _ in range(column.width)
        ]
    return checked_kinds(each, len(each))


def _refuse_categories(schema: Schema, own: Mapping[int, str | None]) -> None:
    for at, kind in own.items():
        if schema.columns[at].kind == "category":
            raise InputError(
                f"Column {schema.names[at]!r} holds categories, to which scaling={kind!r} cannot be applied; "
                "leave it out of the setting."
            )
