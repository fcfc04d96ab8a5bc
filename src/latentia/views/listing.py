"""Plain values as lines of text that are pleasant to read in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def listing(values: Mapping[str, Any]) -> list[str]:
    """Return names and values as lines; the values of a mapping stand indented below its name.

    Parameters
    ----------
    values : mapping
        Plain values, lists and mappings; None stands for nothing known.

    Examples
    --------
    >>> for line in listing({"best_epoch": 12, "columns": ["a", "b"], "recipe": {"loss": "mse"}}):
    ...     print(line)
    best epoch: 12
    columns: a, b
    recipe:
      loss: mse
    """
    lines = []
    for name, value in values.items():
        title = str(name).replace("_", " ")
        if isinstance(value, dict):
            lines += [f"{title}:", *(f"  {line}" for line in listing(value))]
        else:
            lines.append(f"{title}: {_phrase(value)}")
    return lines


def _phrase(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return ", ".join(_phrase(item) for item in value) or "none"
    return str(value)
