"""Which bytes of a text file stand for which characters."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from latentia.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = 1 << 20
_SHARE_OF_TEXT = 0.95
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# What text has besides letters: tab, line feed, vertical tab, form feed, carriage return, escape.
_CONTROLS = bytes(sorted({*range(1, 32)} - {9, 10, 11, 12, 13, 27}))
_OTHER_FORMATS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"\x89HDF", "an HDF5 file"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database"),
)
_OTHER_TEXTS = (
    ("<!doctype html", "a web page"),
    ("<html", "a web page"),
    ("<?xml", "an XML document"),
    ("<", "a document of marks in angle brackets"),
    ("{", "JSON"),
    ("[", "JSON"),
)


def detect_encoding(path: Path) -> str:
    """Return the encoding of a text file: utf-8, utf-8-sig, utf-16, cp1252 or latin-1.

    A mark at the beginning decides; otherwise whatever is valid UTF-8 is UTF-8, and the rest
    is cp1252 (as Excel writes it in western Europe) or, where that is not possible, latin-1.

    Raises
    ------
    InputError
        If the file is of another format, or holds NUL bytes.
    """
    with path.open("rb") as stream:
        head = stream.read(_BLOCK)
        _refuse_other_formats(head, path.name)
        for mark, encoding in _MARKS:
            if head.startswith(mark):
                return encoding
        decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "cp1252")}
        line = 1
        while head:
            if b"\0" in head:
                line += head.count(b"\n", 0, head.index(b"\0"))
                raise InputError(
                    f"{path.name} has a NUL byte in line {line}, so it is damaged or no text table; "
                    "save it again as UTF-8 text."
                )
            if len(head.translate(None, _CONTROLS)) < _SHARE_OF_TEXT * len(head):
                raise InputError(
                    f"{path.name} holds bytes that stand for no characters, so it is no text table; "
                    "save the table as CSV, or correct the file's ending."
                )
            line += head.count(b"\n")
            decoders = {name: decoder for name, decoder in decoders.items() if _decodes(decoder, head)}
            head = stream.read(_BLOCK)
    return next((name for name, decoder in decoders.items() if _decodes(decoder, b"", final=True)), "latin-1")


def checked_encoding(path: Path, encoding: str) -> str:
    """Return an encoding that someone has asked for.

    Raises
    ------
    InputError
        If the file is of another format, or its bytes are no text in this encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as stream:
        head = stream.read(_BLOCK)
        _refuse_other_formats(head, path.name)
        if encoding == "utf-8" and head.startswith(codecs.BOM_UTF8):
            encoding = "utf-8-sig"
        while head and _decodes(decoder, head):
            head = stream.read(_BLOCK)
    if head or not _decodes(decoder, b"", final=True):
        raise InputError(
            f"{path.name} is no text in {encoding}; pass another encoding, or none to have it found out."
        )
    return encoding


def refuse_other_texts(text: str, name: str) -> None:
    """Raise InputError if text is a web page, XML or JSON."""
    start = text.lstrip().lower()
    for mark, what in _OTHER_TEXTS:
        if start.startswith(mark):
            raise InputError(
                f"{name} is {what} and not a table; export the table itself, for example as CSV."
            )


def _refuse_other_formats(head: bytes, name: str) -> None:
    for magic, what in _OTHER_FORMATS:
        if head.startswith(magic):
            raise InputError(
                f"{name} is {what} and not a text table; save the table as CSV, or correct the file's ending."
            )


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True
