"""The names of columns: made readable, unique, and found again."""

from __future__ import annotations

import re
from collections import Counter
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from latentia.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_NAMES_SHOWN = 12

# "alcohol (% vol)" and "mass [g]" state a unit; "log(x)" and "f(x)" do not.
_UNIT = re.compile(r".*\S(?:\s+\(([^()]+)\)|\s*\[([^\[\]]+)\])\s*")
# "(units: mg/dL)" says that it is one.
_SAID = re.compile(r"(?:units?|einheit(?:en)?)\s*[:=]\s*", re.IGNORECASE)
# What stands in brackets where there is no unit: a word for none, a dash, a bare number.
_NONE = frozenset(
    ("none", "no unit", "unitless", "dimensionless", "n/a", "na", "nan", "null", "ohne", "keine")
)
_SIGNS_ONLY = re.compile(r"[\d\s.,:;?*/+=^_~‐‑‒–—−-]*")


def unit_in(name: str) -> str | None:
    """Return the unit in brackets at the end of a name, or None, also where they say that there is none.

    Examples
    --------
    >>> unit_in("alcohol (% vol)"), unit_in("mass[g]"), unit_in("mass_g"), unit_in("log(x)")
    ('% vol', 'g', None, None)
    >>> unit_in("pH [-]"), unit_in("glucose (units: mg/dL)"), unit_in("speed [1/min]")
    (None, 'mg/dL', '1/min')
    """
    match = _UNIT.fullmatch(name)
    if match is None:
        return None
    unit = _SAID.sub("", (match[1] or match[2]).strip(), count=1).strip()
    return None if unit.casefold() in _NONE or _SIGNS_ONLY.fullmatch(unit) else unit


def numbered(n_columns: int) -> list[str]:
    """Return the names of columns that have none.

    Examples
    --------
    >>> numbered(2)
    ['column 1', 'column 2']
    """
    return [f"column {position}" for position in range(1, n_columns + 1)]


def columns_read_by(estimator: Any) -> list[str]:
    """Return the names of the columns that a fitted estimator reads, numbered where it has learned none."""
    names = getattr(estimator, "feature_names_in_", None)
    return numbered(estimator.n_features_in_) if names is None else [str(name) for name in names]


def as_text(names: Iterable[object]) -> tuple[list[str], list[str]]:
    """Turn names of any type into strings, with a note when one was none."""
    given = list(names)
    texts = [str(name) for name in given]
    others = [name for name in given if not isinstance(name, str)]
    if not others:
        return texts, []
    count = "A column name was" if len(others) == 1 else f"{len(others)} column names were"
    return texts, [f"{count} not text, such as {others[0]!r}, and became text."]


def refuse_repeated(names: Sequence[str]) -> None:
    """Raise InputError if two columns share a name."""
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise InputError(
            f"{_count(repeated, 'name stands', 'names stand')} above more than one column "
            f"({shown(repeated)}), and a name must tell columns apart; rename the columns."
        )


def find(name: object, names: Sequence[str], role: str) -> int:
    """Return the position of a column.

    Raises
    ------
    InputError
        If there is no such column; the sentence suggests the nearest name.
    """
    text = str(name)
    if text in names:
        return list(names).index(text)
    nearest = nearest_name(text, names)
    hint = f"the nearest name is {nearest!r}" if nearest else "pass a name that is there"
    few_or_unlike = len(names) <= MOST_NAMES_SHOWN or not nearest
    listed = f" (the columns are {shown(names)})" if few_or_unlike else ""
    raise InputError(f"There is no column {text!r} to {role}; {hint}{listed}.")


def nearest_name(name: str, names: Iterable[str]) -> str | None:
    """Return the name that is spelt most alike, or None.

    Examples
    --------
    >>> nearest_name("Qualty", ["acidity", "quality"])
    'quality'
    """
    by_folded = {candidate.casefold(): candidate for candidate in names}
    near = get_close_matches(name.casefold(), by_folded, n=1)
    return by_folded[near[0]] if near else None


def shown(names: Sequence[object], most: int = MOST_NAMES_SHOWN) -> str:
    """List names for a sentence; beyond the most, say how many more there are.

    Examples
    --------
    >>> shown(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    listed = ", ".join(repr(name) for name in names[:most])
    return listed if len(names) <= most else f"{listed} and {len(names) - most} more"


def _count(things: Sequence[object], one: str, many: str) -> str:
    return f"{len(things)} {one if len(things) == 1 else many}"
