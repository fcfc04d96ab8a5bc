"""What someone has said about how a table is to be read, where that is not to be found out."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from latentia.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

DELIMITERS_BY_NAME = {
    "comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "bar": "|", "pipe": "|", "space": " ",
}  # fmt: skip
MARKS_BY_NAME = {"comma": ",", "point": "."}
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
HDF5 = (".h5", ".hdf5", ".hdf")
_TEXT = ("delimiter", "decimal", "encoding", "missing", "header")
# By the ending of a file: what can be said about how it is read.
OPTIONS_OF = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt", ".dat", ".data"), _TEXT),
    ".h5ad": ("layer",),
    **dict.fromkeys((*HDF5, ".zarr"), ("dataset", "layer")),
    **dict.fromkeys(WORKBOOKS, ("sheet", "missing", "header")),
}
_ABOUT = {
    "layer": "AnnData",
    "sheet": "workbooks",
    "dataset": "HDF5 and Zarr files",
    **dict.fromkeys(_TEXT, "text tables"),
}


class How(TypedDict, total=False):
    """Keywords that say how a table is to be read.

    ``layer`` : str, of AnnData: the layer to read in place of ``X``; ``"raw"`` for what is kept there.
    ``sheet`` : str or int, of workbooks: the name of the sheet, or its number from 1.
    ``dataset`` : str, of HDF5 and Zarr files: the path of the array that is the table.
    ``delimiter`` : str, of text: what separates cells, one character or its name, such as ``"tab"``.
    ``decimal`` : ``"."`` or ``","``, of text: the decimal mark.
    ``encoding`` : str, of text: which bytes stand for which characters, such as ``"latin-1"``.
    ``missing`` : str or list of str, of text and workbooks: what stands where a cell is missing,
    besides nothing.
    ``header`` : bool, of text and workbooks: whether the first line has the names of the columns.
    """

    layer: str | None
    sheet: str | int | None
    dataset: str | None
    delimiter: str | None
    decimal: str | None
    encoding: str | None
    missing: str | Iterable[str] | None
    header: bool | None


@dataclass(frozen=True, kw_only=True)
class Reading:
    r"""How a table is to be read; None where that is to be found out.

    Parameters are those of `How`, in the one form that readers know.

    Examples
    --------
    >>> Reading.of(delimiter="tab", missing="-999")
    Reading(delimiter='\t', missing=('-999',))
    """

    layer: str | None = None
    sheet: str | None = None
    dataset: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    missing: tuple[str, ...] | None = None
    header: bool | None = None

    @classmethod
    def of(cls, **how: Unpack[How]) -> Reading:
        """Check what was said and bring it to one form.

        Raises
        ------
        InputError
            If a table cannot be read so.
        """
        given: dict[str, Any] = {name: value for name, value in how.items() if value is not None}
        for name, checked in _CHECKS.items():
            if name in given:
                given[name] = checked(given[name])
        if given.get("delimiter") == given.get("decimal") is not None:
            raise InputError(
                f"{given['decimal']!r} cannot both separate cells and be the decimal mark; pass another "
                "delimiter."
            )
        return cls(**given)

    @classmethod
    def taken_from(cls, settings: Mapping[str, Any]) -> tuple[Reading, dict[str, Any]]:
        """Return what is said of reading among settings, and the other settings.

        Examples
        --------
        >>> Reading.taken_from({"layer": "counts", "loss": "nb"})
        (Reading(layer='counts'), {'loss': 'nb'})
        """
        names = {field.name for field in fields(cls)}
        said: Any = {name: value for name, value in settings.items() if name in names}
        return cls.of(**said), {name: value for name, value in settings.items() if name not in names}

    def __repr__(self) -> str:
        """Return only what was said."""
        return f"Reading({', '.join(f'{name}={value!r}' for name, value in self.said().items())})"

    def said(self) -> dict[str, Any]:
        """Return what was said, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def options(self) -> list[str]:
        """Return the options of the command line that say the same.

        Examples
        --------
        >>> Reading.of(missing=["?", "-"], header=False).options()
        ['--missing=?', '--missing=-', '--no-header']
        """
        words = []
        for name, value in self.said().items():
            if isinstance(value, bool):
                words.append(f"--{name}" if value else f"--no-{name}")
            else:
                words += [f"--{name}={one}" for one in (value if isinstance(value, tuple) else [value])]
        return words

    def refuse_unsuited(self, called: str, suffix: str = "") -> None:
        """Raise InputError if something was said that a table has no use for.

        Parameters
        ----------
        called : str
            What to call the table.
        suffix : str
            How the file's name ends; empty for rows in memory.
        """
        for name, value in self.said().items():
            if name not in OPTIONS_OF.get(suffix.lower(), ()):
                raise InputError(
                    f"{name} ({value!r}) is about {_ABOUT[name]}, and {called} is none; leave it out."
                )


AS_FOUND = Reading()


def _delimiter(text: object) -> str:
    mark = DELIMITERS_BY_NAME.get(str(text).casefold(), str(text))
    if len(mark) != 1 or mark.isalnum() or mark in "\"'\r\n+-.":
        raise InputError(
            f"The delimiter {text!r} cannot separate cells; pass one character that no number has, or one of "
            f"{', '.join(name for name in DELIMITERS_BY_NAME if name.isalpha())}."
        )
    return mark


def _decimal(text: object) -> str:
    mark = MARKS_BY_NAME.get(str(text).casefold(), str(text))
    if mark not in MARKS_BY_NAME.values():
        raise InputError(f"The decimal mark {text!r} is not known; pass '.' or ','.")
    return mark


def _encoding(name: object) -> str:
    try:
        found = codecs.lookup(str(name))
        "".encode(found.name)  # raises LookupError for what turns bytes into bytes
    except (LookupError, ValueError):
        raise InputError(
            f"The encoding {name!r} is not known; pass one that Python knows, such as utf-8, latin-1 or "
            "cp1252."
        ) from None
    return found.name


def _missing(tokens: object) -> tuple[str, ...]:
    several = [tokens] if isinstance(tokens, str) or not isinstance(tokens, Iterable) else tokens
    return tuple(dict.fromkeys(str(token).strip() for token in several))


_CHECKS = {
    "layer": str,
    "sheet": str,
    "dataset": str,
    "delimiter": _delimiter,
    "decimal": _decimal,
    "encoding": _encoding,
    "missing": _missing,
}
