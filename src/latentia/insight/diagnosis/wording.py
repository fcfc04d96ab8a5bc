"""How findings name and count things, so that every sentence reads alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_NAMES = 5
LONGEST_NAME = 40


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


def named(names: Sequence[str]) -> str:
    """List names of columns, of which some people make whole sentences.

    Examples
    --------
    >>> named(["ash", "q17: on a scale from 1 to 7, how often do you dream?"])
    'ash and q17: on a scale from…often do you dream?'
    """
    return listed([shortened(name, LONGEST_NAME) for name in names])


def shortened(name: str, most: int = 28) -> str:
    """Return a name on one line, shortened in its middle, where long names differ least.

    Examples
    --------
    >>> shortened("alcohol"), shortened("a_very_long_name_of_a_column_number_17", most=16)
    ('alcohol', 'a_very_l…mber_17')
    """
    line = re.sub(r"[\x00-\x1f\x7f\s]+", " ", str(name)).strip() or "(no name)"
    if len(line) <= most:
        return line
    return f"{line[: most // 2]}…{line[len(line) - (most - most // 2 - 1) :]}"


def counted(number: int, noun: str) -> str:
    """Put a number before a noun, in the plural where it belongs.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def others(setting: str, values: Sequence[str], already: object = None) -> str:
    """Write a setting with the values that are worth a try, without the one that it has already.

    Examples
    --------
    >>> others("activation", ["gelu", "leaky_relu"], already="gelu")
    'activation="leaky_relu"'
    >>> others("scaling", ["standard", "robust"])
    'scaling="standard" or "robust"'
    """
    left = [f'"{value}"' for value in values if value != already]
    return f"{setting}={' or '.join(left)}" if left else ""


def begun(words: str) -> str:
    """Begin a sentence with words that stand in running text elsewhere.

    Examples
    --------
    >>> begun("factor 2")
    'Factor 2'
    """
    return words[:1].upper() + words[1:]


def signed(value: float) -> str:
    """Write a number with three decimals and its sign.

    Examples
    --------
    >>> signed(0.0614), signed(-0.2)
    ('+0.061', '−0.200')
    """
    return f"{value:+.3f}".replace("-", "−")


def at_least(figure: float) -> str:
    """Write the lowest of several figures of at most 1 to two digits.

    Examples
    --------
    >>> at_least(0.953), at_least(0.997)
    ('at least 0.95', '1.00')
    """
    written = f"{figure:.2f}"
    return written if written == "1.00" else f"at least {written}"


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
