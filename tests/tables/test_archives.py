"""Archives: one that unpacks beyond memory is refused unread, and what members are called leads nowhere."""

from __future__ import annotations

import io
import time
import zipfile

import numpy as np
import pytest

from latentia.errors import InputError
from latentia.tables.archives import refuse_what_unpacks_large
from latentia.tables.sources import read_table

ROWS = np.random.default_rng(0).normal(size=(12, 3))


def as_npy(rows):
    buffer = io.BytesIO()
    np.save(buffer, rows)
    return buffer.getvalue()


@pytest.mark.parametrize("ending", ["npz", "xlsx"])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch, ending):
    path = tmp_path / f"bomb.{ending}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.npy", as_npy(np.zeros((1000, 1000))))
    assert path.stat().st_size < 20_000
    monkeypatch.setattr("latentia.tables.memory.available_memory", lambda: 1_000_000)
    begun = time.monotonic()
    with pytest.raises(InputError, match=rf"Unpacking bomb.{ending} needs .* GB of memory at least, and"):
        read_table(path)
    assert time.monotonic() - begun < 5


def test_names_of_members_lead_nowhere(tmp_path):
    path = tmp_path / "in" / "t.npz"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil.npy", as_npy(ROWS))
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    np.testing.assert_array_equal(read_table(path).values, ROWS)  # the link is no array, and not followed
    assert [item.name for item in tmp_path.iterdir()] == ["in"]
    assert [item.name for item in path.parent.iterdir()] == ["t.npz"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"text", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_is_left_to_its_reader(tmp_path, content):
    (tmp_path / "t.npz").write_bytes(content)
    refuse_what_unpacks_large(tmp_path / "t.npz")


def test_a_sound_archive_is_read(tmp_path):
    np.savez_compressed(tmp_path / "t.npz", X=ROWS)
    assert read_table(tmp_path / "t.npz").n_rows == 12


def test_an_archive_without_arrays_is_refused_in_a_sentence(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.npz", "w") as archive:
        archive.writestr("notes.txt", "no table")
    with pytest.raises(InputError, match="array"):
        read_table(tmp_path / "t.npz")
