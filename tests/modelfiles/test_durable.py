"""write_durably: the old file or the new one, whole, and nothing beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from latentia.errors import OutputError
from latentia.modelfiles import durable
from latentia.modelfiles.durable import write_durably

FAIL_AT_A_LIMIT = """
import resource, sys
from latentia.modelfiles.durable import write_durably
from latentia.errors import OutputError
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_durably(sys.argv[1], b"new" * 5000)
except OutputError as error:
    print(error)
"""


@pytest.fixture
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("usual_umask")
def test_a_new_file_has_the_bytes_and_the_usual_permissions(tmp_path):
    path = tmp_path / "model.latentia"
    write_durably(path, b"\x00\xffbytes")
    assert path.read_bytes() == b"\x00\xffbytes"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.latentia"]


def test_an_older_file_is_replaced_and_keeps_its_permissions(tmp_path):
    path = tmp_path / "private.latentia"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write_durably(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_stays_and_its_target_is_replaced(tmp_path):
    target, link = tmp_path / "elsewhere" / "model", tmp_path / "link"
    target.parent.mkdir()
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_durably(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_full_disk_leaves_the_old_file_whole(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(b"old" * 100)
    command = [sys.executable, "-c", FAIL_AT_A_LIMIT, str(path)]
    source = str(Path(durable.__file__).parents[2])
    run = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": source}
    )
    assert "could not be written (File too large), and what was there before is unchanged" in run.stdout
    assert path.read_bytes() == b"old" * 100
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("moment", ["fsync", "close"])
def test_an_interruption_leaves_the_old_file_and_no_temporary_one(tmp_path, monkeypatch, moment):
    path = tmp_path / "model"
    path.write_bytes(b"old")

    def interrupt(_):
        raise KeyboardInterrupt

    if moment == "fsync":
        monkeypatch.setattr(os, "fsync", interrupt)
    else:
        monkeypatch.setattr(Path, "replace", lambda *_: interrupt(None))
    with pytest.raises(KeyboardInterrupt):
        write_durably(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_bytes_reach_the_disk_before_the_name_and_the_name_after(tmp_path, monkeypatch):
    order = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (order.append("fsync"), fsync(descriptor)))
    monkeypatch.setattr(Path, "replace", lambda *paths: (order.append("rename"), replace(*paths)))
    write_durably(tmp_path / "model", b"new")
    assert order == ["fsync", "rename", "fsync"]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(OutputError, match=r"the folder '.*nowhere' does not exist; make it first"):
        write_durably(tmp_path / "nowhere" / "model", b"new")


def test_a_folder_is_not_replaced(tmp_path):
    with pytest.raises(OutputError, match="is a folder"):
        write_durably(tmp_path, b"new")


def test_a_pipe_is_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match="is a device or a pipe"):
        write_durably(pipe, b"new")
    assert pipe.is_fifo()


def test_a_very_long_name_is_a_name_like_any_other(tmp_path):
    path = tmp_path / ("n" * 250)
    write_durably(path, b"new")
    assert path.read_bytes() == b"new"
    with pytest.raises(OutputError, match="File name too long"):
        write_durably(tmp_path / ("n" * 300), b"new")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_permission_is_one_sentence(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        write_durably(tmp_path / "model", b"new")
