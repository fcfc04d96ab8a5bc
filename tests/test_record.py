"""The manifest of an analysis: read strictly as data, and refused in a sentence when it is none."""

from __future__ import annotations

import pytest

from latentia import record
from latentia.errors import InputError
from latentia.record import read_record


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b'{"format": 1e999}'])
def test_what_is_no_manifest_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_bytes(text)
    with pytest.raises(InputError, match="is not the manifest of an analysis, or is damaged"):
        read_record(tmp_path / "manifest.json")


def test_places_without_a_manifest_are_named(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="There is no file"):
        read_record(tmp_path / "manifest.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_record(tmp_path)
    monkeypatch.setattr(record, "MOST_BYTES", 10)
    (tmp_path / "large.json").write_bytes(bytes(100))
    with pytest.raises(InputError, match="has more than 10 bytes"):
        read_record(tmp_path / "large.json")
