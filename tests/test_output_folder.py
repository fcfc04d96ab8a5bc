"""The output folder: complete or not there at all, and nobody else's files in danger."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from latentia import output_folder
from latentia.errors import OutputError
from latentia.output_folder import MADE_BY, claim_folder, write_analysis
from latentia.views.figures.album import Album
from views.example_study import random_study

FILES = {
    "figures/loss.png",
    "latents.csv",
    "latents.parquet",
    "manifest.json",
    "metrics.json",
    "model.latentia",
    "report.html",
}


class Model:
    """A model that is saved as its name, or not at all."""

    def __init__(self, name="first"):
        self.name = name

    def save(self, path):
        if self.name == "unlucky":
            raise OSError(errno.ENOSPC, "No space left on device")
        if self.name == "interrupted":
            raise KeyboardInterrupt
        path.write_text(self.name)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Leave drawing and rendering out: they have tests of their own."""

    class Blank(Album):
        def png(self, name):
            return b"a picture"

    def draw_all(_, folder, **__):
        folder.mkdir()
        (folder / "loss.png").write_bytes(b"a picture")

    monkeypatch.setattr(output_folder, "Album", Blank)
    monkeypatch.setattr(output_folder, "draw_all", draw_all)
    monkeypatch.setattr(output_folder, "report_html", lambda _, **__: "<html>")


@pytest.fixture(scope="module")
def study():
    return random_study(n_rows=30, n_columns=4, n_classes=2, sizes=False)


@pytest.fixture
def folder(tmp_path, study):
    """Return a folder with an analysis in it."""
    write_analysis(tmp_path / "out", study, Model(), {"verdict": "first"})
    return tmp_path / "out"


def files_in(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def contents(folder):
    return {name: (folder / name).read_bytes() for name in files_in(folder)}


def test_the_folder_is_complete_and_its_manifest_lists_it(folder):
    assert files_in(folder) == FILES
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["made_by"] == MADE_BY
    assert manifest["verdict"] == "first"
    assert set(manifest["files"]) == FILES - {"manifest.json"}


def test_every_row_has_its_class_its_factors_and_its_side(folder, study):
    table = pd.read_csv(folder / "latents.csv", dtype={study.label_name: str})
    assert list(table.columns) == ["row", study.label_name, "factor_1", "factor_2", "held_out"]
    np.testing.assert_array_equal(table[["factor_1", "factor_2"]], study.latents)
    assert list(np.flatnonzero(table.held_out)) == sorted(study.held_out_rows)
    assert list(table[study.label_name]) == list(study.labels)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "latents.parquet"), table, check_dtype=False)


@pytest.mark.parametrize("name", ["row", "factor_1", "held_out"])
def test_a_class_with_the_name_of_another_column_keeps_its_own(tmp_path, study, name):
    write_analysis(tmp_path / "out", replace(study, label_name=name), Model(), {})
    table = pd.read_csv(tmp_path / "out" / "latents.csv")
    assert list(table[f"{name}_label"].astype(str)) == list(study.labels)
    np.testing.assert_array_equal(table.factor_1, study.latents[:, 0])


def test_a_second_analysis_replaces_the_first_and_nothing_else(folder, study, monkeypatch):
    (folder / "notes.txt").write_text("mine")
    (folder / "figures" / "mine.png").write_text("also mine")

    def draw_another(_, figures, **__):
        figures.mkdir()
        (figures / "sizes.png").write_bytes(b"another picture")

    monkeypatch.setattr(output_folder, "draw_all", draw_another)
    write_analysis(claim_folder(folder), study, Model("second"), {"verdict": "second"})
    assert (folder / "model.latentia").read_text() == "second"
    assert files_in(folder) == (FILES - {"figures/loss.png"}) | {
        "figures/sizes.png",
        "figures/mine.png",
        "notes.txt",
    }


@pytest.mark.parametrize(("model", "error"), [("unlucky", OutputError), ("interrupted", KeyboardInterrupt)])
def test_a_failure_while_making_it_leaves_the_old_one(folder, study, model, error):
    before = contents(folder)
    with pytest.raises(error):
        write_analysis(folder, study, Model(model), {})
    assert contents(folder) == before
    assert {path.name for path in folder.iterdir()} == {name.partition("/")[0] for name in FILES}


