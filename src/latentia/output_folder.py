"""The folder that an analysis writes: complete, or not there at all.

Everything is made in a draft folder inside the final one, so on the same disk, and takes its place
by renaming when it is whole. Until the last rename succeeds, the files of an earlier analysis are
only set aside and can go back, so that a failure at any moment leaves the older results as they
were. The manifest lists what was written. It is the first to leave and the last to come: a folder
that has one is complete, and what it does not list belongs to somebody else and stays.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import OutputError
from latentia.modelfiles.columns import write_columns
from latentia.modelfiles.durable import write_durably
from latentia.modelfiles.locks import folder_held
from latentia.passing import encode_analysed
from latentia.record import MADE_BY
from latentia.views.figures.album import Album, draw_all
from latentia.views.report.illustrations import DRAWN
from latentia.views.report.render import report_html
from latentia.views.report.summary import summarise
from latentia.views.report.wide import figures_of_columns, is_wide

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from numpy.typing import NDArray

    from latentia.autoencoder import Autoencoder
    from latentia.insight.results import Study
    from latentia.tables.reading import Reading
    from latentia.training.progress import Progress
    from latentia.views.figures.assistant import Assistant

MANIFEST, METRICS, MODEL = "manifest.json", "metrics.json", "model.latentia"
LATENTS = "latents.parquet"
DRAFT, LOCK = ".latentia-draft-", ".latentia-lock"
SECONDS_OF_A_DRAFT = 3600.0  # none is being written for so long


@dataclass(frozen=True, eq=False)
class Whole:
    """A table on disk of which a sample was analysed.

    Parameters
    ----------
    data : object
        The path, folder, pattern or list of files.
    reading : Reading
        How it is read.
    sampled : ndarray of int, shape (m,)
        Positions of the rows of the sample; sorted.
    """

    data: Any
    reading: Reading
    sampled: NDArray[np.int64]


def claim_folder(path: str | os.PathLike[str], *, force: bool = False) -> Path:
    """Return the folder to write into, or refuse it before any work is done.

    Raises
    ------
    OutputError
        When the path is a file, holds files that are not an earlier analysis (unless forced), or
        cannot be written to.
    """
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file, not a folder; give another name with --out.")
    if folder.is_dir() and not force and _holds_others(folder):
        raise OutputError(
            f"The folder {folder} holds files that are not an analysis of ours, and nothing is overwritten; "
            "give another name with --out, or --force to write beside them."
        )
    there = folder.resolve()
    while not there.exists():
        there = there.parent
    if not there.is_dir():
        raise OutputError(f"The folder {folder} cannot be made: {there} is a file; choose another place.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(
            f"The folder {folder} cannot be written: {there} is read-only; choose another place."
        )
    return folder


@contextmanager
def held_folder(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[Path]:
    """Claim a folder and hold it against other runs, from before the work to the end of the writing.

    Raises
    ------
    OutputError
        As `claim_folder` does, and when another run holds the folder.
    """
    folder = claim_folder(path, force=force)
    refusal = (
        f"Another analysis is going into the folder {folder}; wait for its end, or give another name with "
        "--out."
    )
    with folder_held(folder, LOCK, refusal):
        yield folder


def write_analysis(
    folder: Path,
    study: Study,
    model: Autoencoder,
    manifest: Mapping[str, Any],
    assistant: Assistant | None = None,
    *,
    whole: Whole | None = None,
    progress: Progress | None = None,
) -> None:
    """Write report, latents, model, metrics, figures and manifest.

    Of a table of which a sample was analysed, the latents are those of all rows, in Parquet alone.

    An assistant draws the scatter plots, which the report shows as they are in the folder; this
    process draws the others, which the report shows as SVG.

    Raises
    ------
    OutputError
        When something cannot be written; what was in the folder before is unchanged then.
    """
    with _made_whole(folder) as draft:
        album = Album(study)  # shared, so that no figure is drawn twice
        if assistant is not None:
            scatters = [name for name in album if name not in DRAWN]
            assistant.draw(study, scatters)
            album.await_files(scatters, assistant.files)
        write_numbers(draft, study, model, whole=whole, progress=progress)
        if is_wide(study):
            write_columns(draft / "columns.csv", figures_of_columns(study))
        for name in album:
            if not album.is_awaited(name):
                album.png(name)
        write_report(draft / "report.html", study, album=album)
        draw_all(study, draft / "figures", album=album)
        _write_json(draft / MANIFEST, {"made_by": MADE_BY, **manifest, "files": _files_in(draft)})


def write_numbers(
    folder: Path,
    study: Study,
    model: Autoencoder,
    *,
    whole: Whole | None = None,
    progress: Progress | None = None,
) -> None:
    """Write latents, model and metrics, and nothing that is drawn."""
    if whole is None:
        _write_latents(study, folder)
    else:
        _write_all_latents(study, model, whole, folder, progress)
    model.save(folder / MODEL)
    _write_json(folder / METRICS, summarise(study, brief=True))


def write_report(path: str | os.PathLike[str], study: Study, *, album: Album | None = None) -> Path:
    """Write the report of a study, one HTML file that works offline."""
    write_durably(path, report_html(study, album=album).encode())
    return Path(path)


def _holds_others(folder: Path) -> bool:
    """Whether a folder holds files that no analysis wrote; what a killed run left behind is none."""
    others = (item for item in folder.iterdir() if not _is_draft(item) and item.name != LOCK)
    return any(others) and not _is_ours(folder)


def _is_ours(folder: Path) -> bool:
    """Whether a manifest of ours is there, or in a draft that a killed run was putting into place."""
    candidates = [folder, *(item for item in folder.iterdir() if _is_draft(item))]
    return any(_manifest_in(candidate) for candidate in candidates)


def _is_draft(item: Path) -> bool:
    return item.name.startswith(DRAFT)


def _manifest_in(folder: Path) -> dict[str, Any]:
    """Return the manifest of an earlier analysis, empty if there is none of ours."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return manifest if isinstance(manifest, dict) and manifest.get("made_by") == MADE_BY else {}


