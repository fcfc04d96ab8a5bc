"""The options that say how a table is read, for every command that takes one."""

from __future__ import annotations

import inspect
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from latentia.cli.options import FLAG

if TYPE_CHECKING:
    from collections.abc import Callable

PANEL = "How the table is read, where that is not to be found out"


def _option(metavar: str, text: str, *names: str) -> Any:
    return typer.Option(*names, metavar=metavar, rich_help_panel=PANEL, show_default=False, help=text)


_OPTIONS = {
    "layer": Annotated[
        str | None,
        _option("NAME", "Of AnnData (.h5ad, .zarr): the layer to read instead of X; raw for raw/X."),
    ],
    "sheet": Annotated[
        str | None, _option("NAME", "Of a workbook (.xlsx): the sheet, by its name or its number from 1.")
    ],
    "dataset": Annotated[
        str | None,
        _option("PATH", "Of an HDF5 or Zarr file: the array that is the table, where it has several."),
    ],
    "delimiter": Annotated[
        str | None,
        _option(
            "CHARACTER", "Of text: what separates cells: a character, or comma, semicolon, tab, bar, space."
        ),
    ],
    "decimal": Annotated[str | None, _option("MARK", "Of text: the decimal mark, '.' or ','.")],
    "encoding": Annotated[
        str | None,
        _option("NAME", "Of text: which bytes stand for which characters, such as utf-8, latin-1 or cp1252."),
    ],
    "missing": Annotated[
        list[str] | None,
        _option(
            "TOKEN",
            "Of text and workbooks: what stands where a cell is missing, besides nothing; may be given "
            "several times, and replaces NA, nan, ? and the others that are known.",
        ),
    ],
    "header": Annotated[
        bool | None,
        _option(
            FLAG,
            "Of text and workbooks: whether the first line has the names of the columns.",
            "--header/--no-header",
        ),
    ],
}


def reads_a_table(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options in place of its parameter ``reading``, which is made of them."""
    signature = inspect.signature(command, eval_str=True)
    parameters = [one for one in signature.parameters.values() if one.name != "reading"]
    at = next((i for i, one in enumerate(parameters) if one.name == "components"), len(parameters))
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=option)
        for name, option in _OPTIONS.items()
    ]

    @wraps(command)
    def with_options(**given: Any) -> None:
        from latentia.tables.reading import Reading

        how: Any = {name: given.pop(name) for name in _OPTIONS}
        command(**given, reading=Reading.of(**how))

    parameters[at:at] = added
    made: Any = with_options
    made.__signature__ = signature.replace(parameters=parameters)  # what Typer asks for
    made.__annotations__ = {one.name: one.annotation for one in parameters}
    return made