@pytest.mark.parametrize("model", ["unlucky", "interrupted"])
def test_a_failure_while_making_the_first_leaves_no_folder(tmp_path, study, model):
    with pytest.raises((OutputError, KeyboardInterrupt)):
        write_analysis(tmp_path / "out", study, Model(model), {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("failing", range(2 * len(FILES)))
@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), KeyboardInterrupt()])
def test_a_failure_between_any_two_renames_puts_everything_back(folder, study, monkeypatch, failing, error):
    before, rename, calls = contents(folder), Path.rename, []

    def fail_once(source, target):
        calls.append(source)
        if len(calls) == failing + 1:
            raise error
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", fail_once)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        write_analysis(folder, study, Model("second"), {})
    assert contents(folder) == before
    assert len(list(folder.rglob("*"))) == len(before) + 1  # and the folder of figures


def test_a_failure_between_renames_leaves_no_new_folder(tmp_path, study, monkeypatch):
    def fail(source, _):
        raise OSError(errno.EIO, "Input/output error", source)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(
        OutputError, match=r"failed \(Input/output error\), and what was there before is unch"
    ):
        write_analysis(tmp_path / "out", study, Model(), {})
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_is_the_first_to_leave_and_the_last_to_come(folder, study, monkeypatch):
    rename, order = Path.rename, []
    monkeypatch.setattr(Path, "rename", lambda source, target: (order.append(target), rename(source, target)))
    write_analysis(folder, study, Model("second"), {})
    assert order[0].name == "manifest.json"
    assert order[0].parent != folder
    assert order[-1] == folder / "manifest.json"


def test_what_a_killed_run_left_behind_is_no_obstacle(tmp_path, study):
    left = tmp_path / "out" / ".latentia-draft-x"
    left.mkdir(parents=True)
    (left / "report.html").write_text("half")
    assert claim_folder(tmp_path / "out") == tmp_path / "out"
    write_analysis(tmp_path / "out", study, Model(), {})
    assert left.exists()  # it may be another run that is writing just now
    os.utime(left, (0, 0))
    write_analysis(tmp_path / "out", study, Model(), {})
    assert files_in(tmp_path / "out") == FILES


def test_a_run_killed_between_renames_can_be_repeated(tmp_path):
    draft = tmp_path / ".latentia-draft-x"
    draft.mkdir()
    (draft / "manifest.json").write_text(json.dumps({"made_by": MADE_BY}))
    (tmp_path / "report.html").write_text("in place already")
    assert claim_folder(tmp_path) == tmp_path


@pytest.mark.parametrize("manifest", ["{}", "[]", "not json", '{"made_by": "somebody"}', "[" * 100_000])
def test_a_folder_of_somebody_else_is_refused(tmp_path, manifest):
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(OutputError, match=r"not an analysis of ours, and nothing is overwritten; .* --force"):
        claim_folder(tmp_path)
    assert claim_folder(tmp_path, force=True) == tmp_path


def test_new_and_empty_folders_are_claimed_and_not_made_yet(tmp_path):
    assert claim_folder(tmp_path) == tmp_path
    assert claim_folder(str(tmp_path / "a" / "b")) == tmp_path / "a" / "b"
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_a_folder_are_refused(tmp_path):
    (tmp_path / "table.csv").write_text("a\n1\n")
    with pytest.raises(OutputError, match=r"table.csv is a file, not a folder; give another name with --out"):
        claim_folder(tmp_path / "table.csv")
    with pytest.raises(OutputError, match=r"cannot be made: .*table.csv is a file; choose another place"):
        claim_folder(tmp_path / "table.csv" / "out")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
@pytest.mark.parametrize("place", [".", "out"])
def test_a_read_only_place_is_refused(tmp_path, place):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="is read-only; choose another place"):
        claim_folder(tmp_path / place)


@pytest.mark.parametrize("listed", [["../precious.txt"], ["link/precious.txt"], "precious.txt", [1], None])
def test_a_manifest_cannot_lead_out_of_the_folder(folder, study, listed):
    elsewhere = folder.parent / "precious.txt"
    elsewhere.write_text("years of work")
    (folder / "link").symlink_to(folder.parent)
    (folder / "manifest.json").write_text(json.dumps({"made_by": MADE_BY, "files": listed}))
    write_analysis(folder, study, Model("second"), {})
    assert elsewhere.read_text() == "years of work"
    assert (folder / "model.latentia").read_text() == "second"
