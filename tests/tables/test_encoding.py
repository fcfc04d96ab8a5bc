from __future__ import annotations

import pytest

from latentia.errors import InputError
from latentia.tables.encoding import detect_encoding


def write(tmp_path, content):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("text", "written", "detected"),
    [
        ("a,b\n", "ascii", "utf-8"),
        ("größe\n", "utf-8", "utf-8"),
        ("größe\n", "utf-8-sig", "utf-8-sig"),
        ("größe\n", "utf-16", "utf-16"),
        ("größe €\n", "cp1252", "cp1252"),
        ("größe \x81\n", "latin-1", "latin-1"),
    ],
)
def test_encodings(tmp_path, text, written, detected):
    assert detect_encoding(write(tmp_path, text.encode(written))) == detected


def test_a_letter_cut_by_the_block_is_whole(tmp_path):
    assert detect_encoding(write(tmp_path, b"x" * ((1 << 20) - 1) + "ö".encode())) == "utf-8"
    assert detect_encoding(write(tmp_path, b"x" * (1 << 20) + "ö".encode()[:1])) == "cp1252"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a,b\n1,2\n3,\x004\n", "NUL byte in line 3"),
        (b"\n" * (1 << 20) + b"\0", f"NUL byte in line {(1 << 20) + 1}"),
        (b"%PDF-1.7", "a PDF document"),
        (b"PK\x03\x04abc", "a zip archive or an Excel workbook"),
        (b"\x1f\x8b\x08", "compressed with gzip"),
        (b"PAR1abc", "a Parquet file"),
        (bytes(range(1, 256)) * 4, "stand for no characters"),
    ],
)
def test_other_things_are_named(tmp_path, content, reason):
    with pytest.raises(InputError, match=reason):
        detect_encoding(write(tmp_path, content))
