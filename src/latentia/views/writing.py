"""How numbers and names are written for people, in figures, report and terminal alike."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from latentia.insight.diagnosis.wording import shortened
from latentia.settings import OTHER_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MISSING = "–"


def amount(value: float | None, digits: int = 3) -> str:
    """Write a number with so many significant digits, without needless powers of ten.

    Examples
    --------
    >>> amount(0.71234), amount(746.89), amount(1234567.0), amount(0.00001234), amount(float("nan"))
    ('0.712', '747', '1,234,567', '1.23e-05', '–')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size < -4 or size >= 9:  # noqa: PLR2004  longer than the reader can count zeros
        return f"{value:.{digits - 1}e}".replace("-", "−", 1) if value < 0 else f"{value:.{digits - 1}e}"
    text = f"{abs(value):,.{max(digits - 1 - size, 0)}f}"
    return f"−{text}" if value < 0 else text


def signed(value: float | None, digits: int = 3) -> str:
    """Write a number with its sign, also when it is positive.

    Examples
    --------
    >>> signed(1.3), signed(-0.05), signed(0.0)
    ('+1.30', '−0.0500', '0')
    """
    text = amount(value, digits)
    return f"+{text}" if value is not None and math.isfinite(value) and value > 0 else text


def interval(middle: float, margin: float) -> str:
    """Write an interval around a number, no finer than its width.

    Examples
    --------
    >>> interval(1.304, 0.253), interval(-0.05, 0.06), interval(505.64, 322.7)
    ('[1.05, 1.56]', '[−0.110, 0.0100]', '[183, 828]')
    """
    return f"[{amount(middle - margin)}, {amount(middle + margin)}]"


def score(value: float | None) -> str:
    """Write R², correlations and agreements: two decimals, as they are compared.

    Examples
    --------
    >>> score(0.7149), score(-0.2), score(None), score(-0.001)
    ('0.71', '−0.20', '–', '0.00')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{abs(value):,.2f}"
    return f"−{text}" if value < 0 and float(text.replace(",", "")) else text


def share(value: float | None) -> str:
    """Write a share of a whole as per cent.

    Examples
    --------
    >>> share(0.123), share(0.004), share(-0.05)
    ('12 %', '0.4 %', '−5 %')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    percent = 100 * value
    text = f"{percent:.1f} %" if 0 < percent < 1 else f"{percent:.0f} %"
    return text.replace("-0 %", "0 %").replace("-", "−")


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "row"), counted(2, "class", "classes")
    ('1 row', '1,200 rows', '2 classes')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(items: Iterable[str], most: int = 12) -> str:
    """Write names as a list in a sentence and say how many were left out.

    Examples
    --------
    >>> listed(["ash", "hue", "alcohol"]), listed("abcd", most=2)
    ('ash, hue and alcohol', 'a, b and 2 more')
    """
    names = list(items)
    if len(names) > most:
        names = [*names[:most], f"{len(names) - most:,} more"]
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def told_apart(names: Sequence[str], most: int = 28) -> list[str]:
    """Return names on one line each, shortened so that names which differ still do.

    Names whose middle is all that differs keep that part; the others are cut in their middle.

    Examples
    --------
    >>> told_apart(["ash", "glow of channel 1 at dawn", "glow of channel 2 at dawn"], most=16)
    ['ash', '…of channel 1…', '…of channel 2…']
    """
    lines = [shortened(name, most=10**6) for name in names]
    cut = [shortened(line, most) for line in lines]
    alike = defaultdict(set)
    for line, text in zip(lines, cut, strict=True):
        alike[text].add(line)
    return [
        text if len(alike[text]) == 1 else _differing(line, alike[text], most)
        for line, text in zip(lines, cut, strict=True)
    ]


def _differing(line: str, others: set[str], most: int) -> str:
    """Return the part of a line around which it differs from the others, in at most so many letters."""
    core = _shared(list(others))
    same = _shared([other[core:][::-1] for other in others])
    stop = len(line) - same
    start = max(0, min(core, stop - (most - 2)))
    if start:
        # A whole word to begin with reads better than the end of one.
        start = next((at + 1 for at in range(start - 1, core - 1) if line[at] in " _-./"), start)
    piece = shortened(line[start:stop], most - 2)
    return f"{'…' if start else ''}{piece}{'…' if same else ''}"


def _shared(lines: Sequence[str]) -> int:
    """Return how many letters all lines begin with."""
    first, last = min(lines), max(lines)  # what the outermost share in sorted order, all share
    pairs = zip(first, last, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(first), len(last)))


def with_unit(name: str, unit: str | None) -> str:
    """Return a name with its unit in brackets, unless it tells the unit itself.

    Examples
    --------
    >>> with_unit("alcohol", "% vol"), with_unit("alcohol (% vol)", "% vol"), with_unit("ash", None)
    ('alcohol (% vol)', 'alcohol (% vol)', 'ash')
    """
    if not unit or f"({unit})" in name or f"[{unit}]" in name:
        return name
    return f"{name} ({shortened(unit, 16)})"


def natural(name: str) -> tuple[int, float, str]:
    """Return a key that sorts names of numbers by their value and before all other names.

    Examples
    --------
    >>> sorted(["10", "9", "b", "a"], key=natural)
    ['9', '10', 'a', 'b']
    """
    try:
        value = float(name)
    except ValueError:
        return (1, 0.0, name)
    return (0, value, name) if math.isfinite(value) else (1, 0.0, name)


def scaling_in_words(scaling: str | Mapping[str, str | None] | None) -> str:
    """Say how the columns are scaled, and which of them in another way.

    Examples
    --------
    >>> scaling_in_words("robust"), scaling_in_words({"*": "standard", "age": None})
    ('robust', 'standard, but none for age')
    """
    if scaling is None or isinstance(scaling, str):
        return scaling or "none"
    own: defaultdict[str, list[str]] = defaultdict(list)
    for column, kind in scaling.items():
        if column != OTHER_COLUMNS:
            own[kind or "none"].append(shortened(column))
    others = scaling.get(OTHER_COLUMNS, "standard") or "none"
    exceptions = "; ".join(f"{kind} for {listed(columns)}" for kind, columns in own.items())
    return f"{others}, but {exceptions}" if exceptions else others
