"""How findings name and count things, so that every sentence reads alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_NAMES = 5


def listed(names: Sequence[str]) -> str:
    """Join names with commas and "and", five at most.

    Examples
    --------
    >>> listed(["ash", "hue", "proline"])
    'ash, hue and proline'
    >>> listed([str(number) for number in range(8)])
    '0, 1, 2, 3, 4 and 3 more'
    """
    shown = list(names[:MOST_NAMES])
    if len(names) > MOST_NAMES:
        shown.append(f"{len(names) - MOST_NAMES} more")
    if len(shown) <= 1:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def counted(number: int, noun: str) -> str:
    """Put a number before a noun, in the plural where it belongs.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def percent(share: float) -> str:
    """Write a share as a percentage with just enough digits.

    Examples
    --------
    >>> percent(0.5), percent(0.012), percent(0.00004), percent(1.0)
    ('50 %', '1.2 %', 'less than 0.1 %', '100 %')
    """
    if 0 < share < 0.001:  # noqa: PLR2004  (a tenth of a percent, as the text says)
        return "less than 0.1 %"
    value = 100 * share
    return f"{value:.0f} %" if value >= 10 or value == round(value) else f"{value:.1f} %"  # noqa: PLR2004
