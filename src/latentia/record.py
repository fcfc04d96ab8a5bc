"""What an analysis was made of: all that its numbers depend on, kept in ``manifest.json`` and read back.

The form is strict: a file with a field too many, too few or of another type is refused. Nothing in it is
ever run; it is read as data, and the settings in it are checked as if somebody had typed them.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from latentia.errors import InputError
from latentia.training.fingerprint import surroundings

if TYPE_CHECKING:
    import os

    from latentia.insight.results import Study
    from latentia.request import Request
    from latentia.tables.table import Table

FORMAT = 1  # raised when a key changes its meaning
MADE_BY = "latentia analyze"
MOST_BYTES = 64 * 2**20  # a million columns fit
# Beside those that a fit depends on.
LIBRARIES = ("scipy", "pyarrow", "matplotlib")


class Machine(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What numbers depend on beside table, settings and versions: XLA divides sums among its threads."""

    platform: str
    devices: str
    threads: int
    environment: dict[str, str]


class HowRead(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The types of what was said about reading, by the names of `latentia.tables.reading.Reading`."""

    layer: str | None = None
    sheet: str | None = None
    dataset: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    missing: list[str] | None = None
    header: bool | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The types of what an analysis was asked for; settings of networks beside it have rules of their own."""

    data: str | None
    label: str | None
    drop: list[str]
    types: dict[str, str]
    nuisance: list[str]
    reading: HowRead
    n_components: int | str
    n_seeds: int
    random_state: int
    sample: int | str = "auto"
    n_clusters: int | None = None
    eps: float | None = None
    min_samples: int = 5
    preset: str = "standard"


class Data(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The table; `rows_of_all` is None unless a sample of it was analysed."""

    name: str
    path: str | None
    sha256: str
    rows: int
    rows_of_all: int | None
    columns: list[str]
    notes: list[str]


class Record(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What it takes to repeat an analysis; `repeatable` is False where a file cannot say it all."""

    format: int
    command: str
    request: dict[str, Any]
    repeatable: bool
    data: Data
    recipe: dict[str, Any]
    random_state: int
    n_seeds: int
    versions: dict[str, str]
    machine: Machine
    seconds: dict[str, float]
    verdict: str

    def surroundings(self) -> dict[str, Any]:
        """Return what was around, in the form of `latentia.training.fingerprint.surroundings`."""
        return {"versions": self.versions, **msgspec.to_builtins(self.machine)}


class Kept(Record, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The same in a folder, with the files that stand beside it."""

    made_by: Literal["latentia analyze"]
    files: list[str]


def versions_of_all() -> dict[str, str]:
    """Return the versions of all that computes, reads or draws."""
    return surroundings_of_all()["versions"]


def surroundings_of_all() -> dict[str, Any]:
    """Return what the numbers of an analysis made now would depend on beside table and settings."""
    now = surroundings()
    return {**now, "versions": now["versions"] | {name: version(name) for name in LIBRARIES}}


def record_of(study: Study, table: Table, request: Request) -> dict[str, Any]:
    """Return the record of an analysis as plain JSON-ready values."""
    now = surroundings_of_all()
    source = table.source
    record = Record(
        format=FORMAT,
        command=study.command,
        request=request.to_dict(),
        repeatable=request.repeatable,
        data=Data(
            name=source.name,
            path=source.path,
            sha256=source.sha256,
            rows=table.n_rows,
            rows_of_all=table.n_rows_of_all,
            columns=list(table.names),
            notes=list(source.notes),
        ),
        recipe=dict(study.recipe),
        random_state=request.random_state,
        n_seeds=request.n_seeds,
        versions=dict(study.versions),
        machine=Machine(**{name: now[name] for name in Machine.__struct_fields__}),
        seconds=dict(study.seconds),
        verdict=study.verdict,
    )
    return msgspec.to_builtins(record)


def read_record(path: str | os.PathLike[str]) -> Kept:
    """Read the ``manifest.json`` of an analysis.

    Raises
    ------
    InputError
        When there is none, or it is not what an analysis writes.
    """
    try:
        with Path(path).open("rb") as file:
            text = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise InputError(
            f"There is no file '{path}'; give the manifest.json of a folder that `latentia analyze` wrote."
        ) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"'{path}' cannot be read ({reason}); give the manifest.json itself.") from None
    if len(text) > MOST_BYTES:
        raise InputError(f"'{path}' has more than {MOST_BYTES} bytes, so it is no manifest; check the path.")
    try:
        _refuse_newer(path, text)
        record = msgspec.json.decode(text, type=Kept)
        msgspec.convert(record.request, Asked)
    except (msgspec.DecodeError, ValueError, RecursionError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"'{path}' is not the manifest of an analysis, or is damaged ({str(error).rstrip('.')}); analyse "
            "the table again, or take a sound copy."
        ) from None
    return record


class _Any(msgspec.Struct, frozen=True):
    format: int = 0


def _refuse_newer(path: str | os.PathLike[str], text: bytes) -> None:
    """Name the version of a manifest that has more to say than is known here."""
    found = msgspec.json.decode(text, type=_Any).format
    if found > FORMAT:
        raise InputError(
            f"'{path}' has format version {found} and this Latentia reads up to version {FORMAT}; update "
            "Latentia."
        )
