"""The folder that an analysis writes: complete, or not there at all.

Everything is made in a folder beside the final one and moved when it is whole, so that an
interrupted run leaves no half-written results. A folder is only written into when it is new,
empty, or holds an earlier analysis, which is known by its manifest.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from latentia.errors import OutputError
from latentia.modelfiles.columns import write_columns
from latentia.modelfiles.durable import write_durably
from latentia.views.figures.album import draw_all
from latentia.views.report.render import report_html
from latentia.views.report.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from latentia.autoencoder import Autoencoder
    from latentia.insight.results import Study

MANIFEST = "manifest.json"
MADE_BY = "latentia analyze"


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
    if folder.is_dir() and any(folder.iterdir()) and not force and not _is_ours(folder):
        raise OutputError(
            f"The folder {folder} holds files that are not an analysis of ours, and nothing is overwritten; "
            "give another name with --out, or --force to write beside them."
        )
    parent = folder.resolve().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise OutputError(
            f"The folder {folder} cannot be made: {parent} is not writable; choose another place."
        )
    return folder


def write_analysis(folder: Path, study: Study, model: Autoencoder, manifest: Mapping[str, Any]) -> None:
    """Write report, latents, model, metrics, figures and manifest."""
    with _made_whole(folder) as draft:
        draw_all(study, draft / "figures")
        write_report(draft / "report.html", study)
        _write_latents(study, draft)
        model.save(draft / "model.latentia")
        _write_json(draft / "metrics.json", summarise(study))
        _write_json(draft / MANIFEST, {"made_by": MADE_BY, **manifest})


def write_report(path: str | os.PathLike[str], study: Study) -> Path:
    """Write the report of a study, one HTML file that works offline."""
    write_durably(path, report_html(study).encode())
    return Path(path)


def _is_ours(folder: Path) -> bool:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and manifest.get("made_by") == MADE_BY


@contextmanager
def _made_whole(folder: Path) -> Iterator[Path]:
    """Yield a draft folder; move what is in it into place when the block ends well."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder))
    except OSError as error:
        raise OutputError(
            f"The folder {folder} cannot be written to ({error.strerror}); choose another."
        ) from None
    try:
        yield draft
        # The manifest goes last: a folder that has one is complete.
        for item in sorted(draft.iterdir(), key=lambda item: item.name == MANIFEST):
            target = folder / item.name
            if target.is_dir() and not target.is_symlink():
                shutil.rmtree(target)
            item.replace(target)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(
            f"Writing into {folder} failed ({error.strerror}); free space or choose another."
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if not any(folder.iterdir()):
            folder.rmdir()


def _write_latents(study: Study, draft: Path) -> None:
    """Write one row per row of the table: its position, its class, its factors, and its side."""
    held_out = np.zeros(len(study.latents), bool)
    held_out[study.held_out_rows] = True
    columns: dict[str, np.ndarray] = {"row": np.arange(len(study.latents))}
    if study.labels is not None:
        name = study.label_name or "label"
        columns[name if name not in columns else f"{name}_label"] = np.asarray(study.labels, object)
    columns |= {f"factor_{index + 1}": values for index, values in enumerate(study.latents.T)}
    columns["held_out"] = held_out
    for ending in ("csv", "parquet"):
        write_columns(draft / f"latents.{ending}", columns)


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    write_durably(path, (text + "\n").encode())