def _files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _files_of_earlier_analysis(folder: Path) -> list[str]:
    """Return what the manifest lists and is in the folder; nothing it says can lead out of there."""
    listed = _manifest_in(folder).get("files")
    home = folder.resolve()
    return [
        name
        for name in (listed if isinstance(listed, list) else [])
        if isinstance(name, str)
        and (folder / name).is_file()
        and (folder / name).resolve().is_relative_to(home)
    ]


@contextmanager
def _made_whole(folder: Path) -> Iterator[Path]:
    """Yield a draft folder; put what is in it into place when the block ends well."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_old_drafts(folder)
        draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=folder))
    except OSError as error:
        raise OutputError(
            f"The folder {folder} cannot be written to ({_reason(error)}); choose another."
        ) from None
    try:
        yield draft
        _put_into_place(draft, folder)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(
            f"Writing into {folder} failed ({_reason(error)}), and what was there before is unchanged; free "
            "space or choose another."
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if not any(folder.iterdir()):
            folder.rmdir()


def _put_into_place(draft: Path, folder: Path) -> None:
    """Rename everything in a draft into the folder, and what it replaces out of it; or nothing."""
    made = [name for name in _files_in(draft) if name != MANIFEST]
    older = Path(tempfile.mkdtemp(dir=draft))
    with ExitStack() as undo:
        for name in (MANIFEST, *sorted({*made, *_files_of_earlier_analysis(folder)})):
            if (folder / name).is_file():
                _move(folder / name, older / name, undo)
        for name in (*made, MANIFEST):
            _move(draft / name, folder / name, undo)
        undo.pop_all()


def _move(source: Path, target: Path, undo: ExitStack) -> None:
    if not target.parent.is_dir():
        target.parent.mkdir(parents=True)
        undo.callback(target.parent.rmdir)
    source.rename(target)
    undo.callback(target.rename, source)


def _remove_old_drafts(folder: Path) -> None:
    """Clear away what killed runs left behind, but not what another run is writing now."""
    for item in folder.iterdir():
        if _is_draft(item) and time.time() - item.stat().st_mtime > SECONDS_OF_A_DRAFT:
            shutil.rmtree(item, ignore_errors=True)


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _write_latents(study: Study, draft: Path) -> None:
    """Write one row per row of the table: its position, its class, its factors, and its side."""
    held_out = np.zeros(len(study.latents), bool)
    held_out[study.held_out_rows] = True
    factors = {f"factor_{index + 1}": values for index, values in enumerate(study.latents.T)}
    columns: dict[str, np.ndarray] = {"row": np.arange(len(study.latents)), **factors, "held_out": held_out}
    if study.labels is not None:
        name = study.label_name or "label"
        name = f"{name}_label" if name in columns else name
        columns = {"row": columns["row"], name: np.asarray(study.labels, object), **columns}
    for ending in ("csv", "parquet"):
        write_columns(draft / f"latents.{ending}", columns)


def _write_all_latents(
    study: Study, model: Autoencoder, whole: Whole, draft: Path, progress: Progress | None
) -> None:
    """Write the same of every row of a table of which the study has a sample."""
    encode_analysed(
        model,
        whole.data,
        draft / LATENTS,
        sampled=whole.sampled,
        learned=whole.sampled[study.training_rows],
        label=study.label_name,
        progress=progress,
        reading=whole.reading,
    )


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    write_durably(path, (text + "\n").encode())
