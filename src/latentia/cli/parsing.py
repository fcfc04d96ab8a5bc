"""What options mean: settings and kinds of columns from NAME=VALUE pairs, and back to a command line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentia.errors import RecipeError
from latentia.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Iterable

# As the errors and the documentation write them.
_PYTHON_NAMES = {"None": None, "none": None, "True": True, "False": False}
COMPONENTS = 2  # of a fit that is not told how many


def settings_of(pairs: Iterable[str] | None, **options: Any) -> dict[str, Any]:
    """Return the settings of a network: from the options that were given, and NAME=VALUE pairs, which win."""
    settings = {name: value for name, value in options.items() if value is not None}
    for pair in pairs or ():
        name, equals, text = pair.partition("=")
        if not equals:
            raise RecipeError(f"--set {pair!r} has no '='; write it as NAME=VALUE, such as activation=tanh.")
        settings[name.strip()] = value_of(text)
    finds_size = {"n_components"} if settings["n_components"] == "auto" else set()
    Recipe.from_settings(**{name: value for name, value in settings.items() if name not in finds_size})
    return settings


def folder_for(data: str) -> Path:
    """Return the folder for the results of an analysis of a table.

    Examples
    --------
    >>> print(folder_for("birds.csv"), folder_for("flights/2024-*.parquet"), folder_for("flights/"))
    latentia-birds latentia-2024 latentia-flights
    """
    plain = re.sub(r"[*?\[\]]+", "", Path(data).stem).strip("-_. ")
    return Path(f"latentia-{plain or 'table'}")


def types_of(pairs: Iterable[str] | None) -> dict[str, str]:
    """Return the kinds of columns that were asked for, by name."""
    types = {}
    for pair in pairs or ():
        name, equals, kind = pair.rpartition("=")
        if not equals:
            raise RecipeError(f"--types {pair!r} has no '='; write it as NAME=KIND, such as year=category.")
        types[name.strip()] = kind.strip()
    return types


def sizes_of(text: str) -> list[int]:
    """Return the whole numbers that a text lists.

    Examples
    --------
    >>> sizes_of("1, 2,5")
    [1, 2, 5]
    """
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise RecipeError(
            f"--sizes {text!r} must be whole numbers with commas between them, such as 1,2,3,5."
        ) from None


def value_of(text: str) -> Any:
    """Return what a text says as JSON, or else the text itself."""
    if text.strip() in _PYTHON_NAMES:
        return _PYTHON_NAMES[text.strip()]
    try:
        return json.loads(text)
    except ValueError:
        return text


def fit_again(
    label: str | None,
    drop: Iterable[str] | None,
    types: Iterable[str] | None,
    components: int,
    loss: str | None,
    max_epochs: int | None,
    settings: Iterable[str] | None,
) -> list[str]:
    """Return the options that make a fit the same, but for its learning rate.

    A fit without the label would train on the classes, and one without the others would be another.

    Examples
    --------
    >>> fit_again("quality", ["id"], None, 3, None, None, ["learning_rate=cosine", "activation=tanh"])
    ['--label=quality', '--drop=id', '--components=3', '--set=activation=tanh']
    """
    chosen: list[tuple[str, Any]] = [("label", label)]
    chosen += [("drop", name) for name in drop or ()]
    chosen += [("types", one) for one in types or ()]
    chosen += [("components", None if components == COMPONENTS else components)]
    chosen += [("loss", loss), ("max-epochs", max_epochs)]
    chosen += [("set", one) for one in settings or () if not one.startswith("learning_rate=")]
    return [f"--{name}={value}" for name, value in chosen if value is not None]
