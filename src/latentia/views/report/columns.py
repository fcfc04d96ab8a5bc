"""What the columns of the table were taken for, few enough of them to read."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from latentia.views.writing import counted, listed, share, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A table of so many columns is shown whole; of a wider one, those that a person should look at.
MOST_AT_ONCE = 24
MOST_IN_ALL = 200
NOUNS = {
    "numeric": ("column of numbers", "columns of numbers"),
    "boolean": ("of true and false", "of true and false"),
    "date": ("of dates", "of dates"),
    "category": ("of categories", "of categories"),
}


@dataclass(frozen=True, kw_only=True)
class ColumnTable:
    """The columns as a page shows them.

    Parameters
    ----------
    sentence : str
        How many there are of each kind, and what is missing.
    first : list of dict
        Columns to show at once: all, or the most notable.
    rest : list of dict
        All columns in table order, up to 200, to be folded away; empty where `first` has them all.
    left_out : list of (list of str, str)
        Names of columns that are not in the table, by the reason why.
    """

    sentence: str
    first: Sequence[Mapping[str, Any]]
    rest: Sequence[Mapping[str, Any]]
    left_out: Sequence[tuple[Sequence[str], str]]


def column_table(summary: Mapping[str, Any]) -> ColumnTable:
    """Choose what a page shows of the columns in a summary, as `summarise` returns it."""
    columns = summary["columns"]
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for one in summary["left_out"]:
        reasons[one["why"]].append(one["name"])
    whole = len(columns) <= MOST_AT_ONCE
    return ColumnTable(
        sentence=columns_in_words(columns, summary["table"]["rows"]),
        first=columns if whole else notable(columns)[:MOST_AT_ONCE],
        rest=[] if whole else columns[:MOST_IN_ALL],
        left_out=[(names, reason) for reason, names in reasons.items()],
    )


def notable(columns: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the columns that a person should look at: most cells missing first, then what is no number.

    Examples
    --------
    >>> plain = {"kind": "numeric", "why": "numbers", "missing": 0}
    >>> columns = [plain | {"name": "a"}, plain | {"name": "b", "missing": 2}, plain | {"name": "c"}]
    >>> [one["name"] for one in notable([*columns, {**plain, "name": "d", "kind": "category"}])]
    ['b', 'd']
    """
    usual = Counter(one["why"] for one in columns if one["kind"] == "numeric").most_common(1)
    why = usual[0][0] if usual else ""
    odd = [one for one in columns if one["missing"] or one["kind"] != "numeric" or one["why"] != why]
    return sorted(odd, key=lambda one: (-one["missing"], one["kind"] == "numeric"))


def columns_in_words(columns: Sequence[Mapping[str, Any]], n_rows: int) -> str:
    """Say how many columns there are of each kind, what they are for the network, and what is missing.

    Examples
    --------
    >>> plain = {"kind": "numeric", "missing": 0}
    >>> hue = {"kind": "category", "missing": 5, "levels": ["red", "white"]}
    >>> columns_in_words([plain, hue], n_rows=50)[:67]
    '1 column of numbers and 1 of categories, for the network 3 inputs. '
    >>> columns_in_words([plain, hue], n_rows=50)[67:]
    '5 % of the cells are missing, in 1 column.'
    """
    kinds = Counter(one["kind"] for one in columns)
    told = [counted(kinds[kind], *nouns) for kind, nouns in NOUNS.items() if kinds[kind]]
    if not kinds["numeric"]:  # the first says what is counted
        told[0] = told[0].replace(" of", " column of" if told[0].startswith("1 ") else " columns of", 1)
    width = sum(len(one["levels"]) if one["kind"] == "category" else 1 for one in columns)
    network = f", for the network {counted(width, 'input')}" if kinds["category"] else ""
    missing = [one["missing"] for one in columns if one["missing"]]
    cells = f"{share(sum(missing) / (n_rows * len(columns)))} of the cells are missing" if missing else ""
    gaps = f"{cells}, in {counted(len(missing), 'column')}" if missing else "No cell is missing"
    return f"{listed(told)}{network}. {gaps}."


def left_out_in_words(left_out: Sequence[tuple[str, str]], most: int = 4) -> str:
    """Say which columns are not in the table, and why; nothing where all are.

    Examples
    --------
    >>> left_out_in_words(
    ...     [("id", "numbers the rows"), ("a", "no cell has a value"), ("b", "no cell has a value")]
    ... )
    'Left out: id (numbers the rows); a and b (no cell has a value).'
    """
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for name, reason in left_out:
        reasons[reason].append(shortened(name))
    told = [f"{listed(names, most)} ({reason})" for reason, names in reasons.items()]
    more = [f"{counted(len(told) - most, 'more reason')} in the report"] if len(told) > most else []
    return f"Left out: {'; '.join([*told[:most], *more])}." if told else ""
